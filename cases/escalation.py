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

from cases import ladder
from cases.models import Alarm, SupervisionSlip

LOCK = 0x6361736573  # any number of our own

SLIPS = {
    Alarm.Level.DUE: SupervisionSlip.Colour.BLUE,
    Alarm.Level.HALF: SupervisionSlip.Colour.YELLOW,
    Alarm.Level.FULL: SupervisionSlip.Colour.ORANGE,
    Alarm.Level.DOUBLE: SupervisionSlip.Colour.RED,
}

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
    SELECT fired.*, rung.colour, rung.title AS rung_title, rung.text, found.number, found.title,
           found.stage, found.grid_id, found.department_id, found.is_urgent,
           found.stage = ANY(%(with_department)s) AS in_department,
           row_number() OVER (PARTITION BY fired.case_id ORDER BY fired.level DESC) = 1 AS is_highest
      FROM fired JOIN rung USING (level) JOIN cases_case AS found ON found.id = fired.case_id
     WHERE found.closed_at IS NULL
), slip AS (
    INSERT INTO cases_supervisionslip (case_id, run, colour, issued_at, department_id, text, answer)
    SELECT case_id, run, colour, %(now)s, department_id, text, '' FROM late WHERE colour <> ''
        ON CONFLICT (case_id, run, colour) WHERE issued_by_id IS NULL DO NOTHING RETURNING 1
), event AS (
    INSERT INTO cases_caseevent (case_id, kind, at, from_stage, to_stage, note, data, notified_at)
    SELECT case_id, 'alarm', %(now)s, stage, stage, '',
           jsonb_build_object('level', level, 'run', run, 'colour', colour), %(now)s
      FROM late ORDER BY case_id, level RETURNING 1
), item AS MATERIALIZED (
    SELECT case_id AS item, 'alarm ' || level AS key, grid_id, department_id, in_department, is_urgent
      FROM late WHERE is_highest
), {ladder.TOLD}, notice AS (
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


def sweep(now):
    """Fire all alarms due at `now`. After downtime only a case's highest rung tells people;
    the rungs below it are recorded, with their slips."""
    if timezone.is_naive(now):
        raise ValueError(_("The moment needs an offset from UTC."))
    begun = time.perf_counter()
    fired = slips = notices = 0
    # One look at the index of unfired alarms: most minutes there is nothing to do.
    if Alarm.objects.filter(fired_at=None, fires_at__lte=now).exists():
        fired, slips, notices = _fire(now)
    return {
        "now": now.isoformat(),
        "fired": fired,
        "slips": slips,
        "notices": notices,
        "seconds": round(time.perf_counter() - begun, 4),
    }


@transaction.atomic
def _fire(now):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0, 0, 0
        cursor.execute(SWEEP, _parameters(now))
        return cursor.fetchone()[:3]


def _parameters(now):
    with translation.override(settings.LANGUAGE_CODE):
        titles = [str(level.label) for level in Alarm.Level]
        texts = ["", *[_slip_text(level) for level in SLIPS]]
    return ladder.parameters(timezone.localdate(now)) | {
        "now": now,
        "levels": [int(level) for level in Alarm.Level],
        "colours": ["", *map(str, SLIPS.values())],
        "titles": titles,
        "texts": texts,
        "url": reverse("cases:detail", args=["NUMBER"]),
    }


def _slip_text(level):
    if level == Alarm.Level.DOUBLE:
        return _("Three times the limit has passed. A written explanation is demanded.")
    return {
        Alarm.Level.DUE: _("The limit has passed. Finish the case."),
        Alarm.Level.HALF: _("Half the limit again has passed. Finish the case."),
        Alarm.Level.FULL: _(
            "Twice the limit has passed. Finish the case and report why."
        ),
    }[level]
