"""What rules cost a grid in a month, by hand; what becomes of the days when a period changes."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from inspections.cadence import cost
from inspections.cadence.cost import Load
from inspections.models import Schedule, VisitRule
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(number):
    return TODAY + timedelta(days=number)


def rule(target="ordinary", months=6, mode="home", **fields):
    return VisitRule(
        district=factories.district(), target=target, mode=mode, every_months=months, **fields
    )


@pytest.fixture
def homes():
    """In grid 1 one ordinary, one under care and a new one; in grid 2 one under care, one gone."""
    first, second = factories.unit(), factories.unit("370402001028002")
    found = {
        "plain": factories.household(first),
        "cared": factories.household(first),
        "new": factories.household(first),
        "far": factories.household(second),
        "gone": factories.household(second),
    }
    poor, alone = factories.care_category("低保"), factories.care_category("独居")
    factories.care_record(factories.resident(found["cared"]), poor)
    factories.care_record(factories.resident(found["far"]), alone)
    factories.care_record(factories.resident(found["plain"]), poor, until=day(-1))
    factories.care_record(factories.resident(found["plain"]), poor, since=day(1))
    left = factories.resident(found["plain"], ended_on=day(-1))
    factories.care_record(left, poor)
    type(found["new"]).objects.filter(pk=found["new"].pk).update(arrived_on=day(-9))
    type(found["gone"]).objects.filter(pk=found["gone"].pk).update(
        ended_on=day(-1), end_reason="moved"
    )
    factories.household(factories.unit("520602003003001"))
    return found


def loads(*rules):
    found = cost.load(factories.district(), rules, TODAY)
    names = {factories.unit().pk: 1, factories.unit("370402001028002").pk: 2}
    return {names[key]: (round(one.homes, 3), round(one.calls, 3)) for key, one in found.items()}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([("ordinary", 6)], {1: (0.333, 0)}),
        ([("care", 1)], {1: (1, 0), 2: (1, 0)}),
        ([("category", 2, "低保")], {1: (0.5, 0)}),
        ([("category", 2, "独居")], {2: (0.5, 0)}),
        ([("new", 1, None, 9)], {}),
        ([("new", 1, None, 10)], {1: (1, 0)}),
        # rules that meet: the most frequent
        ([("care", 2), ("category", 1, "低保")], {1: (1, 0), 2: (0.5, 0)}),
        ([("ordinary", 6), ("new", 2, None, 30)], {1: (0.667, 0)}),
    ],
)
def test_what_rules_cost_a_month(homes, rules, expected):
    made = []
    for target, months, *rest in rules:
        category = factories.care_category(rest[0]) if rest and rest[0] else None
        new_days = rest[1] if len(rest) > 1 else 90
        made.append(rule(target, months, care_category=category, new_days=new_days))

    assert loads(*made) == expected


def test_a_home_visit_does_the_call_and_a_rule_that_is_off_costs_nothing(homes):
    assert loads(rule("care", 2), rule("care", 1, "call")) == {1: (0.5, 0.5), 2: (0.5, 0.5)}
    assert loads(rule("care", 1), rule("care", 2, "call")) == {1: (1, 0), 2: (1, 0)}
    assert loads(rule("care", 1, "call")) == {1: (0, 1), 2: (0, 1)}
    assert loads(rule("care", 1, is_active=False)) == {}
    assert Load() == Load(0, 0)
    assert Load(1.5, 0.5).total == 2


def test_premises_of_a_category_cost_too(homes):
    factories.premises(category="餐饮")
    factories.premises(category="零售")
    factories.premises(category="餐饮", ended_on=day(-1))

    assert loads(rule("premises", 2)) == {1: (1, 0)}
    assert loads(rule("premises", 2, premises_category="餐饮")) == {1: (0.5, 0)}
    assert loads(rule("premises", 2, premises_category="别的")) == {}


def test_a_preview_shows_the_greatest_rise_first_and_the_rest_as_it_is(homes):
    kept = rule("care", 2)
    kept.save()
    changed = rule("ordinary", 6)
    changed.save()
    changed.every_months = 1

    rows = cost.preview(changed, TODAY)

    said = [
        (grid.code[-3:], round(one.homes, 2), round(other.homes, 2)) for grid, one, other in rows
    ]
    assert said == [("001", 0.83, 2.5), ("002", 0.5, 0.5)]
    new = rule("category", 1, care_category=factories.care_category("独居"))
    said = [
        (grid.code[-3:], round(other.homes - one.homes, 2))
        for grid, one, other in cost.preview(new, TODAY)
    ]
    assert said == [("002", 0.5), ("001", 0)]
    calls = rule("care", 1, "call")
    said = [
        (grid.code[-3:], round(other.calls, 2)) for grid, _, other in cost.preview(calls, TODAY)
    ]
    assert said == [("001", 0.5), ("002", 0.5)]


@pytest.mark.parametrize(
    ("next_due", "last_done", "expected"),
    [
        (0, None, "stays"),
        (-5, None, "stays"),
        (5, None, "stays"),
        (200, None, "spread"),
        (100, date(2020, 1, 1), "spread"),
        (100, "recently", "one period later"),
    ],
)
def test_what_becomes_of_a_day_when_the_period_changes(homes, next_due, last_done, expected):
    changed = rule("ordinary", 6)
    changed.save()
    other = rule("care", 6)
    other.save()
    done = day(-3) if last_done == "recently" else last_done
    made = Schedule.objects.create(
        district=changed.district, rule=changed, household=homes["plain"],
        next_due_on=day(next_due), last_done_on=done,
    )  # fmt: skip
    beside = Schedule.objects.create(
        district=changed.district, rule=other, household=homes["cared"], next_due_on=day(200)
    )
    changed.every_months = 1

    cost.change(changed, TODAY)

    made.refresh_from_db()
    beside.refresh_from_db()
    assert beside.next_due_on == day(200)
    if expected == "stays":
        assert made.next_due_on == day(next_due)
    elif expected == "spread":
        assert day(1) <= made.next_due_on <= day(32)
    else:
        assert day(24) <= made.next_due_on <= day(28)
    before = made.next_due_on
    changed.grace_days = 9
    cost.change(changed, TODAY)
    made.refresh_from_db()
    assert made.next_due_on == before
