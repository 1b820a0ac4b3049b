"""What a visit is: logged once, on the day it happened, with the matters that it brought up."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import workflow
from cases.file import photos as case_photos
from cases.models import CasePhoto, Source
from grids.refusal import Refused
from inspections.cadence import schedules
from inspections.campaigns import campaigns
from inspections.models import DiaryItem, Mode, Visit, VisitPhoto
from inspections.visits import appointments, corrections

OLDEST = timedelta(days=30)
REMIND_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Matter:
    """One thing to write into the diary; `is_solved` on the spot, or to remind oneself of."""

    text: str
    is_solved: bool = False
    is_to_remind: bool = False


def check_day(day: date, *, household, today: date):
    """Refuse a day on which nobody can have visited this household."""
    if day > today:
        raise Refused(_("The date lies in the future."))
    if day < today - OLDEST:
        raise Refused(_("The date is more than 30 days ago."))
    if household.ended_on and day > household.ended_on:
        raise Refused(_("The household had moved away by then."))


@transaction.atomic
def log_visit(
    household,
    *,
    by,
    outcome,
    happened_on,
    mode=Mode.HOME,
    is_unchanged=False,
    note="",
    diary=(),
    pictures=(),
    put_right=(),
    client_uuid=None,
    now=None,
):
    """Keep a visit and move the schedules that it satisfies: (visit, whether it is new).

    `diary` holds `Matter`s, `pictures` what `cases.file.photos.reencode` made, `put_right` the `Correction`s
    of facts. The same `client_uuid` again answers with the visit that is there.
    """
    now = now or timezone.now()
    check_day(happened_on, household=household, today=timezone.localdate(now))
    has_met = outcome == Visit.Outcome.MET
    touched = [one for one in put_right if one.is_touched]
    visit, is_new = Visit.objects.get_or_create(
        client_uuid=client_uuid or uuid.uuid4(),
        defaults={
            "district_id": household.district_id,
            "grid_id": household.grid_id,
            "household": household,
            "visitor": by,
            "mode": mode,
            "outcome": outcome,
            "is_unchanged": is_unchanged and not touched and has_met,
            "note": note,
            "happened_on": happened_on,
            "logged_at": now,
        },
    )
    if not is_new:
        _refuse_another(visit, household=household, by=by)
        return visit, False
    _keep_diary(visit, diary)
    _keep_photos(visit, pictures, now)
    if touched:
        corrections.take(visit, touched, by=by, now=now)
    if has_met:
        schedules.move(household, mode=mode, on=happened_on)
    elif outcome == Visit.Outcome.NOBODY:
        schedules.attempt(household, mode=mode, on=happened_on)
    campaigns.count(visit)
    appointments.keep(visit)
    return visit, True


def _refuse_another(visit, *, household, by):
    """A key that belongs to another visit must not reveal that visit."""
    if (visit.household_id, visit.visitor_id) != (household.pk, by.pk):
        raise Refused(_("This form was used before. Open it again."))


def _keep_diary(visit, matters):
    DiaryItem.objects.bulk_create(
        DiaryItem(
            visit=visit,
            text=matter.text,
            solved_on=visit.happened_on if matter.is_solved else None,
            remind_on=visit.happened_on + REMIND_AFTER if matter.is_to_remind else None,
        )
        for matter in matters
    )


def _keep_photos(visit, pictures, now):
    for place, picture in enumerate(pictures):
        VisitPhoto.objects.create(
            visit=visit,
            client_uuid=uuid.uuid5(visit.client_uuid, f"photo-{place}"),
            file=picture,
            at=now,
        )


def to_remind(staff, today):
    """Matters of the person's own visits whose day has come."""
    rows = DiaryItem.objects.visible_to(staff, right="log").filter(
        visit__visitor=staff, remind_on__lte=today, solved_on=None, case=None
    )
    place = "visit__household__dwelling__building__compound"
    return rows.select_related(place).order_by("remind_on", "pk")


def strike_off(item, *, on):
    """A matter is solved; a second time changes nothing."""
    return DiaryItem.objects.filter(pk=item.pk, solved_on=None).update(solved_on=on) == 1


def take_case(case, given, *, by):
    """A report that came from a visit: the line of its diary that says the same, or a new one."""
    if given.get("visit"):
        which = {"pk": given["visit"]}
    elif given.get("visit_key"):
        which = {"client_uuid": given["visit_key"]}
    else:
        return
    visit = Visit.objects.visible_to(by, right="log").filter(**which).first()
    if visit is None:
        return
    item = _line_of(visit, given, case) or DiaryItem(
        visit=visit, text=f"{case.title} {case.description}"[:300].strip()
    )
    item.case = case
    item.save()


def _line_of(visit, given, case):
    """The line that the report came from, also if the report says it in other words."""
    lines, place = visit.diary_items.filter(case=None), given.get("line")
    if place is not None:
        [*named] = visit.diary_items.order_by("pk")[place : place + 1]
        if named and named[0].case_id is None:
            return named[0]
    return lines.filter(text=case.description[:300]).first()


@transaction.atomic
def raise_case(item, *, by, category, description="", pictures=(), is_urgent=False, now=None):
    """Make a case of a diary item, once; the item keeps it. Raises Refused."""
    now = now or timezone.now()
    # Two taps at once: the second waits, and finds the case of the first.
    item = DiaryItem.objects.select_for_update().get(pk=item.pk)
    if item.case_id:
        return item.case
    household = item.visit.household
    item.case = workflow.report(
        by=by,
        at=now,
        grid=household.grid,
        category=category,
        title=category.name,
        description=description or item.text,
        address=household.dwelling.address,
        source=Source.VISIT,
        household=household,
        is_urgent=is_urgent,
        client_uuid=uuid.uuid5(item.visit.client_uuid, f"diary-{item.pk}"),
    )
    item.save(update_fields=["case"])
    case_photos.attach(item.case, pictures, moment=CasePhoto.Moment.BEFORE, by=by, at=now)
    return item.case
