"""A case keeps the standard that it was filed under, whatever is edited later."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases import workflow
from cases.catalogue import versions
from cases.limits import of_case
from cases.models import CaseStandard, Stage
from grids.refusal import Refused
from tests import factories as make
from tests.cases.office import at, bring, open_office

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def case():
    return bring(open_office(make.standard(4, "working_hours")), Stage.HANDLING)


def edited(standard, **changes):
    copy = CaseStandard.objects.get(pk=standard.pk)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def test_a_standard_that_no_case_uses_is_changed_in_place():
    standard = make.standard(4, "working_hours")

    kept = versions.keep(edited(standard, limit_number=6), today=TODAY)

    assert kept.pk == standard.pk
    assert CaseStandard.objects.get().limit_number == 6


def test_a_standard_that_cases_use_gets_a_new_version_and_ends(case):
    kept = versions.keep(edited(case.standard, limit_number=8), today=TODAY)
    old = CaseStandard.objects.get(pk=case.standard_id)

    assert kept.pk != old.pk
    assert kept.replaces == old
    assert (kept.limit_number, kept.valid_from, kept.valid_to) == (8, TODAY, None)
    assert (old.limit_number, old.valid_to) == (4, TODAY - dt.timedelta(days=1))
    assert list(versions.history(kept)) == [old]
    assert list(versions.current(TODAY)) == [kept]


@pytest.mark.parametrize("name", versions.SAID)
def test_every_word_of_a_used_standard_stays(case, name):
    old = CaseStandard.objects.get(pk=case.standard_id)
    other = {
        "condition": "另一条件",
        "limit_number": 9,
        "limit_unit": "working_days",
        "step_limits": {"feedback": [1, "working_days"]},
        "closing_condition": "恢复",
        "evidence": "照片",
        "default_line": "housing",
        "loop": "grid",
        "is_urgent": True,
        "is_admitted": False,
    }[name]

    kept = versions.keep(edited(old, **{name: other}), today=TODAY)

    assert getattr(kept, name) == other
    assert getattr(CaseStandard.objects.get(pk=old.pk), name) == getattr(old, name)
    assert kept.pk != old.pk


def test_the_hours_of_an_open_case_do_not_change_with_its_standard(case):
    before = (case.due_at, case.warn_at, case.step_due_at, case.limit_minutes)

    versions.keep(edited(case.standard, limit_number=8), today=TODAY)
    case.refresh_from_db()
    kept = (case.due_at, case.warn_at, case.step_due_at, case.limit_minutes)
    of_case.start(case, case.registered_at)

    assert kept == before
    assert case.due_at == before[0]
    assert case.standard.limit_number == 4


def test_the_next_case_is_filed_under_the_new_version_and_not_under_the_old(case):
    office = open_office(CaseStandard.objects.get(pk=case.standard_id))
    today = timezone.localdate()
    new = versions.keep(edited(case.standard, limit_number=8), today=today)
    later = workflow.report(
        by=office.worker, grid=office.unit, category=case.category, title="又一起", source="patrol"
    )

    with pytest.raises(Refused):
        workflow.register(
            later,
            by=office.supervisor,
            standard=CaseStandard.objects.get(pk=new.replaces_id),
        )
    workflow.register(later, by=office.supervisor, standard=new)

    assert later.standard == new


def test_a_version_of_today_that_is_in_use_is_followed_tomorrow(case):
    CaseStandard.objects.filter(pk=case.standard_id).update(valid_from=TODAY)

    kept = versions.keep(edited(case.standard, limit_number=8), today=TODAY)
    again = versions.keep(edited(kept, limit_number=9), today=TODAY)

    assert kept.valid_from == TODAY + dt.timedelta(days=1)
    assert CaseStandard.objects.get(pk=case.standard_id).valid_to == TODAY
    assert (again.pk, again.limit_number) == (kept.pk, 9)


def test_a_new_version_may_begin_on_a_later_day(case):
    january = dt.date(2027, 1, 1)

    kept = versions.keep(edited(case.standard, limit_number=8, valid_from=january), today=TODAY)

    assert kept.valid_from == january
    assert CaseStandard.objects.get(pk=case.standard_id).valid_to == dt.date(2026, 12, 31)
    assert list(versions.in_force(TODAY)) == [case.standard]


def test_a_version_that_was_replaced_is_not_edited(case):
    versions.keep(edited(case.standard, limit_number=8), today=TODAY)

    with pytest.raises(ValidationError):
        versions.keep(edited(case.standard, limit_number=12), today=TODAY)


def test_ending_a_standard_makes_no_version(case):
    kept = versions.keep(edited(case.standard, valid_to=TODAY), today=TODAY)

    assert kept.pk == case.standard_id
    assert CaseStandard.objects.get().valid_to == TODAY


def test_one_condition_holds_once_on_each_day():
    standard = make.standard(4, "working_hours", condition="井盖缺失")

    with pytest.raises(IntegrityError), transaction.atomic():
        make.standard(2, of=standard.category, condition="井盖缺失", valid_from=TODAY)
    with pytest.raises(ValidationError):
        versions.keep(
            CaseStandard(
                category=standard.category,
                condition="井盖缺失",
                limit_number=2,
                limit_unit="working_days",
                valid_from=TODAY,
            )
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"nowhere": [1, "minutes"]},
        {"feedback": [0, "minutes"]},
        {"feedback": ["1", "minutes"]},
        {"feedback": [1, "weeks"]},
        {"feedback": [1]},
        ["feedback"],
    ],
)
def test_limits_of_steps_that_the_clock_cannot_read_are_refused(wrong):
    standard = make.standard(4, "working_hours")

    with pytest.raises(ValidationError):
        versions.keep(edited(standard, step_limits=wrong))


def test_a_case_that_is_reopened_keeps_its_standard():
    office = open_office(make.standard(4, "working_hours"))
    case = bring(office, Stage.CLOSED)
    versions.keep(edited(case.standard, limit_number=8), today=TODAY)

    workflow.reopen(case, by=office.supervisor, reason="又坏了", at=at("2026-11-23 09:00"))

    assert case.standard.limit_number == 4
    assert case.due_at == at("2026-11-23 14:30")
