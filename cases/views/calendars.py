"""The work calendar of a year: looked at, and edited by a change that is previewed first."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from cases import tasks
from cases.calendar import edits, published, working_days, year
from cases.forms.calendars import WEEKDAYS, DaysForm, OwnCalendarForm, ScheduleForm
from cases.limits import of_district, recompute
from cases.models import CalendarChange, CalendarDay, Case, Upload, WorkCalendar
from cases.views.taking_in import take_in
from grids.refusal import Refused
from grids.scope import Scope
from grids.throttle import counted

State = CalendarChange.State


@require_safe
def calendar_list(request):
    """The district's calendar; it is made the first time that somebody looks."""
    reach = _districts(request, "dictionary.view")
    return redirect("cases:calendar", pk=working_days.calendar_of(min(reach)).pk)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request, pk):
    """A year at a glance; a POST draws up a change of some days."""
    right = "edit" if request.method == "POST" else "view"
    found = _calendar(request, pk, right)
    if request.method != "POST":
        initial = {"first": request.GET.get("day"), "kind": DaysForm.Kind.OFF}
        return _show(request, found, DaysForm(calendar=found, initial=initial))
    form = DaysForm(request.POST, calendar=found)
    if form.is_valid() and (change := _draw_up(request, found, form, form.days)):
        return redirect("cases:calendar_change", pk=change.pk)
    return _show(request, found, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_new(request):
    """A department gets its own calendar."""
    districts = _districts(request, "dictionary.edit")
    usual = working_days.calendar_of(min(districts)).hours
    initial = {"hours": edits.text_of_hours(usual)}
    form = OwnCalendarForm(request.POST or None, districts=districts, initial=initial)
    if request.method == "POST" and form.is_valid():
        department, hours = form.cleaned_data["department"], form.cleaned_data["hours"]
        own = working_days.give_own(department, name=department.name[:60], hours=hours)
        messages.success(
            request,
            _(
                "The department has its own calendar now, the same as the district's. Edit its days."
            ),
        )
        district = working_days.calendar_of(department.district_id)
        days = working_days.usual_days(own, district.hours, timezone.localdate())
        if days and own.hours != district.hours:
            change = recompute.draw_up(own, days, by=request.user)
            return redirect("cases:calendar_change", pk=change.pk)
        return redirect("cases:calendar", pk=own.pk)
    status = 422 if form.errors else 200
    return render(request, "cases/calendar/new.html", {"form": form}, status=status)


@counted("upload")
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_import(request, pk):
    """A published schedule: of a file, or (year=) of the installed package."""
    found = _calendar(request, pk, "edit")
    if request.method == "POST" and (number := _year(request.POST.get("year", ""))):
        return _of_package(request, found, number)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ScheduleForm(*posted)
    if posted and form.is_valid():
        about = {"district_id": found.district_id, "kind": Upload.Kind.CALENDAR, "calendar": found}
        return take_in(request, **form.cleaned_data, **about)
    context = {"calendar": found, "form": form}
    context["years"] = published.years_to_publish(found)
    status = 422 if form.errors else 200
    return render(request, "cases/calendar/import.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_change(request, pk):
    """The preview of a change; a POST makes it, or (do=drop) drops it."""
    right = "edit" if request.method == "POST" else "view"
    change = _change(request, pk, right)
    if request.method != "POST":
        return _show_change(request, change)
    if request.POST.get("do") == "drop":
        if recompute.drop(change):
            messages.info(request, _("The change is dropped, nothing was written."))
        return redirect("cases:calendar", pk=change.calendar_id)
    try:
        made = recompute.confirm(
            change, by=request.user, seen=request.POST.get("seen", ""), now=timezone.now()
        )
    except Refused as error:
        change.refresh_from_db()
        return _show_change(request, change, problem=str(error), status=422)
    if not made:
        tasks.change_calendar.delay(change.pk)
    return redirect("cases:calendar_change", pk=change.pk)


@require_safe
def calendar_effect(request, pk):
    """The part of the preview that takes some seconds over many open cases."""
    change = _change(request, pk, "view")
    may_edit = Scope.of(request.user).grants("dictionary.edit", change)
    context = {"change": change, "may_edit": may_edit} | _effect(change)
    return render(request, "cases/calendar/_effect.html", context)


@require_POST
def calendar_years(request, pk):
    """Lay out the next year, Monday to Friday until it is published."""
    found = _calendar(request, pk, "edit")
    if found.last_day.year < timezone.localdate().year + recompute.YEARS[1]:
        working_days.build(found, found.last_day.year + 1)
    address = reverse("cases:calendar", args=[found.pk])
    return redirect(f"{address}?year={found.last_day.year}")


def _districts(request, right):
    scope = Scope.of(request.user)
    scope.demand(right)
    found = scope.reach(right).districts
    if not found:
        raise Http404
    return found


def _calendar(request, pk, right):
    rows = WorkCalendar.objects.visible_to(request.user, right=right)
    return get_object_or_404(
        rows.exclude(last_day=None).select_related("district", "department"), pk=pk
    )


def _change(request, pk, right):
    rows = CalendarChange.objects.visible_to(request.user, right=right)
    return get_object_or_404(rows.select_related("calendar__department", "district", "by"), pk=pk)


def _show(request, found, form, *, status=200):
    today = timezone.localdate()
    chosen = request.GET.get("year", "")
    number = _year(chosen) or today.year
    number = min(max(number, found.first_day.year), found.last_day.year)
    changes = list(found.changes.select_related("by")[:10])
    for change in changes:
        change.summary = of_district.summary(change)
    context = {
        "calendar": found,
        "form": form,
        "year": number,
        "changes": changes,
        "months": year.months(found, number, today),
        "named": year.named(found, number),
        "calendars": working_days.open_to(request.user),
        "years": year.around(found, number),
        "runs_out": working_days.runs_out(found, today),
        "may_edit": Scope.of(request.user).grants("dictionary.edit", found),
        "weekdays": [name for _number, name in WEEKDAYS],
    }
    return render(request, "cases/calendar/calendar.html", context, status=status)


def _show_change(request, change, *, problem="", status=200):
    was = {
        row.day.isoformat(): row
        for row in CalendarDay.objects.filter(
            calendar=change.calendar_id, day__in=[row["day"] for row in change.days]
        )
    }
    context = {
        "change": change,
        "problem": problem,
        "days": year.lines(change.days, was),
        "may_edit": Scope.of(request.user).grants("dictionary.edit", change),
    }
    if change.state == State.PREVIEW:
        open_cases = Case.objects.open().filter(district=change.district_id).count()
        context["is_slow"] = open_cases > recompute.AT_ONCE
        if not context["is_slow"]:
            context |= _effect(change)
    return render(request, "cases/calendar/change.html", context, status=status)


def _effect(change):
    """What the change would do, and the stamp of the calendar that it was reckoned with."""
    seen = recompute.stamp(WorkCalendar.objects.get(pk=change.calendar_id))
    effect = recompute.preview(change, timezone.now())
    names = Case.objects.only("number", "title").in_bulk([move.pk for move in effect.moves])
    rows = [(names[move.pk], move) for move in effect.moves if move.pk in names]
    return {"effect": effect, "rows": rows, "seen": seen}


def _draw_up(request, found, form, days):
    try:
        return recompute.draw_up(found, edits.check(days), by=request.user)
    except Refused as error:
        form.add_error(None, str(error))


def _year(text):
    """The year that a text names, 0 if it is none."""
    return int(text) if text.isdecimal() and len(text) == 4 else 0


def _of_package(request, found, number):
    try:
        change = recompute.draw_up(found, published.read_package(found, number), by=request.user)
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("cases:calendar_import", pk=found.pk)
    return redirect("cases:calendar_change", pk=change.pk)
