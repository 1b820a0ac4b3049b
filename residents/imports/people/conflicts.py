# ruff: noqa: S608  table and column names of our own
"""Facts that differ: the register says one thing and the workbook another.

Taking theirs is what the engine does by itself. A fact of ours that stays is, to the engine,
an empty cell: it changes nothing. What is to be asked stays so, and is kept for a decision.
"""

import json
from dataclasses import dataclass, field

from django.db import connection

from grids.fields import reserve_keys
from residents.imports.people import compare
from residents.imports.workbook import columns, copying
from residents.models import ImportBatch, ImportConflict

OnConflict = ImportBatch.OnConflict
PLACE, HEAD, HOUSEHOLD_PHONE = "place", "head_name", "household_phone"
OWN = ["name", "sex", "birth_on", *compare.CODED, *compare.PLAIN]
EXAMPLES = 3

CREATE = """
DROP TABLE IF EXISTS import_conflict;
CREATE TEMP TABLE import_conflict (row int, field text, ours text, theirs text) ON COMMIT DROP
"""


def _own_values():
    """(field, ours, theirs) of a person; a sex that nobody knew is none."""
    theirs = {"name": "s.name", "sex": "s.sex", "birth_on": "s.birth_on::text"}
    ours = {
        "sex": "CASE WHEN r.sex IN ('1', '2') THEN r.sex ELSE '' END",
        "birth_on": "r.birth_on::text",
    }
    return ", ".join(
        f"('{name}', {ours.get(name, f'r.{name}')}, {theirs.get(name) or compare.says(name)})"
        for name in OWN
    )


FIND_OWN = f"""
INSERT INTO import_conflict
SELECT f.row, v.field, v.ours, v.theirs
FROM import_fate f JOIN import_row s ON s.row = f.row JOIN residents_resident r ON r.id = f.resident_id
CROSS JOIN LATERAL (VALUES {_own_values()}) AS v(field, ours, theirs)
WHERE f.action = 'changed' AND v.ours <> '' AND v.theirs <> '' AND v.ours <> v.theirs
"""

_PLACE_OF = (
    "{grid}.name || ' ' || {address} || CASE WHEN {number} <> '' THEN ' #' || {number} ELSE '' END"
)
_OURS = _PLACE_OF.format(grid="og", address="od.address", number="x.number")
_THEIRS = _PLACE_OF.format(
    grid="g",
    address="COALESCE(NULLIF(d.address, ''), NULLIF(concat(d.compound, d.building, d.entrance, d.room), ''), od.address)",
    number="COALESCE(k.number, '')",
)
_SIDES = """
JOIN residents_dwelling od ON od.id = x.dwelling_id
JOIN grids_grid og ON og.id = x.grid_id
JOIN grids_grid g ON g.id = f.grid_id
LEFT JOIN import_dwelling d ON d.no = f.dwelling_no
LEFT JOIN import_household_key k ON k.no = f.household_no
"""

# Somebody who moves to another household, and a household that moves: one question each.
FIND_PLACES = f"""
INSERT INTO import_conflict
SELECT f.row, '{PLACE}', {_OURS}, {_THEIRS}
FROM import_fate f JOIN residents_resident r ON r.id = f.resident_id
JOIN residents_household x ON x.id = r.household_id
LEFT JOIN import_household h ON h.no = f.household_no {_SIDES}
WHERE f.action = 'changed'
  AND CASE WHEN h.no IS NULL THEN r.grid_id <> f.grid_id ELSE h.household_id IS DISTINCT FROM r.household_id END
UNION ALL
SELECT f.row, '{PLACE}', {_OURS}, {_THEIRS}
FROM import_household h JOIN import_fate f ON f.row = h.row
JOIN residents_household x ON x.id = h.household_id
LEFT JOIN residents_resident r ON r.id = f.resident_id {_SIDES}
WHERE h.changed AND f.action IN ('created', 'changed')
  AND (r.id IS NULL OR r.household_id = h.household_id)
  AND (h.was_grid <> h.grid_id OR (h.dwelling_no IS NOT NULL AND h.was_dwelling IS DISTINCT FROM h.dwelling_id))
"""

# The head's own name and telephone are asked for once, as facts of the person.
FIND_HOUSEHOLDS = f"""
INSERT INTO import_conflict
SELECT h.row, v.field, v.ours, v.theirs
FROM import_household h JOIN import_fate f ON f.row = h.row
LEFT JOIN residents_resident r ON r.id = f.resident_id
CROSS JOIN LATERAL (VALUES ('{HEAD}', h.was_head, h.head_name, 'name'),
                           ('{HOUSEHOLD_PHONE}', h.was_phone, h.phone, 'phone')) AS v(field, ours, theirs, own)
WHERE h.changed AND h.household_id IS NOT NULL AND f.action IN ('created', 'changed')
  AND (r.id IS NULL OR r.household_id = h.household_id)
  AND v.ours <> '' AND v.theirs <> '' AND v.ours <> v.theirs
  AND NOT EXISTS (SELECT FROM import_conflict c WHERE c.row = h.row AND c.field = v.own
                  AND c.ours = v.ours AND c.theirs = v.theirs)
"""

# Another name under the same number is another person, or a mistake in one of the two: that is asked
# in any case. Names that differ in blanks, dots and what cannot be seen are one name.
_LETTERS = r"regexp_replace(normalize({name}, NFKC), '[\s·•‧・∙⋅▪●.。\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]', '', 'g')"
FIND_NAMES = f"""
INSERT INTO import_conflict
SELECT f.row, 'name', r.name, s.name
FROM import_fate f JOIN import_row s ON s.row = f.row JOIN residents_resident r ON r.id = f.resident_id
WHERE f.action = 'changed' AND r.id_index = s.id_index AND s.name <> r.name
  AND {_LETTERS.format(name="s.name")} <> {_LETTERS.format(name="r.name")}
"""

# What has to be said again to the engine when somebody decides to take their place.
PLACE_ROWS = f"""
SELECT c.row, g.code AS grid, d.compound, d.building, d.entrance, d.room, d.address, d.house_code, k.number,
       s.head_name, s.name, s.birth_on, CASE WHEN s.id_index IS NULL THEN s.id_mask END AS id_number
FROM import_conflict c JOIN import_fate f ON f.row = c.row JOIN import_row s ON s.row = c.row
JOIN grids_grid g ON g.id = f.grid_id
LEFT JOIN import_dwelling d ON d.no = f.dwelling_no
LEFT JOIN import_household_key k ON k.no = f.household_no
WHERE c.field = '{PLACE}'
"""

_EMPTY = "''"
_KEEP_NAME = """UPDATE import_row s SET name = r.name, pinyin = r.pinyin, initials = r.initials
    FROM import_conflict c JOIN import_fate f ON f.row = c.row JOIN residents_resident r ON r.id = f.resident_id
    WHERE c.field = 'name' AND s.row = c.row"""
_DECIDE_AGAIN = [
    "UPDATE import_fate SET action = NULL WHERE action = 'changed'",
    compare.DECIDE_ACTIONS,
]
KEEP_NAMES = [
    _KEEP_NAME,
    # The household of the head goes by the same name.
    """UPDATE import_household h SET head_name = CASE WHEN h.household_id IS NULL THEN c.ours ELSE '' END
    FROM import_conflict c JOIN import_fate f ON f.row = c.row
    WHERE c.field = 'name' AND h.no = f.household_no AND h.head_name = c.theirs""",
    "UPDATE import_household SET changed = false WHERE household_id IS NOT NULL",
    compare.HOUSEHOLDS_THAT_CHANGE,
    *_DECIDE_AGAIN,
]
KEEP_OURS = [
    _KEEP_NAME,
    *(
        f"UPDATE import_row s SET {name} = {'NULL' if name == 'birth_on' else _EMPTY} "
        f"FROM import_conflict c WHERE c.field = '{name}' AND s.row = c.row"
        for name in OWN
        if name != "name"
    ),
    # Somebody who would move to another household, or grid, stays.
    f"""UPDATE import_fate f SET household_no = NULL, grid_id = r.grid_id
    FROM import_conflict c, residents_resident r, import_household h
    WHERE c.field = '{PLACE}' AND c.row = f.row AND r.id = f.resident_id
      AND h.no = f.household_no AND h.household_id IS DISTINCT FROM r.household_id""",
    f"""UPDATE import_fate f SET grid_id = r.grid_id
    FROM import_conflict c, residents_resident r
    WHERE c.field = '{PLACE}' AND c.row = f.row AND r.id = f.resident_id AND f.household_no IS NULL""",
    # A household that would move stays, with all its rows.
    """UPDATE import_household h SET grid_id = was_grid, dwelling_no = NULL, dwelling_id = was_dwelling
    WHERE changed AND household_id IS NOT NULL""",
    """UPDATE import_fate f SET grid_id = h.grid_id FROM import_household h
    WHERE h.no = f.household_no AND f.grid_id <> h.grid_id AND h.household_id IS NOT NULL
      AND f.action IN ('created', 'changed', 'unchanged')""",
    """UPDATE import_row s SET grid_id = f.grid_id FROM import_fate f
    WHERE f.row = s.row AND f.grid_id <> s.grid_id AND f.action IN ('created', 'changed', 'unchanged')""",
    """UPDATE import_household SET changed = false,
        head_name = CASE WHEN was_head <> '' THEN '' ELSE head_name END,
        phone = CASE WHEN was_phone <> '' THEN '' ELSE phone END
    WHERE household_id IS NOT NULL""",
    compare.HOUSEHOLDS_THAT_CHANGE,
    # A household is not written on the word of somebody who stays elsewhere.
    """UPDATE import_household h SET changed = false
    FROM import_fate f WHERE f.row = h.row AND f.household_no IS NULL""",
    *_DECIDE_AGAIN,
]


@dataclass
class Found:
    """What differs. `rows` and `facts` are counts, `places` {row: facts of the place}; `names` is the
    summary of those that are asked about in any case, where theirs are taken otherwise."""

    rows: int = 0
    facts: int = 0
    by_field: dict = field(default_factory=dict)
    examples: dict = field(default_factory=dict)
    places: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)

    def summary(self):
        """For the batch; the examples are masked."""
        return {
            "rows": self.rows,
            "facts": self.facts,
            "by_field": self.by_field,
            "examples": self.examples,
        }


def settle(on_conflict, parameters, rare=None):
    """After `compare`: leave the facts that differ as they are, unless theirs are taken.

    Where theirs are taken, names are left all the same. None where nothing is asked.
    """
    with connection.cursor() as cursor:
        if on_conflict == OnConflict.THEIRS:
            return _settle_names(cursor, parameters, rare)
        cursor.execute(CREATE)
        _find(cursor, rare)
        copying.analyze("import_conflict")
        found = _found(cursor)
        if found.rows:
            found.places = _places(cursor)
            for statement in KEEP_OURS:
                cursor.execute(statement, parameters)
    return found


def _find(cursor, rare):
    for statement in (FIND_OWN, FIND_PLACES, FIND_HOUSEHOLDS):
        cursor.execute(statement)
    if rare:
        rare.find(cursor)


def _settle_names(cursor, parameters, rare):
    """A dry run also says what else would be taken; what is left in `import_conflict` is asked."""
    found = Found()
    cursor.execute(CREATE)
    if parameters["is_dry"]:
        _find(cursor, rare)
        found = _found(cursor)
        cursor.execute("TRUNCATE import_conflict")
    cursor.execute(FIND_NAMES)
    if cursor.rowcount:
        names = _found(cursor)
        found.names = names.summary()
        for statement in KEEP_NAMES:
            cursor.execute(statement, parameters)
    return found if found.rows or found.names else None


def keep(batch_id, found, numbers):
    """Keep each fact that differs for a decision, sealed. `numbers` are the rows' ID numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.row, f.resident_id, c.field, c.ours, c.theirs
            FROM import_conflict c JOIN import_fate f ON f.row = c.row ORDER BY c.row, c.field"""
        )
        rows = cursor.fetchall()
    conflicts = reserve_keys(
        ImportConflict(
            batch_id=batch_id,
            row=row,
            resident_id=resident_id,
            field=name,
            ours_sealed=ours,
            theirs_sealed=_as_said(found, numbers, row, theirs) if name == PLACE else theirs,
        )
        for row, resident_id, name, ours, theirs in rows
    )
    ImportConflict.objects.bulk_create(conflicts, batch_size=2_000)


def _as_said(found, numbers, row, text):
    """A place: what it reads like, and the row that the engine would be given."""
    facts = found.places[row]
    if row in numbers:
        facts = facts | {"id_number": numbers[row]}
    return json.dumps({"text": text, "row": facts}, ensure_ascii=False)


def _found(cursor):
    cursor.execute("SELECT field, count(*) FROM import_conflict GROUP BY 1 ORDER BY 2 DESC, 1")
    by_field = dict(cursor.fetchall())
    cursor.execute("SELECT count(DISTINCT row) FROM import_conflict")
    found = Found(cursor.fetchone()[0], sum(by_field.values()), by_field)
    cursor.execute(
        f"""SELECT field, row, ours, theirs FROM (SELECT c.*, row_number() OVER (PARTITION BY field ORDER BY row) AS n
        FROM import_conflict c) x WHERE n <= {EXAMPLES} ORDER BY row"""
    )
    for name, row, ours, theirs in cursor.fetchall():
        ours, theirs = masked(name, ours, theirs)
        found.examples.setdefault(name, []).append({"row": row, "ours": ours, "theirs": theirs})
    return found


def _places(cursor):
    cursor.execute(PLACE_ROWS)
    names = [column.name for column in cursor.description]
    found = {}
    for row in cursor.fetchall():
        facts = {name: str(value) for name, value in zip(names, row, strict=True) if value}
        found[int(facts.pop("row"))] = facts
    return found


def masked(name, ours, theirs):
    """Both sides so that one sees what differs, and not who it is."""
    if name == PLACE:
        return ours, theirs
    if name in ("name", HEAD):
        return _only_different(ours, theirs), _only_different(theirs, ours)
    meaning = "phone" if name == HOUSEHOLD_PHONE else name
    return columns.masked(ours, meaning), columns.masked(theirs, meaning)


def _only_different(text, other):
    other = other.ljust(len(text))
    return "".join(
        "*" if mine == its else mine for mine, its in zip(text, other[: len(text)], strict=True)
    )
