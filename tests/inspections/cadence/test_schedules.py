from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspections.cadence import schedules
from inspections.models import Mode, Schedule, VisitRule
from inspections.visits import visit_log
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


def plan(today=TODAY):
    return schedules.plan(factories.district(), today)


def due_on(home, target, mode):
    return home.schedules.get(rule__target=target, rule__mode=mode)


@pytest.fixture
def rules():
    schedules.ensure_rules(factories.district())


@pytest.fixture
def home(rules):
    return factories.household()


def test_an_ordinary_household_gets_a_home_visit_in_6_months_and_a_call_in_3(home):
    assert plan() == 2

    assert TODAY < due_on(home, "ordinary", "home").next_due_on <= date(2027, 5, 22)
    assert TODAY < due_on(home, "ordinary", "call").next_due_on <= date(2027, 2, 22)


def test_planning_again_adds_nothing(home):
    plan()
    before = set(Schedule.objects.values_list("pk", "next_due_on"))

    assert plan() == 0
    assert plan(TODAY + timedelta(days=40)) == 0
    assert set(Schedule.objects.values_list("pk", "next_due_on")) == before


def test_first_dates_of_an_import_are_spread_over_the_period(rules):
    for _ in range(90):
        factories.household()

    plan()

    calls = list(Schedule.objects.filter(rule__mode="call").values_list("next_due_on", flat=True))
    fullest = max(calls.count(day) for day in calls)
    thirds = [sum((day - TODAY).days // 31 == third for day in calls) for third in range(3)]
    assert fullest <= 4
    assert min(thirds) >= 20


def test_the_usual_rules_leave_a_changed_rule_alone(rules):
    changed = VisitRule.objects.get(target="ordinary", mode="home")
    changed.every_months = 12
    changed.save()

    schedules.ensure_rules(factories.district())

    changed.refresh_from_db()
    assert changed.every_months == 12
    assert VisitRule.objects.count() == 4


def test_a_household_under_care_follows_the_rules_for_care(home):
    factories.care_record(factories.resident(home))

    plan()

    assert set(home.schedules.values_list("rule__target", flat=True)) == {"care"}
    assert due_on(home, "care", "home").next_due_on <= date(2027, 2, 22)
    assert due_on(home, "care", "call").next_due_on <= date(2026, 12, 22)


def test_care_that_begins_switches_the_rules_and_care_that_ends_switches_back(home):
    plan()
    record = factories.care_record(factories.resident(home), since=TODAY)
    plan()

    assert set(Schedule.objects.applying(TODAY).values_list("rule__target", flat=True)) == {"care"}

    record.until = TODAY
    record.save()
    after = Schedule.objects.applying(TODAY + timedelta(days=1))
    assert set(after.values_list("rule__target", flat=True)) == {"ordinary"}


@pytest.mark.parametrize(
    ("until", "target"),
    [
        (TODAY + timedelta(days=30), "care"),
        (TODAY, "care"),
        (TODAY - timedelta(days=1), "ordinary"),
    ],
)
def test_care_whose_end_is_known_is_planned_until_that_day(home, until, target):
    factories.care_record(factories.resident(home), until=until)

    plan()

    assert set(home.schedules.values_list("rule__target", flat=True)) == {target}
    assert set(Schedule.objects.applying(TODAY).values_list("rule__target", flat=True)) == {target}


def test_care_of_somebody_who_left_does_not_count(home):
    person = factories.resident(home)
    factories.care_record(person)
    person.ended_on, person.end_reason = TODAY, "moved"
    person.save()

    plan()

    assert set(home.schedules.values_list("rule__target", flat=True)) == {"ordinary"}


def test_a_rule_for_one_category_comes_on_top(home):
    alone = factories.care_category()
    VisitRule.objects.create(
        district=factories.district(),
        target="category",
        care_category=alone,
        mode="call",
        every_months=1,
    )
    factories.care_record(factories.resident(home), alone)
    factories.care_record(
        factories.resident(factories.household()), factories.care_category("低保家庭")
    )

    plan()

    assert Schedule.objects.filter(rule__target="category").get().household == home


def test_premises_of_a_category_are_planned_by_their_rule(rules):
    rule = VisitRule.objects.create(
        district=factories.district(),
        target="premises",
        premises_category="餐饮",
        mode="home",
        every_months=6,
    )
    diner = factories.premises(category="餐饮")
    factories.premises(name="五金店", category="零售")

    plan()

    assert [schedule.premises for schedule in rule.schedules.all()] == [diner]
    assert Schedule.objects.applying(TODAY).filter(rule=rule).count() == 1


def test_what_is_planned_is_what_applies(rules):
    """The statement that plans and the query that reads agree on which rule holds for whom."""
    VisitRule.objects.create(
        district=factories.district(),
        target="category",
        care_category=factories.care_category(),
        mode="home",
        every_months=1,
    )
    for category in (
        factories.care_category(),
        factories.care_category("党员家庭", level="ordinary"),
    ):
        factories.care_record(factories.resident(factories.household()), category)
    factories.household()
    factories.premises()

    plan()

    assert Schedule.objects.applying(TODAY).count() == Schedule.objects.count() == 3 + 2 + 2


def test_other_districts_are_left_alone(home):
    other = factories.household(factories.unit("520602003003001"))

    plan()

    assert not other.schedules.exists()


def test_a_rule_that_is_switched_off_plans_nothing_and_makes_nothing_due(home):
    plan()
    VisitRule.objects.update(is_active=False)

    assert not Schedule.objects.applying(TODAY).exists()
    factories.household()
    assert plan() == 0


def test_a_household_that_moved_away_is_not_due(home):
    plan()
    home.ended_on, home.end_reason = TODAY, "moved"
    home.save()

    assert not Schedule.objects.applying(TODAY).open(TODAY + timedelta(days=400)).exists()


def test_every_district_without_rules_begins_with_the_usual_ones():
    home = factories.household()

    assert schedules.plan_all(TODAY) == 2
    assert schedules.plan_all(TODAY) == 0
    assert home.schedules.count() == 2


def test_who_was_seen_already_is_planned_from_that_day(home):
    plan()
    schedules.move(home, mode=Mode.HOME, on=date(2026, 11, 1))
    factories.care_record(factories.resident(home))

    plan()

    fresh = due_on(home, "care", "home")
    assert (fresh.last_done_on, fresh.next_due_on) == (
        date(2026, 11, 1),
        date(2027, 2, 1),
    )


def test_a_home_visit_also_does_the_call(home):
    plan()

    assert schedules.move(home, mode=Mode.HOME, on=TODAY) == 2

    assert due_on(home, "ordinary", "home").next_due_on == date(2027, 5, 22)
    assert due_on(home, "ordinary", "call").next_due_on == date(2027, 2, 22)


def test_a_call_leaves_the_home_visit_due(home):
    plan()
    before = due_on(home, "ordinary", "home").next_due_on

    assert schedules.move(home, mode=Mode.CALL, on=TODAY) == 1

    assert due_on(home, "ordinary", "home").next_due_on == before


def test_a_late_log_never_pulls_a_schedule_back(home):
    plan()
    schedules.move(home, mode=Mode.HOME, on=TODAY)

    assert schedules.move(home, mode=Mode.HOME, on=TODAY - timedelta(days=20)) == 0

    assert due_on(home, "ordinary", "home").last_done_on == TODAY


def test_other_households_do_not_move(home):
    other = factories.household()
    plan()

    schedules.move(home, mode=Mode.HOME, on=TODAY)

    assert not other.schedules.exclude(last_done_on=None).exists()


@given(
    done=st.lists(
        st.tuples(st.sampled_from(["home", "call"]), st.integers(0, 200)),
        min_size=1,
        max_size=8,
    )
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_was_done_in_whatever_order_the_latest_day_counts(home, done):
    plan()
    planned = {
        rule: TODAY + timedelta(days=1) for rule in home.schedules.values_list("rule", flat=True)
    }
    home.schedules.update(last_done_on=None, next_due_on=TODAY + timedelta(days=1))

    for mode, days in done:
        schedules.move(home, mode=Mode(mode), on=TODAY - timedelta(days=days))

    assert home.schedules.count() == len(planned)
    for schedule in home.schedules.select_related("rule"):
        satisfying = [
            TODAY - timedelta(days=d) for mode, d in done if mode in ("home", schedule.rule.mode)
        ]
        last = max(satisfying, default=None)
        assert schedule.last_done_on == last
        assert schedule.next_due_on == (
            schedules.add_months(last, schedule.rule.every_months)
            if last
            else planned[schedule.rule_id]
        )


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 22), 3, date(2027, 2, 22)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_are_added_as_in_an_office(day, months, later):
    assert schedules.add_months(day, months) == later


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(1, 60))
def test_python_and_postgresql_agree_on_months(day, months):
    with connection.cursor() as cursor:
        cursor.execute("SELECT (%s::date + make_interval(months => %s))::date", [day, months])
        assert cursor.fetchone() == (schedules.add_months(day, months),)


@pytest.mark.parametrize(
    ("grace", "days", "stage"),
    [
        (0, -8, None),
        (0, -7, "coming"),
        (0, -1, "coming"),
        (0, 0, "due"),
        (0, 1, "overdue"),
        (3, 3, "due"),
        (3, 4, "overdue"),
    ],
)
def test_a_date_is_coming_due_and_overdue_in_turn(home, grace, days, stage):
    VisitRule.objects.filter(target="ordinary").update(window_days=7, grace_days=grace)
    plan()
    Schedule.objects.update(next_due_on=TODAY)
    day = TODAY + timedelta(days=days)

    rows = Schedule.objects.filter(rule__mode="call")

    assert [row.stage for row in rows.standing(day)] == ([stage] if stage else [])
    found = {name for name in ("coming", "due", "overdue") if getattr(rows, name)(day).exists()}
    assert found == ({stage} if stage else set())


def test_a_visit_before_anything_was_planned_counts_for_visit_and_call(home):
    visit_log.log_visit(
        home,
        by=factories.staff("grid_worker"),
        outcome="met",
        happened_on=TODAY,
        now=NOON,
    )

    plan()

    assert due_on(home, "ordinary", "home").next_due_on == date(2027, 5, 22)
    assert due_on(home, "ordinary", "call").next_due_on == date(2027, 2, 22)


def test_a_late_log_leaves_the_attempts_of_the_days_since(home):
    plan()
    worker = factories.staff("grid_worker")
    for outcome, days in (("nobody", 8), ("nobody", 2), ("met", 5)):
        visit_log.log_visit(
            home,
            by=worker,
            outcome=outcome,
            now=NOON,
            happened_on=TODAY - timedelta(days=days),
        )

    found = due_on(home, "ordinary", "home")
    assert (found.attempts, found.retry_on) == (1, TODAY + timedelta(days=1))
