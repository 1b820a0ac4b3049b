"""When an invented case reached each of its steps, so that it stands now where it should."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from gridmgmt.demo.timing import Timer

SOLVED, FINISHED, REJECTED = "solved", "finished", "rejected"
DAYS = 90
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROUGH_HOURS = {
    "urgent_hours": 1,
    "working_hours": 5,
    "working_days": 32,
    "calendar_days": 24,
}
# how much of its limit an open case has used up
USED = {"green": (0.02, 0.7), "yellow": (0.76, 0.99), "red": (1.02, 4.0)}
STEPS = [
    "reported",
    "registered",
    "dispatched",
    "handling",
    "feedback",
    "closed",
    "evaluated",
]


class Timelines:
    """Draws moments at random until the clock puts the case under the wanted light."""

    def __init__(self, timer: Timer, now: datetime, chance: random.Random):
        self.timer, self.now, self.chance = timer, now, chance
        self.zone = ZoneInfo(settings.TIME_ZONE)

    def find(self, standard, light, stage):
        """(moments, timing) of a case that is under that light now, or None: try again."""
        if light == SOLVED:
            return self._solved(standard)
        if light in {FINISHED, REJECTED}:
            return self._past(standard, stage)
        if stage == "reported":
            return self._unread(standard, light)
        low, high = USED[light]
        rough = standard.limit_number * ROUGH_HOURS[standard.limit_unit] * HOUR
        registered = self._round(self.now - self.chance.uniform(low, high) * rough)
        reported = registered - self.chance.randint(4, 28) * MINUTE
        if not 7 <= reported.astimezone(self.zone).hour < 22 or self._is_too_old(reported):
            return None
        timing = self.timer.limit(standard, registered)
        if timing.light(self.now) != light:
            return None
        moments = self._steps(reported, registered, self.now, stage)
        return (moments, timing) if moments else None

    def _unread(self, standard, light):
        """Nobody has read the report yet."""
        longest = 25 if light == "green" else 4 * 24 * 60
        reported = self._round(self.now - self.chance.randint(2, longest) * MINUTE)
        timing = self.timer.unread(standard, reported)
        return ({"reported": reported}, timing) if timing.light(self.now) == light else None

    def _solved(self, standard):
        """On the spot by the worker: from report to closed within minutes."""
        reported = self._daytime(self.now - self.chance.uniform(0.2, DAYS) * timedelta(days=1))
        closed = reported + self.chance.randint(5, 28) * MINUTE
        if standard.loop != "grid" or standard.category.kind != "matter" or closed > self.now:
            return None
        return {"reported": reported, "closed": closed}, None

    def _past(self, standard, stage):
        reported = self._daytime(self.now - self.chance.uniform(0.2, DAYS) * timedelta(days=1))
        registered = reported + self.chance.randint(4, 28) * MINUTE
        if stage == "rejected":
            moments = {"reported": reported, "rejected": registered}
            return (moments, None) if registered < self.now else None
        timing = self.timer.limit(standard, registered)
        used = self.chance.choices([0.35, 0.6, 0.9, 1.3, 2.2], [30, 32, 24, 10, 4])[0]
        closed = registered + (timing.due_at - registered) * used * self.chance.uniform(0.8, 1.1)
        moments = self._steps(reported, registered, closed, "closed")
        if moments is None or closed >= self.now - HOUR:
            return None
        if stage == "evaluated":
            evaluated = closed + self.chance.uniform(1, 60) * HOUR
            if evaluated >= self.now:
                return None
            moments["evaluated"] = self._round(evaluated)
        return moments, timing

    def _steps(self, reported, registered, end, stage):
        """Moments of all steps up to `stage`, in order, the last one before `end`."""
        length = end - registered
        if length < 3 * MINUTE:
            return None
        shares = {"dispatched": 0.06, "handling": 0.2, "feedback": 0.85, "closed": 1.0}
        moments = {"reported": reported, "registered": registered}
        for step in STEPS[2 : STEPS.index(stage) + 1]:
            share = shares[step] * (1 if step == "closed" else self.chance.uniform(0.6, 1.1))
            moments[step] = registered + length * share
        return moments

    def _is_too_old(self, moment):
        return moment < self.now - timedelta(days=DAYS)

    def _daytime(self, moment):
        local = moment.astimezone(self.zone)
        hour = self.chance.choices(range(7, 22), [2, 5, 8, 9, 8, 5, 3, 5, 8, 8, 7, 5, 4, 3, 2])[0]
        return local.replace(
            hour=hour, minute=self.chance.randrange(60), second=0, microsecond=0
        ).astimezone(moment.tzinfo)

    @staticmethod
    def _round(moment):
        return moment.replace(second=0, microsecond=0)
