# ruff: noqa: S608  table and column names of our own
"""Care records: whom a category holds, since when, until when, and who says so.

The person is found by the ID number alone, and only where the importer keeps the register:
somebody who lives elsewhere is as unknown as somebody who lives nowhere.
"""

from django.utils import timezone

from grids.fields import all_indexes, blind_index, is_rehashing
from grids.workbooks import spelling
from grids.workbooks.words import simplified
from residents.imports.batch.written import Written
from residents.imports.others import cells
from residents.imports.others.declare import GRID, Column, Sheet, column
from residents.models import CareCategory, CareRecord, Resident
from residents.people import idnumber

_IS_THE_NUMBER = "r.id_index = s.id_number"
_IS_ONE_OF_THE_NUMBERS = "r.id_index = ANY(s.id_number)"  # while a hash key is replaced
_FIND = f"""
FROM sheet_row s JOIN residents_resident r
  ON {_IS_THE_NUMBER} AND r.ended_on IS NULL
     AND r.district_id = COALESCE(s.district_id, r.district_id)
     AND (%(everywhere)s OR r.district_id = ANY(%(districts)s) OR r.grid_id = ANY(%(grids)s))
WHERE s.reason IS NULL
"""
FIND = (
    f"""UPDATE sheet_row s SET resident_id = CASE WHEN m.n = 1 THEN m.id END,
        reason = CASE WHEN m.n > 1 THEN 'resident_ambiguous' WHEN m.name <> s.name AND s.name <> '' THEN 'name_contradicts' END,
        field = CASE WHEN m.n > 1 THEN 'id_number' WHEN m.name <> s.name AND s.name <> '' THEN 'name' ELSE '' END, value = ''
    FROM (SELECT s.row, min(r.id) AS id, min(r.name) AS name, count(*) AS n {_FIND} GROUP BY s.row) m
    WHERE m.row = s.row""",
    """UPDATE sheet_row s SET reason = 'resident_unknown', field = 'id_number', value = ''
    WHERE s.resident_id IS NULL AND s.reason IS NULL""",
    """UPDATE sheet_row s SET reason = 'category_unknown', field = 'care', value = ''
    WHERE s.reason IS NULL AND s.care && %(closed)s::bigint[]""",
    """UPDATE sheet_row s SET reason = 'duplicate_in_file', field = 'care', value = ''
    WHERE s.reason IS NULL AND EXISTS (SELECT FROM sheet_row e
        WHERE e.resident_id = s.resident_id AND e.care && s.care AND e.row < s.row AND e.reason IS NULL)""",
)
# The running record; else the one that begins, or ended, on the day that the row says.
RECORDS = """
CREATE TEMP TABLE sheet_record ON COMMIT DROP AS
SELECT s.row, s.resident_id, c.id AS category_id, x.id AS record_id,
    x.id IS NOT NULL AND (COALESCE(s.since, x.since) <> x.since
        OR COALESCE(s.until, x.until) IS DISTINCT FROM x.until
        OR (s.source <> '' AND s.source <> x.source) OR (s.note <> '' AND s.note <> x.note)) AS differs
FROM sheet_row s CROSS JOIN LATERAL unnest(s.care) AS c(id)
LEFT JOIN LATERAL (
    SELECT y.* FROM residents_carerecord y WHERE y.resident_id = s.resident_id AND y.category_id = c.id
      AND (y.until IS NULL OR y.since = s.since OR y.until = s.until)
    ORDER BY y.until IS NULL AND s.until IS NULL DESC, y.since = s.since DESC NULLS LAST,
             y.until = s.until DESC NULLS LAST, y.until IS NULL DESC, y.id LIMIT 1
) x ON true
WHERE s.reason IS NULL
"""
REFUSE_PERIOD = """
UPDATE sheet_row s SET reason = 'period_wrong', field = 'until', value = COALESCE(s.until::text, '')
FROM sheet_record c LEFT JOIN residents_carerecord x ON x.id = c.record_id
WHERE c.row = s.row AND s.reason IS NULL
  AND COALESCE(s.until, x.until) < COALESCE(s.since, x.since, %(today)s::date)
"""
DECIDE = """
UPDATE sheet_row s SET action = CASE WHEN c.new = c.n THEN 'created'
    WHEN c.new > 0 OR c.differs THEN 'changed' ELSE 'unchanged' END
FROM (SELECT row, count(*) AS n, count(*) FILTER (WHERE record_id IS NULL) AS new, bool_or(differs) AS differs
      FROM sheet_record GROUP BY row) c
WHERE c.row = s.row AND s.reason IS NULL
"""
WRITE = (
    """UPDATE residents_carerecord x SET since = COALESCE(s.since, x.since), until = COALESCE(s.until, x.until),
        source = COALESCE(NULLIF(s.source, ''), x.source), note = COALESCE(NULLIF(s.note, ''), x.note)
    FROM sheet_record c JOIN sheet_row s ON s.row = c.row
    WHERE c.record_id = x.id AND c.differs AND s.action = 'changed'""",
    """INSERT INTO residents_carerecord (resident_id, category_id, since, until, source, note)
    SELECT c.resident_id, c.category_id, COALESCE(s.since, %(today)s::date), s.until,
           COALESCE(NULLIF(s.source, ''), %(source)s), s.note
    FROM sheet_record c JOIN sheet_row s ON s.row = c.row
    WHERE c.record_id IS NULL AND s.action IN ('created', 'changed') ORDER BY c.row""",
)


def declare():
    index = "bytea[]" if is_rehashing() else "bytea"
    return Sheet(
        register="care",
        model=CareRecord,
        columns=(
            GRID,
            column("name", Resident.name, spelling.name, is_private=True, names=True),
            Column("id_number", index_of, index, is_required=True, is_private=True),
            Column("care", categories(), "bigint[]", is_required=True),
            column("since", CareRecord.since),
            column("until", CareRecord.until),
            column("source", CareRecord.source),
            column("note", CareRecord.note),
        ),
        extra="resident_id bigint",
        facts={},
        needs_grid=False,
        is_on_the_ground=False,
        writes_main=False,
        districts=find(f"SELECT DISTINCT r.district_id {_FIND}"),
        match=tuple(map(find, FIND)),
        refuse=(RECORDS, REFUSE_PERIOD),
        decide=DECIDE,
        after=WRITE,
        judge=judge,
        tables=("sheet_record",),
        written=Written((CareRecord,)),
    )


def find(statement):
    if is_rehashing():
        return statement.replace(_IS_THE_NUMBER, _IS_ONE_OF_THE_NUMBERS)
    return statement


def judge(row, place, seen):
    if row.since and row.until and row.until < row.since:
        return "period_wrong", "until", row.until
    return None


def index_of(cell):
    """The blind index of a document number, as COPY writes bytes; the number stays nowhere."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if abs(cell) >= 1e15:
            raise cells.Wrong("id_scientific")
        cell = spelling.text(cell)
    said = spelling.code_text(cell)
    if not said:
        return ""
    if said[0].isalpha() and said.isalnum() and len(said) < 15:
        return _bytes(said.upper())  # a passport
    try:
        return _bytes(idnumber.parse(said, timezone.localdate()).text)
    except idnumber.NotAnIdNumber as error:
        raise cells.Wrong(error.reason) from error


def _bytes(number):
    if is_rehashing():
        indexes = (rf'"\\\\x{index.hex()}"' for index in all_indexes(number))
        return "{" + ",".join(indexes) + "}"
    return r"\\x" + blind_index(number).hex()


def categories():
    """A kind: the categories that a cell names, as a PostgreSQL array."""
    known = {}
    for key, code, name, others in CareCategory.objects.values_list(
        "pk", "code", "name", "other_words"
    ):
        known |= dict.fromkeys((*others, name, code), key)

    def kind(cell):
        said = simplified(spelling.said(cell)).replace(" ", "、")
        for mark in ",，;；/|":
            said = said.replace(mark, "、")
        named = [one for one in said.split("、") if one]
        if any(one not in known for one in named):
            raise cells.Wrong("category_unknown")
        keys = sorted({known[one] for one in named})
        return "{" + ",".join(map(str, keys)) + "}" if keys else ""

    return kind
