"""Colleagues around a case: who may see it, who could look at it, who could handle it."""

from django.utils import timezone

from grids.models import Department, Grid, Posting, Staff
from grids.roles import DEPARTMENT_ROLES, RIGHTS, Role
from grids.scope import Scope

LOOKERS = (Role.GRID_WORKER, Role.ASSISTANT, Role.GRID_LEADER, Role.COMMUNITY_STAFF)


def who_see(case):
    """{key: "name · role"} of staff whose posting of today shows the case, its departments first.

    Departments of the case, then its place from the grid upwards.
    """
    there = _in_departments(_departments_of(case), "case.view")
    here = _at_its_place(case, _roles_with("case.view"))
    found = {}
    for postings in (
        there.order_by("department", "staff__full_name"),
        here.order_by("-grid__path", "staff__full_name"),
    ):
        rows = postings.filter(staff__is_active=True)
        for key, name, role in rows.values_list("staff", "staff__full_name", "role"):
            found.setdefault(key, f"{name} · {Role(role).label}")
    return found


def who_could_look(case):
    """Workers of the place who could be sent to see whether it is so."""
    return _active(_at_its_place(case, LOOKERS))


def who_could_handle(case):
    """People of the department that holds the case."""
    return _active(_in_departments([case.department_id], "case.handle"))


def departments_of(staff, right):
    """Keys of the departments in which the person has the right today."""
    return Scope.of(staff).reach(right).departments


def who_could_help(case):
    """Departments that serve the place, do not lead, and are not asked already."""
    asked = case.helps.filter(done_at=None).values("department")
    return (
        Department.objects.serving(case.grid)
        .exclude(pk=case.department_id)
        .exclude(pk__in=asked)
        .order_by("-grid__path", "name")
    )


def _active(postings):
    found = Staff.objects.filter(pk__in=postings.values("staff"), is_active=True)
    return found.order_by("full_name", "pk")


def _roles_with(right):
    return [role for role, rights in RIGHTS.items() if right in rights]


def _at_its_place(case, roles):
    above = Grid.objects.above(case.grid).exclude(tier="city")
    return Posting.objects.on(timezone.localdate()).filter(
        grid__in=above, role__in=roles, department=None, building=None
    )


def _in_departments(departments, right):
    roles = set(_roles_with(right)) & DEPARTMENT_ROLES
    return Posting.objects.on(timezone.localdate()).filter(
        department__in=departments, role__in=roles
    )


def _departments_of(case):
    helping = case.helps.values_list("department", flat=True)
    return {case.department_id, *helping} - {None}
