"""The steps of a case, for everybody who sees cases: the tables that the program itself goes by."""

from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from cases.paper import steps_drawing, steps_in_words
from grids.scope import Scope


@require_safe
def case_steps(request):
    Scope.of(request.user).demand("case.view", "case.report")
    context = {
        "drawing": mark_safe(steps_drawing.draw()),  # labels only, escaped
        "moving": steps_in_words.moving(),
        "beside": steps_in_words.beside(),
        "rungs": steps_in_words.rungs(),
    }
    return render(request, "cases/paper/case_steps.html", context)
