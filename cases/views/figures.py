"""What the board, the wall and the trends have in common: the place, the way to it, where a number leads."""

from io import BytesIO
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from cases.board import sheets
from cases.lists import scope_of_board
from grids.models import Grid, Tier
from grids.people import here
from grids.scope import Scope
from grids.workbooks.writing import who_and_when

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def place_of(request):
    """The grid in the address, else the one chosen on top, else the person's own (None)."""
    mine = scope_of_board.places(request.user)
    if code := request.GET.get("grid"):
        place = mine.filter(code=code).first()
        if place is None:
            raise Http404
        return place
    chosen = request.session.get(here.SESSION_KEY)
    return mine.filter(pk=chosen).first() if chosen else None


def above(place):
    """The place and what it lies in, from the top; hidden levels left out."""
    if not place:
        return []
    return list(Grid.objects.above(place).filter(is_passthrough=False).defer("boundary"))


def crumbs(request, grids, page, kept):
    """[(name, address)] of the way down to the place, as far as it lies in the person's scope."""
    mine = set(
        scope_of_board.places(request.user)
        .filter(pk__in=[grid.pk for grid in grids])
        .values_list("pk", flat=True)
    )
    return [
        (grid.name, address(page, kept | {"grid": grid.code})) for grid in grids if grid.pk in mine
    ]


def district_name(grids):
    return next((grid.name for grid in grids if grid.tier == Tier.DISTRICT), "")


def short_name(row, district):
    """A department or a grid without the name of the district that everything here lies in."""
    return row.name.removeprefix(district) or row.name


def name_of(of, district=""):
    """A department, grid, category or loop in words; None for what was never dispatched."""
    if of is None:
        return None
    return getattr(of, "label", None) or short_name(of, district)


def namer(grids):
    """The same for a sheet of paper."""
    district = district_name(grids)
    return lambda of: str(name_of(of, district) or _("Not dispatched"))


def excel(request, title, place, tables):
    file = BytesIO()
    where = place.name if place else ""
    sheets.write(file, tables, f"{title} · {where} · {who_and_when(request.user)}")
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    name = f"{title}-{where}-{timezone.localdate():%Y%m%d}.xlsx"
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def address(page, values):
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{reverse(page)}?{query}" if query else reverse(page)


class Ways:
    """Where the numbers of one page lead: lists of exactly the cases that they count.

    A city that sees sums only gets no address.
    """

    def __init__(self, request, place, chosen):
        self.is_open = Scope.of(request.user).has("case.view")
        self.place, self.chosen = place, chosen

    def open_cases(self, place=None, **more):
        return self._list("board", place, more)

    def counted(self, place=None, **more):
        """Of all cases that were filed, closed ones too."""
        return self._list("counted", place, more)

    def _list(self, show, place, more):
        if not self.is_open:
            return ""
        place = place or self.place
        where = {"grid": place.code} if place else {}
        return address("cases:list", {"show": show} | where | self.chosen | more)
