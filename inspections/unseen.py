"""Who has not been seen for too long."""

from django.db.models import Count, F, Min, Q

from inspections.models import Mode, Schedule


def missing(staff, today):
    """Home visits that are overdue, for those who may see how the visits stand."""
    return (
        Schedule.objects.visible_to(staff)
        .of_households()
        .applying(today)
        .overdue(today)
        .filter(rule__mode=Mode.HOME)
    )


def by_grid(staff, today, *, under=None):
    """One row for each grid with overdue households: how many, how many never seen, the oldest date."""
    rows = missing(staff, today)
    if under is not None:
        rows = rows.filter(household__grid__path__startswith=under.path)
    grid = "household__grid"
    return (
        rows.values(grid=F(grid), code=F(f"{grid}__code"), name=F(f"{grid}__name"))
        .annotate(
            households=Count("household", distinct=True),
            never=Count("household", distinct=True, filter=Q(last_done_on=None)),
            oldest=Min("next_due_on"),
        )
        .order_by("-households", "code")
    )


def in_grid(staff, today, grid):
    """Overdue schedules of one grid, with what their doors need."""
    rows = missing(staff, today).filter(household__grid=grid)
    return rows.select_related("household__dwelling__building__compound")
