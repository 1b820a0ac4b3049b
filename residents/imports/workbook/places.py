"""Which unit grid a row means, and whether the importer may write there."""

import re
from dataclasses import dataclass

from django.utils import timezone

from grids.models import Grid, Tier
from grids.workbooks.spelling import small_number

_NUMBER = re.compile(r"第?0*(\d+|[一二三四五六七八九十]+)号?(?=(?:单元)?网格)")


def spelled(name):
    """The one spelling of a grid's name: 第七网格, 第07网格, 7 网格 and 7号网格 are one."""

    def number(found):
        value = small_number(found[1])
        return found[0] if value is None else str(value)

    return _NUMBER.sub(number, name.replace(" ", ""))


@dataclass(frozen=True, slots=True)
class Place:
    grid_id: int
    district_id: int
    community_id: int
    is_allowed: bool


class Places:
    """Unit grids in force today, by code, and by name where a name is unique in reach.

    `reach` is where the importer holds `register.import`; None for the unrestricted operator.
    """

    def __init__(self, reach):
        self.reach = reach
        self._by_code, names = {}, {}
        grids = Grid.objects.on(timezone.localdate()).order_by()
        self._communities = dict(grids.filter(tier=Tier.COMMUNITY).values_list("code", "pk"))
        for pk, code, name, district_id in grids.units().values_list(
            "pk", "code", "name", "district_id"
        ):
            self._by_code[code] = (pk, district_id)
            if reach is None or self._is_allowed(pk, district_id):
                names.setdefault(spelled(name), []).append(code)
        self._by_name = {name: codes[0] for name, codes in names.items() if len(codes) == 1}
        self._found = {}

    def find(self, written):
        """The Place for a grid's code or name, or None."""
        if written not in self._found:
            self._found[written] = self._find(written)
        return self._found[written]

    def _find(self, written):
        code = self._code(written)
        if code is None:
            return None
        pk, district_id = self._by_code[code]
        community_id = self._communities.get(code[:12])
        if community_id is None:
            return None
        return Place(pk, district_id, community_id, self._is_allowed(pk, district_id))

    def _code(self, written):
        if written in self._by_code:
            return written
        # A code as a number, or with the name behind it.
        match = re.match(r"(\d{15})(?!\d)", written)
        if match and match[1] in self._by_code:
            return match[1]
        return self._by_name.get(spelled(written))

    def _is_allowed(self, pk, district_id):
        return self.reach is None or district_id in self.reach.districts or pk in self.reach.grids
