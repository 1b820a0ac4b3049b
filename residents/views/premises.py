"""Businesses and institutions: the list, and the file of each (一企一档)."""

import copy

import pghistory
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from grids.lists.paging import page_by_key
from grids.people import here
from grids.refusal import Refused
from grids.scope import Scope, filed_under, readable_fields
from residents.custom_fields import custom_fields
from residents.forms.premises import EndForm, PremisesFilter, PremisesForm
from residents.housing import file_of_premises, running_out
from residents.housing import premises as rules
from residents.lists import narrowing
from residents.models import Premises
from residents.people import changes, finding
from residents.people.showing import phone_for

TABS = [
    ("file", pgettext_lazy("premises", "File"), "register.view"),
    ("visits", pgettext_lazy("household file", "Visits"), "visit.view"),
    ("cases", gettext_lazy("Cases"), "case.view"),
    ("history", gettext_lazy("Changes"), "register.view"),
    ("looks", gettext_lazy("Who looked"), "register.reveal"),
]
FROM_ABOVE = {"visits", "cases"}  # shown once an app above keeps them for premises
SHOWN = 50
_PLACE = ("grid", "building__compound", "dwelling__building__compound")


@require_safe
def premises(request):
    scope = Scope.of(request.user)
    scope.demand("register.view")
    form = PremisesFilter(request.GET)
    wanted = narrowing.read(request.GET)
    if not form.is_valid():
        wanted.pop("kind", None)
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    rows = narrowing.premises(request.user, place, wanted)
    listed = rows.select_related("grid").defer("grid__boundary").order_by("pk")
    page = page_by_key(request, listed, of_few=finding.is_small(place))
    context = {
        "page": page,
        "form": form,
        "kinds": _by_kind(rows),
        "place_name": place,
        "may_export": scope.has("register.export"),
        "may_edit": scope.has("register.edit"),
        "query": narrowing.query(wanted, place),
        "within": wanted.get("in", ""),
        "custom": custom_fields.offered("premises", scope),
        "fact": wanted.get("fact", ""),
        "fact_is": wanted.get("is", ""),
    }
    return render(request, "residents/housing/premises.html", context)


def _by_kind(rows):
    """(type, number, head count) of the filtered rows."""
    labels = dict(Premises.Kind.choices)
    found = (
        rows.order_by("kind")
        .values_list("kind")
        .annotate(number=Count("pk"), people=Sum("head_count"))
    )
    return [(labels[kind], number, people) for kind, number, people in found]


@require_safe
def premises_detail(request, pk):
    scope = Scope.of(request.user)
    rows = Premises.objects.visible_to(request.user).select_related(*_PLACE)
    found = get_object_or_404(rows, pk=pk)
    rules.note_look(found, by=request.user)
    readable = readable_fields(request.user, found)
    tabs = {key: label for key, label, right in TABS if _may(scope, key, right, found)}
    tab = request.GET.get("tab", "file")
    tab = tab if tab in tabs else "file"
    context = {
        "premises": found,
        "tabs": tabs.items(),
        "tab": tab,
        "may_edit": scope.grants("register.edit", found),
        "may_undo": found.ended_on is not None,
        **_tab(request, tab, found, readable),
    }
    return render(request, "residents/housing/premises_detail.html", context)


def _may(scope, key, right, found):
    if key in FROM_ABOVE and not hasattr(found, key):
        return False
    return scope.grants(right, found) or (right == "register.reveal" and scope.has("access.view"))


def _tab(request, tab, found, readable):
    if tab in FROM_ABOVE:
        rows = getattr(found, tab).visible_to(request.user)
        return {tab: rows.order_by("-pk")[:SHOWN]}
    if tab == "history":
        return {"changes": changes.of_premises(found, readable)}
    if tab == "looks":
        rows = found.looks.select_related("by").order_by("-at")
        return {"looks": rows[:SHOWN]}
    return {
        **file_facts(found, readable),
        "licences": licences_of(found),
        "custom": custom_fields.shown_facts("premises", found),
    }


def file_facts(found, readable):
    """The parts of the file as the page shows them, the phone as far as it may be read."""
    seen = copy.copy(found)
    seen.phone = phone_for(found.phone, "phone" in readable)
    return {
        "what": file_of_premises.shown(seen, [*file_of_premises.WHAT[1:], "note"]),
        "where": file_of_premises.shown(seen, file_of_premises.WHERE),
        "who": file_of_premises.shown(seen, file_of_premises.WHO),
    }


def licences_of(found):
    """Those in force, what runs out first on top; then the withdrawn ones."""
    today = timezone.localdate()
    licences = list(found.licences.order_by("-ended_on", "expires_on", "pk"))
    for one in licences:
        one.time_left = running_out.in_words(one.expires_on, today)
        one.is_over = one.expires_on is not None and one.expires_on < today
    return sorted(licences, key=lambda one: one.ended_on is not None)


@require_http_methods(["GET", "HEAD", "POST"])
def premises_new(request):
    Scope.of(request.user).demand("register.edit")
    place = narrowing.place(request.user, narrowing.read(request.GET), here.grid_of(request))
    data = request.POST if request.method == "POST" else None
    form = PremisesForm(
        data, by=request.user, here=place, district_id=filed_under(request.user, place)
    )
    if form.is_bound and form.is_valid() and (found := _open(form)):
        text = _("The file is open. Its code: %(code)s") % {"code": found.code}
        messages.success(request, text)
        return redirect("residents:premises_detail", pk=found.pk)
    context = {"form": form, "draft": "premises-new"}
    return _form(request, form, "residents/housing/premises_form.html", context)


def _open(form):
    """The new premises, or None when the register refuses; the form then says why."""
    try:
        with transaction.atomic(), pghistory.context(user=form.by.pk):
            found = rules.open_file(by=form.by, **form.facts())
            custom_fields.fill(found, form.custom_values())
    except Refused as error:
        form.add_error(None, str(error))
        return None
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def premises_edit(request, pk):
    found = to_edit(request, pk)
    form = PremisesForm(
        request.POST if request.method == "POST" else None,
        instance=found,
        by=request.user,
        readable=readable_fields(request.user, found),
        district_id=found.district_id,
    )
    if form.is_bound and form.is_valid():
        changed = _correct(form, found)
        if changed is not None:
            text = _("Saved.") if changed else _("Nothing was changed.")
            messages.success(request, text)
            return redirect("residents:premises_detail", pk=pk)
    context = {"form": form, "premises": found, "draft": f"premises-{pk}"}
    return _form(request, form, "residents/housing/premises_form.html", context)


def _correct(form, found):
    """Whether something was changed; None when the register refuses."""
    try:
        with transaction.atomic(), pghistory.context(user=form.by.pk):
            changed = bool(rules.correct(found, by=form.by, **form.facts()))
            changed |= custom_fields.fill(found, form.custom_values())
    except Refused as error:
        form.add_error(None, str(error))
        return None
    return changed


@require_http_methods(["GET", "HEAD", "POST"])
def premises_end(request, pk):
    found = to_edit(request, pk)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            rules.close(found, by=request.user, **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The file is closed."))
            return redirect("residents:premises_detail", pk=pk)
    context = {"form": form, "premises": found}
    return _form(request, form, "residents/housing/premises_end.html", context)


@require_POST
def premises_back(request, pk):
    try:
        rules.bring_back(to_edit(request, pk), by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The file is open again."))
    return redirect("residents:premises_detail", pk=pk)


def _form(request, form, template, context):
    status = 422 if form.is_bound else 200
    return render(request, template, context, status=status)


def to_edit(request, pk):
    """404 for whom they do not exist, 403 for who may see but not edit anywhere."""
    rows = Premises.objects.select_related(*_PLACE)
    get_object_or_404(rows.visible_to(request.user), pk=pk)
    Scope.of(request.user).demand("register.edit")
    return get_object_or_404(rows.visible_to(request.user, right="edit"), pk=pk)
