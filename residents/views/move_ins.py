"""Requests of other grids to let a person move."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.refusal import Refused
from grids.scope import Scope
from residents import move_ins as rules
from residents.changing import AlreadyAnswered
from residents.life import asking_the_other_grid
from residents.models import MoveInRequest

_PARTS = ("resident__household__dwelling", "from_grid", "to_grid", "asked_by")


@require_safe
def move_ins(request):
    Scope.of(request.user).demand("register.view")
    waiting = MoveInRequest.objects.filter(state=MoveInRequest.State.WAITING)
    to_answer = waiting.to_answer_by(request.user).select_related(*_PARTS)
    mine = MoveInRequest.objects.filter(asked_by=request.user).select_related("to_grid")
    to_answer = list(to_answer.order_by("asked_at")[:100])
    for item in to_answer:
        item.place = asking_the_other_grid.place_of(item)
    context = {
        "to_answer": to_answer,
        "mine": mine.order_by("-pk")[:50],
    }
    return render(request, "residents/people/move_ins.html", context)


@require_POST
def answer_move_in(request, pk):
    found = get_object_or_404(MoveInRequest.objects.to_answer_by(request.user), pk=pk)
    answer = rules.accept if request.POST.get("answer") == "accept" else rules.refuse
    try:
        answer(found, by=request.user)
    except AlreadyAnswered as late:
        messages.warning(request, str(late))
    except Refused as error:
        messages.error(request, _("Cannot move: %s") % error)
    else:
        messages.success(request, _("Answered. The other grid sees it now."))
    return redirect("residents:move_ins")
