"""Benefits at a place: who receives, who is entitled, who misses; and the plans to review."""

from io import BytesIO

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grids.people import here
from grids.scope import Scope
from grids.throttle import counted
from residents.exports import sums
from residents.exports.desk import mark
from residents.help import benefits as rules
from residents.help import support
from residents.lists import narrowing
from residents.models.exports import Elsewhere
from residents.people import looks
from residents.tables.benefits import table
from residents.views import desk

RIGHT, EXPORT = "register.read_care", "register.export"


@require_safe
def benefits(request):
    Scope.of(request.user).demand(RIGHT)
    place = _place(request)
    found = table(request.user, place)
    context = {
        "place_name": place,
        "table": found,
        "may_export": Scope.of(request.user).has(EXPORT),
        "states": rules.STATES.values(),
        "rows": [(one, cells) for one, (__, cells) in zip(found.benefits, found.rows, strict=True)],
        "query": request.GET.urlencode(),
    }
    return render(request, "residents/help/benefits.html", context)


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def benefits_excel(request):
    scope = Scope.of(request.user)
    if not scope.has(RIGHT) or not scope.has(EXPORT):
        raise PermissionDenied
    place, form = _place(request), desk.form_of(request)
    if not form.is_valid():
        back = f"{reverse('residents:benefits')}?{request.GET.urlencode()}"
        return desk.ask(request, form, title=_("Benefits"), about=[place], back=back)
    purpose, file = form.cleaned_data["purpose"], BytesIO()
    found = table(request.user, place, is_on_paper=True)
    headline = " · ".join([*mark(request.user, purpose), str(place)])
    sums.write(file, [found], headline)
    return desk.give(
        request,
        file,
        f"{_('Benefits')}-{place}-{timezone.localdate():%Y%m%d}.xlsx",
        what=Elsewhere.BENEFITS,
        title=_("Benefits"),
        about=[place],
        heads=[found.first, *found.heads],
        rows=len(found.rows),
        purpose=purpose,
        place=place,
    )


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
