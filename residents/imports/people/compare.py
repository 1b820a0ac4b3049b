"""Comparing the staged rows with the registers: what would be created, changed, or must wait.

Writes only to the temporary tables, so a dry run is this and nothing else. A dry run does not
tell whose number lives where the importer has nothing to read: such a row counts as new.
"""

from django.db import connection

from residents.imports import named_buildings
from residents.imports.people import ended, heads, masked, temp_tables
from residents.imports.workbook import copying
from residents.models import HEAD_OF_HOUSEHOLD
from residents.places import doors_in_sql

# Columns taken over when the cell says something else than we know.
PLAIN = ["ethnicity", "phone", "kind", "registered_address", "employer", "note"]
CODED = ["relation", "education", "marital"]

MATCH_RESIDENTS = """
CREATE TEMP TABLE import_fate ON COMMIT DROP AS
SELECT s.row, s.household_no, s.dwelling_no, s.grid_id, s.is_head,
       r.id AS resident_id, r.grid_id AS lives_in, r.household_id AS was_household,
       CASE WHEN r.grid_id <> s.grid_id AND NOT (%(everywhere)s
                 OR r.district_id = ANY(%(districts)s) OR r.grid_id = ANY(%(grids)s))
            THEN 'waiting' END AS action,
       NULL::text AS reason, NULL::text AS field, NULL::text AS value, NULL::bigint AS ended_id
FROM import_row s
LEFT JOIN residents_resident r
  ON r.district_id = s.district_id AND r.document = s.document AND r.id_index = s.id_index
     AND r.ended_on IS NULL AND r.id_index IS NOT NULL
     AND (NOT %(is_dry)s OR %(everywhere)s
          OR r.district_id = ANY(%(districts)s) OR r.grid_id = ANY(%(grids)s))
WHERE s.reason IS NULL
"""

MATCH_BUILDINGS = [
    f"""CREATE TEMP TABLE import_building ON COMMIT DROP AS
    SELECT b.*, g.district_id FROM ({named_buildings.meant("import_dwelling")}) b
    JOIN grids_grid g ON g.id = b.grid_id""",  # noqa: S608  table names of our own
    """UPDATE import_dwelling d SET building_id = b.building_id, is_ambiguous = b.is_ambiguous
    FROM import_building b
    WHERE (b.grid_id, b.compound, b.building) = (d.grid_id, d.compound, d.building)
      AND b.building_id IS NOT NULL""",
    """UPDATE import_dwelling d SET dwelling_id = x.id FROM residents_dwelling x
    WHERE x.building_id = d.building_id AND x.entrance = d.entrance AND x.room = d.room""",
    f"""UPDATE import_dwelling d SET dwelling_id = m.id FROM (
        SELECT DISTINCT ON (n.no) n.no, x.id FROM import_dwelling n JOIN residents_dwelling x
          ON x.building_id = n.building_id AND {doors_in_sql.door("x")} = n.entrance || '/' || n.room
        WHERE n.dwelling_id IS NULL AND {doors_in_sql.SPELLED_OTHERWISE.format(x="x")}
        ORDER BY n.no, x.id) m
    WHERE m.no = d.no""",  # noqa: S608  spellings of our own
    """UPDATE import_dwelling d SET dwelling_id = x.id FROM residents_dwelling x
    WHERE d.building = '' AND x.building_id IS NULL AND x.grid_id = d.grid_id AND x.address = d.address""",
    # A door that the register knows as an address only.
    """UPDATE import_dwelling d SET dwelling_id = x.id FROM residents_dwelling x
    WHERE d.dwelling_id IS NULL AND d.building <> '' AND d.compound = '' AND x.building_id IS NULL
      AND x.grid_id = d.grid_id AND x.address = d.building || d.entrance || d.room""",
    # The address that pages and exports show of a door of a building.
    """UPDATE import_dwelling d SET dwelling_id = m.id FROM (
        SELECT n.no, min(x.id) AS id FROM import_dwelling n
        JOIN residents_dwelling x ON x.grid_id = n.grid_id AND x.address = n.address
        WHERE n.dwelling_id IS NULL AND n.building = '' AND n.address <> ''
        GROUP BY n.no HAVING count(*) = 1) m
    WHERE m.no = d.no""",
]

# Of each household, the row that speaks for it: the head's, else the first; and where its people
# live who are known.
DECIDE = """
CREATE TEMP TABLE import_decided ON COMMIT DROP AS
SELECT f.household_no AS no,
       (array_agg(f.row ORDER BY NOT f.is_head, f.row))[1] AS row,
       (array_agg(f.grid_id ORDER BY NOT f.is_head, f.row))[1] AS grid_id,
       (array_agg(f.dwelling_no ORDER BY f.dwelling_no IS NULL, NOT f.is_head, f.row))[1] AS dwelling_no,
       array_agg(f.was_household) FILTER (WHERE f.was_household IS NOT NULL) AS homes
FROM import_fate f
WHERE f.action IS NULL AND f.household_no IS NOT NULL
GROUP BY f.household_no
"""

# A household number alone names nobody: two grids may both count from 1. A person, the door, or the
# head has to agree; of two heads of one name, the documents too.
MATCH_HOUSEHOLDS = """
CREATE TEMP TABLE import_household ON COMMIT DROP AS
SELECT c.no, c.row, c.grid_id, c.dwelling_no, k.number, s.district_id, s.community_id,
       COALESCE(NULLIF(s.head_name, ''), CASE WHEN s.is_head OR h.id IS NULL THEN s.name ELSE '' END) AS head_name,
       CASE WHEN s.is_head THEN s.phone ELSE '' END AS phone,
       d.dwelling_id, d.is_ambiguous, h.id AS household_id, h.grid_id AS was_grid,
       h.dwelling_id AS was_dwelling, h.head_name AS was_head, h.phone AS was_phone,
       h.number AS was_number, false AS changed, h.id IS NULL AS is_new
FROM import_decided c
JOIN import_household_key k ON k.no = c.no
JOIN import_row s ON s.row = c.row
LEFT JOIN import_dwelling d ON d.no = c.dwelling_no
LEFT JOIN LATERAL (
    (SELECT CASE WHEN h.grid_id = c.grid_id THEN 1 ELSE 2 END AS rank, h.* FROM residents_household h
     WHERE k.number <> '' AND h.community_id = s.community_id AND h.number = k.number
       AND h.ended_on IS NULL AND h.number <> ''
       AND (h.id = ANY(c.homes) OR h.dwelling_id = d.dwelling_id OR (
            h.head_name = COALESCE(NULLIF(s.head_name, ''), CASE WHEN s.is_head THEN s.name END)
            AND NOT (s.is_head AND s.id_index IS NOT NULL AND EXISTS (
                SELECT FROM residents_resident m WHERE m.household_id = h.id AND m.name = h.head_name
                AND m.ended_on IS NULL AND m.id_index <> s.id_index)))))
    UNION ALL
    (SELECT CASE h.number WHEN '' THEN 3 ELSE 4 END, h.* FROM residents_household h
     WHERE h.dwelling_id = d.dwelling_id AND h.ended_on IS NULL
       AND h.head_name = COALESCE(NULLIF(s.head_name, ''), s.name)
       AND (k.number = '' OR h.number = ''))
    ORDER BY 1 LIMIT 1
) h ON true
"""

# What is known of the head is no news of the household, whose own telephone may be another one.
PHONES_WITHOUT_NEWS = f"""
UPDATE import_household h SET phone = '' FROM import_fate f JOIN residents_resident r ON r.id = f.resident_id
WHERE h.household_id IS NOT NULL AND h.phone NOT IN ('', h.was_phone) AND f.row = h.row AND r.phone = h.phone
  AND NOT EXISTS (SELECT FROM import_row s WHERE s.row = h.row AND s.id_mask = '{masked.HEAD_ALONE}')
"""  # noqa: S608  a constant of our own

REFUSE_HOUSEHOLDS = """
UPDATE import_fate f SET action = 'rejected', reason = CASE
    WHEN h.is_ambiguous THEN 'building_ambiguous'
    WHEN h.household_id IS NULL AND h.dwelling_no IS NULL THEN 'dwelling_missing'
    WHEN h.was_grid <> h.grid_id AND NOT (%(everywhere)s
         OR h.district_id = ANY(%(districts)s) OR h.was_grid = ANY(%(grids)s)) THEN 'household_elsewhere'
    ELSE 'household_contradicts' END
FROM import_household h
WHERE h.no = f.household_no AND f.action IS NULL AND (
    h.is_ambiguous OR (h.household_id IS NULL AND h.dwelling_no IS NULL)
    OR (h.was_grid <> h.grid_id AND NOT (%(everywhere)s
        OR h.district_id = ANY(%(districts)s) OR h.was_grid = ANY(%(grids)s)))
    OR f.grid_id <> h.grid_id OR f.dwelling_no <> h.dwelling_no)
"""

# Somebody else's: the row says which household of the grid has the number.
REFUSE_TAKEN_NUMBERS = """
UPDATE import_fate f SET action = 'rejected', reason = 'household_number_taken', field = 'number', value = k.number
FROM import_household h JOIN import_household_key k ON k.no = h.no
JOIN residents_household x ON x.community_id = h.community_id AND x.number = k.number AND x.grid_id = h.grid_id
WHERE h.no = f.household_no AND f.action IS NULL AND k.number <> '' AND x.ended_on IS NULL AND x.number <> ''
  AND x.id IS DISTINCT FROM h.household_id
  AND (h.household_id IS NULL OR h.was_grid <> h.grid_id OR h.was_number <> k.number)
"""

# One household has one head: the first row that says so.
REFUSE_SECOND_HEADS = f"""
UPDATE import_fate f SET action = 'rejected', reason = 'second_head', field = 'relation'
FROM import_row s, import_household h JOIN import_row first ON first.row = h.row
WHERE s.row = f.row AND h.no = f.household_no AND f.action IS NULL AND f.row <> h.row
  AND s.relation = '{HEAD_OF_HOUSEHOLD}' AND first.is_head
"""  # noqa: S608  a constant of our own

# Two households without a number behind one door have heads of different names.
REFUSE_SAME_HEADS = """
UPDATE import_fate f SET action = 'rejected', reason = 'household_twice', field = 'head_name'
FROM import_household h, residents_household x
WHERE h.no = f.household_no AND f.action IS NULL
  AND COALESCE(NULLIF(h.number, ''), h.was_number, '') = ''
  AND x.dwelling_id = COALESCE(h.dwelling_id, h.was_dwelling)
  AND x.head_name = COALESCE(NULLIF(h.head_name, ''), h.was_head)
  AND x.number = '' AND x.ended_on IS NULL AND x.id IS DISTINCT FROM h.household_id
"""

REFUSE_HOMELESS = """
UPDATE import_fate SET action = 'rejected', reason = 'household_missing'
WHERE action IS NULL AND household_no IS NULL AND resident_id IS NULL
"""

MATCH_UNDOCUMENTED = """
UPDATE import_fate f SET resident_id = r.id, lives_in = r.grid_id, was_household = r.household_id
FROM import_row s, import_household h, residents_resident r
WHERE s.row = f.row AND h.no = f.household_no AND r.household_id = h.household_id
  AND r.name = s.name AND r.birth_on = s.birth_on AND r.ended_on IS NULL
  AND f.resident_id IS NULL AND f.action IS NULL AND (s.id_index IS NULL OR r.id_index IS NULL)
"""

# Somebody of this name is a member under another number: one of the two is wrong.
REFUSE_OTHER_NUMBERS = """
UPDATE import_fate f SET action = 'rejected', reason = 'number_differs', field = 'id_number', value = s.id_mask
FROM import_row s, import_household h
WHERE s.row = f.row AND h.no = f.household_no AND f.action IS NULL AND f.resident_id IS NULL
  AND h.household_id IS NOT NULL AND s.id_index IS NOT NULL
  AND EXISTS (SELECT FROM residents_resident r WHERE r.household_id = h.household_id AND r.ended_on IS NULL
              AND r.name = s.name AND r.id_index <> s.id_index
              AND NOT EXISTS (SELECT FROM import_fate o WHERE o.resident_id = r.id))
"""

REFUSE_SECOND_MATCH = """
UPDATE import_fate f SET action = 'rejected', reason = 'person_duplicate_in_file'
WHERE f.action IS NULL AND EXISTS (
    SELECT FROM import_fate e WHERE e.resident_id = f.resident_id AND e.action IS NULL AND e.row < f.row)
"""

# One whose rows were all refused stays as it is.
HOUSEHOLDS_THAT_CHANGE = """
UPDATE import_household h SET changed = true
WHERE household_id IS NOT NULL
  AND h.no IN (SELECT f.household_no FROM import_fate f
               WHERE f.action IS NULL OR f.action IN ('created', 'changed', 'unchanged')) AND (
    was_grid <> grid_id
    OR (dwelling_no IS NOT NULL AND was_dwelling IS DISTINCT FROM dwelling_id)
    OR (head_name <> '' AND head_name <> was_head)
    OR (phone <> '' AND phone <> was_phone)
    OR (number <> '' AND number <> was_number))
"""


def says(column):
    """SQL: what the resident's column becomes. An empty or coarser cell changes nothing."""
    if column in CODED:
        return (
            f"CASE WHEN s.{column} = '' OR r.{column} = ANY(s.{column}_agrees) "
            f"THEN r.{column} ELSE s.{column} END"
        )
    return f"COALESCE(NULLIF(s.{column}, ''), r.{column})"


DIFFERS = " OR ".join(
    [
        "r.household_id IS DISTINCT FROM COALESCE(h.household_id, CASE WHEN h.no IS NULL THEN r.household_id END)",
        "r.grid_id <> s.grid_id",
        "r.name <> s.name",
        "r.sex <> COALESCE(NULLIF(s.sex, ''), r.sex)",
        "(r.id_index IS NULL AND s.id_index IS NOT NULL)",
        "r.birth_on IS DISTINCT FROM COALESCE(s.birth_on, r.birth_on)",
        *(f"r.{column} <> {says(column)}" for column in CODED + PLAIN),
    ]
)
NEW_CARE = """EXISTS (SELECT FROM unnest(s.care) AS c(id) WHERE c.id <> ALL(%(closed)s::bigint[]) AND NOT EXISTS (
    SELECT FROM residents_carerecord k WHERE k.resident_id = r.id AND k.category_id = c.id AND k.until IS NULL))"""

DECIDE_ACTIONS = f"""
UPDATE import_fate f SET action = CASE
    WHEN f.resident_id IS NULL THEN 'created' WHEN x.differs THEN 'changed' ELSE 'unchanged' END
FROM (
    SELECT f.row, r.id IS NOT NULL AND ({DIFFERS} OR (h.changed AND h.row = f.row)
           OR (%(tells_care)s AND s.care IS NOT NULL AND {NEW_CARE})) AS differs
    FROM import_fate f
    JOIN import_row s ON s.row = f.row
    LEFT JOIN residents_resident r ON r.id = f.resident_id
    LEFT JOIN import_household h ON h.no = f.household_no
    WHERE f.action IS NULL
) x
WHERE x.row = f.row
"""  # noqa: S608  column names of our own

# The registers are asked by their (grid, pinyin) index, unit by unit of the row's community.
POSSIBLE_DUPLICATES = """
WITH created AS MATERIALIZED (
    SELECT s.row, s.community_id, s.name, s.pinyin, s.birth_on
    FROM import_fate f JOIN import_row s ON s.row = f.row
    WHERE f.action = 'created' AND s.birth_on IS NOT NULL
), units AS MATERIALIZED (
    SELECT c.id AS community_id, u.id
    FROM grids_grid c JOIN grids_grid u ON u.tier = 'unit' AND left(u.path, length(c.path)) = c.path
    WHERE c.id IN (SELECT community_id FROM created) AND u.district_id = c.district_id
      AND (%(everywhere)s OR u.district_id = ANY(%(districts)s) OR u.id = ANY(%(grids)s))
)
SELECT s.row FROM created s
JOIN units u ON u.community_id = s.community_id
JOIN residents_resident r ON r.grid_id = u.id AND r.pinyin = s.pinyin
WHERE r.name = s.name AND r.birth_on = s.birth_on AND r.ended_on IS NULL
UNION
SELECT unnest(array_agg(row)) FROM created GROUP BY name, birth_on HAVING count(*) > 1
ORDER BY 1
"""

NAMES_UNSAID_CARE = """
SELECT EXISTS (SELECT FROM import_fate f JOIN import_row s ON s.row = f.row
               WHERE f.action = 'unchanged' AND s.care IS NOT NULL
                 AND (NOT %(tells_care)s OR s.care && %(closed)s::bigint[]))
"""


def compare(parameters, *, has_hidden=False):
    """Decide the action of every staged row, within the reach of `parameters`.

    `has_hidden`: there are rows that do not say in full who is meant.
    """
    temp_tables.count_registers()
    copying.analyze(
        "import_row (row, reason, district_id, id_index, name)",
        "import_dwelling",
        "import_household_key",
    )
    with connection.cursor() as cursor:
        cursor.execute(heads.CALLED_OTHERWISE)
        cursor.execute(MATCH_RESIDENTS, parameters)
        ended.settle(cursor, parameters)
        for statement in MATCH_BUILDINGS:
            cursor.execute(statement)
        copying.analyze("import_fate", "import_dwelling")
        if has_hidden:
            masked.settle(cursor, parameters)
            cursor.execute(REFUSE_SECOND_MATCH)
        cursor.execute(DECIDE)
        copying.analyze("import_decided")
        cursor.execute(MATCH_HOUSEHOLDS)
        cursor.execute(PHONES_WITHOUT_NEWS)
        if has_hidden:
            cursor.execute(masked.PHONES_OF_HOUSEHOLDS)
        copying.analyze("import_household")
        cursor.execute(REFUSE_HOUSEHOLDS, parameters)
        cursor.execute(REFUSE_TAKEN_NUMBERS)
        cursor.execute(REFUSE_SECOND_HEADS)
        cursor.execute(REFUSE_HOMELESS)
        cursor.execute(MATCH_UNDOCUMENTED)
        if cursor.rowcount:
            cursor.execute(REFUSE_SECOND_MATCH)
        cursor.execute(REFUSE_OTHER_NUMBERS)
        ended.settle_undocumented(cursor)
        heads.settle(cursor)
        cursor.execute(REFUSE_SAME_HEADS)
        cursor.execute(HOUSEHOLDS_THAT_CHANGE)
        cursor.execute(DECIDE_ACTIONS, parameters)
    copying.analyze("import_fate (action)")


def possible_duplicates(parameters):
    """Rows of new persons who share name and birth date with somebody of the community, as far
    as the importer has it in reach."""
    with connection.cursor() as cursor:
        cursor.execute(POSSIBLE_DUPLICATES, parameters)
        return [row for (row,) in cursor.fetchall()]


def names_unsaid_care(parameters):
    """Whether a row of somebody who is known says a care category of which nothing may be told."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES_UNSAID_CARE, parameters)
        return cursor.fetchone()[0]
