"""The temporary tables of one import; they go with its transaction."""

import itertools

from django.db import connection

from residents.imports.people import rare
from residents.imports.people.rows import ROW_COLUMNS
from residents.imports.workbook import copying, custom
from residents.imports.workbook.copying import NULL, copy_text

_ROW = ", ".join(f"{name} {kind}" for name, kind in ROW_COLUMNS)
CREATE = [
    f"CREATE TEMP TABLE import_row ({_ROW}) ON COMMIT DROP",
    """CREATE TEMP TABLE import_dwelling (
        no int, grid_id bigint, compound text, building text, entrance text, room text,
        address text, house_code text, building_id bigint, dwelling_id bigint, is_ambiguous bool DEFAULT false
    ) ON COMMIT DROP""",
    "CREATE TEMP TABLE import_gone (row int, what text, on_day date) ON COMMIT DROP",
    """CREATE TEMP TABLE import_household_key (
        no int, grid_id bigint, number text, dwelling_no int, head_name text
    ) ON COMMIT DROP""",
]
NAMES = [
    "import_row",
    "import_dwelling",
    "import_household_key",
    "import_gone",
    "import_building",
    "import_fate",
    "import_decided",
    "import_household",
    "import_sealed",
    "import_wanted",
    "import_fact",
    "import_rare",
    *(f"import_rare_{name}" for name in ("resident", "stay", "household", "dwelling")),
]


# {kind of staged text: table and columns}
STAGED = {
    "rows": ("import_row", [name for name, __ in ROW_COLUMNS]),
    "dwellings": (
        "import_dwelling",
        [
            "no",
            "grid_id",
            "compound",
            "building",
            "entrance",
            "room",
            "address",
            "house_code",
        ],
    ),
    "gone": ("import_gone", ["row", "what", "on_day"]),
    "households": (
        "import_household_key",
        ["no", "grid_id", "number", "dwelling_no", "head_name"],
    ),
}
# What a row said, for whoever is given it again later, and the tables that say it.
AS_SAID = """g.code AS grid, d.compound, d.building, d.entrance, d.room, d.address, d.house_code, k.number,
       s.head_name, s.relation, s.name, s.sex, s.birth_on, s.ethnicity, s.education, s.marital, s.phone, s.kind,
       s.registered_address, s.employer, s.note,
       (SELECT string_agg(c.code, '、') FROM residents_carecategory c WHERE c.id = ANY(s.care)) AS care
FROM import_fate f JOIN import_row s ON s.row = f.row JOIN grids_grid g ON g.id = s.grid_id
LEFT JOIN import_dwelling d ON d.no = s.dwelling_no
LEFT JOIN import_household_key k ON k.no = s.household_no"""
# Sorts and hashes of a big file fit; compiling the statements would take longer than running
# them; a small sample tells enough of temporary tables.
# What stands in memory needs not be read again by each statement; a session decides it before
# its first temporary table, or not at all.
KEEP_IN_MEMORY = """
DO $$ BEGIN SET temp_buffers = '128MB'; EXCEPTION WHEN invalid_parameter_value THEN NULL; END $$
"""
TUNE = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL default_statistics_target = 10"
# The columns by which rows are compared. With columns named, ANALYZE leaves the count of changes
# alone: autovacuum still comes, for all columns and with a larger sample.
COMPARED = {
    "residents_dwelling": "grid_id, building_id, address",
    "residents_household": "grid_id, dwelling_id, community_id, number, ended_on",
    "residents_resident": "district_id, document, id_index, household_id, grid_id, pinyin, ended_on",
    "residents_carerecord": "resident_id, category_id, since, until",
}
# Registers that have more than doubled since the planner last counted them. Right after the
# first big import it would take every household of the district for a handful; and for none where
# an import was taken back and the registers were counted then.
OUTGROWN = """
SELECT relname FROM pg_class
WHERE oid = ANY(%s::regclass[])
  AND (pg_relation_size(oid) / current_setting('block_size')::int > 2 * greatest(relpages, 50)
       OR (reltuples = 0 AND pg_relation_size(oid) > 0))
ORDER BY relname
"""


def create():
    with connection.cursor() as cursor:
        cursor.execute(KEEP_IN_MEMORY)
        cursor.execute(TUNE)
        copying.drop(*NAMES)
        for statement in CREATE:
            cursor.execute(statement)


def copy(kind, block):
    """COPY text of staged rows and their custom facts, or of the places and households, each once."""
    if kind == "facts":
        custom.stage([block])
    elif kind == "rare":
        rare.stage(block)
    else:
        copying.copy(*STAGED[kind], [block])


def key_blocks(dwellings, household_keys, codes):
    """(kind, COPY text) of {key: number} of the dwellings and of the households.

    `codes` {key: house code} of those dwellings of which the file says one.
    """
    for block in _blocks(
        _dwelling_line(number, key, codes.get(key, "")) for key, number in dwellings.items()
    ):
        yield "dwellings", block
    for block in _blocks(
        _household_line(number, key, dwellings) for key, number in household_keys.items()
    ):
        yield "households", block


def sealed_block(keys, sealed):
    """Keys of rows and their encrypted document numbers as COPY text."""
    pairs = zip(keys, sealed, strict=True)
    return "".join([f"{row}\t\\\\x{value.hex()}\n" for row, value in pairs])


def copy_sealed(blocks):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE import_sealed (row int, sealed bytea) ON COMMIT DROP")
    copying.copy("import_sealed", ["row", "sealed"], blocks)


def count_registers():
    """Let the planner count the registers anew where it has to, as autovacuum will in a minute."""
    with connection.cursor() as cursor:
        cursor.execute(OUTGROWN, [list(COMPARED)])
        names = [name for (name,) in cursor.fetchall()]
        if names:
            copying.analyze(*(f"{name} ({COMPARED[name]})" for name in names))


def _dwelling_line(number, key, code):
    grid_id, *said = key
    return "\t".join([str(number), str(grid_id), *map(copy_text, [*said, code])]) + "\n"


def _household_line(number, key, dwellings):
    first, second = key
    if isinstance(first, tuple):
        return f"{number}\t{NULL}\t\t{dwellings[first]}\t{copy_text(second)}\n"
    return f"{number}\t{first}\t{copy_text(second)}\t{NULL}\t\n"


def _blocks(lines):
    while block := "".join(itertools.islice(lines, 5_000)):
        yield block
