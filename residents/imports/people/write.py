"""Writing what `compare` decided: one statement per table, history kept by the triggers."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from grids.fields import encrypt_all, reserve_keys
from residents import notices
from residents.imports import named_buildings
from residents.imports.people import heads, temp_tables
from residents.imports.people.compare import CODED, PLAIN, says
from residents.imports.workbook import copying
from residents.models import HEAD_OF_HOUSEHOLD, MoveInRequest, Resident

PLACES = named_buildings.add(
    """SELECT b.district_id, b.grid_id, b.compound, b.building
    FROM import_building b JOIN import_wanted w USING (grid_id, compound, building)
    WHERE b.building_id IS NULL"""
)
DWELLINGS = [
    named_buildings.link("import_dwelling"),
    """UPDATE import_dwelling d
    SET dwelling_id = nextval((SELECT pg_get_serial_sequence('residents_dwelling', 'id')::regclass))
    FROM import_wanted w WHERE w.no = d.no AND d.dwelling_id IS NULL""",
    """INSERT INTO residents_dwelling
        (id, district_id, grid_id, building_id, entrance, room, address, house_code, use)
    SELECT d.dwelling_id, g.district_id, d.grid_id, d.building_id, d.entrance, d.room,
           COALESCE(NULLIF(d.address, ''), d.compound || d.building || d.entrance || d.room), d.house_code, 'own'
    FROM import_dwelling d JOIN import_wanted w ON w.no = d.no JOIN grids_grid g ON g.id = d.grid_id
    ORDER BY d.no""",
]

BLOCKS_AHEAD = 20  # kept in memory at most
# More than these, and each dwelling would be checked against the whole table of buildings, which
# the planner still takes for an empty one.
FEW_BUILDINGS = 50

# Dwellings that a written household needs and that do not exist yet.
WANTED = """
CREATE TEMP TABLE import_wanted ON COMMIT DROP AS
SELECT d.no, d.grid_id, d.compound, d.building FROM import_dwelling d
WHERE d.dwelling_id IS NULL AND d.no IN (
    SELECT h.dwelling_no FROM import_household h JOIN import_fate f ON f.household_no = h.no
    WHERE f.action IN ('created', 'changed'))
"""

HOUSEHOLDS = [
    """UPDATE import_household h SET dwelling_id = d.dwelling_id
    FROM import_dwelling d WHERE d.no = h.dwelling_no AND h.dwelling_id IS NULL""",
    """UPDATE import_household SET household_id = nextval((SELECT pg_get_serial_sequence('residents_household', 'id')::regclass))
    WHERE is_new AND no IN (SELECT household_no FROM import_fate WHERE action IN ('created', 'changed'))""",
    """INSERT INTO residents_household (id, district_id, grid_id, dwelling_id, community_id, number,
        head_name, phone, arrived_on, created_at, ended_on, end_reason)
    SELECT household_id, district_id, grid_id, dwelling_id, community_id, number,
           head_name, phone, NULL, %(now)s, NULL, ''
    FROM import_household WHERE is_new AND household_id IS NOT NULL ORDER BY no""",
    """UPDATE residents_household x SET
        grid_id = h.grid_id, dwelling_id = COALESCE(h.dwelling_id, x.dwelling_id),
        head_name = COALESCE(NULLIF(h.head_name, ''), x.head_name),
        phone = COALESCE(NULLIF(h.phone, ''), x.phone),
        number = COALESCE(NULLIF(h.number, ''), x.number)
    FROM import_household h WHERE h.changed AND x.id = h.household_id""",
]

NEW_KEYS = """
UPDATE import_fate SET resident_id = nextval((SELECT pg_get_serial_sequence('residents_resident', 'id')::regclass))
WHERE action = 'created'
"""

INSERT_RESIDENTS = f"""
INSERT INTO residents_resident (id, district_id, grid_id, household_id, relation, name, pinyin, initials,
    document, id_sealed, id_index, id_mask, sex, birth_on, ethnicity, education, marital, phone, kind,
    registered_address, employer, note, ended_on, end_reason)
SELECT f.resident_id, s.district_id, s.grid_id, h.household_id,
    CASE WHEN s.relation = '' AND s.is_head AND h.is_new AND h.row = f.row
         THEN '{HEAD_OF_HOUSEHOLD}' ELSE s.relation END,
    s.name, s.pinyin, s.initials,
    s.document, e.sealed, s.id_index, s.id_mask, COALESCE(NULLIF(s.sex, ''), '9'), s.birth_on, s.ethnicity,
    s.education, s.marital, s.phone, COALESCE(NULLIF(s.kind, ''), CASE
        WHEN s.document IN ('hmt_permit', 'hm_pass', 'tw_pass') THEN 'hmt'
        WHEN s.document IN ('passport', 'permanent') THEN 'foreign' ELSE 'registered' END),
    s.registered_address, s.employer, s.note, NULL, ''
FROM import_fate f
JOIN import_row s ON s.row = f.row
JOIN import_household h ON h.no = f.household_no
LEFT JOIN import_sealed e ON e.row = f.row
WHERE f.action = 'created'
"""  # noqa: S608  a constant of our own

UPDATE_RESIDENTS = f"""
UPDATE residents_resident r SET
    grid_id = s.grid_id, household_id = COALESCE(h.household_id, r.household_id),
    name = s.name, pinyin = s.pinyin, initials = s.initials,
    sex = COALESCE(NULLIF(s.sex, ''), r.sex), birth_on = COALESCE(s.birth_on, r.birth_on),
    document = CASE WHEN r.id_index IS NULL AND s.id_index IS NOT NULL THEN s.document ELSE r.document END,
    id_mask = CASE WHEN r.id_index IS NULL AND s.id_index IS NOT NULL THEN s.id_mask ELSE r.id_mask END,
    id_sealed = CASE WHEN r.id_index IS NULL THEN e.sealed ELSE r.id_sealed END,
    id_index = COALESCE(r.id_index, s.id_index),
    {", ".join(f"{column} = {says(column)}" for column in CODED + PLAIN)}
FROM import_fate f
JOIN import_row s ON s.row = f.row
LEFT JOIN import_household h ON h.no = f.household_no
LEFT JOIN import_sealed e ON e.row = f.row
WHERE f.action = 'changed' AND r.id = f.resident_id
"""  # noqa: S608  column names of our own

# Whoever may not know of care is told the same whether somebody has it already or gets it now.
INSERT_CARE = """
INSERT INTO residents_carerecord (resident_id, category_id, since, until, source, note)
SELECT f.resident_id, c.id, %(today)s, NULL, %(source)s, ''
FROM import_fate f JOIN import_row s ON s.row = f.row CROSS JOIN LATERAL unnest(s.care) AS c(id)
WHERE f.action IN ('created', 'changed')
   OR (f.action = 'unchanged' AND (NOT %(tells_care)s OR c.id = ANY(%(closed)s::bigint[])))
ON CONFLICT DO NOTHING
"""

FOLLOW_THE_HOUSEHOLD = """
UPDATE residents_resident r SET grid_id = h.grid_id
FROM import_household h
WHERE h.changed AND h.was_grid <> h.grid_id AND r.household_id = h.household_id
  AND r.grid_id <> h.grid_id AND r.ended_on IS NULL
"""

END_EMPTY_HOUSEHOLDS = """
UPDATE residents_household x SET ended_on = %(today)s, end_reason = 'moved'
WHERE x.ended_on IS NULL AND x.id IN (
    SELECT was_household FROM import_fate f JOIN import_household h ON h.no = f.household_no
    WHERE f.action = 'changed' AND f.was_household <> h.household_id)
  AND NOT EXISTS (SELECT FROM residents_resident r WHERE r.household_id = x.id AND r.ended_on IS NULL)
"""

WAITING_ROWS = f"""
SELECT f.row, f.resident_id, f.lives_in, s.grid_id, s.district_id, {temp_tables.AS_SAID}
WHERE f.action = 'waiting' AND f.ended_id IS NULL AND NOT EXISTS (
    SELECT FROM residents_moveinrequest m
    WHERE m.resident_id = f.resident_id AND m.to_grid_id = s.grid_id AND m.state = 'waiting')
"""  # noqa: S608  columns of our own


def write(staged, parameters, *, batch_id):
    """All rows of `import_fate`; the caller holds the locks and the transaction."""
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as beside:
        # We encrypt while the database writes places and households.
        cursor.execute(NEW_KEYS)
        sealed = _sealed(_to_seal(cursor), staged.numbers)
        ahead = beside.submit(list, itertools.islice(sealed, BLOCKS_AHEAD))
        cursor.execute(WANTED)
        for statement in PLACES:
            cursor.execute(statement)
        if cursor.rowcount > FEW_BUILDINGS:
            copying.analyze("grids_building")
        for statement in DWELLINGS:
            cursor.execute(statement)
        for statement in HOUSEHOLDS:
            cursor.execute(statement, parameters)
        temp_tables.copy_sealed(itertools.chain(ahead.result(), sealed))
        cursor.execute(INSERT_RESIDENTS)
        cursor.execute(UPDATE_RESIDENTS)
        cursor.execute(INSERT_CARE, parameters)
        temp_tables.count_registers()  # what follows joins what was written, perhaps to empty tables
        cursor.execute(FOLLOW_THE_HOUSEHOLD)
        for statement in (heads.NAMED, heads.ONE_EACH):
            cursor.execute(statement)
        cursor.execute(END_EMPTY_HOUSEHOLDS, parameters)
        cursor.execute(WAITING_ROWS)
        names = [column.name for column in cursor.description]
        waiting = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    by_id, now = parameters["by"], parameters["now"]
    ask_to_move_in(waiting, staged.numbers, batch_id=batch_id, by_id=by_id, now=now)


def _to_seal(cursor):
    """{row: key of the resident} of the rows that are new or learn their number now."""
    cursor.execute(
        """SELECT f.row, f.resident_id FROM import_fate f LEFT JOIN residents_resident r ON r.id = f.resident_id
        WHERE f.action = 'created' OR (f.action = 'changed' AND r.id_index IS NULL)"""
    )
    return dict(cursor.fetchall())


def _sealed(wanted, numbers):
    """The encrypted numbers of these rows as blocks of COPY text."""
    context = Resident._meta.get_field("id_sealed").context
    found = numbers.of(wanted)
    while some := list(itertools.islice(found, 5_000)):
        keys, texts = zip(*some, strict=True)
        residents = [wanted[key] for key in keys]
        yield temp_tables.sealed_block(keys, encrypt_all(texts, context, residents))


def ask_to_move_in(waiting, numbers, *, batch_id, by_id, now):
    """One request to the grid where each of these persons lives."""
    requests = []
    texts = dict(numbers.of({row["row"] for row in waiting}))
    for row in waiting:
        keys = [
            row.pop(name) for name in ("row", "resident_id", "lives_in", "grid_id", "district_id")
        ]
        number, resident_id, from_grid_id, to_grid_id, district_id = keys
        facts = {name: str(value) for name, value in row.items() if value}
        facts["id_number"] = texts[number]
        requests.append(
            MoveInRequest(
                district_id=district_id,
                resident_id=resident_id,
                from_grid_id=from_grid_id,
                to_grid_id=to_grid_id,
                batch_id=batch_id,
                asked_by_id=by_id,
                asked_at=now,
                row_sealed=json.dumps(facts, ensure_ascii=False),
            )
        )
    notices.announce_move_ins(MoveInRequest.objects.bulk_create(reserve_keys(requests)))
