"""Invented slips get their numbers and answer times when all of them are there, in one statement."""

from django.conf import settings

from cases.telling.hearers import USUAL_ANSWER_HOURS
from gridmgmt.demo.loading import run

# Answers that are overdue already were told in their time.
NUMBER = """
WITH given AS (
    SELECT slip.id, found.district_id, slip.issued_at, slip.answered_at,
           to_char(slip.issued_at AT TIME ZONE %(zone)s, '"D"YYMM') AS month,
           row_number() OVER (
               PARTITION BY found.district_id, to_char(slip.issued_at AT TIME ZONE %(zone)s, 'YYMM')
               ORDER BY slip.issued_at, slip.id) AS place
      FROM cases_supervisionslip AS slip JOIN cases_case AS found ON found.id = slip.case_id
     WHERE slip.number = ''
), counter AS (
    INSERT INTO cases_casenumber (district_id, month, last)
    SELECT district_id, month, max(place) FROM given GROUP BY district_id, month
), dated AS (
    SELECT given.*, district.code || '-' || month || '-' || lpad(place::text, greatest(4, length(place::text)), '0') AS number,
           cases_add(calendar.id, issued_at, %(hours)s, 'working_hours', %(zone)s) AS due_at
      FROM given JOIN grids_grid AS district ON district.id = given.district_id
      JOIN cases_workcalendar AS calendar
           ON calendar.district_id = given.district_id AND calendar.department_id IS NULL
)
UPDATE cases_supervisionslip AS slip
   SET number = dated.number, answer_due_at = dated.due_at,
       reminded_at = CASE WHEN dated.answered_at IS NULL AND dated.due_at <= %(now)s THEN dated.due_at END
  FROM dated WHERE slip.id = dated.id
"""


def number(now):
    values = {"now": now, "zone": settings.TIME_ZONE, "hours": USUAL_ANSWER_HOURS}
    run(NUMBER, values)
