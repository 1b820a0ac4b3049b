"""Taking a step of the loop: one form each, 422 with the errors in place."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import photos, workflow
from cases.forms.steps import FORMS
from cases.models import Case, CasePhoto
from cases.views.detail import find, show
from grids.scope import Scope


@require_POST
def step(request, number, step):
    if step not in FORMS:
        raise Http404
    case = find(request, number)
    _demand_right(request.user, step, case)
    form = FORMS[step](request.POST, request.FILES, case=case)
    if form.is_valid():
        try:
            _take(step, case, by=request.user, **form.cleaned_data)
        except workflow.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Done: %(step)s") % {"step": workflow.LABELS[step]}
            )
            return _onwards(request, case)
    return show(request, find(request, number), form=form, step=step, status=422)


def _demand_right(staff, step, case):
    """403 without the right on this case; the rules of the moment are the workflow's (422)."""
    right = workflow.STEPS[step]
    holds = Scope.of(staff).grants(right, case)
    if step == "answer_slip":
        holds = holds or bool(Scope.of(staff).reach(right).departments)
    if not holds:
        raise PermissionDenied


@transaction.atomic
def _take(step, case, *, by, slip=None, **words):
    """The step and its photos, both or neither."""
    pictures = words.pop("photos", [])
    getattr(workflow, step)(slip or case, by=by, **words)
    photos.attach(
        case, pictures, moment=CasePhoto.Moment.AFTER, by=by, at=timezone.now()
    )


def _onwards(request, case):
    """Back to the case; to the list when it has left the person's hands and sight."""
    still = Case.objects.visible_to(request.user).filter(pk=case.pk).exists()
    return redirect(case if still else "cases:list")
