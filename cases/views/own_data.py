"""A request about own data: who asks, the copy, the erasure."""

import io

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.own_data import IdentityForm
from cases.models import Category
from cases.own_data import asking, doing
from cases.views.detail import find_case
from grids.refusal import Refused
from grids.scope import Scope
from grids.throttle import counted
from residents import tasks
from residents.exports import own_copy
from residents.models import Resident

RIGHT = "case.register"


@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request, number):
    case, asked = _asked(request, number)
    form = _form(request)
    if asked is None and form.is_bound and form.is_valid():
        try:
            _identify(case, form, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("cases:own_data", number)
    people = Resident.objects.visible_to(request.user)
    person = asked and people.filter(pk=asked.resident_id).first()
    context = {
        "case": case,
        "asked": asked,
        "person": person,
        "form": form,
        "wish": asking.OwnDataRequest.Wish(asking.wish_of(case)).label,
        "may_copy": person and own_copy.may(request.user, person),
        "may_edit": person and Scope.of(request.user).grants("register.edit", person),
        "may_answer": case.stage == "registered",
    }
    status = 422 if asked is None and form.is_bound and form.errors else 200
    return render(request, "cases/own_data/own_data.html", context, status=status)


def _form(request):
    """With the people of that name once it was typed."""
    if request.method != "POST":
        return IdentityForm()
    name = request.POST.get("name", "").strip()
    people = asking.candidates(request.user, name) if name else []
    return IdentityForm(request.POST, people=people)


def _identify(case, form, *, by):
    given = form.cleaned_data
    asking.identify(
        case,
        name=given["name"],
        resident=form.resident(),
        how=given["how"],
        note=given["note"],
        by=by,
    )


@counted("export")
@require_POST
def copy(request, number):
    _case, asked = _asked(request, number, is_needed=True)
    file = io.BytesIO()
    try:
        doing.copy(asked, file, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:own_data", number)
    file.seek(0)
    name = _("Copy of own data")
    return FileResponse(file, as_attachment=True, filename=f"{name}-{number}.xlsx")


@require_POST
def erase(request, number):
    _case, asked = _asked(request, number, is_needed=True)
    try:
        run = doing.erase(asked, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        tasks.run_erasure.delay(run.pk)
        messages.success(request, _("The erasure has begun; answer the person when it is done."))
    return redirect("cases:own_data", number)


def _asked(request, number, *, is_needed=False):
    """(the case, its request or None); 404 for another kind, 403 without the right on the case."""
    case = find_case(request, number)
    if case.category.kind != Category.Kind.OWN_DATA:
        raise Http404
    if not Scope.of(request.user).grants(RIGHT, case):
        raise PermissionDenied
    asked = getattr(case, "own_data_request", None)
    if is_needed and asked is None:
        raise Http404
    return case, asked
