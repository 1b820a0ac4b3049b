"""The rules of the cadence in plain Python, on plain objects: what a walk holds the product against.

Nothing here asks the product or its database; a first day, which the product may choose inside
a period, is a `Within` until the walk has seen what was chosen.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

AGAIN_AFTER = timedelta(days=3)
DOES = {"home": {"home", "call"}, "call": {"call"}}


@dataclass(eq=False)
class Home:
    key: int
    unit: int
    arrived_on: date | None
    ended_on: date | None = None
    reason: str = ""


@dataclass(eq=False)
class Care:
    key: int
    category: int
    since: date
    until: date | None = None
    is_cut_short: bool = False  # it ended because the person went

    def runs(self, day):
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(eq=False)
class Person:
    key: int
    name: str
    home: Home
    born_on: date
    number: str = ""
    care: list[Care] = field(default_factory=list)
    ended_on: date | None = None
    reason: str = ""
    went: int = 0  # the number of the step by which they went

    def go(self, day, reason):
        self.ended_on, self.reason = day, reason
        for one in self.care:
            if one.until is None:
                one.until, one.is_cut_short = max(one.since, day), True

    def come_back(self):
        self.ended_on, self.reason = None, ""
        for one in self.care:
            if one.is_cut_short:
                one.until, one.is_cut_short = None, False


@dataclass(eq=False)
class Rule:
    key: int
    target: str
    category: int | None
    mode: str
    months: int
    window: int
    grace: int
    new_days: int
    is_active: bool = True


@dataclass
class Within:
    """Some day from `first` to `last`."""

    first: date
    last: date


@dataclass
class Due:
    next_on: date | Within
    last_on: date | None = None
    attempts: int = 0
    retry_on: date | None = None


@dataclass(frozen=True)
class Visit:
    home: int
    day: date
    mode: str
    outcome: str

    def does(self, mode):
        return mode in DOES[self.mode]


def add_months(day, months):
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Book:
    def __init__(self):
        self.homes: list[Home] = []
        self.people: list[Person] = []
        self.rules: list[Rule] = []
        self.visits: list[Visit] = []
        self.dues: dict[tuple[int, int], Due] = {}
        self.levels: dict[int, str] = {}
        self.announced: set = set()

    def members(self, home):
        return [one for one in self.people if one.home is home and not one.ended_on]

    # who is meant

    def meant(self, day):
        return {
            (home.key, rule.key)
            for home in self.homes
            for rule in self.rules
            if home.ended_on is None and rule.is_active and self._fits(home, rule, day)
        }

    def _fits(self, home, rule, day):
        running = {
            one.category for person in self.members(home) for one in person.care if one.runs(day)
        }
        if rule.target == "new":
            return home.arrived_on is not None and (day - home.arrived_on).days < rule.new_days
        if rule.target == "category":
            return rule.category in running
        is_care = any(self.levels[category] == "care" for category in running)
        return is_care == (rule.target == "care")

    # what moves a due date

    def plan(self, day):
        """Who was seen is due a period after that; everybody else within one period from now."""
        rules = {rule.key: rule for rule in self.rules}
        for key, rule_key in self.meant(day) - self.dues.keys():
            rule = rules[rule_key]
            met = [
                one.day
                for one in self.visits
                if one.home == key and one.outcome == "met" and one.does(rule.mode)
            ]
            last = max(met, default=None)
            due = last and add_months(last, rule.months)
            is_ahead = due is not None and due > day
            self.dues[key, rule_key] = Due(due if is_ahead else _some_day(day, rule), last)

    def spread(self, rule, day):
        """What is due stays due; a day that the new period does not reach is chosen anew."""
        for (__, key), due in self.dues.items():
            if key != rule.key or due.next_on <= day:
                continue
            by_last = due.last_on and add_months(due.last_on, rule.months)
            if by_last and by_last > day:
                due.next_on = by_last
            elif due.last_on or due.next_on > add_months(day, rule.months):
                due.next_on = _some_day(day, rule)

    def visit(self, visit):
        self.visits.append(visit)
        for rule in self.rules:
            due = self.dues.get((visit.home, rule.key))
            if due is None or not visit.does(rule.mode):
                continue
            if due.last_on is not None and visit.day <= due.last_on:
                continue
            if visit.outcome == "met":
                self._met(due, rule, visit)
            elif visit.outcome == "nobody":
                again = visit.day + AGAIN_AFTER
                due.attempts += 1
                due.retry_on = max(due.retry_on or again, again)

    def _met(self, due, rule, visit):
        since = [
            one.day
            for one in self.visits
            if one.home == visit.home
            and one.outcome == "nobody"
            and one.does(rule.mode)
            and one.day > visit.day
        ]
        due.last_on, due.next_on = visit.day, add_months(visit.day, rule.months)
        due.attempts = len(since)
        due.retry_on = max(since) + AGAIN_AFTER if since else None

    def campaigned(self, home, mode, since, until):
        """The visits that a campaign counts: up to the first at which the door opened."""
        tried = sorted(
            (
                one
                for one in self.visits
                if one.home == home and one.does(mode) and since <= one.day <= until
            ),
            key=lambda one: one.day,
        )
        ends = [place for place, one in enumerate(tried) if one.outcome != "nobody"]
        return tried[: ends[0] + 1] if ends else tried

    # what stands on a day

    def stages(self, day):
        """{(household, rule): coming, due or overdue} of what holds on the day."""
        rules = {rule.key: rule for rule in self.rules}
        found = {}
        for key in self.meant(day) & self.dues.keys():
            rule, due = rules[key[1]], self.dues[key].next_on
            if due > day:
                if (due - day).days <= rule.window:
                    found[key] = "coming"
            else:
                found[key] = "overdue" if (day - due).days > rule.grace else "due"
        return found

    def stops(self, day):
        """{household: (mode, due since, is late)} of those whom to see on the day: one stop each."""
        modes = {rule.key: rule.mode for rule in self.rules}
        found = {}
        for (home, rule), stage in self.stages(day).items():
            due = self.dues[home, rule]
            if stage == "coming" or (due.retry_on and due.retry_on > day):
                continue
            mode, since, is_late = found.get(home, ("call", day, False))
            found[home] = (
                "home" if "home" in (mode, modes[rule]) else "call",
                min(since, due.next_on),
                is_late or stage == "overdue",
            )
        return found

    def announce(self, day):
        """{stage: households} that were not announced so far."""
        fresh = {
            (home, rule, self.dues[home, rule].next_on, stage)
            for (home, rule), stage in self.stages(day).items()
        } - self.announced
        self.announced |= fresh
        return {
            stage: len({home for home, *__, one in fresh if one == stage})
            for stage in ("coming", "due", "overdue")
        }

    # who comes and goes

    def go(self, people, day, reason):
        step = max(one.went for one in self.people) + 1
        for one in people:
            one.go(day, reason)
            one.went = step
        home = people[0].home
        if not self.members(home):
            home.ended_on, home.reason = day, reason

    def change_home(self, person, home, day):
        """Into another household; one that is left empty is over."""
        old, person.home = person.home, home
        if not self.members(old):
            old.ended_on, old.reason = day, "moved"

    def last_gone(self, home):
        """Who comes back by an undo: who went by the step that was entered last."""
        gone = [one for one in self.people if one.home is home and one.ended_on]
        last = max(gone, key=lambda one: one.went, default=None)
        if last is None or home.reason == "merged" or home.ended_on not in (None, last.ended_on):
            return []
        return [one for one in gone if one.went == last.went]


def _some_day(day, rule):
    return Within(day + timedelta(days=1), add_months(day, rule.months))
