"""Taking a step of the loop: one form each, 422 with the errors in place."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import workflow
from cases.file import attachments, photos
from cases.forms.steps import FORMS
from cases.models import Case
from cases.views.detail import find_case, show_case
from cases.workflow import slips
from grids.refusal import Refused


@require_POST
def step(request, number, step):
    if step not in FORMS or step not in workflow.STEPS:
        raise Http404
    case = find_case(request, number)
    _demand_right(request.user, step, case)
    form = FORMS[step](request.POST, request.FILES, case=case, staff=request.user)
    if form.is_valid() and form.unsure is None:
        try:
            _take(step, form, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Done: %(step)s") % {"step": workflow.LABELS[step]})
            return _onwards(request, case)
    status = 422 if form.errors else 200
    return show_case(request, find_case(request, number), form=form, step=step, status=status)


def _demand_right(staff, step, case):
    """403 without the right on this case; the rules of the moment are the workflow's (422)."""
    if step == "answer_slip":
        holds = any(slips.may_answer(slip, staff) for slip in case.slips.all())
    else:
        holds = workflow.holds(case, step, staff)
    if not holds:
        raise PermissionDenied


@transaction.atomic
def _take(step, form, *, by):
    """The step with its photos and attachments: all or nothing."""
    given, at = form.cleaned_data, timezone.now()
    for about, words in form.calls():
        getattr(workflow, step)(about, by=by, **words)
    photos.attach(form.case, given.get("photos", []), moment=form.moment, by=by, at=at)
    attachments.attach(form.case, given.get("attachments", []), by=by, at=at)


def _onwards(request, case):
    """Back to the case; to the list when it has left the person's hands and sight."""
    still = Case.objects.visible_to(request.user).filter(pk=case.pk).exists()
    return redirect(case if still else "cases:list")
