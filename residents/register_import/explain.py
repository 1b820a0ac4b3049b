"""An import in words for its page: steps, progress, findings."""

from pathlib import Path

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from residents.models import ImportBatch
from residents.register_import import reader, reasons, words

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
    State.UNDONE: 5,
}
ERRORS = {
    "worker_lost": gettext_lazy(
        "The server was interrupted twice while working on it. Upload the file again."
    ),
    "internal": gettext_lazy(
        "Something went wrong on our side; it has been noted. Upload the file again later."
    ),
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
    return [
        {"label": label, "state": state}
        for label, state in zip(STEPS, states, strict=True)
    ]


def step_of(batch):
    return STEP_OF[batch.state]


def our_columns(register=words.RESIDENTS):
    """What the columns of a workbook may be called: our own words."""
    return list(words.labels(register).values())


def progress(batch):
    """Context of `_progress.html`; `poll_url` is empty when the work is done."""
    told = batch.progress or {}
    total = batch.preview.get("rows") or sum(
        table.get("rows", 0) for table in batch.mapping.get("tables", [])
    )
    return {
        "poll_url": reverse("residents:import_progress", args=[batch.pk])
        if batch.is_working
        else "",
        "label": _phase(batch, told),
        "value": told.get("rows", 0),
        "max": total if told.get("phase") == "reading" else 0,
        "note": _("You may leave this page; the work goes on."),
    }


def _phase(batch, told):
    if not batch.leased_until:
        return _("Waiting for a free worker; this begins by itself within a minute")
    if told.get("phase") == "writing":
        return _("Writing")
    if told.get("phase") == "comparing":
        return _("Comparing with the register")
    return _("Reading the file")


def findings(batch):
    """Context of the dry run and of the result."""
    found = batch.result if batch.state in (State.DONE, State.UNDONE) else batch.preview
    rejected = found.get("rejected_by_reason", {})
    heads = _heads(batch)
    return {
        "counts": found,
        "tiles": [
            {"label": label, "value": found.get(name, 0)} for name, label in TILES
        ]
        if found
        else [],
        "kinds": [
            {
                "reason": reasons.of(code),
                "count": count,
                "examples": [
                    _example(batch, heads, row)
                    for row in found.get("examples", {}).get(code, [])
                ],
            }
            for code, count in rejected.items()
        ],
        "to_import": found.get("rows", 0) - found.get("rejected", 0),
        "to_write": sum(
            found.get(name, 0) for name in ("created", "changed", "waiting")
        ),
        "tables": [
            table | {"pairs": _pairs(table, batch.register)}
            for table in batch.mapping.get("tables", [])
        ],
        "unknown_values": _unknown(found.get("unknown_values", {}), batch.register),
        "error": error_of(batch),
        "has_files": bool(batch.file or batch.result_file),
    }


def error_of(batch):
    if not batch.error:
        return ""
    return (
        ERRORS.get(batch.error)
        or reader.MESSAGES.get(batch.error)
        or ERRORS["internal"]
    )


def problem_rows(batch, problems):
    """Rejected rows for the table of the result page."""
    heads = _heads(batch)
    return [
        _example(
            batch,
            heads,
            {"row": problem.row, "field": problem.field, "value": problem.value},
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
    return f"{Path(batch.file_name).stem}-{_('result')}-{timezone.localdate(batch.finished_at):%Y%m%d}.xlsx"


def _heads(batch):
    """{sheet index is not kept: heads of all tables together} as the sender wrote them."""
    return {
        field: head
        for table in batch.mapping.get("tables", [])
        for field, head in table["heads"].items()
    }


def _example(batch, heads, row):
    sheet, number = divmod(row["row"], reader.SHEET_STEP)
    tables = batch.mapping.get("tables", [])
    name = next((table["sheet"] for table in tables if table.get("index") == sheet), "")
    return {
        "sheet": name if len(tables) > 1 else "",
        "number": number,
        "head": heads.get(row["field"])
        or words.labels(batch.register).get(row["field"], ""),
        "value": row["value"],
    }


def _pairs(table, register):
    """(head as written, our word) of the columns that were understood."""
    labels = words.labels(register)
    return [(head, labels[field]) for field, head in table["heads"].items()]


def _unknown(values, register):
    labels = words.labels(register)
    return [
        {
            "label": labels.get(field, field),
            "words": [f"{word} × {count}" for word, count in seen.items() if word],
        }
        for field, seen in values.items()
    ]
