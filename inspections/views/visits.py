"""Visits as they were logged: first one's own, for those who log; all of the place, for those who see them."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.views.photos import send_photo
from grids.lists.paging import address, page_by_day
from grids.models import Grid, Tier
from grids.people import here
from grids.scope import Scope
from inspections.forms.visits import VisitFilter
from inspections.models import Visit, VisitPhoto
from inspections.visits import corrections

MANY_GRIDS = 80
_PLACE = "household__dwelling__building__compound"


@require_safe
def visit_list(request):
    scope = Scope.of(request.user)
    scope.demand("visit.view", "visit.log")
    form = VisitFilter(request.GET, grids=_grids(request.user))
    is_mine = request.GET.get("who", "mine" if scope.has("visit.log") else "all") == "mine"
    rows = form.apply(Visit.objects.visible_to(request.user))
    under = None if is_mine else chosen_place(request)
    if is_mine:
        rows = rows.filter(visitor=request.user)
    elif under:
        rows = rows.filter(grid__path__startswith=under.path)
    page, after = page_by_day(
        rows.select_related(_PLACE, "visitor", "grid"),
        "happened_on",
        after=request.GET.get("after", ""),
        is_descending=True,
    )
    context = {
        "form": form,
        "visits": page,
        "named": {visit.pk for visit in page if scope.grants("register.view", visit.household)},
        "is_mine": is_mine,
        "under": under,
        "may_log": scope.has("visit.log"),
        "may_see_all": scope.has("visit.view"),
    }
    return render(request, "inspections/visits/visits.html", context | pages(request, after))


@require_safe
def visit(request, pk):
    scope = Scope.of(request.user)
    scope.demand("visit.view", "visit.log")
    rows = Visit.objects.visible_to(request.user).select_related(_PLACE, "visitor", "grid")
    found = get_object_or_404(rows, pk=pk)
    context = {
        "visit": found,
        "items": found.diary_items.select_related("case").order_by("pk"),
        "photos": found.photos.order_by("pk"),
        "is_late_entry": timezone.localdate(found.logged_at) != found.happened_on,
        "may_log": scope.grants("visit.log", found),
        "to_decide": corrections.undecided(request.user).filter(visit=found).count(),
        "may_visit": scope.grants("visit.log", found.household),
        "may_name": scope.grants("register.view", found.household),
        "may_report": scope.grants("case.report", found.household),
    }
    return render(request, "inspections/visits/visit.html", context)


@require_safe
def photo(request, pk):
    """Served through the scope of its visit."""
    Scope.of(request.user).demand("visit.view", "visit.log")
    picture = get_object_or_404(VisitPhoto.objects.visible_to(request.user), pk=pk)
    return send_photo(picture)


def chosen_place(request):
    """The grid that the person chose to look at; None without a choice."""
    return here.grid_of(request) if here.SESSION_KEY in request.session else None


def pages(request, after):
    """The addresses of the next page and of the first one."""
    return {
        "next_url": after and address(request, after=after),
        "previous_url": "after" in request.GET and address(request),
    }


def _grids(staff):
    """Unit grids to choose from; communities where there would be too many."""
    mine = Grid.objects.visible_to(staff).filter(valid_to=None).order_by("code")
    units = mine.units()
    return units if len(units[: MANY_GRIDS + 1]) <= MANY_GRIDS else mine.filter(tier=Tier.COMMUNITY)
