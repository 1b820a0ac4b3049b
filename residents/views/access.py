"""The auditor's page: who looked at what of persons, and at the files of premises; whose look-ups
are stopped."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grids.lists.paging import page_by_key
from grids.scope import Scope
from residents.models import AccessRecord, LookUpStop, PremisesLook
from residents.people import looks


@require_safe
def access(request):
    scope = Scope.of(request.user)
    scope.demand("access.view")
    of = request.GET.get("of") if request.GET.get("of") in _OF else "persons"
    page = page_by_key(
        request,
        _OF[of]().visible_to(request.user).order_by("-pk"),
        descending=True,
        size=100,
    )
    context = {
        "page": page,
        "of": of,
        "now": timezone.now(),
        "may_release": scope.has("access.release"),
    }
    return render(request, "residents/people/access.html", context)


def _of_persons():
    rows = looks.with_labels(AccessRecord.objects.all())
    return rows.select_related("by", "resident", "grid")


def _of_premises():
    return PremisesLook.objects.select_related("by", "premises", "grid")


def _stops():
    return LookUpStop.objects.select_related("staff", "released_by", "grid")


_OF = {"persons": _of_persons, "premises": _of_premises, "stops": _stops}
