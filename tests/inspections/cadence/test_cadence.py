"""Rules of visits: what they cost, and what a change does to the due dates."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from inspections.cadence import cost, schedules
from inspections.models import Schedule, VisitRule
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


@pytest.fixture
def rules():
    schedules.ensure_rules(factories.district())
    return {(rule.target, rule.mode): rule for rule in VisitRule.objects.all()}


def plan(today=TODAY):
    return schedules.plan(factories.district(), today)


def load(*rules):
    return cost.load(factories.district(), rules or VisitRule.objects.all(), TODAY)


def test_a_home_visit_does_the_call_of_its_period_in_the_sum_too(rules):
    unit = factories.unit()
    for _ in range(6):
        factories.household(unit)

    found = load()[unit.pk]

    assert found.homes == pytest.approx(1)  # 6 households, twice a year
    assert found.calls == pytest.approx(1)  # four calls a year less two home visits


def test_rules_that_meet_on_one_household_do_not_add_up(rules):
    home = factories.household()
    category = factories.care_category()
    factories.care_record(factories.resident(home), category)
    VisitRule.objects.create(
        district=home.district,
        target="category",
        care_category=category,
        mode="home",
        every_months=1,
    )

    assert load()[home.grid_id].homes == pytest.approx(1)


def test_the_preview_says_what_each_grid_would_have_more(rules):
    for _ in range(12):
        factories.household()
    rule = rules["ordinary", "home"]
    rule.every_months = 3

    [(grid, before, after)] = cost.preview(rule, TODAY)

    assert grid == factories.unit()
    assert (before.homes, after.homes) == (pytest.approx(2), pytest.approx(4))
    assert after.calls == pytest.approx(0)  # every home visit does one
    assert VisitRule.objects.get(pk=rule.pk).every_months == 6


def test_a_shorter_period_is_spread_and_makes_nobody_due_at_once(rules):
    rule = rules["ordinary", "home"]
    for _ in range(60):
        factories.household()
    plan()
    Schedule.objects.filter(rule=rule).update(
        last_done_on=TODAY - timedelta(days=150), next_due_on=TODAY + timedelta(days=31)
    )
    rule.every_months = 3

    cost.change(rule, TODAY)

    days = list(Schedule.objects.filter(rule=rule).values_list("next_due_on", flat=True))
    assert all(TODAY < day <= date(2027, 2, 22) for day in days)
    assert max(days.count(day) for day in days) <= 4


def test_another_grace_puts_nobody_off(rules):
    rule, home = rules["ordinary", "home"], factories.household()
    plan()
    tomorrow = TODAY + timedelta(days=1)
    late = {"last_done_on": TODAY - timedelta(days=300), "next_due_on": tomorrow}
    Schedule.objects.filter(rule=rule).update(**late)
    rule.grace_days += 3

    assert cost.change(rule, TODAY) == 0

    assert home.schedules.get(rule=rule).next_due_on == tomorrow


def test_who_was_seen_lately_is_due_one_new_period_after_that(rules):
    rule, home = rules["ordinary", "home"], factories.household()
    plan()
    Schedule.objects.filter(rule=rule).update(
        last_done_on=TODAY - timedelta(days=10), next_due_on=date(2027, 5, 12)
    )
    rule.every_months = 3

    cost.change(rule, TODAY)

    assert home.schedules.get(rule=rule).next_due_on == date(2027, 2, 12)


def test_what_is_due_stays_due_and_no_row_is_made_twice(rules):
    rule, home = rules["ordinary", "home"], factories.household()
    plan()
    Schedule.objects.filter(rule=rule).update(next_due_on=TODAY - timedelta(days=2))
    rule.every_months = 12

    cost.change(rule, TODAY)

    assert home.schedules.get(rule=rule).next_due_on == TODAY - timedelta(days=2)
    assert home.schedules.count() == 2


def test_a_new_household_is_visited_and_after_that_is_like_the_others(rules):
    home = factories.household(arrived_on=TODAY - timedelta(days=5))
    old = factories.household(arrived_on=TODAY - timedelta(days=500))
    rule = VisitRule(district=home.district, target="new", mode="home", every_months=1, new_days=90)

    cost.change(rule, TODAY)

    assert home.schedules.filter(rule=rule).exists()
    assert not old.schedules.filter(rule=rule).exists()
    meant = Schedule.objects.filter(rule=rule)
    assert meant.applying(TODAY).exists()
    assert not meant.applying(TODAY + timedelta(days=90)).exists()


def test_the_administrator_sees_the_cost_before_the_change(client, rules):
    factories.household()
    client.force_login(factories.staff("administrator", factories.district()))
    rule = rules["ordinary", "home"]
    address = reverse("inspections:edit_rule", args=[rule.pk])
    fields = {"every_months": 3, "window_days": 7, "grace_days": 0, "priority": 5}
    fields |= {"is_active": "on"}

    asked = client.post(address, fields)

    rule.refresh_from_db()
    assert asked.context["costs"]["grids"]
    assert rule.every_months == 6
    client.post(address, fields | {"confirmed": "1"})
    rule.refresh_from_db()
    assert rule.every_months == 3


def test_a_change_that_costs_nothing_says_so_and_lists_no_grid(client, rules):
    factories.household()
    client.force_login(factories.staff("administrator", factories.district()))
    address = reverse("inspections:edit_rule", args=[rules["ordinary", "home"].pk])
    fields = {"every_months": 6, "window_days": 7, "grace_days": 0, "priority": 1}

    asked = client.post(address, fields | {"is_active": "on"})

    assert asked.context["costs"]["grids"] == []
    assert "各网格工作量不变。" in asked.content.decode()


def test_home_visits_that_take_the_place_of_calls_are_a_change(client, rules):
    factories.household()
    client.force_login(factories.staff("administrator", factories.district()))
    address = reverse("inspections:edit_rule", args=[rules["ordinary", "home"].pk])
    fields = {"every_months": 3, "window_days": 7, "grace_days": 0, "priority": 5}

    costs = client.post(address, fields | {"is_active": "on"}).context["costs"]

    [(_, before, after)] = costs["grids"]
    assert before.total == pytest.approx(after.total)
    assert after.homes > before.homes


def test_a_second_rule_for_the_same_people_is_refused(client, rules):
    client.force_login(factories.staff("administrator", factories.district()))
    fields = {"every_months": 3, "window_days": 7, "grace_days": 0, "priority": 5}
    fields |= {"is_active": "on", "target": "ordinary", "mode": "home", "new_days": 90}

    answer = client.post(reverse("inspections:new_rule"), fields)

    assert answer.status_code == 422
    assert "target" in answer.context["form"].errors


def test_an_administrator_changes_the_cadence_of_his_district_only(client, rules):
    other = factories.district("520602", "碧江区")
    schedules.ensure_rules(other)
    client.force_login(factories.staff("administrator", factories.district()))
    theirs = VisitRule.objects.filter(district=other).first()

    assert len(client.get(reverse("inspections:cadence")).context["rules"]) == 4
    address = reverse("inspections:edit_rule", args=[theirs.pk])
    assert client.get(address).status_code == 404


def test_a_worker_does_not_open_the_cadence(client):
    client.force_login(factories.staff("grid_worker"))

    assert client.get(reverse("inspections:cadence")).status_code == 403
