"""The administrator's page of custom fields."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.models import Grid
from grids.refusal import Refused
from grids.scope import Scope
from residents.custom_fields import keeping
from residents.forms.fields import FieldForm
from residents.models import CustomField


@require_safe
def fields(request):
    Scope.of(request.user).demand("dictionary.view")
    rows = list(keeping.rows_of(request.user))
    district = _district(request)
    filled = keeping.all_filled(district) if rows else {}
    for row in rows:
        row.filled = filled.get((row.register, row.key), 0)
    context = {
        "used": [row for row in rows if row.is_active],
        "retired": [row for row in rows if not row.is_active],
        "suggestions": keeping.not_taken(district),
    }
    return render(request, "residents/custom_fields/fields.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def field_add(request):
    Scope.of(request.user).demand("dictionary.edit")
    form = FieldForm(request.POST or None, initial=_suggested(request))
    if form.is_bound and _try(form, keeping.add, _district(request), by=request.user):
        messages.success(request, _("The field is in the forms now."))
        return redirect("residents:fields")
    return _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
def field_edit(request, pk):
    field = _field(request, pk)
    form = FieldForm(request.POST or None, instance=field)
    kept = CustomField.objects.get(pk=field.pk)  # the form writes into its own copy
    if form.is_bound and _try(form, keeping.change, kept):
        messages.success(request, _("Saved."))
        return redirect("residents:fields")
    return _form(request, form, field=kept)


@require_POST
def field_retire(request, pk):
    """Out of use, or back in use."""
    field = _field(request, pk)
    try:
        if field.is_active:
            kept = keeping.retire(field)
            text = _("No longer in use. The values of %(number)s rows stay as they are.")
            messages.success(request, text % {"number": kept})
        else:
            keeping.bring_back(field)
            messages.success(request, _("The field is in the forms now."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("residents:fields")


def _try(form, verb, *args, **kwargs):
    """Whether the form is right and the verb did not refuse."""
    if not form.is_valid():
        return False
    try:
        verb(*args, **kwargs, **form.cleaned_data)
    except Refused as error:
        form.add_error(None, str(error))
        return False
    return True


def _form(request, form, field=None):
    kept = keeping.filled(field) if field else 0
    context = {"form": form, "field": field, "filled": kept}
    status = 422 if form.is_bound else 200
    return render(request, "residents/custom_fields/form.html", context, status=status)


def _suggested(request):
    number = request.GET.get("suggestion", "")
    found = [one for one in keeping.suggestions() if str(one.number) == number]
    names = ["register", "label", "kind", "choices", "other_words", "is_sensitive"]
    return {name: getattr(found[0], name) for name in names} if found else {}


def _district(request):
    """The first of the districts whose dictionaries this person keeps."""
    reach = Scope.of(request.user).reach("dictionary.view")
    district = Grid.objects.filter(pk__in=reach.districts).order_by("code").first()
    if district is None:
        raise Http404
    return district


def _field(request, pk):
    return get_object_or_404(keeping.rows_of(request.user, right="edit"), pk=pk)
