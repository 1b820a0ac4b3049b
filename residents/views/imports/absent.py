"""Who is in the register and not in the list of an import: a page, and "is still here"."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.lists.paging import page_by_key
from grids.scope import Scope
from residents.imports.batch import not_listed
from residents.models import ImportBatch
from residents.views.imports.batch import batch_of

HOUSEHOLDS, GRIDS = not_listed.SCOPES
State = ImportBatch.State


@require_safe
def import_absent(request, pk):
    batch = _list_of_people(request, pk)
    scope = GRIDS if request.GET.get("of") == GRIDS else HOUSEHOLDS
    rows = not_listed.residents(batch, request.user, scope)
    page = page_by_key(request, rows, size=50)
    reader = Scope.of(request.user)
    for one in page.rows:
        one.may_edit = reader.grants("register.edit", one)
    context = {
        "batch": batch,
        "page": page,
        "of": scope,
        "numbers": {
            one: not_listed.residents(batch, request.user, one).count() for one in not_listed.SCOPES
        },
        "has_expired": not_listed.has_expired(batch),
    }
    return render(request, "residents/imports/absent.html", context)


@require_POST
def import_still_here(request, pk):
    """Off the list; the register stays as it is."""
    batch = _list_of_people(request, pk)
    scope = GRIDS if request.POST.get("of") == GRIDS else HOUSEHOLDS
    key = request.POST.get("resident", "")
    rows = not_listed.residents(batch, request.user, scope)
    one = rows.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
    if one is None:
        messages.warning(request, _("This person is not in the list any more."))
    else:
        not_listed.is_here(batch, one)
        messages.success(request, _("%(name)s stays in the register.") % {"name": one.name})
    return redirect(f"{reverse('residents:import_absent', args=[pk])}?of={scope}")


def _list_of_people(request, pk):
    batch = batch_of(request, pk)
    if batch.register != ImportBatch.Register.RESIDENTS or batch.state not in (
        State.CHECKED,
        State.DONE,
    ):
        raise Http404
    return batch
