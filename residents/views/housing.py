"""Compounds, buildings as plans, and dwellings: where people live."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grids.lists.paging import page_by_key
from grids.models import Building, Compound
from grids.people import here
from grids.scope import Scope, readable_fields
from grids.throttle import counted
from residents.custom_fields import custom_fields
from residents.forms.housing import BuildingForm, CompoundForm, DwellingForm
from residents.models import Dwelling, Household, Lease
from residents.people import changes, finding, looks
from residents.people.showing import phone_for
from residents.places import buildings, dwellings
from residents.views import desk

MOST = 300


@require_safe
def compounds(request):
    scope, place = Scope.of(request.user), here.grid_of(request)
    scope.demand("register.view")
    words = request.GET.get("q", "").strip()[:60]
    rows = buildings.compounds(request.user, place).filter(name__contains=words)
    page = page_by_key(request, rows.select_related("community").order_by("pk"))
    counts = buildings.counts(request.user, "compound", page.rows)
    alone = buildings.buildings(request.user, place).filter(compound=None, name__contains=words)
    if not finding.is_small(place):
        alone = alone.none()
    context = {
        "page": page,
        "place_name": place,
        "words": words,
        "may_add": scope.has("register.approve"),
        "compounds": [(one, counts[one.pk]) for one in page.rows],
        "alone": _counted(request.user, alone.select_related("grid")[:MOST]),
    }
    return render(request, "residents/places/compounds.html", context)


def _counted(staff, rows):
    rows = sorted(rows, key=lambda one: buildings._order(one.name))
    counts = buildings.counts(staff, "building", rows)
    return [(one, counts[one.pk]) for one in rows]


@require_safe
def compound(request, pk):
    found = _compound(request, pk)
    rows = buildings.buildings(request.user).filter(compound=found)
    houses = _counted(request.user, rows.select_related("grid")[:MOST])
    names = ("dwellings", "households", "residents")
    context = {
        "compound": found,
        "buildings": houses,
        "total": {name: sum(counts[name] for __, counts in houses) for name in names},
        "may_edit": _may_correct(request, found),
        "changes": changes.of_place(found),
        "may_add": Scope.of(request.user).grants("register.approve", found),
    }
    return render(request, "residents/places/compound.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_compound(request, pk):
    found = _to_correct(request, _compound(request, pk))
    return _correct_place(request, found, CompoundForm, "residents:compound")


@require_safe
def building(request, pk):
    return _show_plan(request, _building(request, pk))


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def building_print(request, pk):
    """The plan on paper: it names who lives there, so it passes the export desk."""
    found, form = _building(request, pk), desk.form_of(request)
    if not form.is_valid():
        back, title = reverse("residents:building", args=[pk]), _("Print the plan")
        return desk.ask(request, form, title=title, about=[found], back=back, is_print=True)
    return _show_plan(request, found, **desk.paper(request, found, form))


def _show_plan(request, found, **said):
    entrances = buildings.plan(found, request.user)
    flats = [flat for entrance in entrances for flat in entrance.flats]
    looks.note_cared([one for flat in flats for one in flat.cared], by=request.user)
    chosen = request.GET.get("entrance", "")
    names = [entrance.name for entrance in entrances]
    context = {
        "building": found,
        "entrances": entrances,
        "chosen": chosen if chosen in names else (names or [""])[0],
        "total": _sums(flats),
        "posts": buildings.responsible(found),
        "may_edit": _may_correct(request, found),
        "changes": changes.of_place(found),
        **said,
    }
    return render(request, "residents/places/building.html", context)


def _sums(flats):
    households = [one for flat in flats for one in flat.households]
    return {
        "dwellings": len(flats),
        "households": len(households),
        "residents": sum(one.member_count for one in households),
        "empty": sum(flat.state == Dwelling.Use.EMPTY for flat in flats),
        "rented": sum(flat.state == Dwelling.Use.RENTED for flat in flats),
        "lapsed": sum(flat.state == Dwelling.Use.LAPSED for flat in flats),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def edit_building(request, pk):
    found = _to_correct(request, _building(request, pk))
    return _correct_place(request, found, BuildingForm, "residents:building")


def _correct_place(request, found, form_of, page):
    form = form_of(request.POST or None, instance=found)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        done = buildings.correct(found, form.facts(), by=request.user, reason=reason)
        messages.success(request, _("Saved.") if done else _("Nothing was changed."))
        return redirect(page, pk=found.pk)
    before = type(found).objects.get(pk=found.pk)
    context = {"form": form, "subject": before, "page": page}
    status = 422 if form.is_bound else 200
    return render(request, "residents/places/edit_place.html", context, status=status)


@require_safe
def dwelling(request, pk):
    found = _dwelling(request, pk)
    readable = readable_fields(request.user, found)
    rows = Household.objects.visible_to(request.user).filter(dwelling=found)
    leases = Lease.objects.visible_to(request.user).filter(dwelling=found)
    context = {
        "dwelling": found,
        "readable": readable,
        "owner_phone": phone_for(found.owner_phone, "phone" in readable),
        "households": rows.filter(ended_on=None).order_by("pk"),
        "gone": rows.exclude(ended_on=None).order_by("-ended_on")[:50],
        "leases": leases.order_by("-since", "-pk")[:50],
        "custom": custom_fields.shown_facts("dwelling", found),
        "may_edit": Scope.of(request.user).grants("register.edit", found),
        "changes": changes.of_dwelling(found, readable),
    }
    return render(request, "residents/places/dwelling.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_dwelling(request, pk):
    found = _dwelling(request, pk, "edit")
    readable = readable_fields(request.user, found)
    form = DwellingForm(request.POST or None, instance=found, readable=readable)
    if form.is_bound and form.is_valid():
        why = {"by": request.user, "reason": form.cleaned_data["reason"]}
        is_changed = bool(dwellings.correct(found, form.facts(), **why))
        is_changed |= custom_fields.write(found, form.custom_values(), **why)
        messages.success(request, _("Saved.") if is_changed else _("Nothing was changed."))
        return redirect(_after(request, found))
    context = {
        "form": form,
        "dwelling": found,
        "back": _after(request, found),
        "laid_out": ["use", "tenure", "owner_name", "owner_phone", "area", "floor"],
    }
    status = 422 if form.is_bound else 200
    return render(request, "residents/places/edit_dwelling.html", context, status=status)


def _after(request, found):
    """Back to the household's file from which one came, else to the dwelling."""
    key = request.GET.get("household", "")
    if key.isdecimal() and len(key) < 19:
        rows = Household.objects.visible_to(request.user).filter(dwelling=found)
        if rows.filter(pk=key).exists():
            return reverse("residents:household", args=[key])
    return reverse("residents:dwelling", args=[found.pk])


def _compound(request, pk):
    scope = Scope.of(request.user)
    rows = buildings.compounds(request.user, None).select_related("community")
    found = get_object_or_404(rows, pk=pk)
    scope.demand("register.view")
    return found


def _building(request, pk):
    rows = Building.objects.visible_to(request.user).select_related("compound__community", "grid")
    found = get_object_or_404(rows, pk=pk)
    Scope.of(request.user).demand("register.view")
    return found


def _dwelling(request, pk, right="view"):
    rows = Dwelling.objects.select_related("building__compound", "grid")
    found = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if right == "view":
        return found
    Scope.of(request.user).demand(f"register.{right}")
    return get_object_or_404(rows.visible_to(request.user, right=right), pk=pk)


def _may_correct(request, place: Building | Compound):
    """Whoever keeps the register of the place corrects what stands on it."""
    return Scope.of(request.user).grants("register.edit", place)


def _to_correct(request, place):
    Scope.of(request.user).demand("register.edit")
    rows = type(place).objects.filter(pk=place.pk)
    return get_object_or_404(rows if _may_correct(request, place) else rows.none())
