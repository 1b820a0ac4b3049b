"""The place that a page of cases is about: from the address, else the one chosen on top."""

from django.http import Http404

from grids.models import Grid
from grids.people import here
from grids.scope import Scope

EVERYWHERE = "all"


def chosen(request):
    """The grid to narrow to, None for all of the person's scope; 404 for a place elsewhere."""
    code = request.GET.get("grid", "")
    if code == EVERYWHERE:
        return None
    if code:
        grid = Grid.objects.filter(code=code).first()
        if grid is None or not _is_within(request.user, grid):
            raise Http404
        return grid
    return here.grid_of(request) if request.session.get(here.SESSION_KEY) else None


def _is_within(staff, grid):
    scope = Scope.of(staff)
    districts = scope.district_ids | scope.reach("case.board").districts
    return grid.district_id in districts
