"""One household, one head: what an import does to heads, also to those who are not in the file.

A head is named by the household and by the relation of the person; both change together.
"""

from django.db import connection

from residents.models import HEAD_OF_HOUSEHOLD

EXAMPLES = 5

# A row that calls somebody else the head is not the head's.
CALLED_OTHERWISE = f"""
UPDATE import_row SET relation = '', relation_agrees = NULL, is_head = false
WHERE relation = '{HEAD_OF_HOUSEHOLD}' AND head_name NOT IN ('', name) AND reason IS NULL
"""  # noqa: S608  a constant of our own

# Who bears the name of the head and is somebody else.
NAMESAKES = f"""
UPDATE import_fate f SET action = 'rejected', reason = 'second_head', field = 'relation'
FROM import_row s, import_household h, residents_resident r
WHERE s.row = f.row AND h.no = f.household_no AND f.action IS NULL
  AND '{HEAD_OF_HOUSEHOLD}' = COALESCE(
    NULLIF(s.relation, ''), (SELECT o.relation FROM residents_resident o WHERE o.id = f.resident_id))
  AND f.was_household IS DISTINCT FROM h.household_id
  AND r.household_id = h.household_id AND r.ended_on IS NULL AND r.relation = '{HEAD_OF_HOUSEHOLD}'
  AND r.name = s.name AND f.resident_id IS DISTINCT FROM r.id
"""  # noqa: S608  a constant of our own

# Whose row waits because the person died or left is the head of nobody.
KNOWN_HEADS = """
UPDATE import_household h SET head_name = ''
WHERE h.household_id IS NOT NULL AND h.head_name NOT IN ('', h.was_head)
  AND EXISTS (SELECT FROM residents_resident m WHERE m.household_id = h.household_id
              AND m.ended_on IS NOT NULL AND m.name = h.head_name)
  AND NOT EXISTS (SELECT FROM residents_resident m WHERE m.household_id = h.household_id
                  AND m.ended_on IS NULL AND m.name = h.head_name)
  AND NOT EXISTS (SELECT FROM import_fate f JOIN import_row s ON s.row = f.row
                  WHERE f.household_no = h.no AND f.action IS NULL AND s.name = h.head_name)
"""

# Nor does a row that waits or is refused change the head of its household.
OF_WAITING_ROWS = """
UPDATE import_household h SET head_name = '' FROM import_fate f
WHERE h.household_id IS NOT NULL AND h.head_name NOT IN ('', h.was_head) AND f.row = h.row AND f.action IS NOT NULL
"""

# Whoever became the head then is not made a wife again by a list of before.
HEADS_STAY = f"""
UPDATE import_row s SET relation = '', relation_agrees = NULL
FROM import_fate f JOIN import_household h ON h.no = f.household_no
JOIN residents_resident r ON r.id = f.resident_id
WHERE s.row = f.row AND f.action IS NULL AND r.household_id = h.household_id AND r.name = h.was_head
  AND r.relation = '{HEAD_OF_HOUSEHOLD}' AND s.relation NOT IN ('', '{HEAD_OF_HOUSEHOLD}')
  AND h.head_name IN ('', h.was_head)
  AND EXISTS (SELECT FROM import_fate o WHERE o.household_no = h.no AND o.is_head AND o.ended_id IS NOT NULL)
"""  # noqa: S608  a constant of our own
# As on the pages: whoever is the head of others who stay is not taken from them.
HEADS_OF_OTHERS = f"""
UPDATE import_fate f SET action = 'rejected', reason = 'head_leaves', field = 'number'
FROM residents_resident r JOIN residents_household x ON x.id = r.household_id, import_household h
WHERE r.id = f.resident_id AND h.no = f.household_no AND f.action IS NULL
  AND h.household_id IS DISTINCT FROM r.household_id
  AND r.relation = '{HEAD_OF_HOUSEHOLD}' AND r.name = x.head_name AND x.ended_on IS NULL
  AND EXISTS (
    SELECT FROM residents_resident m WHERE m.household_id = x.id AND m.ended_on IS NULL AND m.id <> r.id
    AND NOT EXISTS (
        SELECT FROM import_fate o JOIN import_household oh ON oh.no = o.household_no
        WHERE o.resident_id = m.id AND o.action IS NULL AND oh.household_id IS DISTINCT FROM x.id))
"""  # noqa: S608  a constant of our own

# After the rows are written: whom the list calls the head, in the row of somebody else, is the head,
# and whoever was it before is not; also where the head does not live there.
NAMED = f"""
UPDATE residents_resident r SET relation = '{HEAD_OF_HOUSEHOLD}'
FROM (
    SELECT DISTINCT ON (x.id) m.id
    FROM import_household h JOIN residents_household x ON x.id = h.household_id
    JOIN residents_resident m ON m.household_id = x.id AND m.ended_on IS NULL AND m.name = x.head_name
    WHERE h.changed AND NOT h.is_new AND h.head_name NOT IN ('', h.was_head)
      AND h.no IN (SELECT f.household_no FROM import_fate f WHERE f.action IN ('created', 'changed'))
      AND NOT EXISTS (SELECT FROM residents_resident o WHERE o.household_id = x.id AND o.ended_on IS NULL
                      AND o.relation = '{HEAD_OF_HOUSEHOLD}' AND o.name = x.head_name)
    ORDER BY x.id, m.id
) n
WHERE r.id = n.id
"""  # noqa: S608  a constant of our own
ONE_EACH = f"""
UPDATE residents_resident r SET relation = ''
FROM import_household h JOIN residents_household x ON x.id = h.household_id
WHERE r.household_id = x.id AND r.ended_on IS NULL AND r.relation = '{HEAD_OF_HOUSEHOLD}'
  AND r.name <> x.head_name AND NOT h.is_new
  AND h.no IN (SELECT f.household_no FROM import_fate f WHERE f.action IN ('created', 'changed'))
  AND ((h.changed AND h.head_name NOT IN ('', h.was_head)) OR EXISTS (
    SELECT FROM residents_resident m WHERE m.household_id = x.id AND m.ended_on IS NULL
    AND m.relation = '{HEAD_OF_HOUSEHOLD}' AND m.name = x.head_name))
"""  # noqa: S608  a constant of our own

# People of whom the file says nothing, and to whom it does something all the same.
OTHERS = f"""
SELECT r.id, h.row, CASE WHEN h.was_grid <> h.grid_id
       OR (h.dwelling_no IS NOT NULL AND h.was_dwelling IS DISTINCT FROM h.dwelling_id) THEN 'moved' ELSE 'head' END
FROM import_household h JOIN residents_resident r ON r.household_id = h.household_id AND r.ended_on IS NULL
WHERE h.changed AND NOT h.is_new AND (h.was_grid <> h.grid_id
       OR (h.dwelling_no IS NOT NULL AND h.was_dwelling IS DISTINCT FROM h.dwelling_id)
       OR (h.head_name NOT IN ('', h.was_head)
           AND (r.relation = '{HEAD_OF_HOUSEHOLD}') = (r.name <> h.head_name)))
  AND NOT EXISTS (SELECT FROM import_fate f WHERE f.resident_id = r.id AND f.action IN ('changed', 'unchanged'))
ORDER BY h.row, r.id
"""  # noqa: S608  a constant of our own


def settle(cursor):
    for statement in (NAMESAKES, HEADS_OF_OTHERS, OF_WAITING_ROWS, KNOWN_HEADS, HEADS_STAY):
        cursor.execute(statement)


def others():
    """Who is not in the file and changes with it: {"count", "examples": [{resident, row, what}]}."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        found = cursor.fetchall()
    examples = [
        dict(zip(("resident", "row", "what"), one, strict=True)) for one in found[:EXAMPLES]
    ]
    return {"count": len(found), "examples": examples} if found else {}
