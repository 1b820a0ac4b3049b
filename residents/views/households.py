"""The file of a household (一户一档)."""

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grids.scope import Scope, readable_fields
from residents import changes, life, looks
from residents.models import Household
from residents.showing import phone_for, shown
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
@never_cache
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
        **_life(scope, found),
    }
    return render(
        request,
        "residents/household.html",
        context | _tab(request, tab, found, readable),
    )


def _life(scope, found):
    if not scope.grants("register.edit", found):
        return {}
    return {"life_steps": offered(found), "may_undo": bool(life.last_ended(found))}


def _may(scope, right, found):
    return scope.grants(right, found) or (
        right == "register.reveal" and scope.has("access.view")
    )


def _members(found):
    rows = found.residents.select_related("household__dwelling__building").order_by(
        "ended_on", "relation", "pk"
    )
    return sorted(
        rows, key=lambda one: (one.ended_on is not None, one.name != found.head_name)
    )


def _care(members):
    """Names of the categories that this reader may know, each once."""
    current = (one for one in members if one.resident.ended_on is None)
    return list(
        dict.fromkeys(record.category.name for one in current for record in one.care)
    )


def _tab(request, tab, found, readable):
    if tab == "visits":
        rows = found.visits.visible_to(request.user).select_related("visitor")
        return {"visits": rows.order_by("-happened_on", "-pk")[:SHOWN]}
    if tab == "cases":
        rows = found.cases.visible_to(request.user).select_related(
            "category", "department"
        )
        return {"cases": rows.order_by("-pk")[:SHOWN]}
    if tab == "history":
        return {"changes": changes.of_household(found, readable, request.user)}
    if tab == "looks":
        return {"looks": looks.of_household(found)[:SHOWN]}
    return {}
