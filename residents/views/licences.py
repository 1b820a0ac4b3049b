"""Licences of premises: the list of what runs out (first of all what expired or soon will), and the
forms on the file."""

import re
from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grids.lists.paging import page as page_of
from grids.people import here
from grids.refusal import Refused
from grids.scope import Scope
from residents.forms.licences import LicenceFilter, LicenceForm, WithdrawForm
from residents.housing import premises as rules
from residents.housing import running_out
from residents.lists import narrowing
from residents.models import Licence
from residents.views.premises import to_edit

SIZE = 50
_AFTER = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{1,18})")


@require_safe
def licences(request):
    """What has run out and what soon will, the most pressing first."""
    scope = Scope.of(request.user)
    scope.demand("register.view")
    wanted = {"due": running_out.SOON} | narrowing.read(request.GET)
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    rows = narrowing.licences(request.user, place, wanted)
    page = _page(request, rows.select_related("premises__grid"))
    for one in page.rows:
        one.time_left = running_out.in_words(one.expires_on)
        one.is_over = one.expires_on < timezone.localdate()
    context = {
        "page": page,
        "form": LicenceFilter({"due": wanted["due"]}),
        "place_name": place,
        "may_export": scope.has("register.export"),
        "within": wanted.get("in", ""),
        "query": narrowing.query(wanted, place),
    }
    return render(request, "residents/housing/licences.html", context)


def _page(request, rows):
    """By the last day, then the key: no OFFSET."""
    if found := _AFTER.fullmatch(request.GET.get("after", "")):
        try:
            day = date.fromisoformat(found[1])
        except ValueError:
            day = date.min
        rows = rows.filter(expires_on__gte=day).filter(
            Q(expires_on__gt=day) | Q(pk__gt=int(found[2]))
        )
    rows = rows.filter(expires_on__isnull=False).order_by("expires_on", "pk")
    return page_of(request, list(rows[: SIZE + 1]), SIZE, lambda one: f"{one.expires_on}_{one.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def licence_new(request, pk):
    premises = to_edit(request, pk)
    form = LicenceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        say = _("The licence is in the file.")
        if _done(request, form, rules.add_licence, premises, say, facts=form.facts()):
            return redirect("residents:premises_detail", pk=pk)
    return _form(request, form, premises, _("New licence"))


@require_http_methods(["GET", "HEAD", "POST"])
def licence_edit(request, pk):
    licence = _licence(request, pk)
    data = request.POST if request.method == "POST" else None
    form = LicenceForm(data, instance=licence)
    if form.is_bound and form.is_valid():
        change = {"changes": form.facts()}
        if _done(request, form, rules.change_licence, licence, _("Saved."), **change):
            return redirect("residents:premises_detail", pk=licence.premises_id)
    return _form(request, form, licence.premises, str(licence), licence)


@require_http_methods(["GET", "HEAD", "POST"])
def licence_withdraw(request, pk):
    licence = _licence(request, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        say = _("The licence was withdrawn.")
        if _done(request, form, rules.withdraw_licence, licence, say, **form.cleaned_data):
            return redirect("residents:premises_detail", pk=licence.premises_id)
    title = _("Withdraw: %(licence)s") % {"licence": licence}
    return _form(request, form, licence.premises, title, do=_("Withdraw"))


def _done(request, form, verb, row, message, **facts):
    """False when the register refuses; the form then says why."""
    try:
        verb(row, by=request.user, **facts)
    except Refused as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, message)
    return True


def _form(request, form, premises, title, licence=None, do=None):
    kinds = Licence.objects.live().visible_to(request.user).order_by("kind")
    context = {
        "form": form,
        "premises": premises,
        "title": title,
        "licence": licence,
        "do": do or _("Save"),
        "kinds": kinds.values_list("kind", flat=True).distinct()[:50],
    }
    status = 422 if form.is_bound else 200
    return render(request, "residents/housing/licence_form.html", context, status=status)


def _licence(request, pk):
    """404 for whom it does not exist or was withdrawn, 403 for who may not edit anywhere."""
    rows = Licence.objects.live().select_related("premises__grid")
    get_object_or_404(rows.visible_to(request.user), pk=pk)
    Scope.of(request.user).demand("register.edit")
    return get_object_or_404(rows.visible_to(request.user, right="edit"), pk=pk)
