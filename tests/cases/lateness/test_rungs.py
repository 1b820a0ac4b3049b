"""The ladder edited: the most specific row wins, and open cases follow at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.lateness import escalation, percents
from cases.limits import of_case
from cases.models import Alarm, Case, LadderHearer, LadderPolicy, Stage
from grids.refusal import Refused
from tests import factories
from tests.cases.lateness.test_escalation import DUE, HALF, WARN, told
from tests.cases.office import at, bring, open_office

pytestmark = pytest.mark.django_db
PERCENTS = {
    "warn_percent": 50,
    "half_percent": 125,
    "full_percent": 150,
    "double_percent": 400,
}


def alarms(case):
    return dict(Alarm.objects.filter(case=case).values_list("level", "fires_at"))


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        (4, "working_hours"),
        (3, "working_days"),
        (6, "urgent_hours"),
        (2, "calendar_days"),
    ],
)
def test_open_cases_follow_an_edited_ladder_as_if_it_had_always_been(number, unit):
    office = open_office(factories.standard(number, unit))
    before = bring(office, Stage.HANDLING)

    percents.change(factories.district(), None, PERCENTS, now=at("2026-11-20 10:30"))
    after = bring(office, Stage.HANDLING)

    before.refresh_from_db()
    assert alarms(before).keys() == alarms(after).keys()
    for level, moment in alarms(after).items():
        assert abs(alarms(before)[level] - moment) <= timedelta(minutes=1), level
    assert abs(before.warn_at - after.warn_at) <= timedelta(minutes=1)
    assert before.due_at == after.due_at


def test_a_category_has_a_ladder_of_its_own_and_falls_back_to_the_districts(office):
    district, category = factories.district(), office.standard.category
    case = bring(office, Stage.HANDLING)
    warn = Alarm.Level.WARN

    assert of_case.percents_of(case)[warn] == 75
    percents.change(district, None, PERCENTS | {"warn_percent": 70})
    assert of_case.percents_of(case)[warn] == 70
    percents.change(district, category, PERCENTS)
    assert of_case.percents_of(case)[warn] == 50
    moments = alarms(case)
    percents.change(district, None, PERCENTS | {"double_percent": 300})
    assert alarms(case) == moments, "the category has its own"
    percents.reset(district, category)
    assert of_case.percents_of(case)[warn] == 50
    percents.reset(district, None)
    assert of_case.percents_of(case)[warn] == 75
    assert not LadderPolicy.objects.exists()
    with pytest.raises(Refused):
        percents.reset(district, None)


def test_the_preview_counts_what_the_change_then_does(office):
    for _ in range(3):
        bring(office, Stage.HANDLING)
    bring(office, Stage.CLOSED)
    now = at("2026-11-20 13:35")  # half of the limit is used up, three quarters are not

    seen = percents.preview(factories.district(), None, PERCENTS, now=now)
    done = percents.change(factories.district(), None, PERCENTS, now=now)

    assert seen == done == (3, 12, 3)
    assert escalation.sweep(now)["fired"] == 3


def test_what_has_fired_stays_and_fires_no_second_time(office):
    case = bring(office, Stage.HANDLING)
    escalation.sweep(HALF)

    percents.change(factories.district(), None, PERCENTS | {"warn_percent": 90}, now=HALF)

    assert Alarm.objects.get(case=case, level=0).fires_at == WARN
    assert escalation.sweep(HALF)["fired"] == 1  # orange, now at 150 per cent


@pytest.mark.parametrize(
    "wrong",
    [
        {"warn_percent": 0},
        {"warn_percent": 100},
        {"half_percent": 100},
        {"full_percent": 125},
        {"double_percent": 150},
        {"double_percent": 501},
    ],
)
def test_rungs_climb(wrong):
    with pytest.raises(Refused):
        percents.check(PERCENTS | wrong)


def test_a_thousand_cases_take_as_many_statements_as_one(office):
    bring(office, Stage.HANDLING)
    percents.change(factories.district(), None, PERCENTS)
    for _ in range(4):
        bring(office, Stage.HANDLING)

    with CaptureQueriesContext(connection) as queries:
        percents.change(factories.district(), None, PERCENTS | {"warn_percent": 60})

    assert len(queries) < 15


def test_other_districts_keep_their_ladder(office):
    case = bring(office, Stage.HANDLING)
    moments = alarms(case)

    percents.change(factories.district("520602", "碧江区"), None, PERCENTS)

    assert alarms(case) == moments


def test_own_hearers_replace_those_of_their_rung_only_in_their_district(office):
    other = factories.district("520602", "碧江区")
    for district in (other, factories.district()):
        bring(office, Stage.HANDLING)
        LadderHearer.objects.create(district=district, level=1, role="supervisor", place="street")
        escalation.sweep(DUE)
        heard = told(office)
        if district is other:
            assert "worker" in heard
            assert "supervisor" not in heard
        else:
            assert "worker" not in heard
            assert "supervisor" in heard
            assert "handler" in heard, "the rung below is as shipped"


def test_the_page_previews_changes_and_resets(office, client):
    administrator = factories.staff("administrator", factories.district())
    bring(office, Stage.HANDLING)
    client.force_login(administrator, "grids.auth.StaffBackend")
    address = reverse("cases:ladder")

    page = client.get(address)
    assert page.status_code == 200
    assert client.post(address, PERCENTS | {"half_percent": 90}).status_code == 422
    assert client.post(address, PERCENTS).context["counts"][0] == 1
    assert not LadderPolicy.objects.exists(), "a preview changes nothing"
    assert client.post(address, PERCENTS | {"do": "apply"}).status_code == 302
    assert LadderPolicy.objects.get().double_percent == 400
    client.post(address, {"do": "reset"})
    assert not LadderPolicy.objects.exists()


@pytest.mark.parametrize("role", ["supervisor", "grid_worker", "auditor", "operator"])
def test_only_an_administrator_edits_the_ladder(client, role):
    client.force_login(factories.staff(role, factories.district()), "grids.auth.StaffBackend")

    assert client.post(reverse("cases:ladder"), PERCENTS).status_code == 403
    assert client.post(reverse("cases:ladder"), {"do": "reset"}).status_code == 403
    assert Case.objects.count() == 0


def test_hearers_are_chosen_in_the_admin_and_only_where_they_can_hear(client):
    administrator = factories.staff("administrator", factories.district())
    client.force_login(administrator, "grids.auth.StaffBackend")
    address = reverse("admin:cases_ladderhearer_add")
    facts = {"level": 1, "role": "department_head", "place": "street"}

    assert client.post(address, facts).status_code == 200  # refused
    assert client.post(address, facts | {"place": "department"}).status_code == 302

    assert LadderHearer.objects.get().district == factories.district()
