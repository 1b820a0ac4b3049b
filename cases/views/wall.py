"""The board on a wall: one face after the other, from the place down to where it is worst."""

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from cases import lights
from cases.board import board as boards
from cases.lists import scope_of_board
from cases.views import figures, fresh, lamps
from grids.models import Tier
from grids.scope import Scope

SECONDS = 20
ROWS, LINES, TILES = 5, 7, 12
OVERVIEW, PARTS = "overview", "parts"


def page(request):
    asked = _asked(request)
    part, etag = fresh.first(request, asked["reader"], lambda: _part(request, asked))
    return render(
        request,
        "cases/board/wall.html",
        {
            "part": part,
            "etag": etag,
            "now": timezone.now(),
            "seconds": SECONDS,
            "place": asked["place"],
            "here_url": _address(asked["root"], asked["place"], asked["face"], asked["page"]),
            "board_url": figures.address("cases:board", {"grid": request.GET.get("grid")}),
        },
    )


def part(request):
    asked = _asked(request)
    return fresh.answer(request, asked["reader"], lambda: _part(request, asked))


def _asked(request):
    """`root`: where the round begins, as the address says it; `grid`: what is shown now."""
    place = figures.place_of(request)
    Scope.of(request.user).demand(scope_of_board.RIGHT)
    place = place or scope_of_board.own_place(request.user)
    number = request.GET.get("page", "")
    return {
        "place": place,
        "root": request.GET.get("root") or (place.code if place else ""),
        "face": PARTS if request.GET.get("face") == PARTS else OVERVIEW,
        "page": int(number) if number.isdecimal() and len(number) < 4 else 0,
        "reader": fresh.reader(request, place),
    }


def _part(request, asked):
    place, above = asked["place"], figures.above(asked["place"])
    is_parts = asked["face"] == PARTS
    found = boards.read(
        request.user,
        now=timezone.now(),
        place=place,
        limit=ROWS,
        by=("grid",) if is_parts else ("department", "grid"),
    )
    district = figures.district_name(above)
    ways = figures.Ways(request, place, {})
    of, shown = ("grid", TILES) if is_parts else ("department", LINES)
    lines, first = found.lines.get(of, []), asked["page"] * shown
    if first >= len(lines):
        first = 0
    context = {
        "board": found,
        "face": asked["face"],
        "names": [grid.name for grid in above[-2:]],
        "lamps": [lamps.lamp(light, found, district, ways) for light in lights.LIGHTS],
        "settled": lamps.settled(found, ways),
        "lines": [
            (figures.name_of(line.of, district), line) for line in lines[first : first + shown]
        ],
        "page": first // shown + 1,
        "pages": -(-len(lines) // shown) if is_parts else 1,
        "next_url": _next(asked, found, first // shown),
    }
    return render_to_string("cases/board/_wall.html", context, request)


def _next(asked, found, page):
    """Where the round goes on: the parts of the place, those of its worst part, and from the top again."""
    root, place, parts = asked["root"], asked["place"], found.lines.get("grid", [])
    if asked["face"] == OVERVIEW:
        return _address(root, place, PARTS if parts else OVERVIEW)
    if (page + 1) * TILES < len(parts):
        return _address(root, place, PARTS, page + 1)
    worst = parts[0].of if parts and parts[0].red + parts[0].yellow else None
    if worst is None or worst.tier == Tier.UNIT or worst == place:
        return figures.address("cases:board_part", {"wall": "1", "grid": root})
    return _address(root, worst, PARTS)


def _address(root, place, face, page=0):
    words = {"wall": "1", "root": root, "grid": place.code if place else ""}
    words |= {"face": face if face == PARTS else "", "page": page or ""}
    return figures.address("cases:board_part", words)
