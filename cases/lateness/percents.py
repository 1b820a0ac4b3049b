"""The rungs of a district's ladder, edited: open cases follow at once, and are counted before.

The most specific row wins: of the category, else of the district, else the shipped per cents.
"""

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.calendar import clock
from cases.calendar.working_days import calendar_of, reaching
from cases.limits import of_case
from cases.models import Alarm, Case, LadderPolicy
from cases.steps import people
from cases.telling import hearers
from cases.telling.hearers import SLIPS
from grids.refusal import Refused

# Rungs that can be moved; "limit passed" is the limit itself.
NAMES = {
    Alarm.Level.WARN: "warn_percent",
    Alarm.Level.HALF: "half_percent",
    Alarm.Level.FULL: "full_percent",
    Alarm.Level.DOUBLE: "double_percent",
}
AT_MOST = 500  # further, and a limit of 60 working days would leave the calendar

# The same arithmetic as reckoning.rungs_around, from what the case keeps of its limit.
FOLLOW = """
WITH hit AS MATERIALIZED (
    SELECT found.id, found.run, found.due_at, found.step_due_at, found.warn_at, found.limit_minutes,
           CASE WHEN NOT standard.limit_unit = ANY(%(all_time)s)
                THEN cases_worked(%(calendar)s, found.due_at, %(zone)s) END AS worked
      FROM cases_case AS found JOIN cases_casestandard AS standard ON standard.id = found.standard_id
     WHERE found.closed_at IS NULL AND found.due_at IS NOT NULL AND found.district_id = %(district)s
       AND (found.category_id = %(category)s OR (%(category)s::bigint IS NULL AND NOT found.category_id = ANY(%(apart)s)))
     {lock}
), rung AS (
    SELECT * FROM unnest(%(levels)s::int[], %(percents)s::int[]) AS rung(level, percent)
), reached AS MATERIALIZED (
    SELECT hit.id AS case_id, hit.run, rung.level, hit.step_due_at, hit.due_at, hit.warn_at,
           CASE WHEN hit.worked IS NULL
                THEN hit.due_at + make_interval(secs => hit.limit_minutes * 0.6 * (percent - 100))
                ELSE cases_moment(%(calendar)s,
                     hit.worked + make_interval(secs => hit.limit_minutes * 0.6 * (percent - 100))) END AS at
      FROM hit CROSS JOIN rung
), alarm AS MATERIALIZED (
    SELECT alarm.id, alarm.case_id, alarm.fires_at,
           CASE WHEN alarm.level = 0 THEN least(reached.at, reached.step_due_at) ELSE reached.at END AS at
      FROM cases_alarm AS alarm JOIN reached USING (case_id, run, level) WHERE alarm.fired_at IS NULL
)"""
COUNT = (
    FOLLOW.format(lock="")  # noqa: S608  only constants of this module
    + """
SELECT (SELECT count(*) FROM hit), count(*) FILTER (WHERE fires_at <> at),
       count(*) FILTER (WHERE at <= %(now)s AND fires_at > %(now)s) FROM alarm
"""
)
APPLY = (
    FOLLOW.format(lock="ORDER BY found.id FOR NO KEY UPDATE OF found")  # noqa: S608
    + """, yellow AS (
    UPDATE cases_case AS found SET limit_warn_at = reached.at, warn_at = least(reached.at, reached.step_due_at)
      FROM reached WHERE found.id = reached.case_id AND reached.level = 0 AND found.limit_warn_at <> reached.at
    RETURNING 1
), moved AS (
    UPDATE cases_alarm SET fires_at = alarm.at FROM alarm WHERE cases_alarm.id = alarm.id AND alarm.fires_at <> alarm.at
    RETURNING alarm.at
)
SELECT (SELECT count(*) FROM hit), count(*), count(*) FILTER (WHERE at <= %(now)s) FROM moved
"""
)


def percents_of(district, category=None):
    """Alarm level -> per cent in force for a category (or for all others) of a district."""
    key = category.pk if category else None
    return of_case.ladders_of(district.pk, *([key] if key else []))(key)


def check(percents):
    """Refuse rungs that do not climb; `percents` by the names of `LadderPolicy`."""
    warn, half, full, double = (percents[name] for name in NAMES.values())
    if not 1 <= warn < 100:
        raise Refused(_("Yellow comes before the limit: 1 to 99 per cent."))
    if not 100 < half < full < double <= AT_MOST:
        raise Refused(
            _("The rungs climb: above 100 per cent, each higher, at most %(most)d.")
            % {"most": AT_MOST}
        )


def preview(district, category, percents, *, now=None):
    """(open cases, alarms that move, alarms that fire at once) if these rungs were set."""
    check(percents)
    return _run(COUNT, district, category, percents, now)


@transaction.atomic
def change(district, category, percents, *, now=None):
    """Set the rungs of a category (None: of all others); open cases follow. The counts of `preview`."""
    check(percents)
    LadderPolicy.objects.update_or_create(district=district, category=category, defaults=percents)
    return _run(APPLY, district, category, percents, now)


@transaction.atomic
def reset(district, category, *, now=None):
    """Back to the rungs above: a category's to the district's, the district's to the shipped ones."""
    row = _row(district, category)
    if row is None:
        raise Refused(_("These are the shipped rungs."))
    row.delete()
    found = percents_of(district, category)
    percents = {name: found[level] for level, name in NAMES.items()}
    return _run(APPLY, district, category, percents, now)


def _row(district, category):
    return LadderPolicy.objects.filter(district=district, category=category).first()


def _run(statement, district, category, percents, now):
    apart = LadderPolicy.objects.filter(district=district, category__isnull=False)
    parameters = {
        "district": district.pk,
        "category": category.pk if category else None,
        "apart": list(apart.values_list("category", flat=True)),
        "calendar": _calendar(district).pk,
        "all_time": [str(unit) for unit in clock.ALL_TIME],
        "zone": str(timezone.get_default_timezone()),
        "levels": [int(level) for level in NAMES],
        "percents": [percents[name] for name in NAMES.values()],
        "now": now or timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def _calendar(district):
    """The district's calendar, laid out from the oldest limit to where the last red slip can be."""
    ends = (
        Case.objects.open()
        .filter(district=district)
        .aggregate(first=Min("due_at"), last=Max("due_at"))
    )
    first, last = (moment or timezone.now() for moment in ends.values())
    calendar = reaching(calendar_of(district), first, ahead=0)
    return reaching(calendar, last, ahead=of_case.YEARS_AHEAD)


def lines(percents, own):
    """The ladder in words: one line for each rung, with who is told there for the first time."""
    return [
        {
            "level": level,
            "label": level.label,
            "when": _when(level, percents[level]),
            "percent": percents[level],
            "slip": SLIPS[level].label if level in SLIPS else "",
            "slip_colour": SLIPS.get(level, ""),
            "hearers": [people.say(one) for one in (own.get(level) or told)],
            "is_own": level in own,
        }
        for level, told in hearers.LADDER.items()
    ]


def _when(level, percent):
    if level == Alarm.Level.DUE:
        return _("when the limit passes")
    if percent < 100:
        return _("when %(percent)d %% of the limit is used up") % {"percent": percent}
    return _("when the case is late by %(percent)d %% of its limit") % {"percent": percent - 100}
