"""What the rules cost, and what becomes of the due dates when one is changed."""

import operator
from dataclasses import dataclass

from django.db import connection, transaction

from grids.models import Grid, Tier
from inspections.cadence import schedules, whom_a_rule_means
from inspections.models import VisitRule

_OFTEN = """
    max(1.0 / rule.every_months) FILTER (WHERE rule.mode = 'home') AS homes,
    max(1.0 / rule.every_months) FILTER (WHERE rule.mode = 'call') AS calls"""
# Visits a month by unit grid under some rules. Rules that meet on one household are not added
# up: the most frequent home visit does the others, and each home visit does a call.
LOAD = f"""
WITH rule AS (
    SELECT * FROM unnest(%(targets)s::text[], %(categories)s::bigint[], %(premises)s::text[], %(modes)s::text[],
                         %(months)s::int[], %(new_days)s::int[])
               AS rule (target, care_category_id, premises_category, mode, every_months, new_days)
), {whom_a_rule_means.CARED}, often AS (
    SELECT household.grid_id, household.id, {_OFTEN}
    FROM {whom_a_rule_means.HOUSEHOLDS.format(rules="rule")}
    GROUP BY household.grid_id, household.id
    UNION ALL
    SELECT premises.grid_id, premises.id, {_OFTEN}
    FROM {whom_a_rule_means.PREMISES.format(rules="rule")}
    GROUP BY premises.grid_id, premises.id
)
SELECT grid_id, sum(coalesce(homes, 0)), sum(greatest(coalesce(calls, 0) - coalesce(homes, 0), 0))
FROM often GROUP BY grid_id
"""  # noqa: S608  only constants of these modules

_SPREAD = schedules.SPREAD.format(
    target="coalesce(schedule.household_id, schedule.premises_id)", rule="rule.id"
)
# What is due stays due. Who was seen is due one period after that; everybody whose day would
# have passed by the new rule is spread over the new period, as at first.
REPLAN = f"""
UPDATE inspections_schedule AS schedule
   SET next_due_on = CASE
       WHEN (schedule.last_done_on + period)::date > %(today)s THEN (schedule.last_done_on + period)::date
       WHEN schedule.last_done_on IS NULL AND schedule.next_due_on <= %(today)s + days THEN schedule.next_due_on
       ELSE %(today)s + 1 + {_SPREAD} END
  FROM (SELECT id, make_interval(months => every_months) AS period,
               (%(today)s + make_interval(months => every_months))::date - %(today)s AS days
          FROM inspections_visitrule WHERE id = %(rule)s) AS rule
 WHERE schedule.rule_id = rule.id AND schedule.next_due_on > %(today)s
"""  # noqa: S608  only constants of these modules


@dataclass(frozen=True)
class Load:
    """Visits a month of one grid."""

    homes: float = 0
    calls: float = 0

    @property
    def total(self):
        return self.homes + self.calls

    def __add__(self, other):
        return Load(self.homes + other.homes, self.calls + other.calls)


def load(district, rules, today) -> dict:
    """{unit grid key: Load} that these rules make; rules that are not active are left out."""
    active = [rule for rule in rules if rule.is_active]
    parameters = {
        "district": district.pk,
        "today": today,
        "targets": [str(rule.target) for rule in active],
        "categories": [rule.care_category_id for rule in active],
        "premises": [rule.premises_category for rule in active],
        "modes": [str(rule.mode) for rule in active],
        "months": [rule.every_months for rule in active],
        "new_days": [rule.new_days for rule in active],
    }
    with connection.cursor() as cursor:
        cursor.execute(LOAD, parameters)
        return {grid: Load(float(homes), float(calls)) for grid, homes, calls in cursor.fetchall()}


def preview(rule, today) -> list:
    """What `rule` as it is now (changed, not saved) would cost: [(grid, before, after)], the
    greatest rise first."""
    saved = list(VisitRule.objects.filter(district=rule.district_id))
    changed = [one for one in saved if one.pk != rule.pk] + [rule]
    before = load(rule.district, saved, today)
    after = load(rule.district, changed, today)
    grids = Grid.objects.defer("boundary").in_bulk(before.keys() | after.keys())
    rows = [(grids[key], before.get(key, Load()), after.get(key, Load())) for key in grids]
    return sorted(rows, key=_by_rise)


def by_street(rows) -> list:
    """The rows of `preview` added up by street: how many of a grid are under care is for those
    who read care."""
    streets = {one.path: one for one in Grid.objects.filter(tier=Tier.STREET).defer("boundary")}
    sums = {}
    for grid, *loads in rows:
        street = next((streets[path] for path in streets if grid.path.startswith(path)), None)
        so_far = sums.get(street, (Load(), Load()))
        sums[street] = tuple(map(operator.add, so_far, loads))
    return sorted(((street, *loads) for street, loads in sums.items() if street), key=_by_rise)


def _by_rise(row):
    """Home visits weigh more: they take the place of calls, and the sum may stay."""
    grid, before, after = row
    return (before.homes - after.homes, before.calls - after.calls, grid.code)


@transaction.atomic
def change(rule, today) -> int:
    """Save a rule and plan anew what hangs on it; how many due dates moved.

    Days move only with the period: another grace or window puts nobody off.
    """
    saved = VisitRule.objects.filter(pk=rule.pk)
    period = saved.values_list("every_months", flat=True).first()
    rule.save()
    moved = 0 if period in (None, rule.every_months) else _replan(rule, today)
    return moved + schedules.plan(rule.district, today)


def _replan(rule, today):
    with connection.cursor() as cursor:
        cursor.execute(REPLAN, {"rule": rule.pk, "today": today})
        return cursor.rowcount
