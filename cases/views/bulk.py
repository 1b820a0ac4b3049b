"""One step on many cases: choose on the list, look at what it would do, confirm once, read what came of it."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.forms.bulk import FORMS
from cases.models import Case
from cases.steps.table import LABELS, STEPS
from cases.views.asked import asked
from cases.workflow import bulk
from grids.scope import Scope

RIGHTS = tuple(STEPS[step] for step in bulk.OFFERED)
RESULT = "cases.workflow.bulk"


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request):
    """What the step would do with the cases that are ticked, or with all of the list."""
    Scope.of(request.user).demand(*RIGHTS)
    if request.method != "POST":
        return redirect("cases:list")
    step, (cases, total) = _step(request), _ticked(request)
    if not cases:
        messages.warning(request, _("Tick the cases first."))
        return redirect(_back(request))
    return _show(request, step, cases, FORMS[step](cases=cases), total=total)


@require_http_methods(["GET", "HEAD", "POST"])
def take(request):
    """The step on each of the cases that the preview showed."""
    Scope.of(request.user).demand(*RIGHTS)
    if request.method != "POST":
        return redirect("cases:list")
    step, cases = _step(request), bulk.chosen(request.user, _keys(request))
    form = FORMS[step](request.POST, cases=cases)
    if not form.is_valid():
        return _show(request, step, cases, form, total=len(cases), status=422)
    found = form.take(cases, by=request.user)
    request.session[RESULT] = {
        "step": step,
        "done": len(found.done),
        "refused": [[case.number, case.title, reason] for case, reason in found.refused],
        "back": _back(request),
    }
    return redirect("cases:bulk_done")


@require_safe
def done(request):
    """What came of it; kept until the next one."""
    Scope.of(request.user).demand(*RIGHTS)
    result = request.session.get(RESULT)
    if result is None:
        return redirect("cases:list")
    context = result | {"label": LABELS[result["step"]]}
    return render(request, "cases/lists/bulk_done.html", context)


def _step(request):
    step = request.POST.get("step", "")
    if step not in bulk.OFFERED:
        raise Http404
    if not Scope.of(request.user).has(STEPS[step]):
        raise PermissionDenied
    return step


def _ticked(request):
    """(cases, how many were meant): of more than 200 the most urgent 200."""
    if "all" in request.POST:
        found = asked(request)
        first = found.order.first(found.rows, bulk.AT_MOST, shown=Case.objects.only("pk"))
        keys, total = [case.pk for case in first], found.rows.count()
    else:
        keys = _keys(request)
        total = len(keys)
    return bulk.chosen(request.user, keys), total


def _keys(request):
    keys = [int(key) for key in request.POST.getlist("pk") if key.isdecimal()]
    return [key for key in keys if key < 2**63][: bulk.AT_MOST]


def _back(request):
    query = request.GET.urlencode()
    return f"{reverse('cases:list')}?{query}" if query else reverse("cases:list")


def _show(request, step, cases, form, *, total, status=200):
    found = bulk.outlook(cases, step, by=request.user, now=timezone.now())
    context = {
        "step": step,
        "label": LABELS[step],
        "form": form,
        "found": found,
        "total": total,
        "most": bulk.AT_MOST,
        "is_more": total > bulk.AT_MOST,
        "answering": _answering(found.done) if step == "dispatch" else None,
        "query": request.GET.urlencode(),
        "back": _back(request),
    }
    return render(request, "cases/lists/bulk.html", context, status=status)


def _answering(cases):
    """[(department or None, number)] as the table of responsibilities has it."""
    return Counter(bulk.answering_for(cases).values()).most_common()
