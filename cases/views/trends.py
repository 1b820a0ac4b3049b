"""Trends: by month or week, and by department, grid, category or loop. Each number opens its cases."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from cases.board import charts, sheets
from cases.board import trends as figures_of
from cases.board.board import WAYS
from cases.forms.board import BoardFilter
from cases.lists import scope_of_board
from cases.views import figures
from grids.models import Tier
from grids.scope import Scope
from grids.throttle import counted

PAGE = "cases:trends"
GROUPS = 50


@require_safe
def trends(request):
    asked = _asked(request)
    found, above, kept = _read(request, asked), asked["above"], asked["kept"]
    ways = figures.Ways(request, asked["place"], asked["form"].chosen)
    district = figures.district_name(above)
    since_first = _since_first(found.periods)
    context = asked | {
        "trends": found,
        "crumbs": figures.crumbs(request, above, PAGE, kept),
        "chips": [
            (label, figures.address(PAGE, kept | {name: ""}))
            for name, label in asked["form"].words().items()
        ],
        "units": _switch(kept, "unit", figures_of.UNITS),
        "tabs": _switch(kept, "by", WAYS),
        "charts": _charts(found.unit, since_first),
        "periods": [_row(line, _period(line, found.unit), ways) for line in reversed(since_first)],
        "groups": [_part(line, asked, district, ways) for line in found.groups[:GROUPS]],
        "left_out": max(len(found.groups) - GROUPS, 0),
        "total": _row(found.total, "", ways),
        "excel_url": figures.address("cases:trends_excel", kept),
        "board_url": figures.address("cases:board", kept | {"unit": ""}),
    }
    return render(request, "cases/board/trends.html", context)


@counted("export", on="GET")
@require_safe
def trends_excel(request):
    asked = _asked(request)
    name_of = figures.namer(asked["above"])
    tables = sheets.of_trends(_read(request, asked), name_of, asked["by"])
    return figures.excel(request, _("Trends"), asked["place"], tables)


def _asked(request):
    place = figures.place_of(request)
    # First: a place out of reach is not found, whatever one may do.
    Scope.of(request.user).demand(scope_of_board.RIGHT)
    place = place or scope_of_board.own_place(request.user)
    form = BoardFilter(request.GET, districts=scope_of_board.districts(request.user))
    by, unit = request.GET.get("by"), request.GET.get("unit")
    kept = {name: request.GET.get(name, "") for name in ("grid", "by", "unit")}
    return {
        "place": place,
        "above": figures.above(place),
        "form": form,
        "by": by if by in WAYS else WAYS[0],
        "unit": unit if unit in figures_of.UNITS else figures_of.UNITS[0],
        "kept": kept | form.chosen,
    }


def _read(request, asked):
    return figures_of.read(
        request.user,
        now=timezone.now(),
        place=asked["place"],
        unit=asked["unit"],
        by=asked["by"],
        chosen=asked["form"].chosen,
    )


def _switch(kept, word, values):
    return [(value, figures.address(PAGE, kept | {word: value})) for value in values]


def _part(line, asked, district, ways):
    """A line of the lower table; a grid opens its own trends."""
    by, of = asked["by"], line.of
    name = figures.name_of(of, district)
    if by != "grid":
        return _row(line, name, ways, **{by: _key(of)})
    row = _row(line, name, ways, place=of)
    if of.tier != Tier.UNIT and of != asked["place"]:
        row["url"] = figures.address(PAGE, asked["kept"] | {"grid": of.code})
    return row


def _key(of):
    return "none" if of is None else getattr(of, "pk", of)


def _row(line, name, ways, place=None, **inside):
    def days(column):
        span = {f"{column}_since": line.since, f"{column}_until": line.until}
        return span | inside

    closed = ways.counted(place, **days("closed"))
    return {
        "name": name,
        "url": closed,
        "rate": None if line.rate is None else f"{line.rate:.1%}",
        "days": [_days(line.median), _days(line.p80)],
        "closed_url": closed,
        "numbers": [
            (_("Reported"), line.reported, ways.counted(place, **days("reported"))),
            (_("Closed"), line.closed, closed),
            (
                _("Closed on time"),
                line.on_time,
                ways.counted(place, closing="on_time", **days("closed")),
            ),
            (
                _("Open and overdue"),
                line.overdue,
                ways.open_cases(place, light="red", **days("due")),
            ),
        ],
    }


def _days(number):
    return "" if number is None else f"{number:.1f}"


def _since_first(periods):
    """Without the empty ones before anything happened."""
    happened = (n for n, one in enumerate(periods) if one.reported or one.closed or one.overdue)
    return periods[next(happened, 0) :]


def _period(line, unit):
    if unit == "month":
        return _begin(line, unit)
    day = pgettext("pattern of a day", "j M")
    return f"{date_format(line.since, day)} – {date_format(line.until, day)}"


def _begin(line, unit):
    pattern = pgettext("pattern of a month", "N Y")
    if unit == "week":
        pattern = pgettext("pattern of a week", "j M")
    return date_format(line.since, pattern)


def _charts(unit, periods):
    ticks = [_begin(line, unit) for line in periods]

    def row(look, name, values, form="{:,.0f}"):
        return look, name, values, ["" if v is None else form.format(v) for v in values]

    rates = [None if line.rate is None else line.rate * 100 for line in periods]
    return [
        charts.draw(
            _("Reported and closed"),
            ticks,
            [
                row("hollow", _("Reported"), [line.reported for line in periods]),
                row("full", _("Closed"), [line.closed for line in periods]),
            ],
        ),
        charts.draw(
            _("On-time rate"),
            ticks,
            [row("full", _("On-time rate"), rates, "{:.0f}%")],
            top=100,
        ),
        charts.draw(
            _("Days from report to closing"),
            ticks,
            [
                row("full", _("Median"), [line.median for line in periods], "{:.1f}"),
                row(
                    "striped",
                    _("Four in five"),
                    [line.p80 for line in periods],
                    "{:.1f}",
                ),
            ],
        ),
    ]
