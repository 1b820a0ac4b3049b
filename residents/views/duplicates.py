"""People who seem to be registered twice, and what would remain of the two."""

import functools

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from grids.refusal import Refused
from grids.scope import Scope
from residents.forms.documents import OnePersonForm
from residents.life import duplicates as rules
from residents.life import two_numbers
from residents.models import Resident
from residents.people import looks
from residents.people.showing import shown


@require_safe
def duplicates(request):
    Scope.of(request.user).demand("register.edit")
    return render(request, "residents/people/duplicates.html", {"pairs": rules.pairs(request.user)})


@require_safe
def of_person(request, pk):
    """Who may be the same person as this one, to be compared."""
    person = _resident(request, pk)
    if person.ended_on is not None:
        raise Http404
    found = shown(two_numbers.candidates(person, request.user), request.user, "relation")
    looks.note_care_seen(found, by=request.user)
    context = {"person": person, "found": found}
    return render(request, "residents/people/same_person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request, pk, other):
    kept, left_out = _resident(request, pk), _resident(request, other)
    is_merged = rules.is_merged_into(kept, left_out)
    if not (is_merged or _may_be_one(kept, left_out)):
        raise Http404
    form = None if is_merged else _form(request, kept, left_out)
    if request.method == "POST" and (form is None or form.is_valid()):
        return _answer(request, kept, left_out, form, is_undo=is_merged)
    pair = shown([kept, left_out], request.user)
    looks.note_care_seen(pair, by=request.user)
    context = {
        "kept": pair[0],
        "left_out": pair[1],
        "gains": _gains(kept, left_out),
        "is_merged": is_merged,
        "form": form,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "residents/people/duplicate.html", context, status=status)


def _may_be_one(kept, left_out):
    is_over = kept.ended_on or left_out.ended_on
    return not is_over and (
        rules.are_alike(kept, left_out) or two_numbers.may_be_one(kept, left_out)
    )


def _form(request, kept, left_out):
    """Asks for the number and the reason, unless the two are plainly one; else None."""
    if rules.are_alike(kept, left_out) and not left_out.id_index:
        return None
    return OnePersonForm(request.POST or None, pair=[kept, left_out])


def _answer(request, kept, left_out, form, *, is_undo):
    facts = form.cleaned_data if form else {}
    verb = rules.make_two if is_undo else functools.partial(rules.make_one, **facts)
    try:
        done = verb(kept, left_out, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done.message)
    return redirect("residents:duplicate", pk=kept.pk, other=left_out.pk)


def _gains(kept, left_out):
    """The names of the facts; the file itself says what they are to those who may read them."""
    return [Resident._meta.get_field(name).verbose_name for name in rules.gains(kept, left_out)]


def _resident(request, key):
    rows = Resident.objects.select_related(
        "household__dwelling__building", "household__community", "grid"
    )
    get_object_or_404(rows.visible_to(request.user), pk=key)
    Scope.of(request.user).demand("register.edit")
    return get_object_or_404(rows.visible_to(request.user, right="edit"), pk=key)
