"""An import in words for its page: steps, progress, findings."""

from pathlib import Path

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from grids.workbooks import reader
from residents import vocabulary
from residents.imports.workbook import hidden, persons, reasons, sheets, words
from residents.models import ImportBatch

State = ImportBatch.State
STEPS = [
    gettext_lazy("Upload"), gettext_lazy("Columns"), gettext_lazy("Dry run"),
    pgettext_lazy("import", "Confirm"), gettext_lazy("Result"),
]  # fmt: skip
STEP_OF = {
    State.MAPPING: 1,
    State.CHECKING: 2,
    State.CHECKED: 3,
    State.IMPORTING: 3,
    State.DONE: 5,
    State.FAILED: 2,
    State.CANCELLED: 2,
    State.DECIDING: 5,
    State.UNDOING: 5,
    State.UNDONE: 5,
}
NOT_UNDONE = {
    "cannot_undo": gettext_lazy(
        "Not undone: newer entries contradict the contents of before. Everything is as it was; put the rows right in their files."
    ),
    "worker_lost": gettext_lazy(
        "Not undone: the server was interrupted twice. Everything is as it was; try again."
    ),
    "internal": gettext_lazy(
        "Not undone: something went wrong on our side; it has been noted. Everything is as it was."
    ),
}
ERRORS = {
    "worker_lost": gettext_lazy(
        "The server was interrupted twice while working on it. Upload the file again."
    ),
    "internal": gettext_lazy(
        "Something went wrong on our side; it has been noted. Upload the file again later."
    ),
}
# Where the entries of a register are looked at.
PAGES = {
    ImportBatch.Register.RESIDENTS: "residents:people",
    ImportBatch.Register.PREMISES: "residents:premises",
    ImportBatch.Register.LEASES: "residents:leases",
    ImportBatch.Register.BUILDINGS: "residents:compounds",
    ImportBatch.Register.CARE: "residents:people",
    ImportBatch.Register.STAFF: "admin:grids_staff_changelist",
}
TILES = [
    ("created", gettext_lazy("New")),
    ("changed", gettext_lazy("Changed")),
    ("unchanged", gettext_lazy("Unchanged")),
    ("waiting", gettext_lazy("Waiting for confirmation")),
    ("rejected", gettext_lazy("Not imported")),
]


def steps(now):
    """For the stepper; everything before number `now` is done."""
    states = [
        "done" if number < now else "now" if number == now else "todo"
        for number in range(len(STEPS))
    ]
    return [{"label": label, "state": state} for label, state in zip(STEPS, states, strict=True)]


def step_of(batch):
    return STEP_OF[batch.state]


def our_columns(register=words.RESIDENTS):
    """What the columns of a workbook may be called: our own words."""
    return list(vocabulary.labels(register).values())


PHASES = {
    "opening": gettext_lazy("Opening the file"),
    "reading": gettext_lazy("Reading the file"),
    "comparing": gettext_lazy("Comparing with the register"),
    "writing": gettext_lazy("Writing"),
    "deciding": gettext_lazy("Deciding"),
    "undo_finding": gettext_lazy("Looking up what the import wrote"),
    "undo_deciding": gettext_lazy("Looking for what was changed since"),
    "undo_taking_back": gettext_lazy("Taking back"),
}


def progress(batch):
    """Context of `_progress.html`; `poll_url` is empty when the work is done."""
    told = batch.progress or {}
    return {
        "poll_url": reverse("residents:import_progress", args=[batch.pk])
        if batch.is_working
        else "",
        "label": _phase(batch, told),
        "value": told.get("rows", 0),
        "max": _total(batch, told),
        "note": _("You may leave this page; the work goes on."),
        "speed": _speed(batch, told),
    }


def _phase(batch, told):
    if not batch.leased_until:
        return _("Waiting for a free worker; this begins by itself within a minute")
    return PHASES.get(told.get("phase"), PHASES["opening"])


def _total(batch, told):
    """Rows of this phase; 0 where the database does it in one go."""
    if told.get("phase") != "reading":
        return told.get("total", 0)
    return batch.preview.get("rows") or sum(
        table.get("rows", 0) for table in batch.mapping.get("tables", [])
    )


def _speed(batch, told):
    """Rows per second and the time left; where nobody can know, how long it has been."""
    rows, per_second = told.get("rows", 0), told.get("per_second", 0)
    if not batch.leased_until or not told:
        return ""
    if not per_second:
        seconds = told.get("seconds", 0)
        return _("for %(seconds)s seconds") % {"seconds": round(seconds)} if seconds >= 1 else ""
    speed = _("%(rows)s rows per second") % {"rows": f"{per_second:,}"}
    left = max(_total(batch, told) - rows, 0) / per_second
    if left < 1:
        return speed
    if left < 90:
        return _("%(speed)s, about %(seconds)s seconds left") % {
            "speed": speed,
            "seconds": round(left),
        }
    return _("%(speed)s, about %(minutes)s minutes left") % {
        "speed": speed,
        "minutes": round(left / 60),
    }


def findings(batch):
    """Context of the dry run and of the result."""
    has_result = batch.state in (State.DONE, State.DECIDING, State.UNDOING, State.UNDONE)
    found = batch.result if has_result else batch.preview
    rejected = found.get("rejected_by_reason", {})
    heads = _heads(batch)
    return {
        "counts": found,
        "hidden": hidden.of(batch.mapping),
        "left_out": _left_out(batch, found.get("left_out", {})),
        "move_ins": found.get("waiting", 0) - found.get("asked", 0),
        "tiles": [{"label": label, "value": found.get(name, 0)} for name, label in TILES]
        if found
        else [],
        "kinds": [
            {
                "reason": reasons.of(code),
                "count": count,
                "examples": [
                    _example(batch, heads, row, code)
                    for row in found.get("examples", {}).get(code, [])
                ],
            }
            for code, count in sorted(rejected.items(), key=lambda one: -one[1])
        ],
        "to_import": found.get("rows", 0) - found.get("rejected", 0),
        "to_write": sum(found.get(name, 0) for name in ("created", "changed", "waiting")),
        "tables": [
            table | {"pairs": _pairs(table, batch.register)}
            for table in batch.mapping.get("tables", [])
        ],
        "unknown_values": _unknown(found.get("unknown_values", {}), batch.register),
        "error": error_of(batch),
        "register_url": reverse(PAGES[batch.register]),
        "has_files": bool(batch.file or batch.result_file),
    }


def error_of(batch):
    if not batch.error:
        return ""
    if batch.state == State.DONE:
        return NOT_UNDONE.get(batch.error, NOT_UNDONE["internal"])
    return ERRORS.get(batch.error) or reader.words_of(batch.error) or ERRORS["internal"]


def problem_rows(batch, problems):
    """Rejected rows for the table of the result page."""
    heads = _heads(batch)
    return [
        _example(
            batch,
            heads,
            {"row": problem.row, "field": problem.field, "value": problem.value},
            problem.reason,
        )
        | {"reason": reasons.of(problem.reason)}
        for problem in problems
    ]


def same_file_before(batch, staff):
    """The last import of the very same file that this person may see, or None."""
    rows = ImportBatch.objects.visible_to(staff, right="import")
    return (
        rows.filter(file_hash=batch.file_hash, state=State.DONE, pk__lt=batch.pk)
        .order_by("-pk")
        .first()
    )


def result_name(batch):
    return f"{Path(batch.file_name).stem}-{pgettext('file of an import', 'result')}-{timezone.localdate(batch.finished_at):%Y%m%d}.xlsx"


def _heads(batch):
    """{sheet index is not kept: heads of all tables together} as the sender wrote them."""
    return {
        field: head
        for table in batch.mapping.get("tables", [])
        for field, head in table["heads"].items()
    }


def row_place(batch, row):
    """Where a row stands in the sender's file: {"sheet" (of several), "number"}."""
    sheet, number = divmod(row, sheets.SHEET_STEP)
    tables, person = batch.mapping.get("tables", []), ""
    for table in tables:
        for word, index in table.get("persons", {}).items():
            if index == sheet:
                sheet, person = table["index"], word
    name = next((table["sheet"] for table in tables if table.get("index") == sheet), "")
    place = {"sheet": name if len(tables) > 1 else "", "number": number}
    return place | {"number": f"{number}（{person}）", "person": person} if person else place


def _left_out(batch, found):
    """{"count", "rows": where the first ones stand, with "key" and what they "say", "more"}"""
    if not found.get("count"):
        return {}
    # A row is a bare key once it is imported.
    rows = [row if isinstance(row, dict) else {"row": row} for row in found["rows"]]
    shown = [
        row_place(batch, row["row"]) | {"key": row["row"], "says": row.get("says")} for row in rows
    ]
    return {"count": found["count"], "rows": shown, "more": found["count"] - len(shown)}


def _example(batch, heads, row, code):
    place = row_place(batch, row["row"])
    return place | {
        "head": heads.get(f"{place.get('person', '')}.{row['field']}")
        or heads.get(row["field"])
        or vocabulary.labels(batch.register).get(row["field"], ""),
        "value": row["value"],
        # What is not repeated here is not therefore empty.
        "is_empty": not row["value"] and code.endswith("_missing"),
    }


def _pairs(table, register):
    """(head as written, our word) of the columns that were understood."""
    labels = vocabulary.labels(register) | table.get("custom", {})
    return [
        (head, labels.get(field) or persons.label(field, register))
        for field, head in table["heads"].items()
    ]


def _unknown(values, register):
    labels = vocabulary.labels(register)
    return [
        {
            "label": labels.get(field, field),
            "words": [f"{word} × {count}" for word, count in seen.items() if word],
        }
        for field, seen in values.items()
    ]
