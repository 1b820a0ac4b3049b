"""In whose hands a case was: department, person or desk, without a gap and without a double."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import workflow
from cases.file.hands import hands
from cases.models import Stage
from tests import factories
from tests.cases.office import at, bring, report

pytestmark = pytest.mark.django_db


def told(case, now):
    return [
        (hand.stage, hand.department, hand.person, hand.length // timedelta(minutes=1))
        for hand in hands(case, at(now))
    ]


def test_each_stretch_names_the_department_and_the_person_or_the_desk(office):
    case = bring(office, Stage.EVALUATED)
    bureau, person = office.department.name, office.handler.full_name

    assert told(case, "2026-12-20 09:00") == [
        ("reported", "", "", 60),
        ("registered", "", "", 5),
        ("dispatched", bureau, "", 5),
        ("handling", bureau, person, 50),
        ("feedback", "", "", 30),
    ]


def test_naming_another_person_begins_a_new_stretch(office):
    case = bring(office, Stage.HANDLING)
    workflow.assign(case, by=office.head, handler=office.second_handler, at=at("2026-11-20 10:40"))

    assert [hand[2:] for hand in told(case, "2026-11-20 11:00")[-2:]] == [
        (office.handler.full_name, 30),
        (office.second_handler.full_name, 20),
    ]


def test_after_the_second_return_it_lies_with_whoever_decides(office):
    case, now = bring(office, Stage.DISPATCHED), at("2026-11-20 10:30")
    parks = factories.department("园林局", line="parks")
    workflow.send_back(case, by=office.handler, reason="归园林局", at=now)
    workflow.dispatch(case, by=office.supervisor, to=office.department, at=now)
    workflow.send_back(case, by=office.handler, reason="归园林局", at=now)
    workflow.decide(case, by=office.dispatcher, to=parks, note="三定", at=at("2026-11-20 10:50"))

    assert [hand[1:] for hand in told(case, "2026-11-20 11:00")[-2:]] == [
        ("", office.dispatcher.full_name, 20),
        ("园林局", "", 10),
    ]


def test_the_time_between_closing_and_reopening_is_in_nobodys_hands(office):
    case = bring(office, Stage.CLOSED)
    workflow.reopen(case, by=office.worker, reason="又坏了", at=at("2026-11-22 09:00"))

    lengths = [hand.length for hand in hands(case, at("2026-11-22 10:00"))]

    assert sum(lengths, timedelta()) == timedelta(hours=2.5 + 1)


def test_a_report_that_nobody_has_read_lies_at_the_desk(office):
    assert told(report(office), "2026-11-20 09:30") == [("reported", "", "", 30)]


def test_hands_cost_three_queries_however_long_the_story(office):
    case = bring(office, Stage.EVALUATED)

    with CaptureQueriesContext(connection) as queries:
        hands(case, at("2026-11-20 12:00"))

    assert len(queries) == 3
