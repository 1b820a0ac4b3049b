"""A list of cases as a workbook: what the list shows, row by row, in bounded memory."""

from decimal import Decimal

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases import lights, wording
from cases.models import Case, Stage
from grids.workbooks.writing import write_list

AT_MOST = 5_000
LIGHTS = {
    lights.RED: pgettext_lazy("light", "Overdue"),
    lights.YELLOW: pgettext_lazy("light", "Near limit"),
    lights.GREEN: pgettext_lazy("light", "On time"),
}
# (heading, width, what it reads)
COLUMNS = [
    (gettext_lazy("Case number"), 20, lambda case, now: case.number),
    (gettext_lazy("Title"), 30, lambda case, now: case.title),
    (gettext_lazy("Category"), 20, lambda case, now: case.category_name),
    (gettext_lazy("Grid"), 26, lambda case, now: case.grid_name),
    (gettext_lazy("Stage"), 14, lambda case, now: Stage(case.stage).label),
    (gettext_lazy("Light"), 10, lambda case, now: LIGHTS.get(lights.light(case, now))),
    (gettext_lazy("due at"), 18, lambda case, now: _moment(case.due_at)),
    (gettext_lazy("Department"), 22, lambda case, now: case.department_name),
    (gettext_lazy("Handler"), 12, lambda case, now: case.handler_name),
    (gettext_lazy("Reported at"), 18, lambda case, now: _moment(case.reported_at)),
    (gettext_lazy("Closed at"), 18, lambda case, now: _moment(case.closed_at)),
    (gettext_lazy("In hands of"), 22, lambda case, now: _hands(case)),
    (gettext_lazy("In hands for (hours)"), 12, lambda case, now: _hours(case, now)),
]


def rows_asked_for(asked):
    """The cases of a list that an address asks for, 5,000 at most, in the order of the page."""
    shown = Case.objects.only(
        "number",
        "title",
        "stage",
        "stage_since",
        "reported_at",
        "closed_at",
        "closing_light",
        "due_at",
        "warn_at",
    ).annotate(
        category_name=F("category__name"),
        grid_name=F("grid__name"),
        department_name=F("department__name"),
        handler_name=F("handler__full_name"),
        decider_name=F("decider__full_name"),
    )
    return list(asked.order.first(asked.rows, AT_MOST, shown=shown))


def write_workbook(file, cases, *, said, about, now):
    """A workbook with what is `said` on top; `about`: the list and what narrows it, in words."""
    parts = [*said, *about]
    if len(cases) == AT_MOST:
        parts.append(_("The first %(number)s cases") % {"number": f"{AT_MOST:,}"})
    write_list(
        file,
        _("Cases"),
        said=parts,
        heads=[(label, width) for label, width, _value in COLUMNS],
        rows=([value(case, now) for *_head, value in COLUMNS] for case in cases),
    )


def _moment(moment):
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _hands(case):
    """Whose turn it is; a case that is over is in nobody's hands."""
    if not case.is_open:
        return ""
    return wording.in_hands(
        case.stage, case.department_name, case.handler_name, decider=case.decider_name
    )


def _hours(case, now):
    if not case.is_open:
        return ""
    return round(Decimal((now - case.stage_since).total_seconds()) / 3600, 1)
