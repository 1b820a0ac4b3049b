# ruff: noqa: S608  table and column names of our own
"""Businesses and institutions, with their licences in columns of the same row."""

from grids import locks
from grids.workbooks import spelling
from residents.housing.file_of_premises import FACTS, PARTS
from residents.imports.batch.written import Child, Written
from residents.imports.others import cells, ground
from residents.imports.others.declare import GRID, PLACE, Sheet, column
from residents.models import Licence, Premises
from residents.people import credit_codes

# What a credit code says of its holder by itself (GB 32100: the office that issued it, and the kind).
KIND = """COALESCE(NULLIF(s.kind, ''), CASE WHEN left(s.credit_code, 2) = '92' THEN 'self_employed'
    WHEN left(s.credit_code, 1) = '1' THEN 'institution' ELSE '' END)"""
NAMED = ("code", "credit_code")
BUSINESS, FOOD, OTHER = (
    "营业执照",
    "食品经营许可证",
    "许可证",
)  # kinds of licences are data

# By code, else by credit code, else by grid and name; what names another one does not match.
FIND = f"""
UPDATE sheet_row s SET key = CASE WHEN m.n = 1 THEN m.id END,
    reason = CASE WHEN m.n > 1 THEN 'premises_ambiguous' END,
    field = CASE WHEN m.n > 1 THEN 'premises_name' ELSE '' END, value = ''
FROM (
    SELECT DISTINCT ON (row) row, id, count(*) OVER (PARTITION BY row, rank, is_elsewhere) AS n
    FROM (
        SELECT s.row, p.id, 1 AS rank, p.grid_id <> s.grid_id AS is_elsewhere
        FROM sheet_row s JOIN residents_premises p
          ON p.district_id = s.district_id AND p.code = s.code AND p.ended_on IS NULL
        WHERE s.reason IS NULL AND s.code <> '' AND p.code <> ''
        UNION ALL
        SELECT s.row, p.id, 2, p.grid_id <> s.grid_id
        FROM sheet_row s JOIN residents_premises p
          ON p.district_id = s.district_id AND p.credit_code = s.credit_code AND p.ended_on IS NULL
        WHERE s.reason IS NULL AND s.credit_code <> '' AND p.credit_code <> '' AND (s.code = '' OR p.code = '')
        UNION ALL
        SELECT s.row, p.id, 3, false
        FROM sheet_row s JOIN residents_premises p
          ON p.grid_id = s.grid_id AND p.name = s.premises_name AND p.ended_on IS NULL
        WHERE s.reason IS NULL AND {" AND ".join(f"(s.{one} = '' OR p.{one} IN ('', s.{one}))" for one in NAMED)}
    ) x ORDER BY row, rank, is_elsewhere, id
) m WHERE m.row = s.row
"""

# What cannot be so is left out and reported.
LEAVE_OUT = (
    f"""UPDATE sheet_row s SET kind = 'other'
    WHERE s.key IS NULL AND s.reason IS NULL AND {KIND} = '' RETURNING 'kind', '—'""",
    """UPDATE sheet_row s SET value = licence_issued_on || ' — ' || licence_expires_on,
        licence_issued_on = NULL, licence_expires_on = NULL
    WHERE s.reason IS NULL AND s.licence_expires_on < s.licence_issued_on
    RETURNING 'licence_expires_on', value""",
    *(
        f"""UPDATE sheet_row s SET value = s.{one}::text, {one} = NULL
        WHERE s.reason IS NULL AND s.{one} > COALESCE(
            s.head_count, (SELECT p.head_count FROM residents_premises p WHERE p.id = s.key), s.{one})
        RETURNING '{one}', value"""
        for one in PARTS
    ),
)
LICENCES = f"""
CREATE TEMP TABLE sheet_licence ON COMMIT DROP AS
SELECT DISTINCT ON (s.row, l.kind, l.number) s.row, l.kind, l.number, l.authority, l.issued_on, l.expires_on,
    x.id AS licence_id, x.id IS NOT NULL AND (
        (l.number <> '' AND x.number <> l.number) OR (l.authority <> '' AND x.authority <> l.authority)
        OR COALESCE(l.issued_on, x.issued_on) IS DISTINCT FROM x.issued_on
        OR COALESCE(l.expires_on, x.expires_on) IS DISTINCT FROM x.expires_on) AS differs
FROM sheet_row s CROSS JOIN LATERAL (VALUES
    ('{BUSINESS}', s.business_licence_number, '', NULL::date, s.business_licence_expires_on),
    ('{FOOD}', s.food_licence_number, '', NULL::date, s.food_licence_expires_on),
    (COALESCE(NULLIF(s.licence_kind, ''), '{OTHER}'), s.licence_number, s.licence_authority,
     s.licence_issued_on, s.licence_expires_on)
) AS l(kind, number, authority, issued_on, expires_on)
LEFT JOIN LATERAL (
    SELECT y.* FROM residents_licence y
    WHERE y.premises_id = s.key AND y.kind = l.kind AND y.ended_on IS NULL
      AND (l.number = '' OR y.number IN ('', l.number))
    ORDER BY y.number = l.number DESC, y.id LIMIT 1
) x ON true
WHERE s.reason IS NULL AND (l.number <> '' OR l.issued_on IS NOT NULL OR l.expires_on IS NOT NULL)
ORDER BY s.row, l.kind, l.number
"""
NEW_LICENCE = """EXISTS (SELECT FROM sheet_licence l WHERE l.row = s.row AND (l.licence_id IS NULL OR l.differs))"""

# As `premises.issue_code` does it one by one: the grid's code, P, four digits, never issued twice.
ISSUE_CODES = (
    f"""SELECT pg_advisory_xact_lock({locks.PREMISES_CODES}, grid_id::int) FROM (
        SELECT DISTINCT grid_id FROM sheet_row WHERE action = 'created' AND code = '' ORDER BY 1) x""",
    """WITH last AS (
        SELECT g.id, g.code, COALESCE(max(right(p.code, 4)::int), 0) AS serial
        FROM grids_grid g LEFT JOIN (
            SELECT district_id, code FROM residents_premises WHERE code ~ 'P[0-9]{4}$'
            UNION ALL SELECT district_id, code FROM sheet_row WHERE code ~ 'P[0-9]{4}$' AND reason IS NULL
        ) p ON p.district_id = g.district_id AND left(p.code, length(p.code) - 5) = g.code
        WHERE g.id IN (SELECT grid_id FROM sheet_row WHERE action = 'created' AND code = '')
        GROUP BY g.id, g.code
    ), numbered AS (
        SELECT s.row, l.code, l.serial + row_number() OVER (PARTITION BY s.grid_id ORDER BY s.row) AS serial
        FROM sheet_row s JOIN last l ON l.id = s.grid_id WHERE s.action = 'created' AND s.code = ''
    )
    UPDATE sheet_row s SET code = n.code || 'P' || lpad(n.serial::text, 4, '0')
    FROM numbered n WHERE n.row = s.row AND n.serial < 10000""",
)
WRITE_LICENCES = (
    """INSERT INTO residents_licence (premises_id, kind, number, authority, issued_on, expires_on)
    SELECT s.key, l.kind, l.number, l.authority, l.issued_on, l.expires_on
    FROM sheet_licence l JOIN sheet_row s ON s.row = l.row
    WHERE l.licence_id IS NULL AND s.action IN ('created', 'changed') ORDER BY l.row""",
    """UPDATE residents_licence x SET number = COALESCE(NULLIF(l.number, ''), x.number),
        authority = COALESCE(NULLIF(l.authority, ''), x.authority),
        issued_on = COALESCE(l.issued_on, x.issued_on), expires_on = COALESCE(l.expires_on, x.expires_on)
    FROM sheet_licence l JOIN sheet_row s ON s.row = l.row
    WHERE l.licence_id = x.id AND l.differs AND s.action = 'changed'""",
)
SAME = (
    *(name for name in FACTS if name != "name"),
    "code",
    "building_id",
    "dwelling_id",
    "grid_id",
)
# How a cell is read, where the type of the column does not say it.
READ = {
    "credit_code": cells.credit_code,
    "kind": cells.listed("premises_kind"),
    "owner_or_tenant": cells.listed("holding"),
    "phone": cells.phone,
    "responsible_person": spelling.name,
}
PRIVATE = {"phone", "responsible_person"}


def declare():
    date = {"kind": cells.day, "type": "date"}
    return Sheet(
        register="premises",
        model=Premises,
        columns=(
            GRID,
            *PLACE,
            column("code", Premises.code, cells.code, names=True),
            column("premises_name", Premises.name, spelling.name, is_required=True),
            *(
                column(name, getattr(Premises, name), READ.get(name), is_private=name in PRIVATE)
                for name in FACTS
                if name != "name"
            ),
            column("business_licence_number", Licence.number, cells.code),
            column("business_licence_expires_on", **date),
            column("food_licence_number", Licence.number, cells.code),
            column("food_licence_expires_on", **date),
            column("licence_kind", Licence.kind),
            column("licence_number", Licence.number, cells.code),
            column("licence_authority", Licence.authority),
            column("licence_issued_on", **date),
            column("licence_expires_on", **date),
        ),
        extra=ground.EXTRA,
        facts={"name": "s.premises_name"} | {name: f"s.{name}" for name in SAME},
        fixed={
            "kind": KIND,
            "head_count": "COALESCE(s.head_count, 0)",
            "address": "COALESCE(NULLIF(s.address, ''), s.compound || s.building || s.entrance || s.room)",
            "end_reason": "''",
        },
        match=(
            ground.FIND_BUILDINGS,
            ground.REFUSE_AMBIGUOUS,
            *ground.FIND_DWELLINGS,
            ground.FIND_OTHERWISE,
            FIND,
        ),
        refuse=(*LEAVE_OUT, LICENCES, "ANALYZE sheet_licence"),
        also=NEW_LICENCE,
        before=ISSUE_CODES,
        after=WRITE_LICENCES,
        complete=complete,
        judge=judge,
        tables=("sheet_licence",),
        written=Written((Premises, Licence), children=(Child(Premises, Licence, "premises_id"),)),
    )


def complete(row, unknown):
    """The number of a business licence of today is the credit code."""
    number = row.business_licence_number.upper()
    if not row.credit_code and credit_codes.is_one(number):
        return row._replace(credit_code=number)
    return row


def judge(row, place, seen):
    """One row of a file for each of the premises: the first counts."""
    district, names = place.district_id, (row.code, row.credit_code)
    for key in (
        ("code", district, row.code) if row.code else None,
        ("credit", district, row.credit_code) if row.credit_code else None,
        ("name", place.grid_id, row.premises_name),
    ):
        if key is None:
            continue
        if any(map(_may_be_same, seen.get(key, ()), [names] * len(seen.get(key, ())))):
            return "duplicate_in_file", "premises_name", row.premises_name[:80]
    for key in (
        ("code", district, row.code),
        ("credit", district, row.credit_code),
        ("name", place.grid_id, row.premises_name),
    ):
        if key[2]:
            seen.setdefault(key, []).append(names)
    return None


def _may_be_same(one, other):
    """Codes that both have agree."""
    code, credit = zip(one, other, strict=True)
    if all(code):
        return code[0] == code[1]
    return not all(credit) or credit[0] == credit[1]
