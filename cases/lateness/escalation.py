"""Lateness climbs by itself: alarms that are due fire, slips are issued, people are told.

One statement over any number of cases. Safe twice (an alarm fires once) and in two processes
(a second sweep finds the first one's lock and leaves the work to it).
"""

import time

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.models import Alarm
from cases.telling import hearers
from cases.telling.hearers import SLIPS, USUAL_ANSWER_HOURS
from cases.workflow import numbers
from grids import locks

SWEEP = f"""
WITH rung AS (
    SELECT * FROM unnest(%(levels)s::int[], %(colours)s::text[], %(titles)s::text[], %(texts)s::text[])
               AS rung(level, colour, title, text)
), due AS (
    SELECT id FROM cases_alarm
     WHERE fired_at IS NULL AND fires_at <= %(now)s FOR UPDATE SKIP LOCKED
), fired AS (
    UPDATE cases_alarm AS alarm SET fired_at = %(now)s
      FROM due WHERE alarm.id = due.id RETURNING alarm.case_id, alarm.run, alarm.level
), late AS MATERIALIZED (
    SELECT fired.*, rung.colour, rung.title AS rung_title, rung.text, found.number, found.title, found.district_id,
           found.stage, found.grid_id, found.department_id, found.is_urgent,
           found.stage = ANY(%(with_department)s) AS in_department,
           row_number() OVER (PARTITION BY fired.case_id ORDER BY fired.level DESC) = 1 AS is_highest
      FROM fired JOIN rung USING (level) JOIN cases_case AS found ON found.id = fired.case_id
     WHERE found.closed_at IS NULL
), owed AS MATERIALIZED (
    SELECT case_id, run, colour, text, district_id, CASE WHEN in_department THEN department_id END AS department_id,
           row_number() OVER (PARTITION BY district_id ORDER BY case_id, level) AS place
      FROM late WHERE colour <> '' AND NOT EXISTS (
           SELECT FROM cases_supervisionslip AS slip WHERE slip.issued_by_id IS NULL
              AND (slip.case_id, slip.run, slip.colour) = (late.case_id, late.run, late.colour))
), taken AS (
    SELECT district_id, count(*) AS count FROM owed GROUP BY district_id
), counter AS (
    INSERT INTO cases_casenumber AS row (district_id, month, last)
    SELECT district_id, %(month)s, count FROM taken ORDER BY district_id
        ON CONFLICT (district_id, month) DO UPDATE SET last = row.last + EXCLUDED.last
 RETURNING district_id, last
), book AS MATERIALIZED (
    SELECT district.id AS district_id, district.code || '-' || %(month)s || '-' AS head, counter.last - taken.count AS before_these,
           CASE WHEN calendar.last_day - hours.count - 15 > %(today)s AND calendar.first_day <= %(today)s
                THEN cases_add(calendar.id, %(now)s, hours.count, 'working_hours', %(zone)s)
                ELSE %(now)s + make_interval(hours => 3 * hours.count) END AS answer_due_at
      FROM taken JOIN counter USING (district_id) JOIN grids_grid AS district ON district.id = taken.district_id
      LEFT JOIN cases_workcalendar AS calendar
             ON calendar.district_id = district.id AND calendar.department_id IS NULL
      LEFT JOIN cases_casepolicy AS policy ON policy.district_id = district.id
     CROSS JOIN LATERAL (SELECT coalesce(policy.slip_answer_hours, %(answer_hours)s)::int AS count) AS hours
), slip AS (
    INSERT INTO cases_supervisionslip
           (case_id, run, colour, issued_at, department_id, text, answer, number, answer_due_at)
    SELECT case_id, run, colour, %(now)s, department_id, text, '',
           head || lpad((before_these + place)::text, greatest(4, length((before_these + place)::text)), '0'), answer_due_at
      FROM owed JOIN book USING (district_id) ORDER BY district_id, place RETURNING 1
), event AS (
    INSERT INTO cases_caseevent (case_id, kind, at, from_stage, to_stage, note, data, notified_at)
    SELECT case_id, 'alarm', %(now)s, stage, stage, '',
           jsonb_build_object('level', level, 'run', run, 'colour', colour), %(now)s
      FROM late ORDER BY case_id, level RETURNING 1
), item AS MATERIALIZED (
    SELECT case_id AS item, 'alarm ' || level AS key, grid_id, department_id, in_department, is_urgent
      FROM late WHERE is_highest
), {hearers.TOLD}, notice AS (
    INSERT INTO grids_notification (recipient_id, kind, title, body, url, is_urgent, key, created_at)
    SELECT told.staff_id, 'case_alarm', left(late.rung_title || ' ' || late.number || ' ' || late.title, 200),
           late.text, replace(%(url)s, 'NUMBER', late.number), late.is_urgent,
           'alarm:' || late.case_id || ':' || late.run || ':' || late.level, %(now)s
      FROM told JOIN late ON late.case_id = told.item AND late.is_highest
        ON CONFLICT (recipient_id, key) DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM fired), (SELECT count(*) FROM slip), (SELECT count(*) FROM notice),
       (SELECT count(*) FROM event)
"""  # noqa: S608  only constants of this package


# One look at the two small indexes: most minutes there is nothing to do.
ANYTHING = """
SELECT EXISTS (SELECT FROM cases_alarm WHERE fired_at IS NULL AND fires_at <= %(now)s),
       EXISTS (SELECT FROM cases_supervisionslip
                WHERE answered_at IS NULL AND reminded_at IS NULL AND answer_due_at <= %(now)s)
"""

# An overdue answer becomes an event; who hears of it stands in the ladder. Once for each slip,
# and no more of a case that is closed, unless the slip was red.
REMIND = """
WITH late AS (
    SELECT id FROM cases_supervisionslip
     WHERE answered_at IS NULL AND reminded_at IS NULL AND answer_due_at <= %(now)s FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE cases_supervisionslip AS slip SET reminded_at = %(now)s FROM late WHERE slip.id = late.id
    RETURNING slip.id, slip.case_id, slip.colour, slip.number
)
INSERT INTO cases_caseevent (case_id, kind, at, from_stage, to_stage, note, data)
SELECT case_id, 'slip_overdue', %(now)s, stage, stage, told.number,
       jsonb_build_object('slip', told.id, 'colour', colour, 'slip_number', told.number)
  FROM told JOIN cases_case AS found ON found.id = case_id
 WHERE closed_at IS NULL OR colour = 'red' ORDER BY told.id
"""


def sweep(now):
    """Fire all alarms due at `now`, and ask again for answers that are overdue.

    After downtime only a case's highest rung tells people; the rungs below it are recorded,
    with their slips.
    """
    if timezone.is_naive(now):
        raise ValueError(_("The moment needs an offset from UTC."))
    begun = time.perf_counter()
    fired = slips = notices = 0
    with connection.cursor() as cursor:
        cursor.execute(ANYTHING, {"now": now})
        has_alarms, has_answers = cursor.fetchone()
    if has_alarms or has_answers:
        fired, slips, notices = _climb(now, has_alarms, has_answers)
    return {
        "now": now.isoformat(),
        "fired": fired,
        "slips": slips,
        "notices": notices,
        "seconds": round(time.perf_counter() - begun, 4),
    }


@transaction.atomic
def _climb(now, has_alarms, has_answers):
    done = 0, 0, 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [locks.SWEEP])
        if not cursor.fetchone()[0]:
            return done
        if has_alarms:
            cursor.execute(SWEEP, _parameters(now))
            done = cursor.fetchone()[:3]
        if has_answers:
            cursor.execute(REMIND, {"now": now})
    return done


def _parameters(now):
    with translation.override(settings.LANGUAGE_CODE):
        titles = [str(level.label) for level in Alarm.Level]
        texts = ["", *[_slip_text(level) for level in SLIPS]]
    return hearers.parameters(timezone.localdate(now), own=hearers.own_hearers()) | {
        "now": now,
        "levels": [int(level) for level in Alarm.Level],
        "colours": ["", *map(str, SLIPS.values())],
        "titles": titles,
        "texts": texts,
        "url": reverse("cases:detail", args=["NUMBER"]),
        "month": numbers.month_of(now, numbers.SLIPS),
        "zone": settings.TIME_ZONE,
        "answer_hours": USUAL_ANSWER_HOURS,
    }


def _slip_text(level):
    if level == Alarm.Level.DOUBLE:
        return _("Three times the limit has passed. A written explanation is demanded.")
    return {
        Alarm.Level.DUE: _("The limit has passed. Finish the case."),
        Alarm.Level.HALF: _("Half the limit again has passed. Finish the case."),
        Alarm.Level.FULL: _("Twice the limit has passed. Finish the case and report why."),
    }[level]
