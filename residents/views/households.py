"""The file of a household (一户一档): its tabs, its members, which steps it offers to whom."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from grids.scope import Scope, readable_fields
from residents import life
from residents.custom_fields import custom_fields
from residents.forms.people import HouseholdForm
from residents.help import of_household
from residents.models import Household, Lease
from residents.people import changes, corrections, looks
from residents.people.showing import phone_for, shown
from residents.views.life import offered

TABS = [
    ("members", _("Members"), "register.view"),
    ("visits", pgettext_lazy("household file", "Visits"), "visit.view"),
    ("cases", _("Cases"), "case.view"),
    ("history", _("Changes"), "register.view"),
    ("looks", _("Who looked"), "register.reveal"),
]
SHOWN = 50


@require_safe
def household(request, pk):
    scope = Scope.of(request.user)
    rows = Household.objects.visible_to(request.user)
    found = get_object_or_404(
        rows.select_related("dwelling__building__compound", "grid", "community"), pk=pk
    )
    tabs = [(key, label) for key, label, right in TABS if _may(scope, right, found)]
    tab = request.GET.get("tab", "members")
    tab = tab if tab in dict(tabs) else "members"
    members = shown(_members(found), request.user)
    looks.note_care_seen(members, by=request.user)
    readable = readable_fields(request.user, found)
    context = {
        "household": found,
        "members": [one for one in members if one.resident.ended_on is None],
        "gone": [one for one in members if one.resident.ended_on is not None],
        "care": _care(members),
        "phone": phone_for(found.phone, "phone" in readable),
        "tabs": tabs,
        "tab": tab,
        "may_log": scope.grants("visit.log", found),
        "custom": custom_fields.shown_facts("household", found),
        **_dwelling(request.user, found),
        **_life(scope, found),
        **_help(request.user, found, members, readable, tab),
    }
    return render(
        request,
        "residents/people/household.html",
        context | _tab(request, tab, found, readable),
    )


def _dwelling(staff, found):
    """What the file says of the dwelling; who may correct it there."""
    readable = readable_fields(staff, found.dwelling)
    of_nobody = Q(dwelling=found.dwelling, household=None, ended_on=None)
    leases = Lease.objects.visible_to(staff).filter(Q(household=found) | of_nobody)
    return {
        "owner_phone": phone_for(found.dwelling.owner_phone, "phone" in readable),
        "leases": leases.order_by("-since", "-pk")[:SHOWN],
        "may_keep": Scope.of(staff).grants("register.edit", found) and found.ended_on is None,
    }


def _help(staff, found, members, readable, tab):
    """Care, plans and benefits of those who live here, for those who read care."""
    if "care" not in readable or tab != "members":
        return {}
    people = [one.resident for one in members if one.resident.ended_on is None]
    may_edit = Scope.of(staff).grants("register.edit", found) and found.ended_on is None
    return {
        "help": [one for one in of_household.help_of(staff, people) if one],
        "may_help": may_edit,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def edit_household(request, pk):
    rows = Household.objects.live().select_related("dwelling")
    get_object_or_404(rows.visible_to(request.user), pk=pk)
    Scope.of(request.user).demand("register.edit")
    found = get_object_or_404(rows.visible_to(request.user, right="edit"), pk=pk)
    readable = readable_fields(request.user, found)
    form = HouseholdForm(request.POST or None, household=found, readable=readable)
    if form.is_bound and form.is_valid():
        done = corrections.correct_household(
            found,
            form.facts(),
            form.custom_values(),
            by=request.user,
            reason=form.cleaned_data["reason_of_change"],
        )
        messages.success(request, _now("Saved.") if done else _now("Nothing was changed."))
        return redirect("residents:household", pk=pk)
    context = {"form": form, "household": found}
    status = 422 if form.is_bound else 200
    return render(request, "residents/people/edit_household.html", context, status=status)


def _life(scope, found):
    if not scope.grants("register.edit", found):
        return {}
    return {"life_steps": offered(found), "may_undo": bool(life.last_ended(found))}


def _may(scope, right, found):
    return scope.grants(right, found) or (right == "register.reveal" and scope.has("access.view"))


def _members(found):
    rows = found.residents.select_related("household__dwelling__building").order_by(
        "ended_on", "relation", "pk"
    )
    return sorted(rows, key=lambda one: (one.ended_on is not None, one.name != found.head_name))


def _care(members):
    """Names of the categories that this reader may know, each once."""
    current = (one for one in members if one.resident.ended_on is None)
    return list(dict.fromkeys(record.category.name for one in current for record in one.care))


def _tab(request, tab, found, readable):
    if tab == "visits":
        rows = found.visits.visible_to(request.user).select_related("visitor")
        return {"visits": rows.order_by("-happened_on", "-pk")[:SHOWN]}
    if tab == "cases":
        rows = found.cases.visible_to(request.user).select_related("category", "department")
        return {"cases": rows.order_by("-pk")[:SHOWN]}
    if tab == "history":
        return {"changes": changes.of_household(found, readable, request.user)}
    if tab == "looks":
        return {"looks": looks.of_household(found, request.user)[:SHOWN]}
    return {}
