"""Who answers for a matter in a place: the department, the one who decides, the one who stays."""

from django.utils import timezone

from cases.models import Responsibility
from cases.workflow.obstacles import policy_of
from grids.models import Department, Grid, Posting, Staff, Tier
from grids.roles import Role
from grids.scope import Scope


def department_for(category, grid, standard=None):
    """The most specific responsibility on the way up; else the department of the standard's line.

    None if nobody answers for it: then a dispatcher decides.
    """
    way_up = Grid.objects.above(grid)
    row = (
        Responsibility.objects.filter(
            category=category, grid__in=way_up, department__is_active=True
        )
        .select_related("department")
        .order_by("-grid__path")
        .first()
    )
    if row:
        return row.department
    line = standard.default_line if standard else ""
    if not line:
        return None
    return Department.objects.serving(grid).filter(line=line).order_by("-grid__path", "pk").first()


def decider_for(case, at):
    """Who decides after the second return: named by the district, else a dispatcher of it who
    has had nothing to do with the case, else a supervisor over it. None if there is nobody."""
    named = policy_of(case.district_id).decider
    if named and Scope.of(named).grants("case.dispatch", case):
        return named
    day = timezone.localdate(at)
    over = Posting.objects.on(day).filter(
        grid__in=Grid.objects.above(case.grid),
        role__in=[Role.DISPATCHER, Role.SUPERVISOR],
        staff__is_active=True,
    )
    involved = {case.reporter_id, case.handler_id, *_who_dispatched(case)}
    people = sorted(
        over.select_related("staff", "grid").defer("grid__boundary"),
        key=lambda post: (
            post.staff_id in involved,
            post.grid.tier != Tier.DISTRICT,
            post.role != Role.DISPATCHER,
            post.since,
            post.pk,
        ),
    )
    return people[0].staff if people else None


def _who_dispatched(case):
    return case.events.filter(kind="dispatch").values_list("by", flat=True)


def companion_for(grid, reporter, at):
    """The grid worker who stays with an urgent case: whoever reported it, if posted there."""
    workers = (
        Posting.objects.on(timezone.localdate(at))
        .filter(
            role=Role.GRID_WORKER,
            grid__in=Grid.objects.above(grid),
            staff__is_active=True,
        )
        .order_by("-grid__path", "since", "pk")
        .values_list("staff", flat=True)
    )
    keys = list(workers)
    if reporter is not None and reporter.pk in keys:
        return reporter
    return Staff.objects.get(pk=keys[0]) if keys else None
