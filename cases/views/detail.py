"""The page of one case; the form of a step opens in it."""

from itertools import zip_longest

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import lights, wording
from cases.file import dossier, ledger, people, timeline
from cases.forms.steps import FORMS
from cases.models import Case, CasePhoto, Category, Stage
from cases.steps.table import AT_HAND, LABELS, NEXT_THING, WITH_CARE
from cases.workflow import slips
from cases.workflow.steps import steps_for
from grids.scope import Scope
from residents.models import Household

BUTTONS = 2
# What the address may fill in beforehand.
KNOWN = ("into", "other", "slip", "help")


@require_safe
def detail(request, number):
    case = find_case(request, number)
    may = steps_for(case, request.user)
    step = request.GET.get("step")
    form = _form(request, case, step, may)
    return show_case(request, case, form=form, step=step if form else None, may=may)


def _form(request, case, step, may):
    """The empty form of a step that is possible; a slip is answered by whoever got it."""
    if step == "answer_slip":
        waiting = {str(s.pk) for s in slips_of(case, request.user) if s.may_answer}
        may = [step] if request.GET.get("slip") in waiting else []
    if step not in may or step not in FORMS:
        return None
    known = {name: request.GET[name] for name in KNOWN if name in request.GET}
    text = dossier.ready_text(case, step, request.GET.get("text"))
    form = FORMS[step](case=case, staff=request.user, initial=known)
    if text:
        form.initial[form.main_words()] = text
    return form


def find_case(request, number):
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
        "decider",
        "companion",
    )
    rows = rows.defer("grid__boundary", "district__boundary")
    return get_object_or_404(rows, number=number)


def show_case(request, case, *, form=None, step=None, may=None, status=200):
    """The page, with the form of `step` open when one is given."""
    now = timezone.now()
    may = steps_for(case, request.user) if may is None else may
    events = list(case.events.select_related("by").order_by("at", "id"))
    light = lights.light(case, now)
    photos = list(case.photos.all())
    of_case = dossier.of(case, events, request.user)
    context = {
        "case": case,
        "light": light,
        "light_text": wording.light_text(case, light) if case.is_open else "",
        "ledger": ledger.of(case, now),
        "loop": timeline.loop_of(case, events),
        "events": timeline.tell(case, events),
        "photos": side_by_side(photos),
        "slips": slips_of(case, request.user),
        "household": _household(case, request.user),
        "form": form,
        "step": step,
        "step_label": LABELS.get(step, ""),
        "may_merge": "merge" in may,
        "ready": dossier.ready_texts(case, step) if form else [],
        "back": reverse("cases:list"),
        "now": now,
        "must_identify": _must_identify(case, request.user),
        **of_case,
        **_doors(may, mine=_mine(of_case, request.user)),
    }
    return render(request, "cases/file/detail.html", context, status=status)


def side_by_side(photos):
    """Before beside after, two cells a row; None where the first of its moment is missing.

    When one moment has more photos than the other, the rest follows without gaps.
    """
    before = [photo for photo in photos if photo.moment == CasePhoto.Moment.BEFORE]
    after = [photo for photo in photos if photo.moment == CasePhoto.Moment.AFTER]
    if not photos:
        return []
    paired = max(1, min(len(before), len(after)))
    rows = list(zip_longest(before[:paired], after[:paired]))
    return [cell for row in rows for cell in row] + before[paired:] + after[paired:]


def _must_identify(case, staff):
    """Whether the next thing is to put on record who asks about the own data: it is dispatched
    to nobody."""
    if case.category.kind != Category.Kind.OWN_DATA or case.stage != Stage.REGISTERED:
        return False
    is_known = hasattr(case, "own_data_request")
    return not is_known and Scope.of(staff).grants("case.register", case)


def _mine(of_case, staff):
    """Steps that wait for this very person; others may take them too, but need not."""
    departments = people.departments_of(staff, "case.help")
    check = of_case["check"]
    mine = set()
    if check and not check.answered_at and check.worker_id == staff.pk:
        mine.add("answer_check")
    if any(not h.done_at and h.department_id in departments for h in of_case["helps"]):
        mine.add("finish_help")
    return mine


def _doors(may, *, mine):
    """The one next thing, what else is possible, and what is done with care."""
    waits = set(NEXT_THING) - ({"answer_check", "finish_help"} - mine)
    primary = next((step for step in NEXT_THING if step in may and step in waits), None)
    menu = [[_door(step) for step in group if step in may and step != primary] for group in AT_HAND]
    careful = [_door(step) for step in WITH_CARE if step in may]
    return {
        "primary": _door(primary) if primary else None,
        "aside": [door for group in menu for door in group][:BUTTONS],
        "menu": [group for group in menu if group],
        "careful": careful,
        "has_more": bool(careful) or sum(map(len, menu)) > BUTTONS,
    }


def _door(step):
    return {"step": step, "label": LABELS[step], "asks": bool(FORMS[step].base_fields)}


def slips_of(case, staff):
    """Slips of the case, newest first; `may_answer` for those that wait for this person."""
    found = list(case.slips.select_related("department").order_by("-issued_at", "-id"))
    for slip in found:
        slip.may_answer = slip.answered_at is None and slips.may_answer(slip, staff)
    return found


def _household(case, staff):
    if case.household_id is None:
        return None
    return (
        Household.objects.visible_to(staff)
        .select_related("dwelling")
        .filter(pk=case.household_id)
        .first()
    )
