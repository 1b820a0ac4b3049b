"""Whatever happens to households and rules: nobody is due twice, nobody is forgotten.

Households arrive, move away, come back and die out; care begins and ends; rules are made and
changed; visits are logged on the day, late, and in the wrong order. After each step the
schedules are compared with what the rules say, in plain Python.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inspections import cadence, campaigns, schedules, visits
from inspections.models import Campaign, CampaignTarget, Schedule, VisitRule
from residents.models import CareRecord, Household
from tests import factories

pytestmark = pytest.mark.django_db

BEGIN = date(2026, 1, 30)  # months end on 28, 30 and 31 from here
DOES = {"home": {"home", "call"}, "call": {"call"}}
AT_ONCE = 5  # households

which = st.integers(0, AT_ONCE - 1)
outcomes = st.sampled_from(["met", "met", "nobody", "refused", "moved"])
modes = st.sampled_from(["home", "call"])
late = st.sampled_from([0, 0, 0, 1, 5, 12, 30])
months = st.sampled_from([1, 2, 3, 6, 12])


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


class Walk(RuleBasedStateMachine):
    district = worker = unit = solitary = party = None  # set by the test, once
    taken = 0

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.day, self.homes, self.log = BEGIN, [], []
        self.before, self.changed, self.is_planned = {}, None, False
        self.logged, self.begun = None, {}

    def teardown(self):
        transaction.savepoint_rollback(self.point)

    @initialize()
    def begin(self):
        schedules.ensure_rules(self.district)
        self.arrive()
        self.plan()

    # what happens

    @rule(days=st.sampled_from([1, 2, 9, 27, 31, 64, 200]))
    def days_pass(self, days):
        self.day += timedelta(days=days)

    @rule()
    def plan(self):
        schedules.plan(self.district, self.day)
        self.is_planned = True

    @precondition(lambda self: len(self.homes) < AT_ONCE)
    @rule()
    def arrive(self):
        home = factories.household(self.unit, home=self.dwelling, arrived_on=self.day,
                                   head_name=f"户主{len(self.homes)}")  # fmt: skip
        self.homes.append(home)
        factories.resident(home, name=home.head_name)

    @rule(at=which, outcome=outcomes, mode=modes, back=late)
    def visit(self, at, outcome, mode, back):
        home = self.homes[at % len(self.homes)]
        day = self.day - timedelta(days=back)
        try:
            made, __ = visits.log_visit(
                home, by=self.worker, outcome=outcome, mode=mode, happened_on=day,
                now=noon(self.day),
            )  # fmt: skip
        except visits.VisitRefused:
            assert home.ended_on is not None
            assert day > home.ended_on
            return
        self.logged = made
        self.log.append(made)

    @rule(at=which, outcome=outcomes, mode=modes)
    def tap_twice(self, at, outcome, mode):
        self.visit(at, outcome, mode, 0)
        if self.logged is not None:
            __, is_new = visits.log_visit(
                self.logged.household, by=self.worker, outcome=outcome, mode=mode,
                happened_on=self.day, client_uuid=self.logged.client_uuid, now=noon(self.day),
            )  # fmt: skip
            assert not is_new

    @rule(at=which, reason=st.sampled_from(["moved", "died"]))
    def go(self, at, reason):
        home = self.homes[at % len(self.homes)]
        if home.ended_on is None:
            CareRecord.objects.filter(resident__household=home, until=None).update(
                until=self.day
            )
            for row in (home, home.residents.get()):
                row.ended_on, row.end_reason = self.day, reason
                row.save(update_fields=["ended_on", "end_reason"])

    @rule(at=which)
    def come_back(self, at):
        home = self.homes[at % len(self.homes)]
        for row in (home, home.residents.get()):
            row.ended_on, row.end_reason = None, ""
            row.save(update_fields=["ended_on", "end_reason"])

    @rule(at=which, is_care=st.booleans())
    def care_begins(self, at, is_care):
        home = self.homes[at % len(self.homes)]
        category = self.solitary if is_care else self.party
        person = home.residents.get()
        if not person.care_records.filter(category=category, until=None).exists():
            factories.care_record(person, category, since=self.day)

    @rule(at=which)
    def care_ends(self, at):
        home = self.homes[at % len(self.homes)]
        CareRecord.objects.filter(resident__household=home, until=None).update(
            until=self.day
        )

    @rule(at=st.integers(0, 7), months=months, is_active=st.sampled_from([1, 1, 1, 0]))
    def rule_changes(self, at, months, is_active):
        rules = VisitRule.objects.order_by("pk")
        changed = rules[at % len(rules)]
        changed.every_months, changed.is_active = months, bool(is_active)
        cadence.change(changed, self.day)
        self.changed, self.is_planned = changed.pk, True

    @rule(who=st.sampled_from(["new", "category"]), mode=modes, months=months)
    def rule_is_made(self, who, mode, months):
        category = self.party if who == "category" else None
        fields = {"district": self.district, "target": who, "mode": mode,
                  "care_category": category}  # fmt: skip
        if not VisitRule.objects.filter(**fields).exists():
            cadence.change(VisitRule(every_months=months, **fields), self.day)
            self.is_planned = True

    @rule(days=st.integers(0, 40), mode=modes)
    def campaign_begins(self, days, mode):
        campaign = Campaign.objects.create(
            district=self.district, grid=self.unit, name="走访", who="everyone", mode=mode,
            since=self.day, until=self.day + timedelta(days=days), made_by=self.worker,
            made_at=noon(self.day),
        )  # fmt: skip
        self.begun[campaign.pk] = len(self.log)
        try:
            campaigns.start(campaign, now=noon(self.day))
        except campaigns.CampaignRefused:
            assert all(home.ended_on for home in self.homes)

    # what holds after each of it

    @invariant()
    def it_holds(self):
        type(self).taken += 1
        rows = {
            (row.household_id, row.rule_id): row
            for row in Schedule.objects.select_related("rule", "household")
        }
        assert len(rows) == Schedule.objects.count()  # one for a household and a rule
        for key, row in rows.items():
            self._follows(row, self.before.get(key))
        if self.is_planned:
            self._nobody_is_forgotten()
        assert self.before.keys() <= rows.keys()
        self._campaigns_count()
        self.before = rows
        self.changed, self.is_planned, self.logged = None, False, None

    def _follows(self, row, before):
        met = self._days("met", row)
        assert row.last_done_on == max(met, default=None)  # so it never goes back
        period = row.rule.every_months
        by_last = row.last_done_on and schedules.add_months(row.last_done_on, period)
        if before is not None and row.last_done_on != before.last_done_on:
            assert row.next_due_on == by_last
            nobody = [
                day for day in self._days("nobody", row) if day > row.last_done_on
            ]
            assert row.attempts == len(nobody)
            assert row.retry_on == (
                (nobody and max(nobody) + timedelta(days=3)) or None
            )
        elif before is not None and (
            self.changed != row.rule_id or before.next_due_on <= self.day
        ):
            assert row.next_due_on == before.next_due_on
            self._counts(row, before)
        elif by_last and by_last > self.day:
            assert row.next_due_on == by_last
        else:
            last = schedules.add_months(self.day, period)
            assert self.day < row.next_due_on <= last

    def _counts(self, row, before):
        """Whoever was not met is tried again some days later, and no later than that."""
        visit = self.logged
        if (
            visit and visit.outcome == "nobody" and visit.household_id == row.household_id
            and row.rule.mode in DOES[visit.mode]
            and (row.last_done_on is None or visit.happened_on > row.last_done_on)
        ):  # fmt: skip
            again = visit.happened_on + timedelta(days=3)
            assert row.attempts == before.attempts + 1
            assert row.retry_on == max(before.retry_on or again, again)
        else:
            assert (row.attempts, row.retry_on) == (before.attempts, before.retry_on)

    def _days(self, outcome, row):
        return [
            one.happened_on
            for one in self.log
            if one.household_id == row.household_id
            and one.outcome == outcome
            and row.rule.mode in DOES[one.mode]
        ]

    def _nobody_is_forgotten(self):
        rules = VisitRule.objects.filter(is_active=True)
        cared = {
            (record.resident.household_id, record.category)
            for record in CareRecord.objects.select_related("resident", "category")
            if record.resident.ended_on is None
            and record.since <= self.day
            and (record.until is None or record.until >= self.day)
        }
        meant = {
            (home.pk, one.pk)
            for home in Household.objects.filter(ended_on=None)
            for one in rules
            if self._is_meant(home, one, cared)
        }
        applying = Schedule.objects.applying(self.day)
        assert meant == set(applying.values_list("household", "rule"))

    def _is_meant(self, home, one, cared):
        mine = [category for key, category in cared if key == home.pk]
        is_care = any(category.level == "care" for category in mine)
        return {
            "ordinary": not is_care,
            "care": is_care,
            "category": one.care_category_id in [category.pk for category in mine],
            "new": (self.day - home.arrived_on).days < one.new_days,
        }[one.target]

    def _campaigns_count(self):
        """A campaign stands where the visits of its days left it."""
        counted = Counter()
        for target in CampaignTarget.objects.select_related("campaign", "visit"):
            campaign = target.campaign
            counted[campaign.pk, target.household_id] += 1
            tried = [
                one
                for one in self.log[self.begun[campaign.pk] :]
                if one.household_id == target.household_id
                and campaign.since <= one.happened_on <= campaign.until
                and campaign.mode in DOES[one.mode]
            ]
            ends = [n for n, one in enumerate(tried) if one.outcome != "nobody"]
            counts = tried[: ends[0] + 1] if ends else tried
            state = campaigns.STATES[counts[-1].outcome] if counts else "open"
            assert (target.state, target.attempts) == (state, len(counts))
        assert set(counted.values()) <= {1}


@pytest.fixture
def walk():
    class Here(Walk):
        pass

    Here.district, Here.unit = factories.district(), factories.unit()
    Here.worker = factories.staff("grid_worker")
    Here.solitary = factories.care_category()
    Here.party = factories.care_category("党员家庭", level="ordinary")
    Here.dwelling = factories.dwelling(Here.unit)
    return Here


QUIET = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
}


def test_whatever_happens_nobody_is_due_twice_and_nobody_is_forgotten(walk):
    how = settings(
        **QUIET, max_examples=150, stateful_step_count=15, derandomize=True,
        phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(walk, settings=how)

    assert walk.taken >= 1500


@pytest.mark.soak
def test_long_walks_forget_nobody_either(walk):
    how = settings(**QUIET, max_examples=400, stateful_step_count=60)
    run_state_machine_as_test(walk, settings=how)
