"""Walking the grid: one tap when nothing was found, one more to report what was."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.models import Source
from grids.lists.paging import page_by_day
from grids.models import Grid
from grids.refusal import Refused
from grids.scope import Scope
from inspections import patrols
from inspections.forms.patrols import PatrolForm, PointsForm, RuleForm
from inspections.models import Patrol
from inspections.views.visits import chosen_place, pages


@require_http_methods(["GET", "HEAD", "POST"])
def walk(request, grid):
    """The patrol of a grid that is mine to walk."""
    scope = Scope.of(request.user)
    scope.demand("visit.log")
    ground = get_object_or_404(patrols.grids_of(request.user), pk=grid)
    form = PatrolForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            patrol, __ = patrols.log(ground, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _onwards(request, patrol)
    today = timezone.localdate()
    [beat] = [one for one in patrols.todays(request.user, today) if one.grid == ground]
    context = {
        "grid": ground,
        "beat": beat,
        "form": form,
        "points": patrols.points_of(ground),
        "day": today,
        "walked": Patrol.objects.filter(grid=ground, day=today).select_related("by"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "inspections/patrols/patrol.html", context, status=status)


def _onwards(request, patrol):
    if patrol.found_nothing:
        words = _("Patrol %(number)s of today is done: nothing found.")
        messages.success(request, words % {"number": patrol.number})
        return redirect("inspections:today")
    query = {
        "source": Source.PATROL,
        "grid": patrol.grid_id,
        "patrol_key": patrol.client_uuid,
    }
    return redirect(f"{reverse('cases:report')}?{urlencode(query)}")


@require_safe
def patrol_list(request):
    """How the patrols of a day stand, grid by grid; the last ones below."""
    Scope.of(request.user).demand("visit.view")
    day = parse_date(request.GET.get("day", "")) or timezone.localdate()
    under = chosen_place(request)
    grids = patrols.by_grid(request.user, day, under)
    rows = Patrol.objects.visible_to(request.user).select_related("grid", "by")
    if under is not None:
        rows = rows.filter(grid__path__startswith=under.path)
    page, after = page_by_day(
        rows.prefetch_related("findings__case"),
        "day",
        after=request.GET.get("after", ""),
        is_descending=True,
    )
    context = {
        "day": day,
        "under": under,
        "grids": grids,
        "done": sum(row["done"] for row in grids),
        "wanted": sum(row["wanted"] for row in grids),
        "short": sum(row["done"] < row["wanted"] for row in grids),
        "found": sum(row["found"] for row in grids),
        "patrols": page,
        "may_edit": Scope.of(request.user).has("dictionary.edit"),
    }
    return render(request, "inspections/patrols/patrols.html", context | pages(request, after))


@require_http_methods(["GET", "HEAD", "POST"])
def points(request, grid):
    """The way of a grid: its points in order. Who walks it or leads it keeps it."""
    Scope.of(request.user).demand("visit.log")
    ground = _to_keep(request.user, grid)
    form = PointsForm(request.POST or None, points=list(patrols.points_of(ground)))
    if form.is_bound and form.is_valid():
        patrols.set_points(ground, form.points())
        messages.success(request, _("Saved."))
        return redirect("inspections:points", ground.pk)
    context = {"grid": ground, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "inspections/patrols/points.html", context, status=status)


def _to_keep(staff, key):
    reach = Scope.of(staff).reach("visit.log")
    rows = Grid.objects.units().filter(valid_to=None).defer("boundary")
    found = get_object_or_404(rows, pk=key)
    if found.pk not in reach.grids and found.district_id not in reach.districts:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def patrol_rule(request):
    """How many patrols a day, for the chosen place and all below it."""
    scope = Scope.of(request.user)
    scope.demand("dictionary.edit")
    place = (
        chosen_place(request)
        or Grid.objects.filter(pk__in=scope.reach("dictionary.edit").districts)
        .defer("boundary")
        .first()
    )
    if place is None or place.district_id is None:
        messages.info(request, _("Choose a place at the top first."))
        return redirect("inspections:patrols")
    if place.district_id not in scope.reach("dictionary.edit").districts:
        raise Http404
    form = RuleForm(request.POST or None, place=place)
    if form.is_bound and form.is_valid():
        form.keep()
        messages.success(request, _("Saved."))
        return redirect("inspections:patrols")
    context = {"form": form, "under": place}
    status = 422 if form.is_bound else 200
    return render(request, "inspections/patrols/rule.html", context, status=status)
