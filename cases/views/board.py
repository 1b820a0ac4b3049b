"""The red, yellow and green board: on a desk, and on the wall. It refreshes its inner part by itself."""

import hashlib
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import board as boards
from cases import lights, wording
from grids import here
from grids.models import Grid, Tier
from grids.scope import Scope

BY = ("department", "grid", "category")
ROWS, WALL_ROWS = 8, 5


@require_safe
def board(request):
    context = _read(request)
    part = _part(request, context)
    page = "cases/wall.html" if context["is_wall"] else "cases/board.html"
    return render(request, page, context | {"part": part, "etag": _etag(part)})


@require_safe
def board_part(request):
    """The inner part; 304 while it is the same as the reader's."""
    part = _part(request, _read(request))
    etag = _etag(part)
    if request.headers.get("If-None-Match") == etag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(part)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _part(request, context):
    name = "cases/_wall.html" if context["is_wall"] else "cases/_board.html"
    return render_to_string(name, context, request)


def _etag(part):
    return f'"{hashlib.sha256(part.encode()).hexdigest()[:20]}"'


def _read(request):
    """What the board shows, with the address of each of its numbers."""
    now, is_wall = timezone.now(), request.GET.get("wall") == "1"
    place = _place(
        request
    )  # first: a place out of reach is not found, whatever one may do
    Scope.of(request.user).demand("case.board")
    above = _above(place or boards.own_place(request.user))
    by = request.GET.get("by") if request.GET.get("by") in BY else BY[0]
    found = boards.read(
        request.user, now=now, place=place, limit=WALL_ROWS if is_wall else ROWS
    )
    kept = {"grid": request.GET.get("grid", ""), "by": request.GET.get("by", "")}
    return {
        "board": found,
        "now": now,
        "is_wall": is_wall,
        "crumbs": _crumbs(request, above, kept),
        "lamps": [_lamp(light, found, above) for light in lights.LIGHTS],
        "rate": None if found.on_time_rate is None else f"{found.on_time_rate:.1%}",
        "by": by,
        "tabs": [(name, _board(kept | {"by": name})) for name in BY],
        "lines": [
            _line(line, by, found.place, above, kept)
            for line in getattr(found, f"by_{by}")
        ],
        "part_url": f"{reverse('cases:board_part')}?{request.GET.urlencode()}",
        "wall_url": _board(kept | {"wall": "1"}),
    }


def _place(request):
    """The grid in the address, else the one chosen on top, else the person's own (None)."""
    mine = boards.places(request.user)
    if code := request.GET.get("grid"):
        place = mine.filter(code=code).first()
        if place is None:
            raise Http404
        return place
    chosen = request.session.get(here.SESSION_KEY)
    return mine.filter(pk=chosen).first() if chosen else None


def _above(place):
    """The place and what it lies in, from the top; hidden levels left out."""
    return (
        list(Grid.objects.above(place).filter(is_passthrough=False).defer("boundary"))
        if place
        else []
    )


def _crumbs(request, above, kept):
    """The way down to the place, as far as it lies in the person's scope."""
    mine = set(
        boards.places(request.user)
        .filter(pk__in=[grid.pk for grid in above])
        .values_list("pk", flat=True)
    )
    return [
        (grid.name, _board(kept | {"grid": grid.code}))
        for grid in above
        if grid.pk in mine
    ]


def _district(above):
    return next((grid.name for grid in above if grid.tier == Tier.DISTRICT), "")


def _lamp(light, board, above):
    """One light: how many, the most urgent cases with their words, and the list behind it."""
    cases = board.urgent[light]
    for case in cases:
        case.hands = wording.hands(case, _district(above))
        case.deadline = wording.deadline(case, board.now)
        case.light_text = wording.light_text(case, light, short=True)
    return {
        "light": light,
        "count": getattr(board.lights, light),
        "cases": cases,
        "url": _list(board.place, light=light),
    }


def _line(line, by, place, above, kept):
    """A line of a table; a grid opens its own board, all else its list."""
    inside = {} if by == "grid" else {by: line.of.pk if line.of else "none"}
    ground = line.of if by == "grid" else place
    goes_deeper = by == "grid" and line.of.tier != Tier.UNIT and line.of != place
    return {
        "name": line.of.name.removeprefix(_district(above)) or line.of.name
        if line.of
        else None,
        "url": _board(kept | {"grid": line.of.code})
        if goes_deeper
        else _list(ground, **inside),
        "total": line.total,
        "total_url": _list(ground, **inside),
        "numbers": [
            (light, getattr(line, light), _list(ground, light=light, **inside))
            for light in lights.LIGHTS
        ],
    }


def _board(values):
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{reverse('cases:board')}?{query}" if query else reverse("cases:board")


def _list(place, **filters):
    where = {"grid": place.code} if place else {}
    return f"{reverse('cases:list')}?{urlencode({'show': 'open'} | where | filters)}"
