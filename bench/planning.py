"""Visit schedules of all households, against one get_or_create after the other."""

from functools import partial

from bench import ground, server
from bench.contest import Clock, Contest, Target, WrongWork, short

HOUSEHOLDS = 30_000
SLICE = 500
IDLE = "idle re-run <= 0.15x"
PLAIN = """
INSERT INTO inspections_schedule (district_id, household_id, rule_id, next_due_on)
SELECT household.district_id, household.id, rule.id, %(today)s + (household.id %% 90)::int
FROM residents_household AS household
JOIN inspections_visitrule AS rule
  ON rule.district_id = household.district_id AND rule.target = 'ordinary'
"""


def contests(scale: float) -> list[Contest]:
    count = max(int(HOUSEHOLDS * scale), 100)
    return [schedules(count, partial(_settled, count))]


def schedules(count, stage) -> Contest:
    """`stage()` is a district with so many households and no schedules."""
    part = min(count, SLICE)
    target = Target(250, promises=(IDLE,))
    return Contest(
        f"schedules {short(count)}", count, partial(_plan, count, stage),
        partial(_one_by_one, part, stage), partial(_plain, stage), target, part,
    )  # fmt: skip


def _settled(count):
    return server.clone(f"homes{count}", partial(ground.settle_households, count))


def _plan(count, stage, clock: Clock):
    from inspections.schedules import plan

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
    from inspections.models import Schedule, VisitRule
    from inspections.schedules import add_months
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
                            household=household, rule=rule,
                            defaults={"district_id": household.district_id, "next_due_on": due},
                        )  # fmt: skip


def _plain(stage, clock: Clock):
    with stage():
        _with_rules()
        with clock:
            ground.run(PLAIN, today=ground.TODAY)


def _with_rules():
    from inspections.schedules import ensure_rules

    district = ground.district()
    ensure_rules(district)
    return district
