"""What the template databases hold. Deterministic; written in sets."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

SEED = 1
DISTRICT = "370402"
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
SINCE = "2025-03-01"

# Dwellings and households run through the unit grids; every ninth household is a care household.
DWELLINGS = """
INSERT INTO residents_dwelling
    (id, district_id, grid_id, entrance, room, address, house_code, use)
SELECT nextval(pg_get_serial_sequence('residents_dwelling', 'id')), unit.district_id, unit.id,
       '', '', '光明路' || n || '号', '', 'own'
FROM generate_series(1, %(count)s) AS n
JOIN (SELECT id, district_id, row_number() OVER (ORDER BY code) - 1 AS place
      FROM grids_grid WHERE tier = 'unit') AS unit
  ON unit.place = n %% (SELECT count(*) FROM grids_grid WHERE tier = 'unit')
"""
HOUSEHOLDS = """
INSERT INTO residents_household (district_id, grid_id, dwelling_id, community_id, number,
    head_name, phone, created_at, end_reason)
SELECT dwelling.district_id, grid_id, dwelling.id, community.id, 'B' || dwelling.id,
       '张' || dwelling.id, '', %(now)s, ''
FROM residents_dwelling AS dwelling
JOIN grids_grid AS unit ON unit.id = grid_id
JOIN grids_grid AS community ON community.code = left(unit.code, 12)
"""
RESIDENTS = """
INSERT INTO residents_resident (household_id, district_id, grid_id, relation, name, pinyin,
    initials, document, id_mask, sex, birth_on, ethnicity, education, marital, phone, kind,
    registered_address, employer, note, end_reason)
SELECT id, district_id, grid_id, '02', head_name, '', '', 'none', '', '1', '1950-05-01',
       '01', '', '', '', 'registered', '', '', '', ''
FROM residents_household
"""
CARE = """
INSERT INTO residents_carerecord (resident_id, category_id, since, source, note)
SELECT resident.id, (SELECT id FROM residents_carecategory WHERE level = 'care' ORDER BY code LIMIT 1),
       %(since)s, '', ''
FROM residents_resident AS resident WHERE resident.id %% 9 = 0
"""

# The first `open` cases are open. Of these, the first `due` pass their limit in the last hour;
# the limits of the others lie up to 10 days before and after.
CASES = """
INSERT INTO cases_case (district_id, grid_id, department_id, category_id, number, client_uuid,
    title, description, address, source, loop, is_urgent, stage, result, result_note,
    reported_at, registered_at, stage_since, limit_warn_at, warn_at, due_at, limit_minutes, run,
    closed_at, closing_light, rating_note)
SELECT unit.district_id, unit.id, department.id, category.id, 'B' || lpad(n::text, 9, '0'),
       md5(n::text)::uuid, '占道经营 ' || n, '', '光明路' || n %% 900 || '号', 'patrol', 'street', false,
       CASE WHEN n <= %(open)s THEN 'handling' ELSE 'closed' END,
       CASE WHEN n <= %(open)s THEN '' ELSE 'fixed' END, '',
       due_at - interval '8 days', due_at - interval '8 days', due_at - interval '7 days',
       due_at - interval '2 days', due_at - interval '2 days', due_at, 3840, 1,
       CASE WHEN n > %(open)s THEN due_at - interval '1 day' END,
       CASE WHEN n <= %(open)s THEN '' WHEN n %% 10 = 0 THEN 'red' ELSE 'green' END, ''
FROM (SELECT n, CASE
          WHEN n <= %(due)s THEN %(now)s - interval '1 hour' * n / %(due)s
          WHEN n <= %(open)s THEN %(now)s + interval '20 days' * ((n * 2654435761) %% 1000 / 1000.0 - 0.5)
          ELSE %(now)s - interval '700 days' * ((n * 2654435761) %% 100000 / 100000.0) END AS due_at
      FROM generate_series(1, %(count)s::bigint) AS n) AS moment
JOIN (SELECT id, district_id, row_number() OVER (ORDER BY code) - 1 AS place
      FROM grids_grid WHERE tier = 'unit') AS unit ON unit.place = n * 7919 %% 1144 %% 500
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM grids_department) AS department
  ON department.place = n %% 20
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM cases_category) AS category
  ON category.place = n %% 40
"""
# Five rungs for each open case. What was due before is fired, but for the last hour's own.
ALARMS = """
INSERT INTO cases_alarm (case_id, run, level, fires_at, fired_at)
SELECT id, 1, level, due_at + after,
       CASE WHEN due_at + after <= %(now)s AND NOT (level = 1 AND n <= %(due)s) THEN due_at + after END
FROM (SELECT *, substr(number, 2)::int AS n FROM cases_case WHERE closed_at IS NULL) AS found
CROSS JOIN (VALUES (0, interval '-2 days'), (1, interval '0'), (2, interval '4 days'),
                   (3, interval '8 days'), (4, interval '16 days')) AS rung (level, after)
"""


def lay_ground():
    """The dictionaries, and a district with 1,144 unit grids and its staff; nobody lives there."""
    from gridmgmt import dictionaries
    from gridmgmt.demo import ground, people, places
    from grids.roles import Role

    dictionaries.seed()
    laid = ground.lay(*places.plan_district(SEED))
    roster = ground.Roster(laid, people.colleagues(SEED, TODAY), SEED)
    roster.hire("dispatcher", Role.DISPATCHER, DISTRICT)
    roster.fill()
    roster.write()
    run("UPDATE grids_staff SET is_demo = false")  # demo accounts may not log in here


def settle_households(count: int):
    lay_ground()
    run(DWELLINGS, count=count)
    run(HOUSEHOLDS, now=NOW)
    run(RESIDENTS)
    run(CARE, since=SINCE)


def file_cases(count: int, still_open: int, due: int):
    lay_ground()
    values = {"count": count, "open": still_open, "due": due, "now": NOW}
    run(CASES, **values)
    run(ALARMS, **values)


def run(statement: str, **values):
    """The rows that a statement gives, else how many it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def district():
    from grids.models import Grid

    return Grid.objects.get(code=DISTRICT)
