"""The page of one case; the form of a step opens in it."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import ledger, lights, story, wording
from cases.forms.steps import FORMS
from cases.models import Case, CasePhoto
from cases.steps import LABELS, STEPS, steps_for
from grids.scope import Scope
from residents.models import Household

# The first of these that a person may do is the next thing; the others stand aside.
NEXT_THING = [
    "feed_back",
    "accept",
    "verify",
    "dispatch",
    "register",
    "evaluate",
    "solve",
]
AT_HAND = ["solve", "resume", "pause", "extend", "urge", "issue_slip"]
WITH_CARE = ["send_back", "reject", "reopen"]


@require_safe
def detail(request, number):
    case = find(request, number)
    may = steps_for(case, request.user)
    step = request.GET.get("step")
    form = _form(request, case, step, may)
    return show(request, case, form=form, step=step if form else None, may=may)


def _form(request, case, step, may):
    """The empty form of a step that is possible; a slip is answered by whoever got it."""
    if step == "answer_slip":
        slip = next(
            (
                s
                for s in slips_of(case, request.user)
                if str(s.pk) == request.GET.get("slip")
            ),
            None,
        )
        return (
            FORMS[step](case=case, staff=request.user, initial={"slip": slip.pk})
            if slip and slip.may_answer
            else None
        )
    return (
        FORMS[step](case=case, staff=request.user)
        if step in may and step in FORMS
        else None
    )


def find(request, number):
    """The case, or 404 outside the scope, 403 for somebody who has to do with no case at all."""
    Scope.of(request.user).demand("case.view", "case.report")
    rows = Case.objects.visible_to(request.user).select_related(
        "category",
        "standard__category",
        "grid",
        "department",
        "handler",
        "reporter",
        "district",
    )
    rows = rows.defer("grid__boundary", "district__boundary")
    return get_object_or_404(rows, number=number)


def show(request, case, *, form=None, step=None, may=None, status=200):
    """The page, with the form of `step` open when one is given."""
    now = timezone.now()
    may = steps_for(case, request.user) if may is None else may
    events = list(case.events.select_related("by").order_by("at", "id"))
    light = lights.light(case, now)
    photos = list(case.photos.all())
    context = {
        "case": case,
        "light": light,
        "light_text": wording.light_text(case, light) if case.is_open else "",
        "ledger": ledger.of(case, now),
        "loop": story.loop_of(case, events),
        "events": story.tell(case, events),
        "before": [
            photo for photo in photos if photo.moment == CasePhoto.Moment.BEFORE
        ],
        "after": [photo for photo in photos if photo.moment == CasePhoto.Moment.AFTER],
        "slips": slips_of(case, request.user),
        "household": _household(case, request.user),
        "form": form,
        "step": step,
        "step_label": LABELS.get(step, ""),
        "back": reverse("cases:list"),
        "now": now,
        **_doors(may),
    }
    return render(request, "cases/detail.html", context, status=status)


def _doors(may):
    """The one next thing, what else is possible, and what is done with care."""
    primary = next((step for step in NEXT_THING if step in may), None)
    return {
        "primary": _door(primary) if primary else None,
        "aside": [_door(step) for step in AT_HAND if step in may and step != primary],
        "careful": [_door(step) for step in WITH_CARE if step in may],
    }


def _door(step):
    return {"step": step, "label": LABELS[step], "asks": bool(FORMS[step].base_fields)}


def slips_of(case, staff):
    """Slips of the case, newest first; `may_answer` for those that wait for this person."""
    slips = list(case.slips.select_related("department").order_by("-issued_at", "-id"))
    departments = Scope.of(staff).reach(STEPS["answer_slip"]).departments
    for slip in slips:
        slip.may_answer = slip.answered_at is None and slip.department_id in departments
    return slips


def _household(case, staff):
    if case.household_id is None:
        return None
    return (
        Household.objects.visible_to(staff)
        .select_related("dwelling")
        .filter(pk=case.household_id)
        .first()
    )
