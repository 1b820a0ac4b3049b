"""Benefits at a place: who receives, who is entitled, who misses; and the plans to review."""

from io import BytesIO

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grids.people import here
from grids.scope import Scope
from grids.workbooks.writing import who_and_when
from residents.exports import sums
from residents.help import benefits as rules
from residents.help import support
from residents.lists import narrowing
from residents.people import looks
from residents.tables.benefits import table
from residents.views.tables import XLSX

RIGHT = "register.read_care"


@require_safe
def benefits(request):
    Scope.of(request.user).demand(RIGHT)
    place = _place(request)
    found = table(request.user, place)
    context = {
        "place_name": place,
        "table": found,
        "states": rules.STATES.values(),
        "rows": [(one, cells) for one, (__, cells) in zip(found.benefits, found.rows, strict=True)],
        "query": request.GET.urlencode(),
    }
    return render(request, "residents/help/benefits.html", context)


@require_safe
def benefits_excel(request):
    Scope.of(request.user).demand(RIGHT)
    place = _place(request)
    file = BytesIO()
    headline = f"{who_and_when(request.user)} · {place}"
    sums.write(file, [table(request.user, place, is_on_paper=True)], headline)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    name = f"{_('Benefits')}-{place}-{timezone.localdate():%Y%m%d}.xlsx"
    response.headers["Content-Disposition"] = sums.attachment(name)
    return response


@require_safe
def support_list(request):
    Scope.of(request.user).demand(RIGHT)
    is_all = request.GET.get("show") == "all"
    place, today = _place(request), timezone.localdate()
    due = support.due(request.user, place, today, is_all=is_all)
    looks.note_cared([plan.resident for plan in due.plans], by=request.user)
    context = {
        "place_name": place,
        "due": due,
        "is_all": is_all,
        "listed": support.LISTED,
        "today": today,
    }
    return render(request, "residents/help/support.html", context)


def _place(request):
    wanted = narrowing.read(request.GET)
    return narrowing.place(request.user, wanted, here.grid_of(request))
