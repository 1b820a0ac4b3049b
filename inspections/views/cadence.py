"""How often somebody goes: the rules, and what a change of one costs before it is made."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from grids.models import Grid
from grids.scope import Scope
from inspections.cadence import cost as rules
from inspections.forms.cadence import NewRuleForm, RuleForm
from inspections.models import VisitRule
from inspections.visits import rounds
from residents.models.care import reads_all

SHOWN = 20


@require_safe
def cadence(request):
    Scope.of(request.user).demand("dictionary.view")
    today = timezone.localdate()
    rows = VisitRule.objects.visible_to(request.user).select_related("care_category", "district")
    found = list(rows.order_by("district", "priority", "target", "mode", "pk"))
    districts = {rule.district for rule in found}
    loads = [
        load
        for district in districts
        for load in rules.load(
            district, [one for one in found if one.district == district], today
        ).values()
    ]
    context = {
        "rules": found,
        "first": rounds.FIRST,
        "homes": round(sum(load.homes for load in loads)),
        "calls": round(sum(load.calls for load in loads)),
        "grids": len(loads),
        "heaviest": _heaviest(request.user, districts, loads),
        "may_edit": Scope.of(request.user).has("dictionary.edit"),
    }
    return render(request, "inspections/cadence/cadence.html", context)


def _heaviest(staff, districts, loads):
    """Visits a month of the busiest grid; None for those who do not read care."""
    if not all(_reads_care(staff, district) for district in districts):
        return None
    return round(max((load.total for load in loads), default=0))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_rule(request, pk):
    rows = VisitRule.objects.visible_to(request.user, right="edit")
    rule = get_object_or_404(rows.select_related("district", "care_category"), pk=pk)
    return _change(request, RuleForm(request.POST or None, instance=rule), str(rule))


@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request):
    scope = Scope.of(request.user)
    scope.demand("dictionary.edit")
    districts = scope.reach("dictionary.edit").districts
    district = get_object_or_404(Grid.objects.filter(pk__in=districts)[:1])
    rule = VisitRule(district=district)
    return _change(request, NewRuleForm(request.POST or None, instance=rule), "")


def _change(request, form, name):
    """First what it costs, then, confirmed, the change."""
    today, costs = timezone.localdate(), None
    if form.is_bound and form.is_valid():
        rule = form.save(commit=False)
        if request.POST.get("confirmed"):
            moved = rules.change(rule, today)
            words = ngettext(
                "Saved: %(number)d due date was planned anew.",
                "Saved: %(number)d due dates were planned anew.",
                moved,
            )
            messages.success(request, words % {"number": moved})
            return redirect("inspections:cadence")
        costs = _costs(rules.preview(rule, today), _reads_care(request.user, rule.district))
    context = {"form": form, "name": name, "costs": costs}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "inspections/cadence/rule.html", context, status=status)


def _reads_care(staff, district):
    return reads_all(staff) and district.pk in Scope.of(staff).reach("register.read_care").districts


def _costs(rows, reads_care):
    """By unit grid for those who read care in all of them, else by street."""
    rows = rows if reads_care else rules.by_street(rows)
    changed = [row for row in rows if row[1] != row[2]]
    return {
        "grids": changed[:SHOWN],
        "more": max(len(changed) - SHOWN, 0),
        **{
            f"{name}_{when}": round(sum(getattr(row[place], name) for row in rows))
            for when, place in (("before", 1), ("after", 2))
            for name in ("homes", "calls")
        },
    }
