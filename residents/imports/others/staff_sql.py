# ruff: noqa: S608  column names of our own
"""SQL of `staff`: places of the postings, accounts, postings; what differs; writing it."""

from grids.roles import DEPARTMENT_ROLES, GRAVE, THREE
from residents.imports import named_buildings

_BY_DEPARTMENT = "s.role IN ({})".format(
    ", ".join(f"'{role}'" for role in sorted(DEPARTMENT_ROLES))
)
# 三员分立: what nobody does to themselves, what is asked for by hand, and what takes two people.
_HAS_THREE = """EXISTS (SELECT FROM grids_districtprofile f
    WHERE f.district_id = s.district_id AND f.has_three_administrators)"""
_NEW_OR_OTHER = "s.role <> '' AND (s.posting_id IS NULL OR s.posting_differs)"
_TAKES_TWO = "(s.role IN ({}) AND %(by)s::bigint IS NOT NULL AND {})".format(
    ", ".join(f"'{role}'" for role in sorted(GRAVE)), _HAS_THREE
)
_SAME_PLACE = """p.role = s.role AND p.duty = s.duty AND p.grid_id = s.grid_id
    AND p.department_id IS NOT DISTINCT FROM s.department_id AND p.building_id IS NOT DISTINCT FROM s.building_id"""
_WITHIN = "(%(everywhere)s OR {0}.district_id = ANY(%(districts)s) OR {0}.{1} = ANY(%(grids)s))"

# A department of the place named, or of one above it; the posting lies where the department serves.
DEPARTMENTS = f"""
UPDATE sheet_row s SET department_id = d.id, grid_id = d.grid_id, district_id = d.district_id,
    reason = CASE WHEN d.n > 1 THEN 'department_ambiguous' END,
    field = CASE WHEN d.n > 1 THEN 'department' ELSE '' END, value = ''
FROM (
    SELECT DISTINCT ON (row) row, id, grid_id, district_id, count(*) OVER (PARTITION BY row, depth) AS n
    FROM (
        SELECT s.row, d.id, d.grid_id, d.district_id, CASE WHEN g.id IS NULL THEN 0 ELSE length(h.path) END AS depth
        FROM sheet_row s JOIN grids_department d ON d.name = s.department AND d.is_active
        JOIN grids_grid h ON h.id = d.grid_id LEFT JOIN grids_grid g ON g.id = s.grid_id
        WHERE s.reason IS NULL AND {_BY_DEPARTMENT} AND {_WITHIN.format("d", "grid_id")}
          AND (g.id IS NULL OR left(g.path, length(h.path)) = h.path)
    ) x ORDER BY row, depth DESC, id
) d WHERE d.row = s.row
"""
BUILDINGS = f"""
UPDATE sheet_row s SET building_id = b.id, reason = CASE WHEN b.n > 1 THEN 'building_ambiguous' END,
    field = CASE WHEN b.n > 1 THEN 'building' ELSE '' END
FROM (
    SELECT s.row, (array_agg(b.id ORDER BY b.name <> s.building, b.id))[1] AS id,
        COALESCE(NULLIF(count(*) FILTER (WHERE b.name = s.building), 0), count(*)) AS n
    FROM sheet_row s JOIN ({named_buildings.BUILDINGS}) ON b.grid_id = s.grid_id AND {named_buildings.NAME} = s.building
    WHERE s.reason IS NULL AND s.role <> '' AND (s.compound = '' OR c.name = s.compound) GROUP BY s.row
) b WHERE b.row = s.row
"""
MISSING = (
    f"""UPDATE sheet_row s SET reason = 'department_unknown', field = 'department', value = left(s.department, 80)
    WHERE s.reason IS NULL AND s.department_id IS NULL AND {_BY_DEPARTMENT}""",
    f"""UPDATE sheet_row s SET reason = 'building_unknown', field = 'building', value = s.building
    WHERE s.reason IS NULL AND s.building_id IS NULL AND s.building <> '' AND s.role <> '' AND NOT {_BY_DEPARTMENT}""",
)

# Accounts that this person administers: of the district, or all of whose postings lie in reach.
NEAR = """(%(everywhere)s OR t.district_id = ANY(%(districts)s) OR (
    EXISTS (SELECT FROM grids_posting p WHERE p.staff_id = t.id)
    AND NOT EXISTS (SELECT FROM grids_posting p WHERE p.staff_id = t.id AND NOT p.grid_id = ANY(%(grids)s))))"""
ACCOUNTS = (
    """UPDATE sheet_row s SET account = s.username, key = t.id FROM grids_staff t
    WHERE t.username = s.username AND s.username <> '' AND s.reason IS NULL""",
    f"""UPDATE sheet_row s SET key = m.id, account = m.username,
        reason = CASE WHEN m.n > 1 THEN 'staff_ambiguous' END, field = CASE WHEN m.n > 1 THEN 'full_name' ELSE '' END
    FROM (SELECT s.row, min(t.id) AS id, min(t.username) AS username, count(*) AS n
          FROM sheet_row s JOIN grids_staff t ON t.full_name = s.full_name AND t.phone = s.phone AND {NEAR}
          WHERE s.username = '' AND s.phone <> '' AND s.reason IS NULL GROUP BY s.row) m
    WHERE m.row = s.row""",
    # A new person without a user name logs in with the mobile number.
    """UPDATE sheet_row s SET account = COALESCE(NULLIF(s.username, ''), s.phone)
    WHERE s.account IS NULL AND s.reason IS NULL AND (s.username <> '' OR s.phone ~ '^1[0-9]{10}$')""",
    """UPDATE sheet_row s SET reason = 'username_missing', field = 'username', value = ''
    WHERE s.account IS NULL AND s.reason IS NULL""",
    """UPDATE sheet_row s SET reason = 'username_wrong', field = 'username', value = left(s.username, 80)
    WHERE s.key IS NULL AND s.reason IS NULL AND s.account !~ '^[[:alnum:]_.@+-]+$'""",
    """UPDATE sheet_row s SET reason = 'username_taken', field = 'username', value = ''
    FROM grids_staff t WHERE s.reason IS NULL AND s.key IS NULL AND t.username = s.account""",
    f"""UPDATE sheet_row s SET reason = 'outside_scope', field = 'username', value = ''
    FROM grids_staff t WHERE t.id = s.key AND s.reason IS NULL AND NOT {NEAR}""",
    """UPDATE sheet_row s SET reason = 'username_taken', field = 'full_name', value = ''
    FROM grids_staff t WHERE t.id = s.key AND s.reason IS NULL AND t.full_name <> s.full_name
      AND (s.phone = '' OR t.phone <> s.phone)""",
)
FIND = (DEPARTMENTS, BUILDINGS, *MISSING, *ACCOUNTS)

PEOPLE = (
    """UPDATE sheet_row SET district_id = (%(districts)s::bigint[])[1]
    WHERE district_id IS NULL AND cardinality(%(districts)s::bigint[]) = 1""",
    """UPDATE sheet_row SET reason = 'value_missing', field = 'grid', value = ''
    WHERE key IS NULL AND district_id IS NULL AND reason IS NULL""",
    # What the first row of a person says; the others agree or are refused.
    """CREATE TEMP TABLE sheet_person ON COMMIT DROP AS
    SELECT s.account, min(s.row) AS row, max(s.key) AS staff_id, max(s.key) IS NULL AS is_new,
        (array_agg(s.district_id ORDER BY s.row))[1] AS district_id,
        (array_agg(s.full_name ORDER BY s.row))[1] AS full_name,
        COALESCE((array_agg(s.phone ORDER BY s.row) FILTER (WHERE s.phone <> ''))[1], '') AS phone,
        COALESCE((array_agg(s.email ORDER BY s.row) FILTER (WHERE s.email <> ''))[1], '') AS email
    FROM sheet_row s WHERE s.reason IS NULL GROUP BY s.account""",
    """UPDATE sheet_row s SET reason = 'person_contradicts', field = 'full_name', value = ''
    FROM sheet_person n WHERE n.account = s.account AND s.reason IS NULL
      AND (s.full_name <> n.full_name OR s.phone NOT IN ('', n.phone) OR s.email NOT IN ('', n.email))""",
    """UPDATE sheet_row s SET person_differs = true FROM sheet_person n JOIN grids_staff t ON t.id = n.staff_id
    WHERE n.row = s.row AND (t.full_name <> n.full_name OR n.phone NOT IN ('', t.phone) OR n.email NOT IN ('', t.email))""",
)
POSTINGS = (
    """UPDATE sheet_row s SET reason = 'duplicate_in_file', field = 'full_name', value = ''
    WHERE s.reason IS NULL AND EXISTS (SELECT FROM sheet_row p
        WHERE p.account = s.account AND p.reason IS NULL AND p.row < s.row AND (s.role = '' OR (p.role = s.role
            AND p.duty = s.duty AND p.grid_id = s.grid_id AND p.department_id IS NOT DISTINCT FROM s.department_id
            AND p.building_id IS NOT DISTINCT FROM s.building_id)))""",
    # The posting that begins on that day, else one of the same time, is the one meant.
    f"""UPDATE sheet_row s SET posting_id = m.id, posting_differs = m.since <> COALESCE(s.since, m.since)
        OR m.until IS DISTINCT FROM COALESCE(s.until, m.until)
    FROM (
        SELECT DISTINCT ON (s.row) s.row, p.id, p.since, p.until
        FROM sheet_row s JOIN grids_posting p ON p.staff_id = s.key AND {_SAME_PLACE}
        WHERE s.reason IS NULL AND s.role <> '' AND (p.since = s.since
          OR daterange(p.since, p.until, '[]') && daterange(COALESCE(s.since, LEAST(%(today)s::date, s.until)), s.until, '[]')
          OR (s.since IS NULL AND p.until = s.until))
        ORDER BY s.row, p.since = s.since DESC NULLS LAST, p.since DESC
    ) m WHERE m.row = s.row""",
    f"""UPDATE sheet_row s SET reason = 'posting_overlaps', field = 'since', value = ''
    FROM sheet_row m LEFT JOIN grids_posting x ON x.id = m.posting_id
    WHERE m.row = s.row AND s.reason IS NULL AND s.role <> '' AND EXISTS (
        SELECT FROM grids_posting p WHERE p.staff_id = s.key AND {_SAME_PLACE} AND p.id IS DISTINCT FROM s.posting_id
          AND p.since <= COALESCE(s.until, x.until, 'infinity')
          AND COALESCE(p.until, 'infinity') >= COALESCE(s.since, x.since, %(today)s::date))""",
    """UPDATE sheet_row s SET reason = 'period_wrong', field = 'until', value = ''
    FROM sheet_row m LEFT JOIN grids_posting x ON x.id = m.posting_id
    WHERE m.row = s.row AND s.reason IS NULL AND s.role <> ''
      AND COALESCE(s.until, x.until) < COALESCE(s.since, x.since, %(today)s::date)""",
)
ALONE = (
    f"""UPDATE sheet_row s SET reason = 'posting_is_own', field = 'role', value = ''
    WHERE s.reason IS NULL AND s.key = %(by)s::bigint AND {_NEW_OR_OTHER} AND {_HAS_THREE}""",
    f"""UPDATE sheet_row s SET reason = 'posting_by_hand', field = 'role', value = ''
    WHERE s.reason IS NULL AND s.role IN ({", ".join(f"'{role}'" for role in THREE)})
      AND {_NEW_OR_OTHER} AND {_HAS_THREE}""",
)
REFUSE = (*PEOPLE, *POSTINGS, *ALONE)

DECIDE = """
UPDATE sheet_row s SET action = CASE WHEN s.key IS NULL THEN 'created'
    WHEN s.person_differs OR (s.role <> '' AND (s.posting_id IS NULL OR s.posting_differs)) THEN 'changed'
    ELSE 'unchanged' END
WHERE s.reason IS NULL
"""

WRITE = (
    """UPDATE sheet_person SET staff_id = nextval(pg_get_serial_sequence('grids_staff', 'id'))
    WHERE is_new AND account IN (SELECT account FROM sheet_row WHERE reason IS NULL)""",
    # No password opens it ("!"), and it is not active, until an administrator sees to both.
    """INSERT INTO grids_staff (id, password, username, full_name, phone, email, district_id, is_active, is_demo, date_joined)
    SELECT staff_id, '!' || left(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 40),
           account, full_name, phone, email, district_id, false, false, %(now)s
    FROM sheet_person WHERE is_new AND staff_id IS NOT NULL ORDER BY row""",
    """UPDATE grids_staff t SET full_name = n.full_name, phone = COALESCE(NULLIF(n.phone, ''), t.phone),
        email = COALESCE(NULLIF(n.email, ''), t.email)
    FROM sheet_person n JOIN sheet_row s ON s.row = n.row
    WHERE t.id = n.staff_id AND s.person_differs AND s.action = 'changed'""",
    f"""UPDATE grids_posting p SET since = COALESCE(s.since, p.since), until = COALESCE(s.until, p.until)
    FROM sheet_row s WHERE p.id = s.posting_id AND s.posting_differs AND s.action = 'changed'
      AND NOT {_TAKES_TWO}""",
    f"""INSERT INTO grids_postingchange (staff_id, posting_id, role, duty, grid_id, department_id, building_id,
        since, until, state, asked_by_id, asked_at, asked_by_import)
    SELECT n.staff_id, s.posting_id, s.role, s.duty, s.grid_id, s.department_id, s.building_id,
        COALESCE(s.since, p.since, %(today)s::date), COALESCE(s.until, p.until), 'waiting', %(by)s, %(now)s, %(batch)s
    FROM sheet_row s JOIN sheet_person n ON n.account = s.account LEFT JOIN grids_posting p ON p.id = s.posting_id
    WHERE {_NEW_OR_OTHER} AND s.action IN ('created', 'changed') AND {_TAKES_TWO}
      AND NOT EXISTS (SELECT FROM grids_postingchange c WHERE c.staff_id = n.staff_id AND c.state = 'waiting'
        AND c.role = s.role AND c.grid_id = s.grid_id AND c.duty = s.duty
        AND c.department_id IS NOT DISTINCT FROM s.department_id AND c.building_id IS NOT DISTINCT FROM s.building_id)
    ORDER BY s.row""",
    f"""INSERT INTO grids_posting (staff_id, role, duty, grid_id, department_id, building_id, since, until)
    SELECT n.staff_id, s.role, s.duty, s.grid_id, s.department_id, s.building_id,
           COALESCE(s.since, %(today)s::date), s.until
    FROM sheet_row s JOIN sheet_person n ON n.account = s.account
    WHERE s.role <> '' AND s.posting_id IS NULL AND s.action IN ('created', 'changed') AND NOT {_TAKES_TWO}
    ORDER BY s.row""",
)

# The undo: what the import asked for and nobody has confirmed is asked for no more.
ASKED = "DELETE FROM grids_postingchange WHERE state = 'waiting' AND asked_by_import = %(batch)s"
# What came before may have been wider; an auditor's is not even cut by one person.
KEPT_BY_TWO = """
UPDATE undo_posting u SET kept = 'two' FROM grids_posting p JOIN grids_grid g ON g.id = p.grid_id
WHERE p.id = u.id AND u.kept IS NULL AND {three} AND (
    p.role = 'auditor' OR (NOT u.is_created AND EXISTS (
        SELECT FROM grids_postingevent b WHERE b.pgh_id = u.before AND b.role IN ({grave}))))
""".format(
    three=_HAS_THREE.replace("s.district_id", "g.district_id"),
    grave=", ".join(f"'{role}'" for role in sorted(GRAVE)),
)
