"""How long what is about persons is kept, what is due, and each erasure."""

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grids.people import here, separation
from grids.refusal import Refused
from grids.scope import Scope
from residents import tasks
from residents.forms.retention import NumberForm, RuleForm
from residents.models import RetentionRun
from residents.retention import preview, rules, runs
from residents.retention.kinds import KINDS, months_before

SHOWN = 20


@require_safe
def retention(request):
    Scope.of(request.user).demand("retention.view")
    district = _district(request, "view")
    if district is None:
        raise PermissionDenied
    found = rules.of(district)
    last = _runs(request).order_by("kind", "-pk").distinct("kind")
    ended = {run.kind: run for run in last}
    context = {
        "rows": [(kind, found[code], ended.get(code)) for code, kind in KINDS.items()],
        "runs": [_shown(run) for run in _runs(request).order_by("-pk")[:SHOWN]],
    }
    return render(request, "residents/retention/retention.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def retention_kind(request, kind):
    kind, district = _kind(request, kind, "view" if request.method != "POST" else "edit")
    rule = rules.rule_of(district, kind)
    form = RuleForm(request.POST or None, instance=rule)
    if form.is_bound and form.is_valid():
        try:
            kept = rules.change(kind, district=district, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("months", str(refusal))
        else:
            messages.success(request, _kept_words(kept))
            return redirect("residents:retention_kind", kind.code)
    return _page(request, kind, district, form=form)


def _kept_words(rule):
    if rule.wanted_by_id:
        return _("Saved. It runs by itself when a second person confirms it.")
    return _("Saved.")


@require_POST
def retention_on(request, kind):
    """The second person lets it run by itself."""
    kind, district = _kind(request, kind, "run")
    try:
        rules.turn_on(kind, district=district, by=request.user)
        messages.success(request, _("Confirmed: it runs every night from now on."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("residents:retention_kind", kind.code)


@require_POST
def retention_ask(request, kind):
    kind, district = _kind(request, kind, "run")
    form = NumberForm(request.POST)
    if form.is_valid():
        try:
            run = runs.ask(
                kind,
                district=district,
                typed=form.cleaned_data["number"],
                by=request.user,
                today=timezone.localdate(),
            )
        except Refused as refusal:
            form.add_error("number", str(refusal))
        else:
            return _onwards(run)
    return _page(request, kind, district, number_form=form)


def _onwards(run):
    if run.is_working:
        tasks.run_erasure.delay(run.pk)
    return redirect("residents:retention_run", run.pk)


def _page(request, kind, district, *, form=None, number_form=None):
    rule = rules.rule_of(district, kind)
    before = months_before(timezone.localdate(), rule.months)
    scope = Scope.of(request.user)
    context = {
        "kind": kind,
        "rule": rule,
        "before": before,
        "found": preview.of(kind, district, before),
        "form": form or RuleForm(instance=rule),
        "number_form": number_form or NumberForm(),
        "may_edit": district in scope.reach("retention.edit").districts,
        "may_run": district in scope.reach("retention.run").districts,
        "may_turn_on": rule.wanted_by_id and rule.wanted_by_id != request.user.pk,
        "takes_two": separation.is_on(district),
        "under_way": _runs(request).filter(
            kind=kind.code, only=None, state__in=["waiting", "running"]
        ),
    }
    is_bad = any(one is not None and one.errors for one in (form, number_form))
    status = 422 if is_bad else 200
    return render(request, "residents/retention/kind.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def retention_run(request, pk):
    right = "run" if request.method == "POST" else "view"
    run = get_object_or_404(_runs(request, right), pk=pk)
    form = NumberForm(request.POST or None)
    if form.is_bound and _decide(request, run, form):
        run.refresh_from_db()
        return _onwards(run)
    context = _progress(run) | {
        "run": _shown(run),
        "kind": KINDS.get(run.kind),
        "counts": _counted(run),
        "number_form": form,
        "may_run": run.district_id in Scope.of(request.user).reach("retention.run").districts,
        "is_mine": run.asked_by_id == request.user.pk,
    }
    status = 422 if form.is_bound else 200
    return render(request, "residents/retention/run.html", context, status=status)


def _decide(request, run, form):
    """Whether it was decided; else the form says why not."""
    try:
        if "refuse" in request.POST:
            runs.refuse(run, by=request.user)
        elif form.is_valid():
            runs.confirm(run, typed=form.cleaned_data["number"], by=request.user)
        else:
            return False
    except Refused as refusal:
        form.add_error("number" if "refuse" not in request.POST else None, str(refusal))
        return False
    return True


@require_safe
def retention_progress(request, pk):
    run = get_object_or_404(_runs(request), pk=pk)
    response = render(request, "_progress.html", _progress(run))
    if not run.is_working:
        response["HX-Refresh"] = "true"
    return response


def _progress(run):
    waits = _("Waiting for a free worker; this begins by itself within a minute")
    return {
        "poll_url": reverse("residents:retention_progress", args=[run.pk])
        if run.is_working
        else "",
        "label": _("Erasing") if run.leased_until else waits,
        "value": run.done,
        "max": run.expected if run.leased_until else 0,
        "note": _("You may leave this page; the work goes on."),
    }


def _counted(run):
    """[(what the table is called, rows)] of what was erased."""
    names = {model._meta.db_table: model._meta.verbose_name_plural for model in apps.get_models()}
    return sorted((str(names.get(table, table)), number) for table, number in run.counts.items())


def _shown(run):
    kind = KINDS.get(run.kind)
    run.label = kind.label if kind else run.kind
    return run


def _runs(request, right="view"):
    rows = RetentionRun.objects.visible_to(request.user, right=right)
    return rows.select_related("asked_by", "decided_by")


def _kind(request, code, right):
    """(the kind, the district) where the person has the right; else 404."""
    district = _district(request, right)
    if district is None or code not in KINDS:
        raise Http404
    return KINDS[code], district


def _district(request, right):
    """The key of the district that the person looks at, else of the first one with the right."""
    districts = Scope.of(request.user).reach(f"retention.{right}").districts
    place = here.grid_of(request)
    if place is not None and place.district_id in districts:
        return place.district_id
    return min(districts, default=None)
