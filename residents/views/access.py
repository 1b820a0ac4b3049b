"""The auditor's page: who looked at what."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from grids.scope import Scope
from residents.models import AccessRecord
from residents.paging import page_by_key


@require_safe
def access(request):
    Scope.of(request.user).demand("access.view")
    rows = AccessRecord.objects.visible_to(request.user).select_related(
        "by", "resident", "grid"
    )
    page = page_by_key(request, rows.order_by("-pk"), descending=True, size=100)
    return render(request, "residents/access.html", {"page": page})
