"""A page to try a limit out: when it is due, and what is left out on the way."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.calendar import working_days
from cases.forms.clock import ClockForm
from cases.limits import trial
from cases.models import LimitUnit
from grids.refusal import Refused
from grids.scope import Scope


@require_safe
def clock(request):
    scope = Scope.of(request.user)
    scope.demand("dictionary.view", "case.board")
    open_to = working_days.open_to(request.user)
    first = open_to.first() or _made(scope)
    usual = {
        "begin": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "number": 4,
        "unit": LimitUnit.WORKING_HOURS,
        "calendar": first.pk,
    }
    form = ClockForm(usual | request.GET.dict(), calendars=open_to)
    found = _try(form)
    calendar = form.cleaned_data.get("calendar") or first
    context = {
        "form": form,
        "trial": found,
        "calendar": calendar,
        "runs_out": working_days.runs_out(calendar, timezone.localdate()),
        "may_edit": scope.has("dictionary.view"),
    }
    return render(request, "cases/limits/clock.html", context, status=200 if found else 422)


def _try(form):
    if not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        return trial.try_out(
            given["calendar"], given["begin"], given["number"], given["unit"], form.pause
        )
    except Refused as error:
        form.add_error(None, str(error))


def _made(scope):
    """The calendar of a district that has none yet."""
    for district in sorted(scope.district_ids):
        return working_days.ensure_calendar(district)
    raise Http404
