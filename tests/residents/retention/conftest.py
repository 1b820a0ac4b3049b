"""Somebody who died long ago, with everything that the registers and visits say of a person."""

from datetime import date

import pytest
from django.utils import timezone

from grids.jobs import lease
from inspections.models import DiaryItem, Visit
from residents.models import BenefitRecord, Stay, SupportAid, SupportPlan
from tests import factories as make

NAME, NOTE, PHONE = "诸葛无名", "左手有疤", "13877665544"


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """A test is one transaction, of which the thread that renews a lease sees nothing."""
    monkeypatch.setattr(lease, "BEAT_SECONDS", 60)


@pytest.fixture
def gone(ground):
    """A household of one that ended five years ago."""
    home = make.household(ground[0], head_name=NAME, phone=PHONE)
    person = make.resident(home, name=NAME, phone=PHONE, note=NOTE, employer=f"{NAME}的店")
    make.care_record(person, note=NOTE)
    plan = SupportPlan.objects.create(
        resident=person, what=NOTE, helper_name=NAME, since=make.LONG_AGO
    )
    SupportAid.objects.create(
        plan=plan, what=NOTE, given_on=make.LONG_AGO, by=make.staff("grid_worker", ground[0])
    )
    BenefitRecord.objects.create(
        resident=person, benefit_id=benefit(), since=make.LONG_AGO, source=NOTE
    )
    Stay.objects.create(resident=person, came_from=NOTE)
    person.note = f"{NOTE}。"
    person.save(update_fields=["note"])
    end(person, "died")
    return person


def benefit():
    from residents.models import Benefit

    return Benefit.objects.order_by("pk").first().pk


def end(person, reason, on=date(2021, 3, 1)):
    person.ended_on, person.end_reason = on, reason
    person.save(update_fields=["ended_on", "end_reason"])
    home = person.household
    if not home.residents.filter(ended_on=None).exists():
        home.ended_on, home.end_reason = on, reason
        home.save(update_fields=["ended_on", "end_reason"])


@pytest.fixture
def visited(gone):
    visit = Visit.objects.create(
        district_id=gone.district_id,
        grid_id=gone.grid_id,
        household=gone.household,
        visitor=make.staff("grid_worker"),
        outcome="met",
        note=f"{NAME}在家",
        happened_on=make.LONG_AGO,
        logged_at=timezone.now(),
    )
    DiaryItem.objects.create(visit=visit, text=f"{NAME}的水管", solved_on=make.LONG_AGO)
    return visit


@pytest.fixture
def boss(ground):
    return make.staff("administrator", make.district())
