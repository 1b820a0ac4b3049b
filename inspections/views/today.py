"""The worker's day: the round page by page, a search in it, and what waits beside it."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grids.scope import Scope
from inspections import patrols
from inspections.visits import corrections, rounds, visit_log


@require_safe
def today(request):
    scope = Scope.of(request.user)
    scope.demand("visit.log")
    day, words = timezone.localdate(), request.GET.get("q", "").strip()
    if words:
        found = rounds.find(request.user, words, day)
        return render(
            request,
            "inspections/visits/search.html",
            {"day": day, "words": words, "stops": found},
        )
    number = _number(request.GET.get("page"))
    only = request.GET.get("only") if request.GET.get("only") in rounds.ONLY else ""
    todays = rounds.todays_round(request.user, day, number, only)
    context = {
        "day": day,
        "round": todays,
        "only": only,
        "to_decide": corrections.undecided(request.user).filter(visit__visitor=request.user),
        "reminders": visit_log.to_remind(request.user, day),
        "beats": patrols.todays(request.user, day),
        "may_report": scope.has("case.report"),
        "previous_url": number > 1 and f"?only={only}&page={number - 1}",
        "next_url": todays.has_more and f"?only={only}&page={number + 1}",
    }
    return render(request, "inspections/visits/today.html", context)


def _number(text):
    return max(int(text), 1) if text and text.isdecimal() and len(text) < 5 else 1
