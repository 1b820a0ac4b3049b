"""Custom fields as columns of workbooks: found by label, written into `facts`.

The residents' workbook fills those of residents, and of the household and dwelling of the row
(of several rows that say one, the first counts); the workbook of premises fills theirs. One
without such columns costs one query. Values are judged by the type of the field; a wrong one is
left out and reported like a word that no dictionary knows. Sensitive fields are not imported.
Where facts differ, the file counts only if it is said to ("theirs").
"""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from grids.scope import Scope
from grids.workbooks import spelling
from grids.workbooks.words import fold
from residents.custom_fields import custom_fields
from residents.imports.workbook import copying, words
from residents.models import CustomField, ImportBatch

PREFIX = "fact_"
Register = CustomField.Register
# The registers that a workbook fills. Of two fields with one label, the last one's column it is.
OF_WORKBOOK = {
    words.RESIDENTS: (Register.DWELLING, Register.HOUSEHOLD, Register.RESIDENT),
    "premises": (Register.PREMISES,),
}


@dataclass(frozen=True)
class Target:
    """Where facts go: SQL of the row `r` of the register that a gathered fact `x` is about."""

    register: str
    table: str
    rows: str  # the staged rows that count, s (with district_id), and what they share
    shared: str
    path: str  # from x to the row f whose `action` decides, and to the key of r
    key: str
    staged: str  # the table of f

    @property
    def name(self):
        return f"import_facts_{self.register}"


_OWN = "(import_row s JOIN import_fate f ON f.row = s.row AND f.action IN ('created', 'changed', 'unchanged'))"
_HOME = "JOIN import_household h ON h.no = x.shared JOIN import_fate f ON f.row = h.row AND f.household_no = h.no"
TARGETS = (
    Target(
        "resident", "residents_resident", _OWN, "s.row",
        "JOIN import_fate f ON f.row = x.shared", "f.resident_id", "import_fate",
    ),
    Target(
        "household", "residents_household", _OWN, "f.household_no",
        _HOME, "h.household_id", "import_fate",
    ),
    Target(
        "dwelling", "residents_dwelling", _OWN, "f.household_no",
        f"{_HOME} JOIN import_dwelling d ON d.no = h.dwelling_no", "d.dwelling_id", "import_fate",
    ),
    Target(
        "premises", "residents_premises", "sheet_row s", "s.row",
        "JOIN sheet_row f ON f.row = x.shared AND f.reason IS NULL", "f.key", "sheet_row",
    ),
)  # fmt: skip

CREATE = """CREATE TEMP TABLE IF NOT EXISTS import_fact (row int, key text, value text)
    ON COMMIT DROP"""
GATHER = """
CREATE TEMP TABLE {name} ON COMMIT DROP AS
SELECT {shared} AS shared, jsonb_object_agg(c.key, x.value ORDER BY x.row DESC) AS facts
FROM import_fact x JOIN {rows} ON s.row = x.row
JOIN residents_customfield c ON c.district_id = s.district_id AND c.register = '{register}'
     AND x.key = {stored} AND c.is_active AND NOT c.is_sensitive
WHERE {shared} IS NOT NULL
GROUP BY {shared}
"""
STORED = "CASE c.register WHEN 'resident' THEN c.key ELSE c.register || ':' || c.key END"
CHANGES = """
UPDATE {staged} u SET action = 'changed'
FROM {name} x {path} JOIN {table} r ON r.id = {key}
WHERE u.row = f.row AND u.action = 'unchanged' AND {merged} <> r.facts
"""
WRITE = """
UPDATE {table} r SET facts = {merged}
FROM {name} x {path}
WHERE r.id = {key} AND f.action IN ('created', 'changed') AND {merged} <> r.facts
"""
USED = f"""
UPDATE residents_customfield c SET last_used_on = %(today)s
WHERE c.last_used_on IS DISTINCT FROM %(today)s
  AND {STORED} IN (SELECT DISTINCT key FROM import_fact) AND c.district_id = ANY(%(districts)s)
"""  # noqa: S608  a constant of ours


def recognise(tables, by, chosen):
    """Give the tables their custom columns; `chosen` ones mean what somebody said."""
    if not tables or tables[0].register not in OF_WORKBOOK:
        return
    fields = {name_of(field): field for field in _fields(tables[0].register, by)}
    known = {
        fold(word): name
        for name, field in fields.items()
        for word in (*field.other_words, field.label)
    }
    for table in tables if fields else []:
        table.fields = fields
        table.custom = {name: _label(field) for name, field in fields.items()}
        if str(table.index) not in (chosen or {}):
            _find(table, known)


def name_of(field):
    """What a column of this field is called in a mapping."""
    return PREFIX + _stored(field)


def _stored(field):
    """The key of a staged fact; `STORED` in SQL."""
    is_own = field.register == Register.RESIDENT
    return field.key if is_own else f"{field.register}:{field.key}"


def _label(field):
    if field.register in (Register.RESIDENT, Register.PREMISES):
        return field.label
    return f"{field.label} ({field.get_register_display()})"


def _fields(register, by):
    """The open fields of a workbook: of the districts of `by`, or of all for the operator."""
    targets = OF_WORKBOOK[register]
    rows = CustomField.objects.filter(register__in=targets, is_active=True, is_sensitive=False)
    if by is not None:
        rows = rows.filter(district__in=Scope.of(by).district_ids)
    found = {(field.register, field.key): field for field in rows.order_by("pk")}
    return sorted(found.values(), key=lambda field: targets.index(field.register))


def _find(table, known):
    taken = set(table.columns.values())
    for at, written in table.all_heads.items():
        name = known.get(fold(written))
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
        memo, stored = spelling.Memo(_reading(field, unknown)), _stored(field)
        for key, cells in chunk:
            if at < len(cells) and (value := memo[cells[at]]):
                lines.append(f"{key}\t{stored}\t{copying.copy_text(value)}\n")
    return "".join(lines)


def _reading(field, unknown):
    def read(cell):
        value = custom_fields.parse(field, cell)
        if value is None:
            unknown.note(field.label, spelling.text(cell)[:20])
        return value

    return read


def stage(blocks):
    """Copy what the custom columns of a sheet say."""
    if blocks:  # few imports have custom columns
        with connection.cursor() as cursor:
            cursor.execute(CREATE)
        copying.copy("import_fact", ["row", "key", "value"], blocks)


def compare(on_conflict):
    """Rows that only their custom facts change are changed; whether there are any facts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.import_fact') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return False
        for target in _targets(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {target.name}")
            for statement in (GATHER, CHANGES):
                cursor.execute(_sql(statement, target, on_conflict))
    return True


def write(on_conflict, district_ids):
    """The facts of the rows that are written; their fields were used today."""
    with connection.cursor() as cursor:
        for target in _targets(cursor):
            cursor.execute(_sql(WRITE, target, on_conflict))
        facts: dict = {"today": timezone.localdate(), "districts": sorted(district_ids)}
        cursor.execute(USED, facts)


def _targets(cursor):
    """Those of which the file has a column."""
    cursor.execute("SELECT DISTINCT split_part(key, ':', 1) FROM import_fact WHERE key LIKE '%:%'")
    said = {register for (register,) in cursor.fetchall()}
    cursor.execute("SELECT EXISTS (SELECT FROM import_fact WHERE key NOT LIKE '%:%')")
    if cursor.fetchone()[0]:
        said.add("resident")
    return [target for target in TARGETS if target.register in said]


def _sql(statement, target, on_conflict):
    is_theirs = on_conflict == ImportBatch.OnConflict.THEIRS
    merged = "(r.facts || x.facts)" if is_theirs else "(x.facts || r.facts)"
    return statement.format(
        name=target.name,
        register=target.register,
        table=target.table,
        rows=target.rows,
        shared=target.shared,
        path=target.path,
        key=target.key,
        staged=target.staged,
        stored=STORED,
        merged=merged,
    )


def marks():
    """What changes when a field does: kept rows of another reading do not fit any more."""
    rows = CustomField.objects.filter(is_active=True, is_sensitive=False)
    return list(
        rows.order_by("pk").values_list(
            "pk", "register", "key", "kind", "label", "choices", "other_words"
        )
    )
