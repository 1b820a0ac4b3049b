"""A week in which a district visits everybody: who goes where, what arrives when, what it must leave.

Plain Python beside the software: the plan is drawn from a seed, and what the register must say
at the end is worked out from the plan alone.
"""

import random
import uuid
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import cycle
from typing import NamedTuple

from inspections.cadence import schedules

SEED = 20_261_122
DAYS = 7
# At the first door: met, nobody, refused, moved.
OUTCOMES, WEIGHTS = ("met", "nobody", "refused", "moved"), (80, 15, 3, 2)
MET_AGAIN = 0.7  # of those who are tried a second or third time
TRIED_AGAIN_AFTER = 2  # days
LATE = 0.08  # arrive some days after they happened: no signal
CALLED = 0.03  # are called too, which is no visit of the campaign
TAPPED_TWICE = 0.03


class Sent(NamedTuple):
    """A visit as a phone sends it; `arrives` is the day on which it does."""

    key: uuid.UUID
    household: int
    visitor: int
    mode: str
    outcome: str
    day: date
    arrives: date


def draw(households, visitors, first: date) -> list[Sent]:
    """households: [(key, unit)]; visitors: {unit: [key, ..]}; in the order of arrival."""
    dice = random.Random(SEED)
    whose = {unit: cycle(keys) for unit, keys in visitors.items()}
    plan = []
    for place, (household, unit) in enumerate(households):
        visitor = next(whose[unit])
        for mode, outcome, after in _tries(dice, place % DAYS):
            day = first + timedelta(days=after)
            late = dice.randint(1, 4) if dice.random() < LATE else 0
            arrives = min(day + timedelta(days=late), first + timedelta(days=DAYS - 1))
            key = uuid.UUID(int=dice.getrandbits(128), version=4)
            plan.append(Sent(key, household, visitor, mode, outcome, day, arrives))
    return sorted(plan, key=lambda sent: (sent.arrives, sent.visitor, sent.key))


def _tries(dice, after):
    if dice.random() < CALLED:
        yield "call", "met", dice.randrange(DAYS)
    outcome = dice.choices(OUTCOMES, WEIGHTS)[0]
    yield "home", outcome, after
    while outcome == "nobody" and after + TRIED_AGAIN_AFTER < DAYS:
        after += TRIED_AGAIN_AFTER
        outcome = "met" if dice.random() < MET_AGAIN else "nobody"
        yield "home", outcome, after


def bundles(plan, day) -> list[list[Sent]]:
    """What arrives on a day, by visitor, some of it twice and at once, in an order of chance."""
    dice, found = random.Random(day.toordinal()), defaultdict(list)
    for sent in plan:
        if sent.arrives == day:
            found[sent.visitor].append(sent)
    again = [[one for one in sent if dice.random() < TAPPED_TWICE] for sent in found.values()]
    all_of_them = [*found.values(), *filter(None, again)]
    dice.shuffle(all_of_them)
    return all_of_them


# --- what the plan must leave ---

STATES = {
    "met": "reached",
    "nobody": "attempted",
    "refused": "refused",
    "moved": "gone",
}


def targets_of(plan):
    """{household: (state, attempts, key of the visit)}: the first open door decides."""
    tries = defaultdict(list)
    for sent in sorted(plan, key=lambda sent: sent.day):
        if sent.mode == "home":
            tries[sent.household].append(sent)
    found = {}
    for household, all_of_them in tries.items():
        ends = [n for n, sent in enumerate(all_of_them) if sent.outcome != "nobody"]
        counted = all_of_them[: ends[0] + 1] if ends else all_of_them
        last = counted[-1]
        found[household] = (STATES[last.outcome], len(counted), last.key)
    return found


def schedules_after(plan, before):
    """The rows of `before`, [(household, mode, months, next due, last done, attempts)], as the
    plan moves them."""
    days = defaultdict(set)
    for sent in plan:
        does = ("home", "call") if sent.mode == "home" else ("call",)
        for mode in does:
            days[sent.household, mode, sent.outcome].add(sent.day)
    for household, mode, months, due, __, __ in before:
        met = max(days[household, mode, "met"], default=None)
        due = schedules.add_months(met, months) if met else due
        nobody = [day for day in days[household, mode, "nobody"] if met is None or day > met]
        yield household, mode, months, due, met, len(nobody)


def sums(targets) -> Counter:
    return Counter(state for state, *__ in targets.values())
