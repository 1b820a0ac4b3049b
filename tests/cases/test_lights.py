"""One case and the board agree on what is red, to the minute."""

from datetime import timedelta

import pytest

from cases import lights, workflow
from cases.models import Case, LadderPolicy, Stage
from tests import factories
from tests.cases.office import at, bring, open_office, report

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def in_sql(case, now):
    """The light by the annotation, which must agree with the three filters."""
    found = Case.objects.with_light(now).get(pk=case.pk).light
    if case.closed_at is None:
        by_filter = {
            name: getattr(Case.objects, name)(now=now).filter(pk=case.pk).exists()
            for name in lights.LIGHTS
        }
        assert by_filter == {name: name == found for name in lights.LIGHTS}
    return found


@pytest.mark.parametrize("minutes", [-1, 0, 1])
@pytest.mark.parametrize(
    ("moment", "before", "from_then_on"),
    [("2026-11-20 14:30", "green", "yellow"), ("2026-11-20 15:30", "yellow", "red")],
)
def test_one_case_and_the_board_agree_on_its_light(moment, before, from_then_on, minutes):
    case = bring(open_office(), Stage.HANDLING)
    now = at(moment) + minutes * MINUTE

    expected = before if minutes < 0 else from_then_on

    assert lights.light(case, now) == expected
    assert in_sql(case, now) == expected
    assert lights.counts(Case.objects.all(), now) == {
        "red": 0,
        "yellow": 0,
        "green": 0,
    } | {expected: 1}


@pytest.mark.parametrize("minutes", [-1, 0, 1])
def test_a_late_step_is_yellow_in_python_and_in_sql(minutes):
    office = open_office(
        factories.standard(10, "working_days", step_limits={"dispatched": [2, "working_hours"]})
    )
    case = bring(office, Stage.DISPATCHED)
    now = at("2026-11-20 13:35") + minutes * MINUTE

    expected = "green" if minutes < 0 else "yellow"

    assert (lights.light(case, now), in_sql(case, now)) == (expected, expected)


@pytest.mark.parametrize("minutes", [-1, 0, 1])
def test_a_report_that_nobody_reads_turns_yellow(minutes):
    case = report(open_office())
    now = at("2026-11-20 14:30") + minutes * MINUTE

    expected = "green" if minutes < 0 else "yellow"

    assert (lights.light(case, now), in_sql(case, now)) == (expected, expected)


def test_a_closed_case_keeps_the_light_that_it_closed_with():
    office = open_office()
    late, on_time = bring(office, Stage.FEEDBACK), bring(office, Stage.CLOSED)
    workflow.verify(late, by=office.leader, passed=True, at=at("2026-11-20 16:00"))
    long_after = at("2027-01-01 00:00")

    assert (lights.light(late, long_after), in_sql(late, long_after)) == ("red", "red")
    assert (lights.light(on_time, long_after), in_sql(on_time, long_after)) == (
        "green",
        "green",
    )
    assert lights.counts(Case.objects.all(), long_after) == {
        "red": 0,
        "yellow": 0,
        "green": 0,
    }


def test_a_paused_case_does_not_age():
    office = open_office()
    case = bring(office, Stage.HANDLING)
    workflow.pause(
        case,
        by=office.supervisor,
        reason="下雨",
        until=at("2026-11-25 09:00"),
        at=at("2026-11-20 10:30"),
    )

    assert (
        lights.light(case, at("2026-11-24 12:00"))
        == in_sql(case, at("2026-11-24 12:00"))
        == "green"
    )


def test_the_district_says_when_yellow_begins():
    LadderPolicy.objects.create(district=factories.district(), warn_percent=50)
    case = bring(open_office(), Stage.REGISTERED)

    assert case.warn_at == at("2026-11-20 12:00")
    assert (
        lights.light(case, at("2026-11-20 12:00"))
        == in_sql(case, at("2026-11-20 12:00"))
        == "yellow"
    )
