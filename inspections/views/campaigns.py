"""Campaigns: planned, watched, handed over, closed with a report."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.lists.paging import page_by_key
from grids.models import Grid
from grids.refusal import Refused
from grids.scope import Scope
from inspections.campaigns import campaigns as rules
from inspections.campaigns import progress
from inspections.forms.campaigns import CampaignForm, CloseForm, HandOverForm
from inspections.models import Campaign, CampaignTarget


@require_safe
def campaign_list(request):
    scope = Scope.of(request.user)
    scope.demand("visit.view")
    rows = Campaign.objects.visible_to(request.user).select_related("grid", "made_by")
    rows = rows.defer("grid__boundary").order_by("-pk")
    page = page_by_key(request, rows, descending=True)
    sums = progress.totals(page.rows)
    for one in page.rows:
        one.sum, one.is_told = sums[one.pk], rules.tells(request.user, one)
    context = {"page": page, "may_plan": scope.has("visit.plan")}
    return render(request, "inspections/campaigns/campaigns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request):
    Scope.of(request.user).demand("visit.plan")
    today = timezone.localdate()
    form = CampaignForm(
        request.POST or None,
        staff=request.user,
        initial={"since": today, "until": today},
    )
    if form.is_bound and form.is_valid():
        try:
            campaign, gathered = _begin(form, request.user)
        except Refused as refusal:
            form.add_error("who", str(refusal))
        else:
            words = ngettext(
                "The campaign has begun: %(number)d household.",
                "The campaign has begun: %(number)d households.",
                gathered,
            )
            messages.success(request, words % {"number": gathered})
            return redirect("inspections:campaign", campaign.pk)
    context = {"form": form}
    status = 422 if form.is_bound else 200
    return render(request, "inspections/campaigns/new.html", context, status=status)


@transaction.atomic
def _begin(form, staff):
    campaign = form.save(commit=False)
    campaign.district_id = campaign.grid.district_id or campaign.grid_id
    campaign.made_by, campaign.made_at = staff, timezone.now()
    campaign.save()
    return campaign, rules.start(campaign, numbers=form.cleaned_data["numbers"])


@require_safe
def campaign(request, pk):
    """How far it has come, grid by grid, of many by area; each number opens its households."""
    found = _find(request, pk)
    place = _place(request, found) or found.grid
    lines = progress.progress(found, grid__path__startswith=place.path)
    is_told = rules.tells(request.user, found)
    if not is_told and place != found.grid:
        raise Http404
    context = {
        "is_told": is_told,
        "campaign": found,
        "area": place,
        "lines": progress.folded(lines, place),
        "sum": progress.total(lines, place),
        "today": timezone.localdate(),
        "may_plan": Scope.of(request.user).grants("visit.plan", found),
    }
    return render(request, "inspections/campaigns/campaign.html", context)


@require_safe
def campaign_targets(request, pk):
    """The households of a campaign in a state and a grid."""
    found = _told(request, pk)
    rows = CampaignTarget.objects.visible_to(request.user).filter(campaign=found)
    state, place = request.GET.get("state", ""), _place(request, found)
    if state in CampaignTarget.State.values:
        rows = rows.filter(state=state)
    if place is not None:
        rows = rows.filter(grid__path__startswith=place.path)
    rows = rows.select_related("household__dwelling__building__compound", "visitor")
    page = page_by_key(request, rows.order_by("pk"))
    scope = Scope.of(request.user)
    for one in page.rows:
        one.is_named = scope.grants("register.view", one.household)
    context = {
        "campaign": found,
        "page": page,
        "state": dict(CampaignTarget.State.choices).get(state),
        "area": place,
    }
    return render(request, "inspections/campaigns/targets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request, pk, grid):
    found = _told(request, pk, right="plan")
    ground = get_object_or_404(
        Grid.objects.units().filter(path__startswith=found.grid.path).defer("boundary"),
        pk=grid,
    )
    form = HandOverForm(request.POST or None, grid=ground)
    if form.is_bound and form.is_valid():
        try:
            number = rules.hand_over(found, ground, to=form.cleaned_data["to"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            words = ngettext(
                "%(number)d household was handed over.",
                "%(number)d households were handed over.",
                number,
            )
            messages.success(request, words % {"number": number})
            return redirect("inspections:campaign", found.pk)
    lines = progress.progress(found, grid=ground)
    context = {
        "campaign": found,
        "grid": ground,
        "form": form,
        "line": lines[0] if lines else progress.Progress(ground),
    }
    status = 422 if form.is_bound else 200
    return render(request, "inspections/campaigns/hand_over.html", context, status=status)


@require_POST
def close_campaign(request, pk):
    found = _find(request, pk, right="plan")
    form = CloseForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    try:
        rules.close(found, words=words)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The campaign is closed."))
    return redirect("inspections:campaign", found.pk)


def _place(request, campaign):
    """The grid of the address; 404 when it is not below the campaign's."""
    key = request.GET.get("grid", "")
    if not key:
        return None
    rows = Grid.objects.below(campaign.grid).defer("boundary")
    is_key = key.isdecimal() and len(key) < 19
    return get_object_or_404(rows, pk=key if is_key else None)


def _told(request, pk, right="view"):
    """404 for who may not know whom the campaign means."""
    found = _find(request, pk, right)
    if not rules.tells(request.user, found):
        raise Http404
    return found


def _find(request, pk, right="view"):
    scope = Scope.of(request.user)
    scope.demand("visit.view")
    rows = Campaign.objects.select_related("grid", "made_by", "care_category")
    rows = rows.defer("grid__boundary")
    found = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if right == "view":
        return found
    scope.demand(f"visit.{right}")
    return get_object_or_404(rows.visible_to(request.user, right=right), pk=pk)
