"""Who is in the register and not in the list: in its households, and in the grids that it covers.

The keys are found while the rows are compared, because nothing else is kept of whom an unchanged
row meant. A list covers a grid when at least half of those who live there stand in it.
"""

from django.db import connection

# Households that the rows mean, and those of people whose rows name none.
_HOUSEHOLDS = """
ARRAY(SELECT household_id FROM import_household WHERE household_id IS NOT NULL AND NOT is_new
      UNION SELECT was_household FROM import_fate WHERE household_no IS NULL AND was_household IS NOT NULL)
"""
# Of a grid no more are counted than tell whether the list has half of them.
_GRIDS = """
ARRAY(SELECT p.grid_id FROM (
    SELECT lives_in AS grid_id, count(DISTINCT resident_id) AS people FROM import_fate
    WHERE resident_id IS NOT NULL GROUP BY lives_in) p
  WHERE 2 * p.people >= (SELECT count(*) FROM (
    SELECT FROM residents_resident r WHERE r.grid_id = p.grid_id AND r.ended_on IS NULL LIMIT 2 * p.people + 1) few))
"""
_FIND = """
SELECT COALESCE(array_agg(r.id ORDER BY r.id), '{{}}') FROM residents_resident r
WHERE r.ended_on IS NULL AND r.{column} = ANY({among})
  AND (%(everywhere)s OR r.district_id = ANY(%(districts)s) OR r.grid_id = ANY(%(grids)s))
  AND NOT EXISTS (SELECT FROM import_fate f WHERE f.resident_id = r.id)
"""


def find(parameters):
    """{"households": keys, "grids": keys} of residents in force, as far as the importer reaches."""
    with connection.cursor() as cursor:
        found = {}
        for name, column, among in (
            ("households", "household_id", _HOUSEHOLDS),
            ("grids", "grid_id", _GRIDS),
        ):
            cursor.execute(_FIND.format(column=column, among=among), parameters)
            found[name] = cursor.fetchone()[0]
    return found
