"""Who has not been seen for too long: by grid, by care category, as a list, as a workbook."""

from django.db.models import Count, F, Min, Q
from django.utils.translation import gettext as _

from grids.lists.paging import page_by_day
from grids.models import Tier
from grids.workbooks.writing import write_list
from inspections import wording
from inspections.models import HouseholdToVisit, Mode, Schedule
from residents.lists import narrowing
from residents.models import CareCategory

AT_MOST = 5000
FULLEST = 100  # grids of one page
MANY_ATTEMPTS = 3
WHY = {
    "late": Q(),
    "never": Q(last_done_on=None),
    "attempts": Q(attempts__gte=MANY_ATTEMPTS),
}


def missing(staff, today):
    """Home visits that are overdue, for those who may see how the visits stand."""
    return (
        Schedule.objects.visible_to(staff)
        .of_households()
        .applying(today)
        .overdue(today)
        .filter(rule__mode=Mode.HOME)
    )


def narrow(rows, staff, today, *, under=None, grid=None, category=None, why=""):
    """The rows of a place, of a care category that `staff` may read, of a kind of absence."""
    if under is not None:
        rows = rows.filter(household__grid__path__startswith=under.path)
    if grid is not None and grid.tier == Tier.UNIT:
        rows = rows.filter(household__grid=grid)
    elif grid is not None:
        rows = rows.filter(household__grid__path__startswith=grid.path)
    if category is not None:
        cared = narrowing.care_records(staff).filter(category=category)
        rows = rows.filter(household__in=cared.values("resident__household"))
    if why in WHY:
        rows = rows.filter(WHY[why])
    return rows


_FIGURES = {
    "households": Count("household", distinct=True),
    "never": Count("household", distinct=True, filter=WHY["never"]),
    "attempts": Count("household", distinct=True, filter=WHY["attempts"]),
    "oldest": Min("next_due_on"),
}


def by_grid(staff, today, *, under=None):
    """One row for each grid with overdue households: how many, how many never seen or only
    tried, the oldest date."""
    rows = narrow(missing(staff, today), staff, today, under=under)
    grid = "household__grid"
    fields = ("code", "name", "path")
    names = {"grid": F(grid)} | {name: F(f"{grid}__{name}") for name in fields}
    return rows.values(**names).annotate(**_FIGURES).order_by("-households", "code")


def households(staff, *, under):
    """{path: live households} of the grids below, where the person sees how visits stand."""
    rows = HouseholdToVisit.objects.visible_to(staff).live()
    rows = rows.filter(grid__path__startswith=under.path).order_by()
    return dict(rows.values_list("grid__path").annotate(Count("pk")))


def by_category(staff, today, *, under=None):
    """The same for each care category that the person may read."""
    late = narrow(missing(staff, today), staff, today, under=under)
    rows = late.filter(
        household__residents__care_records__in=narrowing.care_records(staff).order_by()
    )
    category = F("household__residents__care_records__category")
    found = {
        row["category"]: row
        for row in rows.order_by().values(category=category).annotate(**_FIGURES)
    }
    categories = CareCategory.objects.filter(pk__in=found).order_by("code")
    return [found[one.pk] | {"name": one.name} for one in categories]


def by_household(rows):
    """One row for each household, the longest overdue: several rules may ask for the same door."""
    first = rows.order_by("household", "next_due_on", "pk").distinct("household")
    return Schedule.objects.with_last_day().filter(pk__in=first.values("pk"))


def page_of(rows, **asked):
    """(schedules of one page of `by_household`, the longest overdue first; the key of the next
    page), asked for as in `page_by_day`. The doors are looked up for the page only."""
    homes = rows.order_by().values("household").annotate(due_on=Min("next_due_on"))
    homes = homes.values_list("household", "due_on", named=True)
    found, further = page_by_day(homes, "due_on", key="household", **asked)
    listed = rows.filter(household__in=[home.household for home in found])
    listed = with_doors(by_household(listed))
    return sorted(listed, key=lambda row: (row.next_due_on, row.household_id)), further


def with_doors(rows):
    """The schedules with what their doors need."""
    return rows.select_related("household__dwelling__building__compound")


def write(file, rows, *, said, named):
    """A workbook of the households; names where the reader has the register (`named`). Its heads."""
    heads = [
        (_("Place"), 40),
        (_("Head of household"), 14),
        (_("Grid"), 26),
        (_("Was due"), 12),
        (_("Last seen"), 12),
        (_("attempts"), 10),
    ]
    rows = with_doors(by_household(rows)).select_related("household__grid")
    # Not by the schedule's own key: it would tell by which rule somebody is due.
    rows = rows.defer("household__grid__boundary").order_by("next_due_on", "household")
    write_list(
        file,
        _("Not seen"),
        said=said,
        heads=heads,
        rows=(_line(row, named) for row in rows[:AT_MOST]),
    )
    return [label for label, _width in heads]


def _line(schedule, named):
    home, last = schedule.household, schedule.last_done_on
    return [
        wording.place(home.dwelling),
        home.head_name if named(home) else "",
        home.grid.name,
        schedule.next_due_on.isoformat(),
        last.isoformat() if last else _("never"),
        schedule.attempts,
    ]
