# ruff: noqa: S608  conditions of our own
"""Rows that hide who is meant (3****4, 王*), or name the head alone: they find who is registered.

A mask is what pages and exports show in place of a number: its first and last character. However
many digits a mask has, only these two are compared, so a mask typed by hand confirms nothing that
the page of the person does not show. Somebody of the name and the mask is looked for in the
household or at the door of the row, within the reach of the importer. Nobody is created by such a
row, nobody moves by it, and what it hides is never written.
"""

from typing import NamedTuple

from grids.workbooks import spelling
from residents.imports.workbook import copying

# In place of a mask: a row that says no number and no birth, and one that names a head only.
NOTHING_SAID, HEAD_ALONE = "-", "***"


class Masked(NamedTuple):
    """A number of which at most the first and the last character are known: "3**4"."""

    mask: str


OF_HEAD = Masked(HEAD_ALONE)


def read(written):
    """The Masked of a cell, or None where it hides nothing."""
    if not spelling.hides(written):
        return None
    first, last = written[:1], written[-1:].upper()
    return Masked(f"{first if first.isalnum() else ''}**{last if last.isalnum() else ''}")


def mask_of(found, cells):
    """What stands in `import_row.id_mask` of a row that no number tells."""
    if isinstance(found, Masked):
        return found.mask
    return NOTHING_SAID if found is None and not cells.birth_on else ""


_IS_HIDDEN = "s.id_index IS NULL AND s.id_mask <> ''"
_NAME_HIDES = "strpos(s.name, '*') > 0"
_HIDDEN_NAME_FITS = """starts_with(r.name, split_part(s.name, '*', 1))
    AND right(r.name, length(split_part(s.name, '*', -1))) = split_part(s.name, '*', -1)"""
_FITS = f"""r.ended_on IS NULL AND (r.name = s.name OR ({_NAME_HIDES} AND {_HIDDEN_NAME_FITS}))
    AND CASE WHEN s.id_mask = '{NOTHING_SAID}' THEN r.id_mask = ''
        ELSE left(s.id_mask, 1) IN ('*', left(r.id_mask, 1)) AND right(s.id_mask, 1) IN ('*', right(r.id_mask, 1)) END
    AND (%(everywhere)s OR r.district_id = ANY(%(districts)s) OR r.grid_id = ANY(%(grids)s))"""
_ROWS = "import_fate f JOIN import_row s ON s.row = f.row"

CREATE = f"""
CREATE TEMP TABLE import_hidden ON COMMIT DROP AS
SELECT f.row, f.household_no, f.dwelling_no, k.number FROM {_ROWS}
LEFT JOIN import_household_key k ON k.no = f.household_no
WHERE f.action IS NULL AND {_IS_HIDDEN}
"""
# By number of the household or door; by name in the grid where the row says neither.
FIND = f"""
CREATE TEMP TABLE import_found ON COMMIT DROP AS
SELECT row, min(id) AS resident_id, count(DISTINCT id) AS people FROM (
    SELECT row, id, min(rank) OVER (PARTITION BY row) = rank AS is_nearest FROM (
        SELECT x.row, r.id, CASE WHEN h.grid_id = s.grid_id THEN 1 ELSE 2 END AS rank
        FROM import_hidden x JOIN import_row s ON s.row = x.row
        JOIN residents_household h ON h.community_id = s.community_id AND h.number = x.number
             AND h.number <> '' AND h.ended_on IS NULL
        JOIN residents_resident r ON r.household_id = h.id AND {_FITS}
        UNION ALL
        SELECT x.row, r.id, 1
        FROM import_hidden x JOIN import_row s ON s.row = x.row
        JOIN import_dwelling d ON d.no = x.dwelling_no
        JOIN residents_household h ON h.dwelling_id = d.dwelling_id AND h.ended_on IS NULL
        JOIN residents_resident r ON r.household_id = h.id AND {_FITS}
        UNION ALL
        SELECT x.row, r.id, 1
        FROM import_hidden x JOIN import_row s ON s.row = x.row
        JOIN residents_resident r ON r.grid_id = s.grid_id AND r.pinyin = s.pinyin AND {_FITS}
        WHERE x.dwelling_no IS NULL AND COALESCE(x.number, '') = ''
    ) candidate
) nearest WHERE is_nearest GROUP BY row
"""
TAKE = """
UPDATE import_fate f SET resident_id = r.id, lives_in = r.grid_id, was_household = r.household_id
FROM import_found x JOIN residents_resident r ON r.id = x.resident_id
WHERE x.row = f.row AND x.people = 1
"""
REFUSE = f"""
UPDATE import_fate f SET action = 'rejected', field = 'id_number', value = '', reason = CASE
    WHEN s.id_mask = '{NOTHING_SAID}' THEN 'id_missing' WHEN x.people > 1 THEN 'hidden_several' ELSE 'hidden_nobody' END
FROM import_hidden n JOIN import_row s ON s.row = n.row LEFT JOIN import_found x ON x.row = n.row
WHERE n.row = f.row AND f.resident_id IS NULL
"""
# The name in full, of whoever is known; else it is not known to whom the row gives it.
KNOWN_NAMES = f"""
UPDATE import_row s SET name = r.name, pinyin = r.pinyin, initials = r.initials
FROM import_fate f JOIN residents_resident r ON r.id = f.resident_id
WHERE f.row = s.row AND f.action IS NULL AND {_NAME_HIDES} AND {_HIDDEN_NAME_FITS}
"""
REFUSE_NAMES = f"""
UPDATE import_fate f SET action = 'rejected', reason = 'name_hidden', field = 'name', value = '', ended_id = NULL
FROM import_row s WHERE s.row = f.row AND (f.action IS NULL OR f.action = 'waiting') AND {_NAME_HIDES}
"""
HEADS_IN_FULL = "UPDATE import_row SET head_name = '' WHERE strpos(head_name, '*') > 0"
# A list of households says the telephone of the household, not of its head; when that has taken it.
PHONES_OF_HOUSEHOLDS = f"""
UPDATE import_row SET phone = '' WHERE id_mask = '{HEAD_ALONE}' AND id_index IS NULL AND phone <> ''
"""


def settle(cursor, parameters):
    """Find who is meant; before the households are looked for, and after the doors."""
    copying.drop("import_hidden", "import_found")
    cursor.execute(CREATE)
    copying.analyze("import_hidden")
    for statement in (FIND, TAKE, REFUSE, KNOWN_NAMES, REFUSE_NAMES, HEADS_IN_FULL):
        cursor.execute(statement, parameters)
