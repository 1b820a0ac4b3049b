"""Who is due when, and how often by default (走访频次): rules become schedules in sets, and what was done moves them."""

import calendar
from datetime import date, timedelta

from django.db import connection, transaction

from grids.models import Grid, Tier
from inspections.cadence import whom_a_rule_means
from inspections.models import Mode, VisitRule

# (who, mode, every so many months, announced so many days before)
USUAL_RULES = [
    (VisitRule.Target.ORDINARY, Mode.HOME, 6, 14),
    (VisitRule.Target.ORDINARY, Mode.CALL, 3, 7),
    (VisitRule.Target.CARE, Mode.HOME, 3, 7),
    (VisitRule.Target.CARE, Mode.CALL, 1, 3),
]
# Who was at the door has spoken to them: a home visit also does the call of that period.
DOES = {Mode.HOME: [Mode.HOME, Mode.CALL], Mode.CALL: [Mode.CALL]}
_PAIRS = ", ".join(f"('{done}', '{mode}')" for done in DOES for mode in DOES[done])
_DOES = f"(VALUES {_PAIRS}) AS does (done, mode)"

# So many days later, scattered by the keys over `days`: multiples of the golden ratio, so that
# neighbours fall on different days.
SPREAD = "((({target} * 2654435761 + {rule} * 1597334677) & 4294967295) * days >> 32)::int"

_RULES = "(SELECT * FROM inspections_visitrule WHERE district_id = %(district)s AND is_active)"

# One row per live target and rule that is meant for it and has no schedule yet. Who was seen
# before, by another rule or before anything was planned, is due by that date; everybody else on
# a day that the keys scatter over the period.
PLAN = f"""
WITH {whom_a_rule_means.CARED}, missing AS (
    SELECT household.id AS household_id, NULL::bigint AS premises_id, household.id AS target_id,
           rule.id AS rule_id, rule.mode, rule.every_months
    FROM {whom_a_rule_means.HOUSEHOLDS.format(rules=_RULES)}
      AND NOT EXISTS (SELECT FROM inspections_schedule schedule
                      WHERE schedule.household_id = household.id AND schedule.rule_id = rule.id)
    UNION ALL
    SELECT NULL, premises.id, premises.id, rule.id, rule.mode, rule.every_months
    FROM {whom_a_rule_means.PREMISES.format(rules=_RULES)}
      AND NOT EXISTS (SELECT FROM inspections_schedule schedule
                      WHERE schedule.premises_id = premises.id AND schedule.rule_id = rule.id)
), done AS (
    SELECT schedule.household_id, rule.mode, schedule.last_done_on
    FROM inspections_schedule schedule
    JOIN inspections_visitrule rule ON rule.id = schedule.rule_id
    WHERE schedule.district_id = %(district)s AND schedule.last_done_on IS NOT NULL
    UNION ALL
    SELECT visited.household_id, latest.mode, latest.last_done_on
    FROM (SELECT DISTINCT household_id FROM missing WHERE household_id IS NOT NULL) AS visited
    CROSS JOIN LATERAL (
        SELECT visit.mode, max(visit.happened_on) AS last_done_on FROM inspections_visit visit
        WHERE visit.household_id = visited.household_id AND visit.outcome = 'met' GROUP BY visit.mode
    ) AS latest
), seen AS MATERIALIZED (
    SELECT done.household_id, does.mode, max(done.last_done_on) AS last_done_on
    FROM done JOIN {_DOES}
      ON does.done = done.mode
    GROUP BY done.household_id, does.mode
), dated AS (
    SELECT missing.*, seen.last_done_on,
           (seen.last_done_on + make_interval(months => every_months))::date AS by_last,
           (%(today)s + make_interval(months => every_months))::date - %(today)s AS days
    FROM missing
    LEFT JOIN seen ON seen.household_id = missing.household_id AND seen.mode = missing.mode
)
INSERT INTO inspections_schedule
    (district_id, household_id, premises_id, rule_id, last_done_on, next_due_on)
SELECT %(district)s, household_id, premises_id, rule_id, last_done_on,
       CASE WHEN by_last > %(today)s THEN by_last
       ELSE %(today)s + 1 + {SPREAD.format(target="target_id", rule="rule_id")} END
FROM dated
ON CONFLICT DO NOTHING
"""  # noqa: S608  only constants of these modules

# When the log is late, attempts of the days since then still count.
MOVE = f"""
WITH since AS (
    SELECT does.mode, count(visit.id) AS attempts, max(visit.happened_on) + %(after)s AS retry_on
    FROM {_DOES}
    LEFT JOIN inspections_visit visit
      ON visit.mode = does.done AND visit.household_id = %(household)s
     AND visit.outcome = 'nobody' AND visit.happened_on > %(on)s
    GROUP BY does.mode
)
UPDATE inspections_schedule schedule
SET last_done_on = %(on)s, attempts = since.attempts, retry_on = since.retry_on,
    next_due_on = (%(on)s + make_interval(months => rule.every_months))::date
FROM inspections_visitrule rule JOIN since ON since.mode = rule.mode
WHERE rule.id = schedule.rule_id AND rule.mode = ANY(%(modes)s)
  AND schedule.household_id = %(household)s
  AND (schedule.last_done_on IS NULL OR schedule.last_done_on < %(on)s)
"""  # noqa: S608  only constants of this module

# Nobody was met: it stays due, and the round offers it again some days later.
ATTEMPT = """
UPDATE inspections_schedule schedule
SET attempts = attempts + 1, retry_on = greatest(retry_on, %(again)s)
FROM inspections_visitrule rule
WHERE rule.id = schedule.rule_id AND rule.mode = ANY(%(modes)s)
  AND schedule.household_id = %(household)s
  AND (schedule.last_done_on IS NULL OR schedule.last_done_on < %(on)s)
"""
AGAIN_AFTER = timedelta(days=3)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or that month's last day: as PostgreSQL adds months."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def ensure_rules(district):
    """Give a district the usual cadence; rules that it has already stay as they are."""
    VisitRule.objects.bulk_create(
        [
            VisitRule(
                district=district,
                target=target,
                mode=mode,
                every_months=months,
                window_days=days,
            )
            for target, mode, months, days in USUAL_RULES
        ],
        ignore_conflicts=True,
    )


def plan(district, today) -> int:
    """Add the schedules that are missing in a district; how many there were. Safe to run again."""
    with connection.cursor() as cursor:
        cursor.execute(PLAN, {"district": district.pk, "today": today})
        return cursor.rowcount


def plan_all(today) -> int:
    """Plan every district; one without any rule begins with the usual cadence."""
    planned = 0
    for district in Grid.objects.filter(tier=Tier.DISTRICT):
        with transaction.atomic():
            if not district.visit_rules.exists():
                ensure_rules(district)
            planned += plan(district, today)
    return planned


def move(household, *, mode, on) -> int:
    """Something was done on a day: the schedules that it satisfies are due one period later.

    A late log never pulls a schedule back. Schedules whose rule does not hold at present
    move too, so that nobody is overdue by a rule that begins to hold again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE,
            {
                "household": household.pk,
                "on": on,
                "after": AGAIN_AFTER.days,
                "modes": [str(m) for m in DOES[mode]],
            },
        )
        return cursor.rowcount


def attempt(household, *, mode, on) -> int:
    """Nobody was met on a day: counted, and due again some days later. Lists of what is overdue
    do not wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            ATTEMPT,
            {
                "household": household.pk,
                "on": on,
                "again": on + AGAIN_AFTER,
                "modes": [str(m) for m in DOES[mode]],
            },
        )
        return cursor.rowcount
