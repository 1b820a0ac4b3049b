"""Reporting a problem: asked once whether it is known already, the same form twice is one case."""

from django.db import transaction
from django.http import Http404, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import origins, workflow
from cases.file import nearby, photos
from cases.forms.report import ReportForm, grids_to_report_in
from cases.models import Case, CasePhoto, Source
from grids.boundaries.locate import locate_grid
from grids.refusal import Refused
from grids.scope import Scope
from grids.throttle import counted
from residents.models import Household


@counted("report")
def report(request):
    Scope.of(request.user).demand("case.report")
    household = _household(request)
    if request.method != "POST":
        form = ReportForm(staff=request.user, initial=_known(request, household))
        return render(request, "cases/report/report.html", {"form": form, "household": household})
    form = ReportForm(request.POST, request.FILES, staff=request.user)
    found = _asked_once(form, by=request.user) if form.is_valid() else []
    if form.is_valid() and not found:
        try:
            case = _file(form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(f"{case.get_absolute_url()}?reported=1")
    context = {"form": form, "household": household, "alike": found}
    status = 422 if form.errors else 200
    return render(request, "cases/report/report.html", context, status=status)


def _asked_once(form, *, by):
    """Cases that may be the same, of a report that was written without having seen them."""
    given = form.cleaned_data
    names = ("category", "grid", "lon", "lat", "household")
    is_new = not Case.objects.filter(client_uuid=given["client_uuid"]).exists()
    if given.get("seen") or given.get("is_solved") or not is_new:
        return []
    form.data = form.data.copy()
    form.data["seen"] = "1"
    return nearby.alike(by, **{name: given[name] for name in names})


@require_safe
def alike(request):
    """The part of the form that says what was reported nearby, and which way the report will go."""
    Scope.of(request.user).demand("case.report")
    given = ReportForm(request.GET, staff=request.user).place_and_matter()
    is_urgent = given.pop("is_urgent")
    context = {
        "alike": nearby.alike(request.user, **given),
        "way": given["category"]
        and given["grid"]
        and nearby.way(given["category"], given["grid"], is_urgent=is_urgent),
    }
    return render(request, "cases/report/_alike.html", context)


@require_safe
def place(request):
    """The unit grid at ?lon=&lat=: {"grid": its key, "name", "is_mine"}; grid null outside all."""
    scope = Scope.of(request.user)
    scope.demand("case.report")
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        return HttpResponseBadRequest()
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # nor NaN
        return HttpResponseBadRequest()
    found = (locate_grid(district, lon, lat) for district in sorted(scope.district_ids))
    grid = next(filter(None, found), None)
    if grid is None:
        return JsonResponse({"grid": None, "name": "", "is_mine": False})
    is_mine = grids_to_report_in(request.user).filter(pk=grid.pk).exists()
    return JsonResponse({"grid": grid.pk, "name": grid.name, "is_mine": is_mine})


def _household(request):
    """The household that the report is about; 404 for one that the person may not see."""
    key = request.POST.get("household") or request.GET.get("household")
    if not key:
        return None
    if not key.isdecimal():
        raise Http404
    rows = Household.objects.live().visible_to(request.user).select_related("dwelling")
    return get_object_or_404(rows, pk=key)


def _known(request, household):
    """What need not be asked."""
    names = ("visit", "visit_key", "line", "patrol_key", "description")
    known = {name: request.GET.get(name, "") for name in names}
    if request.GET.get("source") in Source.values:
        known["source"] = request.GET["source"]
    if household:
        known |= {
            "household": household.pk,
            "grid": household.grid_id,
            "address": household.dwelling.address,
        }
    elif request.GET.get("grid", "").isdecimal():
        known["grid"] = request.GET["grid"]
    else:
        grids = list(grids_to_report_in(request.user).values_list("pk", flat=True)[:2])
        known |= {"grid": grids[0]} if len(grids) == 1 else {}
    return known


@transaction.atomic
def _file(data, *, by):
    """Report the case with its photos, once: the same form sent again finds the same case."""
    at = timezone.now()
    fields = (
        "category",
        "grid",
        "description",
        "address",
        "lon",
        "lat",
        "source",
        "household",
        "is_urgent",
    )
    case = workflow.report(
        by=by,
        at=at,
        title=data["category"].name,
        client_uuid=data["client_uuid"],
        **{name: data[name] for name in fields},
    )
    if case.reported_at != at:
        return case
    photos.attach(case, data["photos"], moment=CasePhoto.Moment.BEFORE, by=by, at=at)
    origins.tell(case, data, by=by)
    if data.get("is_solved"):
        photos.attach(case, data["after"], moment=CasePhoto.Moment.AFTER, by=by, at=at)
        workflow.solve(case, by=by, note=data["description"] or case.title)
    return case
