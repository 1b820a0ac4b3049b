"""Which unit grid a row means, and whether the importer may write there."""

from dataclasses import dataclass

from django.utils import timezone

from grids.models import Grid, Tier


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
                names.setdefault(name.replace(" ", ""), []).append(code)
        self._by_name = {name: codes[0] for name, codes in names.items() if len(codes) == 1}
        self._found = {}

    def find(self, written):
        """The Place for a grid's code or name, or None."""
        if written not in self._found:
            self._found[written] = self._find(written)
        return self._found[written]

    def _find(self, written):
        code = written if written in self._by_code else self._by_name.get(written)
        if code is None:
            return None
        pk, district_id = self._by_code[code]
        community_id = self._communities.get(code[:12])
        if community_id is None:
            return None
        return Place(pk, district_id, community_id, self._is_allowed(pk, district_id))

    def _is_allowed(self, pk, district_id):
        return self.reach is None or district_id in self.reach.districts or pk in self.reach.grids
