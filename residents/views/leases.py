"""Leases: the list, the form, the second person's approval, renewal and end."""

from django.contrib import messages
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
from grids.models import Grid
from grids.people import here
from grids.refusal import Refused
from grids.scope import Scope, readable_fields
from residents.forms.leases import (
    EndForm,
    LeaseForm,
    ReturnForm,
    beginning,
    likely_tenants,
)
from residents.housing import leases
from residents.models import Dwelling, Household, Lease
from residents.people import changes
from residents.people.showing import phone_for

TABS = {
    "waiting": pgettext_lazy("leases", "To be approved"),
    "returned": pgettext_lazy("leases", "Returned"),
    "soon": gettext_lazy("Running out within 30 days"),
    "lapsed": pgettext_lazy("leases", "Ran out, to be answered"),
    "ended": pgettext_lazy("leases", "Ended"),
    "all": pgettext_lazy("leases", "All"),
}
SHOWN = 100


@require_safe
def lease_list(request):
    scope, place = Scope.of(request.user), here.grid_of(request)
    scope.demand("register.view")
    first = "waiting" if scope.has("register.approve") else "soon"
    tab = request.GET.get("tab", first)
    tab = tab if tab in TABS else first
    rows = _listed(request.user, place, tab).select_related("dwelling", "grid", "household")
    context = {
        "page": page_by_key(request, rows.order_by("-pk"), descending=True),
        "tab": tab,
        "tabs": TABS.items(),
        "place_name": place,
        "numbers": _numbers(request.user, place),
        "today": timezone.localdate(),
        "may_export": scope.has("register.export"),
    }
    return render(request, "residents/housing/leases.html", context)


def _numbers(staff, place):
    """How many leases wait for somebody, by tab."""
    return {tab: _listed(staff, place, tab)[:SHOWN].count() for tab in ("waiting", "lapsed")}


def _listed(staff, place, tab):
    today, rows = timezone.localdate(), Lease.objects
    found = {
        "waiting": rows.waiting,
        "returned": rows.returned,
        "all": rows.all,
        "lapsed": rows.unanswered,
        "soon": lambda: rows.running_out(today),
        "ended": lambda: rows.over(today),
    }[tab]()
    return _in(place, found.visible_to(staff))


def _in(place, rows):
    if place is None:
        return rows
    return rows.filter(grid__in=Grid.objects.below(place).values("pk"))


@require_safe
def lease(request, pk):
    return _page(request, _lease(request, pk))


def _page(request, found, *, form=None, status=200):
    scope = Scope.of(request.user)
    readable = readable_fields(request.user, found)
    is_open, is_waiting = found.ended_on is None, found.state == Lease.State.WAITING
    may_approve = is_open and is_waiting and scope.grants("register.approve", found)
    is_own = found.entered_by_id == request.user.pk
    context = {
        "lease": found,
        "form": form or ReturnForm(),
        "landlord_phone": phone_for(found.landlord_phone, "phone" in readable),
        "tenant_phone": phone_for(found.tenant_phone, "phone" in readable),
        "may_approve": may_approve and not is_own,
        "is_own": may_approve and is_own,
        "may_edit": is_open and scope.grants("register.edit", found),
        "is_asked": not is_open
        and scope.grants("register.edit", found)
        and Lease.objects.unanswered().filter(pk=found.pk).exists(),
        "today": timezone.localdate(),
        "changes": changes.of_lease(found, readable),
    }
    return render(request, "residents/housing/lease.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def lease_new(request, pk):
    rows = Dwelling.objects.select_related("building", "grid")
    dwelling = _reach(request, rows, pk, "edit")
    known = {} if request.method == "POST" else _known(request, dwelling)
    form = _form(request, dwelling, initial=known)
    return _enter(request, form, {"dwelling": dwelling})


def _known(request, dwelling):
    living = Household.objects.live().visible_to(request.user)
    living = list(living.filter(dwelling=dwelling).order_by("pk")[:10])
    chosen = [one for one in living if str(one.pk) == request.GET.get("household")]
    return beginning(dwelling, (chosen or [likely_tenants(dwelling, living)])[0])


@require_http_methods(["GET", "HEAD", "POST"])
def lease_renew(request, pk):
    old = _lease(request, pk, "edit")
    known = leases.renewed(old) | {"household": old.household}
    form = _form(request, old.dwelling, initial=known)
    return _enter(request, form, {"dwelling": old.dwelling, "old": old})


def _form(request, dwelling, **options):
    return LeaseForm(
        request.POST or None,
        dwelling=dwelling,
        by=request.user,
        readable=readable_fields(request.user, dwelling),
        **options,
    )


def _enter(request, form, context):
    def enter():
        return leases.enter(
            form.dwelling, by=request.user, facts=form.facts(), household=form.tenants()
        )

    if form.is_bound and form.is_valid() and (done := _try(form, enter)):
        messages.success(request, _("Entered. A colleague approves it now."))
        return redirect("residents:lease", pk=done.pk)
    status = 422 if form.is_bound else 200
    return render(
        request, "residents/housing/lease_form.html", context | {"form": form}, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def lease_edit(request, pk):
    found = _lease(request, pk, "edit")
    form = _form(request, found.dwelling, instance=found)

    def change():
        facts, household = form.facts(), form.tenants()
        why = form.cleaned_data["reason"]
        changed = leases.change(
            found, by=request.user, facts=facts, household=household, reason=why
        )
        return {"changed": changed}

    if form.is_bound and form.is_valid() and (done := _try(form, change)):
        messages.success(request, _said(done["changed"]))
        return redirect("residents:lease", pk=pk)
    context = {"form": form, "dwelling": found.dwelling, "lease": _lease(request, pk)}
    status = 422 if form.is_bound else 200
    return render(request, "residents/housing/lease_form.html", context, status=status)


def _said(changed):
    if not changed:
        return _("Nothing was changed.")
    if changed == ["household"]:
        return _("Saved.")
    return _("Saved. A colleague approves the change now.")


@require_POST
def lease_approve(request, pk):
    found = _lease(request, pk, "approve")
    try:
        leases.approve(found, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("residents:lease", pk=pk)
    messages.success(request, _("Approved."))
    return redirect("residents:leases")


@require_POST
def lease_return(request, pk):
    found = _lease(request, pk, "approve")
    form = ReturnForm(request.POST)

    def send_back():
        why = form.cleaned_data["reason"]
        return leases.send_back(found, by=request.user, reason=why)

    if form.is_valid() and _try(form, send_back):
        messages.success(request, _("Returned to the one who entered it."))
        return redirect("residents:leases")
    return _page(request, _lease(request, pk), form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def lease_end(request, pk):
    found = _lease(request, pk, "edit")
    form = EndForm(request.POST or None)
    if form.is_bound and form.is_valid():
        facts = form.cleaned_data
        if _try(form, lambda: leases.end(found, by=request.user, **facts)):
            messages.success(request, _("The lease has ended."))
            return redirect("residents:lease", pk=pk)
    context = {"form": form, "lease": found}
    status = 422 if form.is_bound else 200
    return render(request, "residents/housing/lease_end.html", context, status=status)


def _try(form, verb):
    """What the verb gives, or None when the register refuses; the form then says why."""
    try:
        return verb()
    except Refused as error:
        form.add_error(None, str(error))
        return None


def _lease(request, pk, right="view"):
    rows = Lease.objects.select_related(
        "dwelling__building", "grid", "household", "entered_by", "approved_by"
    )
    return _reach(request, rows, pk, right)


def _reach(request, rows, pk, right):
    """404 for whom the row does not exist, 403 for who may see but not do this anywhere."""
    found = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if right == "view":
        return found
    Scope.of(request.user).demand(f"register.{right}")
    return get_object_or_404(rows.visible_to(request.user, right=right), pk=pk)
