"""The auditor's page: who looked at what of persons, and at the files of premises."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from grids.lists.paging import page_by_key
from grids.scope import Scope
from residents.models import AccessRecord, PremisesLook
from residents.people import looks


@require_safe
def access(request):
    Scope.of(request.user).demand("access.view")
    is_premises = request.GET.get("of") == "premises"
    rows = _of_premises() if is_premises else _of_persons()
    page = page_by_key(
        request,
        rows.visible_to(request.user).order_by("-pk"),
        descending=True,
        size=100,
    )
    context = {"page": page, "is_premises": is_premises}
    return render(request, "residents/people/access.html", context)


def _of_persons():
    rows = looks.with_labels(AccessRecord.objects.all())
    return rows.select_related("by", "resident", "grid")


def _of_premises():
    return PremisesLook.objects.select_related("by", "premises", "grid")
