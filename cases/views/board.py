"""The red, yellow and green board on a desk. It refreshes its inner part by itself."""

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import lights
from cases.board import board as boards
from cases.board import sheets
from cases.forms.board import BoardFilter
from cases.lists import saved, scope_of_board
from cases.models import SavedView
from cases.views import figures, fresh, lamps, wall
from grids.models import Tier
from grids.scope import Scope
from grids.throttle import counted

PAGE = "cases:board"
ROWS = 8


@require_safe
def board(request):
    if request.GET.get("wall") == "1":
        return wall.page(request)
    asked = _asked(request)
    part, etag = fresh.first(request, asked["reader"], lambda: _part(request, asked))
    query = request.GET.urlencode()
    context = _around(request, asked) | {
        "part": part,
        "etag": etag,
        "saved": saved.around(request.user, SavedView.Page.BOARD, query, is_offered=bool(query)),
    }
    return render(request, "cases/board/board.html", context)


@require_safe
def board_part(request):
    """The inner part; 304 while it is the same as the reader's."""
    if request.GET.get("wall") == "1":
        return wall.part(request)
    asked = _asked(request)
    return fresh.answer(request, asked["reader"], lambda: _part(request, asked))


@counted("export", on="GET")
@require_safe
def board_excel(request):
    """All the tables of the board as it is narrowed now."""
    asked = _asked(request)
    found = _read(request, asked, by=boards.WAYS)
    tables = sheets.of_board(found, figures.namer(asked["above"]))
    return figures.excel(request, _("Board"), asked["place"], tables)


def _asked(request):
    """What the address asks for: nothing is counted yet."""
    place = figures.place_of(request)
    # First: a place out of reach is not found, whatever one may do.
    Scope.of(request.user).demand(scope_of_board.RIGHT)
    place = place or scope_of_board.own_place(request.user)
    form = BoardFilter(request.GET, districts=scope_of_board.districts(request.user))
    by = request.GET.get("by")
    kept = {name: request.GET.get(name, "") for name in ("grid", "by")} | form.chosen
    return {
        "place": place,
        "above": figures.above(place),
        "form": form,
        "by": by if by in boards.WAYS else boards.WAYS[0],
        "kept": kept,
        "reader": fresh.reader(request, place),
    }


def _around(request, asked):
    """What stays while the inner part refreshes itself."""
    kept = asked["kept"]
    query = request.GET.urlencode()
    return asked | {
        "now": timezone.now(),
        "crumbs": figures.crumbs(request, asked["above"], PAGE, kept),
        "chips": [
            (label, figures.address(PAGE, kept | {name: ""}))
            for name, label in asked["form"].words().items()
        ],
        "part_url": f"{figures.address('cases:board_part', {})}?{query}",
        "excel_url": f"{figures.address('cases:board_excel', {})}?{query}",
        "trends_url": figures.address("cases:trends", kept),
        "wall_url": figures.address(PAGE, kept | {"wall": "1"}),
    }


def _read(request, asked, by):
    return boards.read(
        request.user,
        now=timezone.now(),
        place=asked["place"],
        limit=ROWS,
        by=by,
        chosen=asked["form"].chosen,
    )


def _part(request, asked):
    return render_to_string("cases/board/_board.html", _counted(request, asked), request)


def _counted(request, asked):
    by, kept = asked["by"], asked["kept"]
    found = _read(request, asked, by=(by,))
    ways = figures.Ways(request, asked["place"], asked["form"].chosen)
    district = figures.district_name(asked["above"])
    return {
        "board": found,
        "place": asked["place"],
        "lamps": [lamps.lamp(light, found, district, ways) for light in lights.LIGHTS],
        "settled": lamps.settled(found, ways),
        "by": by,
        "tabs": [(way, figures.address(PAGE, kept | {"by": way})) for way in boards.WAYS],
        "lines": [line(row, by, asked["place"], district, ways, kept) for row in found.lines[by]],
    }


def line(row, by, place, district, ways, kept):
    """A line of a table; a grid opens its own board, all else its list."""
    inside = {} if by == "grid" else {by: _key(row.of)}
    ground = row.of if by == "grid" else place
    goes_deeper = by == "grid" and row.of.tier != Tier.UNIT and row.of != place
    total_url = ways.open_cases(ground, **inside)
    return {
        "of": row.of,
        "name": figures.name_of(row.of, district),
        "url": figures.address(PAGE, kept | {"grid": row.of.code}) if goes_deeper else total_url,
        "total": row.total,
        "total_url": total_url,
        "numbers": [
            (light, getattr(row, light), ways.open_cases(ground, light=light, **inside))
            for light in lights.LIGHTS
        ],
    }


def _key(of):
    return "none" if of is None else getattr(of, "pk", of)
