"""One person's file, its correction (facts, stay and custom fields: all or none), and what is opened
of it with a purpose."""

import functools

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.refusal import Refused
from grids.scope import Scope, readable_fields
from grids.throttle import counted
from residents.custom_fields import custom_fields
from residents.forms.documents import DocumentForm
from residents.forms.people import FactsForm
from residents.forms.purposes import PurposeForm
from residents.help import of_household
from residents.life import two_numbers
from residents.models import CustomField, Resident
from residents.people import changes, corrections, documents, looks, person_file, stays
from residents.people.showing import shown

_HOME = ("household__dwelling__building__compound", "grid", "stay")


@require_safe
def resident(request, pk):
    return _file(request, _resident(request, pk, "view"))


@counted("reveal")
@require_POST
def reveal(request, pk):
    found = _resident(request, pk, "reveal")
    form = PurposeForm(request.POST, district=found.district_id)
    if not form.is_valid() or found.id_sealed is None:
        return _file(request, found, form=form, status=422)
    number = looks.reveal_id(found, by=request.user, purpose=form.said)
    return _file(request, found, number=number)


@counted("reveal")
@require_http_methods(["GET", "HEAD", "POST"])
def reveal_fact(request, pk, field):
    """A sealed custom fact: asked for with a purpose, shown once, on record."""
    found = _resident(request, pk, "reveal")
    rows = CustomField.objects.filter(district=found.district_id, register="resident")
    asked = get_object_or_404(rows, pk=field, is_sensitive=True, is_active=True)
    form = PurposeForm(request.POST or None, district=found.district_id)
    value = ""
    if form.is_bound and form.is_valid():
        purpose = form.said
        value = looks.reveal_fact(found, asked, by=request.user, purpose=purpose)
    context = {"resident": found, "field": asked, "form": form, "value": value}
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "residents/people/reveal_fact.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_resident(request, pk):
    found = _resident(request, pk, "edit")
    readable = readable_fields(request.user, found)
    form_of = functools.partial(FactsForm, readable=readable)
    form = form_of(request.POST or None, instance=found)
    if form.is_bound and form.is_valid():
        found = _resident(request, pk, "edit")
        try:
            is_changed = _correct(found, form, request.user)
        except Refused as refused:
            form.add_error("relation", str(refused))
        else:
            messages.success(request, _("Saved.") if is_changed else _("Nothing was changed."))
            return redirect("residents:household", pk=found.household_id)
    context = {"form": form, "resident": found}
    status = 422 if form.is_bound else 200
    return render(request, "residents/people/edit_resident.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_document(request, pk):
    """Another number, birth date or sex, with a reason: what was taken down wrong."""
    found = _resident(request, pk, "edit")
    if found.ended_on is not None:
        raise Http404
    readable = readable_fields(request.user, found)
    known = {"document": found.document, "birth_on": found.birth_on, "sex": found.sex}
    form = DocumentForm(request.POST or None, readable=readable, initial=known)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            is_changed = documents.correct(
                found,
                said["document"],
                said["number"].strip(),
                birth_on=said.get("birth_on", found.birth_on),
                sex=said["sex"],
                by=request.user,
                reason=said["reason"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved.") if is_changed else _("Nothing was changed."))
            return redirect("residents:resident", pk=found.pk)
    context = {"form": form, "resident": found}
    status = 422 if form.is_bound else 200
    return render(request, "residents/people/edit_document.html", context, status=status)


@transaction.atomic
def _correct(found, form, by):
    why = {"by": by, "reason": form.cleaned_data["reason_of_change"]}
    done = [
        corrections.correct(found, form.facts(), **why),
        stays.record(found, form.stay_facts(), **why),
        custom_fields.write(found, form.custom_values(), **why),
    ]
    return any(done)


def _resident(request, pk, right):
    """404 for whom the person does not exist, 403 for who may see but not do this anywhere."""
    rows = Resident.objects.select_related(*_HOME)
    found = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if right == "view":
        return found
    Scope.of(request.user).demand(f"register.{right}")
    return get_object_or_404(rows.visible_to(request.user, right=right), pk=pk)


def _file(request, found, *, form=None, number="", status=200):
    [one] = shown([found], request.user)
    looks.note_care_seen([one], by=request.user)
    context = {
        "resident": one,
        "form": form or PurposeForm(district=found.district_id),
        "number": number,
        "changes": changes.of_resident(found, one.readable, request.user),
        "facts": person_file.facts(one),
        "custom": custom_fields.shown_facts("resident", found),
        "may_reveal_facts": one.may_reveal_facts,
        "merged_into": _merged_into(one),
        **_help(request.user, one),
    }
    return render(request, "residents/people/resident.html", context, status=status)


def _merged_into(one):
    """The key of the entry that it became one with, for those who may take them apart."""
    found = two_numbers.merging(one.resident) if one.may_edit else None
    return found.kept if found else None


def _help(staff, one):
    """What the person gets, for those who read care; how it is changed, for those who may."""
    if "care" not in one.readable:
        return {}
    may_edit = one.may_edit and one.resident.ended_on is None
    return {
        "help": [found for found in of_household.help_of(staff, [one.resident]) if found],
        "may_help": may_edit,
        "is_one": True,
    }
