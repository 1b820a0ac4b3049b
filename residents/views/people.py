"""Finding people, and one person's file."""

import functools
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids import here
from grids.scope import Scope, readable_fields
from residents import changes, facts, finding, idnumber, looks, narrowing
from residents.forms.register import FactsForm, PurposeForm
from residents.models import Resident
from residents.models.exports import Subject
from residents.paging import page
from residents.showing import shown

SIZE = 50
_HOME = ("household__dwelling__building__compound", "grid")


@require_http_methods(["GET", "HEAD", "POST"])
def people(request):
    """Searching is a POST, so that an ID number stands in no address and in no log."""
    Scope.of(request.user).demand("register.view")
    words = (request.POST or request.GET).get("q", "").strip()[:60]
    number = finding.id_number(words)
    if request.method == "POST" and not number:
        return redirect(f"{reverse('residents:people')}?{urlencode({'q': words})}")
    wanted = narrowing.read(request.GET) | ({"q": words} if words else {})
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    rows = narrowing.residents(request.user, place, wanted).select_related(*_HOME)
    by_name = bool(words) or finding.is_small(place)
    found = _page(request, rows, by_name)
    context = {
        "page": found,
        "words": idnumber.mask(number) if number else words,
        "place_name": place,
        "by_name": by_name,
        "narrowed": narrowing.narrowed(Subject.RESIDENTS, wanted),
        "may_edit": Scope.of(request.user).has("register.edit"),
        "may_export": Scope.of(request.user).has("register.export") and not number,
        "query": "" if number else narrowing.query(wanted, None if words else place),
    }
    found.rows = shown(found.rows, request.user)
    looks.note_care_seen(found.rows, by=request.user)
    return render(request, "residents/people.html", context)


def _page(request, rows, by_name):
    """A page by (pinyin, key), or of the newest first."""
    after, __, key = request.GET.get("after", "").rpartition("~")
    if by_name:
        if key.isdecimal():
            rows = rows.filter(Q(pinyin__gt=after) | Q(pinyin=after, pk__gt=int(key)))
        rows = rows.order_by("pinyin", "pk")
    else:
        rows = (rows.filter(pk__lt=int(key)) if key.isdecimal() else rows).order_by(
            "-pk"
        )
    return page(
        request, list(rows[: SIZE + 1]), SIZE, lambda row: f"{row.pinyin}~{row.pk}"
    )


@require_safe
@never_cache
def resident(request, pk):
    return _file(request, _resident(request, pk, "view"))


@require_POST
@never_cache
def reveal(request, pk):
    found = _resident(request, pk, "reveal")
    form = PurposeForm(request.POST)
    if not form.is_valid() or found.id_sealed is None:
        return _file(request, found, form=form, status=422)
    number = looks.reveal_id(
        found, by=request.user, purpose=form.cleaned_data["purpose"]
    )
    return _file(request, found, number=number)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit_resident(request, pk):
    found = _resident(request, pk, "edit")
    form_of = functools.partial(
        FactsForm, readable=readable_fields(request.user, found)
    )
    form = (
        form_of(request.POST, instance=found)
        if request.method == "POST"
        else form_of(instance=found)
    )
    if request.method == "POST" and form.is_valid():
        found = _resident(request, pk, "edit")
        is_changed = _correct(found, form, request.user)
        messages.success(
            request, _("Saved.") if is_changed else _("Nothing was changed.")
        )
        return redirect("residents:household", pk=found.household_id)
    context = {"form": form, "resident": found}
    return render(
        request,
        "residents/edit_resident.html",
        context,
        status=422 if form.is_bound else 200,
    )


@transaction.atomic
def _correct(found, form, by):
    why = {"by": by, "reason": form.cleaned_data["reason"]}
    is_changed = bool(facts.correct(found, form.facts(), **why))
    if "care" in form.cleaned_data:
        is_changed |= facts.correct_care(found, form.cleaned_data["care"], **why)
    return is_changed


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
        "form": form or PurposeForm(),
        "number": number,
        "changes": changes.of_resident(found, one.readable, request.user),
        "facts": _facts(one),
    }
    return render(request, "residents/resident.html", context, status=status)


def _facts(one):
    names = one.code_names
    pairs = [
        (_("Ethnic group"), names.get(("ethnicity", one.resident.ethnicity))),
        (_("Education"), names.get(("education", one.resident.education))),
        (_("Marital status"), names.get(("marital", one.resident.marital))),
        (_("Kind"), one.resident.get_kind_display()),
        (_("Registered address"), one.resident.registered_address),
        (_("Employer"), one.resident.employer),
        (_("Note"), one.resident.note),
    ]
    return [(label, value) for label, value in pairs if value]
