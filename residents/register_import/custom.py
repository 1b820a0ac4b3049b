"""Custom fields as columns of the residents' workbooks: found by label, written into `facts`.

A workbook without such columns costs one query. Values are judged by the type of the field;
a wrong one is left out and reported like a word that no dictionary knows. Sensitive fields are
not imported. Where facts differ, the file counts only if it is said to ("theirs").
"""

from django.db import connection
from django.utils import timezone

from grids.scope import Scope
from residents import custom_fields
from residents.models import CustomField, ImportBatch
from residents.register_import import values, words
from residents.register_import.rows import copy_text

PREFIX = "fact_"
RESIDENT = CustomField.Register.RESIDENT

GATHER = """
CREATE TEMP TABLE import_facts ON COMMIT DROP AS
SELECT x.row, jsonb_object_agg(x.key, x.value) AS facts
FROM import_fact x
JOIN import_row s ON s.row = x.row
JOIN residents_customfield c ON c.district_id = s.district_id AND c.register = 'resident'
     AND c.key = x.key AND c.is_active AND NOT c.is_sensitive
GROUP BY x.row
"""
CHANGES = """
UPDATE import_fate f SET action = 'changed'
FROM import_facts x, residents_resident r
WHERE x.row = f.row AND r.id = f.resident_id AND f.action = 'unchanged'
  AND {merged} <> r.facts
"""
WRITE = """
UPDATE residents_resident r SET facts = {merged}
FROM import_facts x, import_fate f
WHERE x.row = f.row AND r.id = f.resident_id AND f.action IN ('created', 'changed')
  AND {merged} <> r.facts
"""
USED = """
UPDATE residents_customfield c SET last_used_on = %(today)s
WHERE c.register = 'resident' AND c.last_used_on IS DISTINCT FROM %(today)s
  AND c.key IN (SELECT DISTINCT key FROM import_fact)
  AND c.district_id IN (SELECT DISTINCT district_id FROM import_row)
"""


def recognise(tables, by, chosen):
    """Give the tables their custom columns; `chosen` ones mean what somebody said."""
    if not tables or tables[0].register != words.RESIDENTS:
        return
    fields = {PREFIX + field.key: field for field in _fields(by)}
    known = {
        words.fold(word): name
        for name, field in fields.items()
        for word in (*field.other_words, field.label)
    }
    for table in tables if fields else []:
        table.fields = fields
        table.custom = {name: field.label for name, field in fields.items()}
        if str(table.index) not in (chosen or {}):
            _find(table, known)


def _fields(by):
    if by is not None:
        return custom_fields.offered(RESIDENT, Scope.of(by))
    rows = CustomField.objects.filter(
        register=RESIDENT, is_active=True, is_sensitive=False
    )
    return {field.key: field for field in rows}.values()


def _find(table, known):
    taken = set(table.columns.values())
    for at, written in table.all_heads.items():
        name = known.get(words.fold(written))
        if at in taken or name is None or name in table.columns:
            continue
        table.columns[name], table.heads[name] = at, written
        if written in table.not_understood:
            table.not_understood.remove(written)


def block(chunk, table, unknown):
    """COPY text (row, key, value) of the custom columns of a chunk; "" for none."""
    places = {name: at for name, at in table.columns.items() if name in table.fields}
    lines = []
    for name, at in places.items():
        field = table.fields[name]
        memo = values.Memo(_reading(field, unknown))
        for key, cells in chunk:
            if at < len(cells) and (value := memo[cells[at]]):
                lines.append(f"{key}\t{field.key}\t{copy_text(value)}\n")
    return "".join(lines)


def _reading(field, unknown):
    def read(cell):
        value = custom_fields.parse(field, cell)
        if value is None:
            unknown.note(field.label, values.text(cell)[:20])
        return value

    return read


def compare(on_conflict):
    """Rows that only their custom facts change are changed; whether there are any facts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.import_fact') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(GATHER)
        cursor.execute(CHANGES.format(merged=_merged(on_conflict)))
    return True


def write(on_conflict):
    """The facts of the rows that are written; their fields were used today."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(merged=_merged(on_conflict)))
        cursor.execute(USED, {"today": timezone.localdate()})


def _merged(on_conflict):
    is_theirs = on_conflict == ImportBatch.OnConflict.THEIRS
    return "(r.facts || x.facts)" if is_theirs else "(x.facts || r.facts)"


def marks():
    """What changes when a field does: kept rows of another reading do not fit any more."""
    rows = CustomField.objects.filter(
        register=RESIDENT, is_active=True, is_sensitive=False
    )
    return list(
        rows.order_by("pk").values_list(
            "pk", "key", "kind", "label", "choices", "other_words"
        )
    )
