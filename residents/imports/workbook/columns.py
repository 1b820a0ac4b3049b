"""What the sender's columns mean: asked once, remembered for the next file of the same form."""

import itertools
import re

from django.utils import timezone

from grids.workbooks import spelling
from residents import vocabulary
from residents.imports.workbook import heads, no_data, persons, sheets
from residents.imports.workbook.words import RESIDENTS
from residents.models import ImportMapping
from residents.people import idnumber

NEEDED = {
    "residents": ["name"],  # a list without grids is asked about on the page of its dry run
    "premises": ["premises_name", "grid"],
    "leases": ["grid", "tenant_name", "since"],
    "buildings": ["grid", "building"],
    "care": ["id_number", "care"],
    "staff": ["full_name"],
}
PEOPLE = {
    "name",
    "head_name",
    "full_name",
    "responsible_person",
    "landlord_name",
    "tenant_name",
    "former_name",
    "owner_name",
    "latin_surname",
    "latin_given",
}
SHOWN = {"grid", "number", "code", "credit_code", "username"}
SAMPLES = 3
_LONG_NUMBER = re.compile(r"\d[\d ]{4,}[\dXx]")


def recall(tables, *, by, district_id, now):
    """{sheet index: {position: field}} of the tables whose head this person explained before."""
    known = ImportMapping.objects.filter(by=by, district_id=district_id)
    known = known.filter(fingerprint__in=[table.fingerprint for table in tables])
    found = dict(known.values_list("fingerprint", "columns"))
    known.update(used_at=now)
    return {
        str(table.index): found[table.fingerprint] for table in tables if table.fingerprint in found
    }


def are_clear(tables, known):
    """Whether nothing has to be asked: every column is understood, or was explained before."""
    return all(
        str(table.index) in known or (not table.not_understood and not _missing(table))
        for table in tables
    )


def _missing(table, taken=None):
    """Needed columns that are not there. A list of households names their heads alone."""
    if table.gives:
        return []
    register, named = table.register, persons.fields(table) if taken is None else taken
    stand_in = {"name"} if register == "residents" and "head_name" in named else set()
    return [name for name in NEEDED[register] if name not in named and name not in stand_in]


def remember(tables, chosen, *, by, district_id):
    """Keep what was said, for the next file with the same head."""
    for table in tables:
        ImportMapping.objects.update_or_create(
            by=by,
            district_id=district_id,
            fingerprint=table.fingerprint,
            defaults={
                "columns": chosen[str(table.index)],
                "used_at": timezone.now(),
            },
        )


def sample(book, tables):
    """Give each table a few masked cells of every column, to recognise it by."""
    for table in tables:
        first = itertools.islice(sheets.data_rows(book, table), SAMPLES)
        rows = [cells for __, cells in first]
        meanings = {at: name for name, at in table.columns.items()}
        table.samples = {
            position: _samples(rows, position, meanings.get(position, ""))
            for position in _positions(table)
        }


def other_sheets(book, tables):
    """Names of the sheets that are no register."""
    read = {table.index for table in tables}
    return [name for index, name in enumerate(book.sheet_names) if index not in read]


def as_json(table):
    """A table as the batch keeps it; `kept` reads it back."""
    return {
        "index": table.index,
        "sheet": table.sheet,
        "rows": table.height,
        "head_row": table.head_row,
        "heads": table.heads,
        "not_understood": table.not_understood[:30],
        "columns": table.columns,
        "all_heads": table.all_heads,
        **({"custom": table.custom} if table.custom else {}),
        **({"persons": table.persons} if table.persons else {}),
        **({"families": table.families} if table.families else {}),
        **({"gives": list(table.gives)} if table.gives else {}),
        **({"hidden": table.hidden} if table.hidden else {}),
        "samples": table.samples,
    }


def kept(batch):
    """The tables of an uploaded file, as they were understood; not its rows."""
    return [
        heads.Table(
            index=one["index"],
            sheet=one["sheet"],
            head_row=one["head_row"],
            columns=one["columns"],
            heads=one["heads"],
            not_understood=one["not_understood"],
            height=one["rows"],
            samples={int(at): cells for at, cells in one.get("samples", {}).items()},
            all_heads={int(at): head for at, head in one["all_heads"].items()},
            custom=one.get("custom", {}),
            hidden=one.get("hidden", {}),
            persons=one.get("persons", {}),
            gives=tuple(one.get("gives", ())),
            families=one.get("families", ""),
            register=batch.register,
        )
        for one in batch.mapping.get("tables", [])
        if "all_heads" in one
    ]


def without_samples(mapping):
    """The batch's mapping when nothing can be asked any more."""
    tables = [table | {"samples": {}} for table in mapping.get("tables", [])]
    return mapping | {"tables": tables} if mapping else mapping


def labels_of(*tables):
    """{field: label} of all that a column may be, custom fields too."""
    found = {}
    for table in tables:
        found |= vocabulary.labels(table.register) | table.custom
        if table.register == RESIDENTS:
            found |= persons.labels(table)
    return found


def shown(tables, chosen):
    """The tables for the page: each column with its head, samples and what it is taken for."""
    return [_shown(table, chosen.get(str(table.index))) for table in tables]


def _shown(table, chosen):
    columns, labels = _columns(table, chosen), labels_of(table)
    taken = {column["chosen"].removeprefix(f"{persons.HEAD}.") for column in columns}
    return {
        "index": table.index,
        "sheet": table.sheet,
        "rows": table.height,
        "columns": columns,
        "missing": [labels[name] for name in _missing(table, taken)],
    }


def _columns(table, chosen):
    if chosen is None:
        chosen = {str(at): name for name, at in table.columns.items()}
    return [
        {
            "field": f"column-{table.index}-{position}",
            "head": table.all_heads.get(position, ""),
            "chosen": chosen.get(str(position), ""),
            "samples": table.samples.get(position, []),
        }
        for position in _positions(table)
    ]


def _positions(table):
    return sorted(set(table.all_heads) | set(table.columns.values()))


def _samples(rows, position, meaning):
    cells = [row[position] for row in rows if position < len(row)]
    return [masked(cell, meaning) for cell in cells if cell not in ("", None)]


def left_out(table):
    """[{"row", "says": its first cells, masked; None of a head}] of the rows that are no data."""
    meanings = {at: name for name, at in table.columns.items()}
    return [
        {"row": key, "says": None if cells is None else _says(cells, meanings)}
        for key, cells in table.left_out.rows
    ]


def _says(cells, meanings):
    """The words of a note stay readable, also where names stand."""
    return [
        masked(cell, "" if no_data.begins(cell) else meanings.get(at, "")) for at, cell in cells
    ]


def masked(cell, meaning):
    """A cell to recognise the column by, not the person."""
    found, meaning = spelling.text(cell)[:24], meaning.rpartition(".")[2]
    if meaning in PEOPLE:
        return found[:1] + "*" * (len(found) - 1)
    if meaning == "birth_on" or re.match(r"(19|20)\d\d[-/.年]", found):
        return found[:4] + "****"
    if meaning in SHOWN:
        return found
    return _LONG_NUMBER.sub(lambda match: _mask(match[0]), found)


def _mask(number):
    is_phone = len(number) == 11 and number.startswith("1")
    return "*" * 7 + number[-4:] if is_phone else idnumber.mask(number)


def chosen_in(data, tables):
    """({sheet index: {position: field}}, [(sheet, field) that were chosen twice]) of a form."""
    chosen, twice = {}, []
    for table in tables:
        labels = labels_of(table)
        said = {
            column["field"].rpartition("-")[2]: data.get(column["field"], "")
            for column in _columns(table, None)
        }
        said = {at: name if name in labels else "" for at, name in said.items()}
        names = [name for name in said.values() if name]
        twice += [(table.sheet, labels[name]) for name in labels if names.count(name) > 1]
        chosen[str(table.index)] = said
    return chosen, twice
