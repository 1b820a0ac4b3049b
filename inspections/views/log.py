"""Logging a visit in three taps: what the form knows before, appointments, the card, where it goes on."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import Case
from grids.refusal import Refused
from grids.scope import Scope
from grids.throttle import counted
from inspections import wording
from inspections.cadence import reasons
from inspections.forms.corrections import FactsForm
from inspections.forms.visits import AppointmentForm, Diary, VisitForm
from inspections.models import Appointment, DiaryItem, HouseholdToVisit, Mode, Schedule
from inspections.views.corrections import to_decide
from inspections.visits import appointments, corrections, one_trip_card, rounds, visit_log
from residents.people import looks
from residents.views import desk


def log_visit(request, household):
    scope = Scope.of(request.user)
    scope.demand("visit.log")
    household = _household(request, household)
    mode = _mode(request)
    forms = form, diary, facts = _forms(request, household, mode)
    is_sent = request.method == "POST"
    if is_sent and _are_good(*forms):
        try:
            visit, is_new = _keep(request, household, *forms)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _onwards(request, visit, is_new, diary, facts)
    context = {"form": form, "diary": diary, "facts": facts, "mode": mode} | _known(
        request.user, household, mode
    )
    return render(
        request, "inspections/visits/log_visit.html", context, status=422 if is_sent else 200
    )


def _forms(request, household, mode):
    """What came of it, the diary, the facts to put right."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    may_report = Scope.of(request.user).grants("case.report", household)
    # What was sent without facts is not asked for them.
    has_facts = not sent or FactsForm.is_in(request.POST)
    offered = corrections.offered(request.user, household) if has_facts else []
    return (
        VisitForm(*sent, household=household, mode=mode),
        Diary(*sent[:1], prefix="diary", form_kwargs={"may_report": may_report}),
        FactsForm(*sent[:1], offered=offered),
    )


def _are_good(form, diary, facts):
    if not diary.is_valid():
        form.add_error(None, _("A line of the diary cannot be kept like this."))
    if not facts.is_valid():
        form.add_error(None, _("A fact cannot be kept like this."))
    return form.is_valid()


def appointment(request, household):
    """A day and a part of the day, agreed on by phone; sent empty, it is cancelled."""
    Scope.of(request.user).demand("visit.log")
    household = _household(request, household)
    if request.method == "POST" and request.POST.get("cancel"):
        appointments.cancel(household)
        messages.success(request, _("The appointment is cancelled."))
        return redirect("inspections:log_visit", household.pk)
    form = AppointmentForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_bound and form.is_valid():
        try:
            made = appointments.make(household, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("on", str(refusal))
        else:
            words = {"day": wording.long_day(made.on), "part": made.get_part_display()}
            messages.success(request, _("Agreed: %(day)s, %(part)s.") % words)
            return redirect("inspections:today")
    context = {"form": form, "mode": Mode.HOME} | _known(request.user, household, Mode.HOME)
    status = 422 if form.is_bound else 200
    return render(request, "inspections/visits/appointment.html", context, status=status)


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def card(request, household):
    """Everything to know before somebody rings, on one sheet, past the export desk."""
    Scope.of(request.user).demand("visit.log")
    rows = HouseholdToVisit.objects.visible_to(request.user, right="log")
    places = rows.select_related("dwelling__building__compound", "grid")
    household = get_object_or_404(places, pk=household)
    asked = desk.form_of(request, usual=_("Home visit"))
    if not asked.is_valid():
        back = reverse("inspections:log_visit", args=[household.pk])
        about, title = [household.dwelling], _("Card for the visit")
        return desk.ask(request, asked, title=title, about=about, back=back, is_print=True)
    trip = one_trip_card.of(request.user, household)
    looks.note_care_seen(trip.members, by=request.user)
    form = request.build_absolute_uri(reverse("inspections:log_visit", args=[household.pk]))
    context = {
        "trip": trip,
        "qr": one_trip_card.qr(form),
        "now": timezone.now(),
        "mode": Mode.HOME,
        **desk.paper(request, household, asked),
    } | _known(request.user, household, Mode.HOME)
    return render(request, "inspections/visits/card.html", context)


def _household(request, key):
    rows = HouseholdToVisit.objects.visible_to(request.user, right="log")
    if request.method != "POST":  # which draws no page, as a rule
        places = rows.select_related("dwelling__building__compound", "grid")
        rows = places.defer("grid__boundary")
    return get_object_or_404(rows, pk=key)


def _mode(request):
    mode = request.POST.get("mode") or request.GET.get("mode") or Mode.HOME
    if mode not in Mode.values:
        raise Http404
    return Mode(mode)


def _keep(request, household, form, diary, facts):
    data = form.cleaned_data
    names = ("mode", "outcome", "happened_on", "is_unchanged", "note", "client_uuid")
    fields = {name: data[name] for name in names}
    return visit_log.log_visit(
        household,
        by=request.user,
        diary=diary.matters(),
        pictures=data["photos"],
        put_right=facts.corrections(),
        **fields,
    )


def _onwards(request, visit, is_new, diary, facts):
    """To the facts that are to be decided, to the case that is to be raised, else back to the round."""
    if not is_new:
        messages.info(request, _("This visit was logged already."))
        onwards = redirect("inspections:visit", visit.pk)
    else:
        words = {"name": visit.household.head_name, "outcome": wording.outcome(visit)}
        messages.success(request, _("Logged: %(name)s, %(outcome)s.") % words)
        onwards = _to_the_case(visit, diary)
    if not any(one.is_touched for one in facts.corrections()):
        return onwards
    asked = visit.fact_conflicts.filter(decided_at=None).count()
    return to_decide(visit, asked, onwards.url) if asked else onwards


def _to_the_case(visit, diary):
    place = diary.first_case()
    if place is None:
        return redirect("inspections:today")
    item = visit.diary_items.order_by("pk")[place]
    return redirect("inspections:raise_case", item.pk)


def _known(staff, household, mode):
    """What the register and earlier visits know, as far as `staff` may read it."""
    today = timezone.localdate()
    schedules = (
        Schedule.objects.visible_to(staff, right="log").filter(household=household).applying(today)
    )
    stop = rounds.Stop(household.pk, mode, today)
    rounds.fill([stop], staff, today)
    open_items = DiaryItem.objects.visible_to(staff).open().filter(visit__household=household)
    agreed = Appointment.objects.filter(household=household)
    return {
        "stop": stop,
        "appointment": appointments.open_of(agreed).select_related("by").first(),
        "household": household,
        "day": today,
        "schedules": reasons.with_reasons(
            schedules.with_last_day().select_related("rule").order_by("next_due_on", "pk"),
            household,
            staff,
        ),
        "open_items": open_items.select_related("visit", "case").order_by(
            "-visit__happened_on", "pk"
        )[:10],
        "open_cases": Case.objects.visible_to(staff)
        .open()
        .filter(household=household)
        .order_by("-pk")[:5],
        "members": household.residents.live().count(),
        "may_edit": Scope.of(staff).grants("register.edit", household),
        "may_read_file": Scope.of(staff).grants("register.view", household),
        "to_decide": corrections.undecided(staff)
        .filter(visit__household=household)
        .values_list("visit", flat=True)
        .first(),
    }
