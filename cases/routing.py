"""Which department answers for a matter in a place."""

from cases.models import Responsibility
from grids.models import Department, Grid


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
    return (
        Department.objects.serving(grid)
        .filter(line=line)
        .order_by("-grid__path", "pk")
        .first()
    )
