"""The ladder of lateness, in words; its rungs edited by an administrator."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.forms.ladders import LadderForm
from cases.lateness import percents
from cases.models import Category, LadderPolicy
from cases.telling import hearers
from grids.models import Grid
from grids.refusal import Refused
from grids.scope import Scope


@require_http_methods(["GET", "HEAD", "POST"])
def ladders(request):
    """Shows the rungs; a POST counts what would change, changes it (do=apply) or undoes it (do=reset)."""
    right = "dictionary.edit" if request.method == "POST" else "dictionary.view"
    district = _district(request, right)
    category = _category(request)
    if request.method != "POST":
        found = percents.percents_of(district, category)
        initial = {name: found[level] for level, name in percents.NAMES.items()}
        form = LadderForm(initial=initial | {"category": category})
        return _show(request, district, category, form)
    if request.POST.get("do") == "reset":
        return _reset(request, district, category)
    form = LadderForm(request.POST)
    if not form.is_valid():
        return _show(request, district, category, form, status=422)
    category = form.cleaned_data["category"]
    if request.POST.get("do") != "apply":
        counts = percents.preview(district, category, form.percents)
        return _show(request, district, category, form, counts=counts)
    counts = percents.change(district, category, form.percents)
    messages.success(request, _say(_("The ladder is changed."), counts))
    return redirect(_address(category))


def _reset(request, district, category):
    try:
        counts = percents.reset(district, category)
    except Refused as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(request, _say(_("The ladder is reset."), counts))
    return redirect("cases:ladder")


def _show(request, district, category, form, *, counts=None, status=200):
    own = hearers.own_hearers().get(district.pk, {})
    context = {
        "district": district,
        "category": category,
        "form": form,
        "counts": counts,
        "lines": percents.lines(percents.percents_of(district, category), own),
        "apart": LadderPolicy.objects.filter(district=district, category__isnull=False)
        .select_related("category")
        .order_by("category__kind", "category__code"),
        "is_shipped": not LadderPolicy.objects.filter(
            district=district, category=category
        ).exists(),
        "has_own_hearers": bool(own),
    }
    return render(request, "cases/lateness/ladder.html", context, status=status)


def _district(request, right):
    """The district whose ladder the person may see or edit; 403 without the right anywhere."""
    Scope.of(request.user).demand(right)
    reach = Scope.of(request.user).reach(right).districts
    found = Grid.objects.filter(pk__in=reach).defer("boundary").order_by("code").first()
    if found is None:
        raise Http404
    return found


def _category(request):
    key = request.GET.get("category", "")
    if not key:
        return None
    found = Category.objects.filter(pk=key).first() if key.isdecimal() else None
    if found is None:
        raise Http404
    return found


def _address(category):
    query = f"?category={category.pk}" if category else ""
    return reverse("cases:ladder") + query


def _say(text, counts):
    cases, alarms, now = counts
    return text + _(
        " Open cases looked at: %(cases)d; alarms moved: %(alarms)d; due at once: %(now)d."
    ) % {"cases": cases, "alarms": alarms, "now": now}
