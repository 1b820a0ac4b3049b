"""All imports: which file, who, what became of it; and what still waits for a decision (不一致), oldest first."""

from django.db.models import Count, F
from django.shortcuts import render
from django.views.decorators.http import require_safe

from grids.lists.paging import page_by_key
from grids.models import Staff
from grids.scope import Scope
from residents.forms.imports import HistoryFilter
from residents.imports.batch import decisions, registers
from residents.models import ImportBatch

RIGHT = "register.import"


@require_safe
def imports(request):
    Scope.of(request.user).demand(RIGHT)
    seen = ImportBatch.objects.visible_to(request.user, right="import")
    people = Staff.objects.filter(pk__in=seen.order_by().values("by"))
    form = HistoryFilter(request.GET, people=people.order_by("full_name"))
    rows = seen.filter(**form.chosen()).select_related("by").defer("created_places")
    page = page_by_key(request, rows.order_by("-pk"), descending=True, size=30)
    for batch in page.rows:
        batch.sheets = [_understood(table) for table in batch.mapping.get("tables", [])]
    context = {
        "page": page,
        "form": form,
        "is_filtered": bool(form.chosen()),
        "may_import": bool(registers.open_to(request.user)),
        "waiting": _waiting(request.user),
    }
    return render(request, "residents/imports/imports.html", context)


def _understood(table):
    return {
        "sheet": table["sheet"],
        "heads": list(table["heads"].values()),
        "not_understood": table["not_understood"],
    }


def _waiting(staff):
    """Imports with facts to decide, oldest first, and how many."""
    rows = decisions.waiting_for(staff).order_by("batch")
    counted = rows.values("batch", file_name=F("batch__file_name"))
    return list(counted.annotate(number=Count("pk")))
