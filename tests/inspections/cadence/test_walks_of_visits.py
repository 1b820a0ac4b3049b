"""Whatever happens to households and rules: nobody is due twice, nobody is forgotten.

Households arrive, grow, move, split, merge, die out and are brought back; care begins and ends;
rules are made, changed and switched off; visits are logged on the day, late, and in the wrong
order. Each step goes to the product and to the book of `oracle`, and the two must say the same.
"""

import functools
import itertools
import uuid
from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
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

from grids.refusal import Refused
from inspections.cadence import cost, schedules
from inspections.campaigns import campaigns
from inspections.models import Campaign, CampaignTarget, Schedule, VisitRule
from inspections.telling import reminders
from inspections.visits import rounds, visit_log
from residents import life, move_ins
from residents.help import care
from residents.models import (
    CareCategory,
    CareRecord,
    Household,
    MoveInRequest,
    Resident,
)
from residents.people import idnumber
from tests import factories
from tests.inspections import oracle
from tests.inspections.oracle import Book, Home, Person, Within

pytestmark = pytest.mark.django_db

BEGIN = date(2026, 1, 30)  # months end on 28, 30 and 31 from here
MOST = 5  # households that live at once
EXAMPLES, STEPS = 50, 25

# Days, and whether the nightly planning ran at their end.
waits = st.sampled_from(
    [(0, False)] * 6
    + [(1, True), (3, False), (9, True), (27, True), (31, True), (64, True), (200, True)]
)
which = st.integers(0, 99)
outcomes = st.sampled_from(["met", "met", "met", "nobody", "nobody", "refused", "moved"])
modes = st.sampled_from(["home", "call"])
late = st.sampled_from([0, 0, 0, 1, 5, 12, 30, 31])
backdated = st.sampled_from([0, 0, 0, 1, 12, 40])
months = st.sampled_from([1, 2, 3, 6, 12])
days = st.sampled_from([0, 3, 14, 31])
news = st.sampled_from([10, 30, 90])
cared_for = st.sampled_from([None, None, 0, 1])  # which category, from the beginning


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def step(**strategies):
    """Some days pass, then it happens."""

    def wrap(act):
        @functools.wraps(act)
        def taken(self, wait, **words):
            self.wait(*wait)
            act(self, **words)

        return rule(wait=waits, **strategies)(taken)

    return wrap


def while_somebody_lives_here(act):
    return precondition(lambda self: self.live)(act)


class Walk(RuleBasedStateMachine):
    # Set by the test, once.
    district = units = office = workers = categories = None
    taken = 0

    def __init__(self):
        super().__init__()
        self.point = transaction.savepoint()
        self.day, self.book, self.count = BEGIN, Book(), 0
        self.clock = time_machine.travel(noon(BEGIN), tick=False)
        self.travels = self.clock.start()
        self.waiting = None  # (request, household, its unit then, unit to come)
        self.last_done = {}

    def teardown(self):
        self.clock.stop()
        transaction.savepoint_rollback(self.point)

    @property
    def live(self):
        return [home for home in self.book.homes if home.ended_on is None]

    @initialize(sizes=st.lists(st.integers(0, 2), min_size=2, max_size=3))
    def begin(self, sizes):
        CareCategory.objects.filter(pk=self.categories[0].pk).update(level="care")
        CareCategory.objects.filter(pk=self.categories[1].pk).update(level="ordinary")
        self.book.levels = {
            self.categories[0].pk: "care",
            self.categories[1].pk: "ordinary",
        }
        schedules.ensure_rules(self.district)
        for row in VisitRule.objects.all():
            self._note_rule(row)
        self._make_a_rule(None, "call", 1, 30)
        self._make_a_rule(1, "home", 2, 30)
        for at, size in enumerate(sizes):
            self._arrive(at, size, 0, None if at else 0)
        self.plan()

    # time

    def wait(self, number, is_planned):
        self.day += timedelta(days=number)
        self.travels.move_to(noon(self.day))
        if is_planned:
            self.plan()

    def plan(self):
        before = len(self.book.dues)
        added = schedules.plan(self.district, self.day)
        self.book.plan(self.day)
        assert added == len(self.book.dues) - before
        self._schedules_are_as_in_the_book()

    # visits

    @step(at=which, outcome=outcomes, mode=modes, back=late, is_tapped_twice=st.booleans())
    def visit(self, at, outcome, mode, back, is_tapped_twice):
        home = self.book.homes[at % len(self.book.homes)]
        key, day = uuid.uuid4(), self.day - timedelta(days=back)
        is_possible = back <= 30 and not (home.ended_on and day > home.ended_on)
        for is_first in [True, False][: 1 + is_tapped_twice]:
            try:
                __, is_new = visit_log.log_visit(
                    Household.objects.get(pk=home.key),
                    by=self.workers[0],
                    outcome=outcome,
                    mode=mode,
                    happened_on=day,
                    client_uuid=key,
                    now=noon(self.day),
                )
            except Refused:
                assert not is_possible
                return
            assert is_possible
            assert is_new == is_first
        self.book.visit(oracle.Visit(home.key, day, mode, outcome))

    @step(at=which, outcome=outcomes, earlier=st.sampled_from([1, 3, 9]))
    def a_visit_arrives_after_a_later_one(self, at, outcome, earlier):
        oldest = self.day - timedelta(days=30 - earlier)
        over = {home.key: home.ended_on for home in self.book.homes if home.ended_on}
        recent = [
            one
            for one in self.book.visits
            if one.outcome == "met" and oldest <= one.day <= over.get(one.home, self.day)
        ]
        if recent:
            other = recent[at % len(recent)]
            day = other.day - timedelta(days=earlier)
            self._visit(other.home, outcome, other.mode, day)

    @while_somebody_lives_here
    @step(at=which, mode=modes, earlier=st.sampled_from([1, 3, 9]))
    def two_visits_arrive_in_the_wrong_order(self, at, mode, earlier):
        home = self._home(at).key
        self._visit(home, "met", mode)
        self._visit(home, "met", mode, self.day - timedelta(days=earlier))

    @while_somebody_lives_here
    @step(results=st.lists(outcomes, min_size=1, max_size=3), mode=modes)
    def visit_all_who_are_due(self, results, mode):
        due = sorted(self.book.stops(self.day)) or [self.live[0].key]
        for home, outcome in zip(due, itertools.cycle(results), strict=False):
            self._visit(home, outcome, mode)

    def _visit(self, home, outcome, mode, day=None):
        day = day or self.day
        visit_log.log_visit(
            Household.objects.get(pk=home),
            by=self.workers[0],
            outcome=outcome,
            mode=mode,
            happened_on=day,
            now=noon(self.day),
        )
        self.book.visit(oracle.Visit(home, day, mode, outcome))

    # households

    @precondition(lambda self: len(self.live) < MOST)
    @step(
        at=which,
        size=st.integers(0, 2),
        back=backdated,
        kind=cared_for,
        is_seen=st.booleans(),
    )
    def arrive(self, at, size, back, kind, is_seen):
        self._arrive(at, size, back, kind)
        if is_seen:
            self._visit(self.book.homes[-1].key, "met", "home")

    def _arrive(self, at, size, back, kind):
        on = self.day - timedelta(days=back)
        words = self._somebody()
        done = life.arrive(self._door(at), by=self.office, on=on, person=words)
        home = Home(done.household.pk, done.household.grid_id, on)
        assert home.unit == self.units[at % 2].pk
        self.book.homes.append(home)
        self._note_member(home, words)
        for __ in range(size):
            self._join(home, self._somebody(), on)
        if kind is not None:
            self._care(self.book.members(home)[-1], self.categories[kind], on)

    @while_somebody_lives_here
    @step(at=which)
    def a_child_is_born(self, at):
        words = self._somebody() | {"number": None, "sex": "1", "birth_on": self.day}
        self._join(self._home(at), words, self.day, is_birth=True)

    def _join(self, home, words, on, **options):
        life.add_member(
            Household(pk=home.key, district_id=self.district.pk),
            by=self.office,
            on=on,
            person=words,
            **options,
        )
        self._note_member(home, words)

    @while_somebody_lives_here
    @step(at=which, to=which, back=backdated)
    def come_over(self, at, to, back):
        """Somebody of one household joins another."""
        home, person = self._home(to), self._lives(at)
        if not person.number:
            return
        on = self.day - timedelta(days=back)
        is_possible = person.home is not home and self._may_walk_out(person)
        is_possible = is_possible and _was_there(on, home, person)
        if self._try(
            is_possible, life.add_member, self._row(home), on=on, person=self._words(person)
        ):
            self.book.change_home(person, home, on)

    @while_somebody_lives_here
    @step(at=which, to=which, back=backdated)
    def found_a_household(self, at, to, back):
        """Somebody of a household moves into a dwelling and is the head there."""
        person, on = self._lives(at), self.day - timedelta(days=back)
        if not person.number:
            return
        done = self._try(
            self._may_walk_out(person) and person.born_on <= on,
            life.arrive,
            self._door(to),
            on=on,
            person=self._words(person),
        )
        if done:
            home = Home(done.household.pk, self.units[to % 2].pk, on)
            self.book.homes.append(home)
            self.book.change_home(person, home, on)

    @while_somebody_lives_here
    @step(at=which, back=backdated)
    def die(self, at, back):
        person, on = self._lives(at), self.day - timedelta(days=back)
        head = self._next_head(person.home, [person])
        if self._try(
            _was_there(on, person.home, person),
            life.die,
            self._row(person.home),
            on=on,
            member=self._resident(person),
            head=head,
        ):
            self.book.go([person], on, "died")

    @while_somebody_lives_here
    @step(at=which, number=st.integers(1, 3), back=backdated)
    def leave(self, at, number, back):
        home, on = self._home(at), self.day - timedelta(days=back)
        going = self.book.members(home)[-number:]
        if self._try(
            _was_there(on, home, *going),
            life.leave,
            self._row(home),
            on=on,
            members=[self._resident(one) for one in going],
            head=self._next_head(home, going),
        ):
            self.book.go(going, on, "moved")

    @step(at=which)
    def undo(self, at):
        gone = [home for home in self.book.homes if self.book.last_gone(home)]
        home = (gone or self.book.homes)[at % len(gone or self.book.homes)]
        back = self.book.last_gone(home)
        if self._try(bool(back), life.bring_back, self._row(home)):
            for person in back:
                person.come_back()
            home.ended_on, home.reason = None, ""

    @while_somebody_lives_here
    @step(at=which, back=backdated)
    def split(self, at, back):
        big = [home for home in self.live if len(self.book.members(home)) > 1]
        if not big:
            return
        home, on = big[at % len(big)], self.day - timedelta(days=back)
        head = self._head(home)
        going = [one for one in self.book.members(home) if one is not head][:1]
        done = self._try(
            _was_there(on, home, *going),
            life.split,
            self._row(home),
            on=on,
            head=self._resident(going[0]),
            members=[self._resident(one) for one in going],
        )
        if done is None:
            return
        new = Home(done.household.pk, home.unit, on)
        self.book.homes.append(new)
        for person in going:
            self.book.change_home(person, new, on)

    @while_somebody_lives_here
    @step(at=which, to=which, back=backdated)
    def merge(self, at, to, back):
        home, into = self._home(at), self._home(to)
        here, on = self.book.members(home), self.day - timedelta(days=back)
        if self._try(
            home is not into and _was_there(on, home, *here) and _was_there(on, into),
            life.merge,
            self._row(home),
            on=on,
            into=self._row(into),
            relation="99",
        ):
            for person in here:
                person.home = into
            home.ended_on, home.reason = on, "merged"

    @while_somebody_lives_here
    @step(at=which, to=st.integers(0, 1))
    def move(self, at, to):
        """To another dwelling, of the same grid or of the other."""
        home = self._home(at)
        self._try(
            True,
            life.move,
            self._row(home),
            on=self.day,
            grid=self.units[to],
            place={"address": f"新址{self._next()}号"},
        )
        home.unit = self.units[to].pk

    @precondition(lambda self: self.live and self.waiting is None)
    @step(at=which)
    def offer(self, at):
        """The worker of a grid has a household to hand to the other grid, which is asked."""
        home = self._home(at)
        here = [unit.pk for unit in self.units].index(home.unit)
        life.move(
            self._row(home),
            by=self.workers[here],
            on=self.day,
            grid=self.units[1 - here],
            place={"address": f"新址{self._next()}号"},
        )
        asked = MoveInRequest.objects.get(state="waiting")
        self.waiting = (asked, home, here)

    @precondition(lambda self: self.waiting is not None)
    @step(is_yes=st.sampled_from([True, True, True, False]))
    def answer(self, is_yes):
        (asked, home, here), self.waiting = self.waiting, None
        there = self.workers[1 - here]
        if not is_yes:
            move_ins.refuse(asked, by=there)
            return
        try:
            move_ins.accept(asked, by=there)
        except Refused:
            assert home.ended_on or home.unit != self.units[here].pk
            move_ins.refuse(asked, by=there)
        else:
            home.unit = self.units[1 - here].pk

    # care

    @while_somebody_lives_here
    @step(at=which, kind=st.sampled_from([0, 0, 1]), back=st.sampled_from([0, 0, 9, 90]))
    def care_begins(self, at, kind, back):
        since = self.day - timedelta(days=back)
        self._care(self._lives(at), self.categories[kind], since)

    def _care(self, person, category, since):
        has = any(one.category == category.pk and one.until is None for one in person.care)
        record = self._try(not has, care.begin, self._resident(person), category, since=since)
        if record:
            person.care.append(oracle.Care(record.pk, category.pk, since))

    @while_somebody_lives_here
    @step(at=which, shift=st.sampled_from([-9, -1, 0, 0, 20]))
    def care_ends(self, at, shift):
        running = [
            one
            for home in self.live
            for person in self.book.members(home)
            for one in person.care
            if one.until is None
        ]
        if not running:
            return
        one, until = running[at % len(running)], self.day + timedelta(days=shift)
        row = CareRecord.objects.get(pk=one.key)
        is_possible = until >= one.since
        try:
            care.end(row, until=until, by=self.office)
        except Refused:
            assert not is_possible
        else:
            assert is_possible
            one.until = until

    @step(kind=st.integers(0, 1))
    def a_category_changes_its_level(self, kind):
        key = self.categories[kind].pk
        level = "care" if self.book.levels[key] == "ordinary" else "ordinary"
        CareCategory.objects.filter(pk=key).update(level=level)
        self.book.levels[key] = level

    # rules

    @step(at=which, months=months, window=days, grace=days, new_days=news)
    def a_rule_changes(self, at, months, window, grace, new_days):
        one = self._rule(at)
        one.months, one.window, one.grace = months, window, grace
        one.new_days = new_days
        self._change(one)

    @step(at=which)
    def a_rule_is_switched(self, at):
        off = [one for one in self.book.rules if not one.is_active]
        one = (off or self.book.rules)[at % len(off or self.book.rules)]
        one.is_active = not one.is_active
        self._change(one)

    def _rule(self, at):
        """A rule; one by which somebody who was seen before is due again more often."""
        again = {
            rule
            for (__, rule), due in self.book.dues.items()
            if due.last_on and due.next_on <= self.day
        }
        rules = [one for one in self.book.rules if one.key in again]
        if at % 4 == 0 or not rules:
            rules = self.book.rules
        return rules[at % len(rules)]

    def _change(self, one):
        row = VisitRule.objects.get(pk=one.key)
        is_of_another_period = row.every_months != one.months
        row.every_months, row.window_days = one.months, one.window
        row.grace_days, row.new_days = one.grace, one.new_days
        row.is_active = one.is_active
        cost.change(row, self.day)
        if is_of_another_period:
            self.book.spread(one, self.day)
        self.book.plan(self.day)

    @step(kind=st.sampled_from([None, 0, 1]), mode=modes, months=months, new_days=news)
    def a_rule_is_made(self, kind, mode, months, new_days):
        """For the newly arrived, or for a care category."""
        self._make_a_rule(kind, mode, months, new_days)

    def _make_a_rule(self, kind, mode, months, new_days):
        category = None if kind is None else self.categories[kind]
        target = "new" if kind is None else "category"
        who = (target, category and category.pk, mode)
        if who in {(one.target, one.category, one.mode) for one in self.book.rules}:
            return
        row = VisitRule(
            district=self.district,
            target=target,
            mode=mode,
            care_category=category,
            every_months=months,
            new_days=new_days,
        )
        cost.change(row, self.day)
        self._note_rule(row)
        self.book.plan(self.day)

    # what is made of the schedules

    @while_somebody_lives_here
    @step(at=st.integers(0, 1))
    def look_at_the_round(self, at):
        stops, unit = self.book.stops(self.day), self.units[at].pk
        mine = {home.key for home in self.book.homes if home.unit == unit}
        shown = [
            stop
            for entrance in rounds.todays_round(self.workers[at], self.day).entrances
            for stop in entrance.stops
        ]
        seen = {stop.key: stop for stop in shown}
        assert len(seen) == len(shown)
        assert mine & stops.keys() <= seen.keys() <= mine
        for key, stop in seen.items():
            if not stop.is_of_campaign:
                assert (stop.mode, stop.due_on, stop.is_late) == stops[key]

    @step()
    def remind(self):
        said = reminders.remind(noon(self.day))
        expected = self.book.announce(self.day)
        assert {stage: said[stage] for stage in expected} == expected
        again = reminders.remind(noon(self.day))
        assert not any(again[name] for name in (*expected, "digests"))

    @step(length=st.integers(0, 40), mode=modes)
    def campaign_begins(self, length, mode):
        campaign = Campaign.objects.create(
            district=self.district,
            grid=self.district,
            name="走访",
            who="everyone",
            mode=mode,
            since=self.day,
            until=self.day + timedelta(days=length),
            made_by=self.workers[0],
            made_at=noon(self.day),
        )
        try:
            campaigns.start(campaign, now=noon(self.day))
        except Refused:
            assert not self.live

    # what holds after each of it

    @invariant()
    def it_holds(self):
        type(self).taken += 1
        self._schedules_are_as_in_the_book()
        self._the_register_is_as_in_the_book()
        self._campaigns_count()

    def _schedules_are_as_in_the_book(self):
        rows = Schedule.objects.values_list(
            "household", "rule", "next_due_on", "last_done_on", "attempts", "retry_on"
        )
        stored = {(row[0], row[1]): row[2:] for row in rows}
        assert len(stored) == len(rows)  # one for a household and a rule
        assert stored.keys() == self.book.dues.keys()
        for key, (next_on, last_on, attempts, retry_on) in stored.items():
            due = self.book.dues[key]
            if isinstance(due.next_on, Within):
                assert due.next_on.first <= next_on <= due.next_on.last
                due.next_on = next_on
            assert (next_on, last_on) == (due.next_on, due.last_on)
            assert (attempts, retry_on) == (due.attempts, due.retry_on)
            assert self.last_done.get(key) is None or self.last_done[key] <= last_on
            self.last_done[key] = last_on
        applying = Schedule.objects.applying(self.day).values_list("household", "rule")
        assert set(applying) == self.book.meant(self.day) & stored.keys()

    def _the_register_is_as_in_the_book(self):
        homes = Household.objects.values_list("pk", "grid", "ended_on")
        assert set(homes) == {(home.key, home.unit, home.ended_on) for home in self.book.homes}
        people = Resident.objects.values_list("pk", "household", "grid", "ended_on")
        units = {home.key: home.unit for home in self.book.homes}
        for key, home, grid, ended_on in people:
            person = next(one for one in self.book.people if one.key == key)
            assert (home, ended_on) == (person.home.key, person.ended_on)
            assert ended_on or grid == units[home]

    def _campaigns_count(self):
        """A campaign stands where the visits of its days left it, in whatever order they came."""
        counted = Counter()
        for target in CampaignTarget.objects.select_related("campaign"):
            campaign = target.campaign
            counted[campaign.pk, target.household_id] += 1
            counts = self.book.campaigned(
                target.household_id, campaign.mode, campaign.since, campaign.until
            )
            state = campaigns.STATES[counts[-1].outcome] if counts else "open"
            assert (target.state, target.attempts) == (state, len(counts))
        assert set(counted.values()) <= {1}

    # who and where

    def _try(self, is_possible, verb, *arguments, **words):
        """What the verb answers; None when it refuses, as it must."""
        try:
            done = verb(*arguments, by=self.office, **words)
        except Refused:
            assert not is_possible
            return None
        assert is_possible
        return done

    def _next(self):
        self.count += 1
        return self.count

    def _somebody(self):
        number = self._next()
        birth_on = date(1940, 1, 1) + timedelta(days=number)
        text = factories.id_number(birth_on, sequence=1)
        return {
            "name": f"人{number}",
            "relation": "99",
            "number": idnumber.parse(text, self.day),
            "sex": "",
            "birth_on": birth_on,
            "phone": "",
            "kind": "",
        }

    def _words(self, person):
        return {
            "name": person.name,
            "relation": "99",
            "phone": "",
            "kind": "",
            "sex": "",
            "number": idnumber.parse(person.number, self.day),
            "birth_on": None,
        }

    def _note_member(self, home, words):
        key = Resident.objects.get(name=words["name"]).pk
        number = words["number"].text if words["number"] else ""
        self.book.people.append(Person(key, words["name"], home, words["birth_on"], number))

    def _note_rule(self, row):
        self.book.rules.append(
            oracle.Rule(
                row.pk,
                row.target,
                row.care_category_id,
                row.mode,
                row.every_months,
                row.window_days,
                row.grace_days,
                row.new_days,
            )
        )

    def _door(self, at):
        return factories.dwelling(self.units[at % 2], room=f"{self._next()}室")

    def _home(self, at):
        return self.live[at % len(self.live)]

    def _lives(self, at):
        """Somebody; those under care who do not live alone, who are few, more often."""
        people = [one for home in self.live for one in self.book.members(home)]
        cared_for = [
            one
            for one in people
            if any(row.runs(self.day) for row in one.care) and len(self.book.members(one.home)) > 1
        ]
        if at % 2 and cared_for:
            people = cared_for
        return people[at // 2 % len(people)]

    def _row(self, home):
        return Household.objects.get(pk=home.key)

    def _resident(self, person):
        return Resident.objects.get(pk=person.key)

    def _head(self, home):
        row = self._row(home)
        head = life.head_of(row, list(row.residents.live().order_by("pk")))
        return next((one for one in self.book.people if head and one.key == head.pk), None)

    def _next_head(self, home, going):
        staying = [one for one in self.book.members(home) if one not in going]
        return self._resident(staying[0]) if staying else None

    def _may_walk_out(self, person):
        is_alone = len(self.book.members(person.home)) == 1
        return is_alone or self._head(person.home) is not person


def _was_there(day, home, *people):
    is_made = home.arrived_on is None or home.arrived_on <= day
    return is_made and all(one.born_on <= day for one in people)


@pytest.fixture
def walk():
    class Here(Walk):
        pass

    Here.district = factories.district()
    Here.units = [factories.unit(), factories.unit("370402001028002")]
    Here.office = factories.staff("community_staff", factories.community())
    Here.workers = [factories.staff("grid_worker", unit) for unit in Here.units]
    Here.categories = [
        factories.care_category(),
        factories.care_category("党员家庭", level="ordinary"),
    ]
    return Here


QUIET = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
}


def test_whatever_happens_nobody_is_due_twice_and_nobody_is_forgotten(walk):
    how = settings(
        **QUIET,
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        derandomize=True,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(walk, settings=how)

    assert walk.taken >= 800


@pytest.mark.soak
def test_long_walks_forget_nobody_either(walk):
    how = settings(**QUIET, max_examples=400, stateful_step_count=60)
    run_state_machine_as_test(walk, settings=how)
