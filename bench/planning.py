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
    part = min(count, SLICE)
    name = f"schedules {short(count)}"
    target = Target(250, promises=(IDLE,))
    return [
        Contest(
            name, count, partial(_plan, count), partial(_one_by_one, count, part),
            partial(_plain, count), target, part,
        )
    ]  # fmt: skip


def _settled(count):
    return server.clone(f"homes{count}", partial(ground.settle_households, count))


def _plan(count, clock: Clock):
    from inspections import schedules

    with _settled(count):
        district, idle = _with_rules(), Clock()
        with clock:
            planned = schedules.plan(district, ground.TODAY)
        with idle:
            again = schedules.plan(district, ground.TODAY)
    clock.promise(IDLE, idle.seconds <= 0.15 * clock.seconds)
    if planned != 2 * count or again:
        raise WrongWork(f"schedules: {planned} planned, then {again}")


def _one_by_one(count, part, clock: Clock):
    from inspections.models import Schedule, VisitRule
    from inspections.schedules import add_months
    from residents.models import CareRecord, Household

    with _settled(count):
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


def _plain(count, clock: Clock):
    with _settled(count):
        _with_rules()
        with clock:
            ground.run(PLAIN, today=ground.TODAY)


def _with_rules():
    from inspections import schedules

    district = ground.district()
    schedules.ensure_rules(district)
    return district
