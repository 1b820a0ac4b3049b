"""Who has not been seen for too long, by grid and by household."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from grids.models import Grid
from grids.scope import Scope
from inspections import unseen
from inspections.paging import page_by_day
from inspections.views.visits import chosen_place, pages


@require_safe
def overdue(request):
    Scope.of(request.user).demand("visit.view")
    today = timezone.localdate()
    context = (
        _in_grid(request, today) if "grid" in request.GET else _by_grid(request, today)
    )
    return render(request, "inspections/overdue.html", {"day": today} | context)


def _by_grid(request, today):
    under = chosen_place(request)
    grids = list(unseen.by_grid(request.user, today, under=under))
    return {
        "grids": grids,
        "under": under,
        "households": sum(row["households"] for row in grids),
        "never": sum(row["never"] for row in grids),
    }


def _in_grid(request, today):
    if not request.GET["grid"].isdecimal():
        raise Http404
    grid = get_object_or_404(
        Grid.objects.visible_to(request.user), pk=request.GET["grid"]
    )
    rows = unseen.in_grid(request.user, today, grid)
    page, after = page_by_day(rows, "next_due_on", after=request.GET.get("after", ""))
    scope = Scope.of(request.user)
    for row in page:
        row.is_named = scope.grants("register.view", row.household)
        row.url = _address(scope, row)
    return {"grid": grid, "schedules": page} | pages(request, after)


def _address(scope, row):
    """To the door for those who visit it, else to the file for those who may read it."""
    if scope.grants("visit.log", row.household):
        return reverse("inspections:log_visit", args=[row.household_id])
    if row.is_named:
        return reverse("residents:household", args=[row.household_id])
    return ""
