"""Visit schedules of all households and their reminders, against one get_or_create after the other."""

import contextlib
from datetime import timedelta
from functools import partial

from bench import ground, server
from bench.contest import Clock, Contest, Target, WrongWork, short

HOUSEHOLDS = 30_000
SLICE = 500
AHEAD = timedelta(days=31)
PLANNED_BEFORE = timedelta(days=4)  # so that some visits are due, and some late
IDLE = "idle re-run <= 0.15x"
NOTHING = "0 rows written again"
PLAIN = """
INSERT INTO inspections_schedule (district_id, household_id, rule_id, next_due_on)
SELECT household.district_id, household.id, rule.id, %(today)s + (household.id %% 90)::int
FROM residents_household AS household
JOIN inspections_visitrule AS rule
  ON rule.district_id = household.district_id AND rule.target = 'ordinary'
"""

# What was announced and told.
FORGET = """
TRUNCATE inspections_reminder, inspections_digestday;
DELETE FROM grids_notification WHERE kind LIKE 'visits_%'
"""
# The due scan and as many bare rows: nobody asks whether a rule holds, nobody is told.
ANNOUNCED = """
INSERT INTO inspections_reminder (schedule_id, due_on, stage, announced_at)
SELECT schedule.id, next_due_on, 'due', %(now)s
FROM inspections_schedule AS schedule JOIN inspections_visitrule AS rule ON rule.id = rule_id
WHERE next_due_on <= %(today)s + window_days
"""
WRITTEN = """
SELECT (SELECT count(*) FROM inspections_reminder),
       (SELECT count(*) FROM grids_notification WHERE kind LIKE 'visits_%')
"""


def contests(scale: float) -> list[Contest]:
    count = max(int(HOUSEHOLDS * scale), 100)
    return [schedules(count, partial(_settled, count))]


def schedules(count, stage) -> Contest:
    """`stage()` is a district with so many households and no schedules."""
    part = min(count, SLICE)
    target = Target(250, promises=(IDLE,))
    return Contest(
        f"schedules {short(count)}",
        count,
        partial(_plan, count, stage),
        partial(_one_by_one, part, stage),
        partial(_plain, stage),
        target,
        part,
    )


def _settled(count):
    return server.clone(f"homes{count}", partial(ground.settle_households, count))


def _plan(count, stage, clock: Clock):
    from inspections.cadence.schedules import plan

    with stage():
        district, idle = _with_rules(), Clock()
        with clock:
            planned = plan(district, ground.TODAY)
        with idle:
            again = plan(district, ground.TODAY)
    clock.promise(IDLE, idle.seconds <= 0.15 * clock.seconds)
    if planned != 2 * count or again:
        raise WrongWork(f"schedules: {planned} planned, then {again}")


def _one_by_one(part, stage, clock: Clock):
    from inspections.cadence.schedules import add_months
    from inspections.models import Schedule, VisitRule
    from residents.models import CareRecord, Household

    with stage():
        district = _with_rules()
        with clock:
            rules = list(VisitRule.objects.filter(district=district))
            for household in Household.objects.live().order_by("pk")[:part]:
                is_care = CareRecord.objects.on(ground.TODAY).filter(
                    resident__household=household, category__level="care"
                )
                target = "care" if is_care.exists() else "ordinary"
                for rule in rules:
                    if rule.target == target:
                        due = add_months(ground.TODAY, rule.every_months)
                        Schedule.objects.get_or_create(
                            household=household,
                            rule=rule,
                            defaults={"district_id": household.district_id, "next_due_on": due},
                        )


def _plain(stage, clock: Clock):
    with stage():
        _with_rules()
        with clock:
            ground.run(PLAIN, today=ground.TODAY)


# --- reminders ---


def reminders(count, stage) -> Contest:
    """`stage()` is a district with so many households, their schedules and no reminders.

    The first run of a morning; the idle one is what happens every minute afterwards.
    """
    part = min(count, SLICE)
    target = Target(250, promises=(IDLE, NOTHING))
    return Contest(
        f"schedules {short(count)} reminded",
        count,
        partial(_remind, stage),
        partial(_remind_one_by_one, part, stage),
        partial(_announce_plainly, stage),
        target,
        part,
    )


@contextlib.contextmanager
def planned(stage, today=ground.TODAY):
    """What `stage` gives, with schedules planned some days before `today`; nobody was reminded."""
    from inspections.cadence.schedules import plan

    day = today - PLANNED_BEFORE
    with stage():
        ground.run(FORGET)
        [(first,)] = ground.run("SELECT min(next_due_on) FROM inspections_schedule")
        if first != day + timedelta(days=1):
            ground.run("TRUNCATE inspections_schedule CASCADE")
            plan(_with_rules(), day)
            ground.run("ANALYZE inspections_schedule")
        yield


def _remind(stage, clock: Clock):
    from inspections.telling.reminders import remind

    with planned(stage):
        idle = Clock()
        with clock:
            first = remind(ground.NOW)
        ground.run("ANALYZE inspections_reminder")  # else autovacuum's work
        written = ground.run(WRITTEN)
        with idle:
            again = remind(ground.NOW + timedelta(minutes=1))
        clock.promise(NOTHING, ground.run(WRITTEN) == written)
    clock.promise(IDLE, idle.seconds <= 0.15 * clock.seconds)
    stages = ("coming", "due", "overdue", "digests")
    if not first["due"] or not first["digests"] or any(again[one] for one in stages):
        raise WrongWork(f"reminders: {first}, then {again}")


def _remind_one_by_one(part, stage, clock: Clock):
    """Each schedule of some households in turn: does its rule hold, was it announced, who is told."""
    from grids.models import Grid, Staff
    from inspections.models import Reminder, Schedule
    from residents.models import CareRecord, Household

    with planned(stage), clock:
        homes = Household.objects.live().order_by("pk")[:part]
        for household in homes.select_related("grid"):
            is_care = CareRecord.objects.on(ground.TODAY).filter(
                resident__household=household, category__level="care"
            )
            target = "care" if is_care.exists() else "ordinary"
            schedules = Schedule.objects.filter(household=household)
            for schedule in schedules.filter(next_due_on__lte=ground.TODAY + AHEAD).select_related(
                "rule"
            ):
                left = (schedule.next_due_on - ground.TODAY).days
                if schedule.rule.target == target and left <= schedule.rule.window_days:
                    Reminder.objects.get_or_create(
                        schedule=schedule,
                        due_on=schedule.next_due_on,
                        stage="coming" if left > 0 else "overdue" if left < 0 else "due",
                        defaults={"announced_at": ground.NOW},
                    )
                    above = Grid.objects.above(household.grid)
                    list(Staff.objects.posted(ground.TODAY, grid__in=above))


def _announce_plainly(stage, clock: Clock):
    with planned(stage), clock:
        ground.run(ANNOUNCED, now=ground.NOW, today=ground.TODAY)


def _with_rules():
    from inspections.cadence.schedules import ensure_rules

    district = ground.district()
    ensure_rules(district)
    return district
