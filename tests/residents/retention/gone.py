"""Somebody who died long ago, with everything that the registers and visits say of a person."""

from datetime import date

from django.utils import timezone

from inspections.models import DiaryItem, Visit
from residents.models import Benefit, BenefitRecord, Stay, SupportAid, SupportPlan
from tests import factories as make

NAME, NOTE, PHONE = "诸葛无名", "左手有疤", "13877665544"


def somebody_gone(grid):
    """A household of one that ended years ago."""
    home = make.household(grid, head_name=NAME, phone=PHONE)
    person = make.resident(home, name=NAME, phone=PHONE, note=NOTE, employer=f"{NAME}的店")
    make.care_record(person, note=NOTE)
    plan = SupportPlan.objects.create(
        resident=person, what=NOTE, helper_name=NAME, since=make.LONG_AGO
    )
    worker = make.staff("grid_worker", grid)
    SupportAid.objects.create(plan=plan, what=NOTE, given_on=make.LONG_AGO, by=worker)
    BenefitRecord.objects.create(
        resident=person, benefit=Benefit.objects.first(), since=make.LONG_AGO, source=NOTE
    )
    Stay.objects.create(resident=person, came_from=NOTE)
    person.note = f"{NOTE}。"
    person.save(update_fields=["note"])
    end(person, "died")
    return person


def end(person, reason, on=date(2021, 3, 1)):
    person.ended_on, person.end_reason = on, reason
    person.save(update_fields=["ended_on", "end_reason"])
    home = person.household
    if not home.residents.filter(ended_on=None).exists():
        home.ended_on, home.end_reason = on, reason
        home.save(update_fields=["ended_on", "end_reason"])


def visit_to(person):
    visit = Visit.objects.create(
        district_id=person.district_id,
        grid_id=person.grid_id,
        household=person.household,
        visitor=make.staff("grid_worker"),
        outcome="met",
        note=f"{NAME}在家",
        happened_on=make.LONG_AGO,
        logged_at=timezone.now(),
    )
    DiaryItem.objects.create(visit=visit, text=f"{NAME}的水管", solved_on=make.LONG_AGO)
    return visit
