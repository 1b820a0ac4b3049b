"""A compound or a building that no register has brought yet."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grids.models import Grid, Tier
from grids.people import here
from grids.refusal import Refused
from grids.scope import Scope
from residents.forms.housing import NewBuildingForm, NewCompoundForm
from residents.places import buildings


@require_http_methods(["GET", "HEAD", "POST"])
def new_compound(request):
    Scope.of(request.user).demand("register.approve")
    form = NewCompoundForm(
        request.POST or None,
        staff=request.user,
        initial={"community": _community_here(request)},
    )
    return _add(request, form, _("New compound"), page="residents:compound")


@require_http_methods(["GET", "HEAD", "POST"])
def new_building(request, pk=None):
    """In a compound, or, without a key, in the community where the person stands."""
    compound = None if pk is None else _compound(request, pk)
    Scope.of(request.user).demand("register.approve")
    community = compound.community if compound else _community_here(request)
    if community is None:
        messages.info(request, _("Choose a community at the top first."))
        return redirect("residents:compounds")
    form = NewBuildingForm(
        request.POST or None,
        staff=request.user,
        community=community,
        compound=compound,
    )
    return _add(request, form, _("New building"), page="residents:building", under=compound)


def _add(request, form, title, *, page, under=None):
    if form.is_bound and form.is_valid():
        try:
            place = buildings.add(form.place(), by=request.user)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Added: %(name)s") % {"name": place.name})
            return redirect(page, pk=place.pk)
    context = {"form": form, "title": title, "under": under}
    status = 422 if form.is_bound else 200
    return render(request, "residents/places/new_place.html", context, status=status)


def _compound(request, pk):
    """404 out of sight, 403 in sight for somebody who does not keep its community."""
    rows = buildings.compounds(request.user, None).select_related("community")
    found = get_object_or_404(rows, pk=pk)
    if not Scope.of(request.user).grants("register.approve", found):
        raise PermissionDenied
    return found


def _community_here(request):
    """The community of the chosen place, if the person keeps its register."""
    place = here.grid_of(request)
    if place is None:
        return None
    over = Grid.objects.above(place).filter(tier=Tier.COMMUNITY)
    return buildings.communities_kept_by(request.user).filter(pk__in=over).first()
