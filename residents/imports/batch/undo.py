"""Taking an import back within 7 days, from the history that the triggers kept.

Rows that the batch created go, rows that it changed get their contents of before; rows that
somebody changed or used since, or that lie outside the person's area, stay and are listed.
"""

from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from pghistory import context
from pghistory.models import Context

from grids.models import Building, Posting, Staff
from residents.imports import engine
from residents.imports.batch import registers
from residents.imports.batch.taking_back import LISTED, TakingBack
from residents.models import (
    CareRecord,
    Household,
    ImportBatch,
    Lease,
    Licence,
    MoveInRequest,
    Premises,
    Resident,
)

DAYS = timedelta(days=7)
WHY = {
    "changed": _("Somebody changed it since"),
    "used": _("It was visited or used since"),
    "outside": _("It is outside your area"),
    "two": _("It takes two people: ask for it on the page of the person"),
}
# Where a row that stayed is looked at; what has no page of its own is only named.
PAGES: dict[Any, str] = {
    Resident: "residents:resident",
    Household: "residents:household",
    Premises: "residents:premises_detail",
    Lease: "residents:lease",
    Building: "residents:building",
    Licence: "residents:licence_edit",
    CareRecord: "",
    Staff: "",
    Posting: "",
}


class CannotUndo(Exception):
    """The registers hold something since that contradicts the contents of before."""

    code = "cannot_undo"


def is_possible(batch, now):
    return (
        batch.state == ImportBatch.State.DONE
        and batch.finished_at is not None
        and now - batch.finished_at < DAYS
    )


@transaction.atomic
def take_back(batch, *, by, tell=lambda phase, rows, total=0: None):
    """Take the import back: counts, and the rows that stayed. CannotUndo: nothing happened.

    `tell(phase, rows, total)` hears of progress: finding, deciding, taking back.
    """
    written = registers.written(batch.register)
    try:
        with (
            context(undoes=batch.pk, user=by and by.pk, source="undo"),
            connection.cursor() as cursor,
        ):
            tell("undo_finding", 0)
            # Nothing is left to be asked, and a question must not hold a row.
            batch.conflicts.all().delete()
            undo = TakingBack(cursor, written, _contexts(batch))
            total = undo.collect()
            engine.lock(undo.districts())
            tell("undo_deciding", 0, total)
            undo.withdraw(batch.pk)
            undo.decide(registers.reach_of(batch.register, by))
            batch.move_in_requests.filter(state=MoveInRequest.State.WAITING).delete()
            return put_back(undo, lambda rows: tell("undo_taking_back", rows, total))
    except DatabaseError as error:
        raise CannotUndo from error


def _contexts(batch):
    """Of the import, and of what was decided of its facts later."""
    imported = Context.objects.filter(metadata__contains={"batch": batch.pk, "source": "import"})
    return list(imported.values_list("pk", flat=True))


def put_back(undo, tell):
    """Remove and restore what `undo` has decided; the counts, and the rows that stayed."""
    written, done = undo.written, 0

    def each(do, models):
        """{model: number of its rows}"""
        nonlocal done
        found = {}
        for model in models:
            found[model] = do(model)
            done += found[model]
            tell(done)
        return found

    removed = each(undo.remove, reversed(written.main))
    restored = each(undo.restore, written.models)
    each(undo.remove, reversed(written.places))
    rows = undo.left()
    counted = written.counted or written.main
    return {
        "removed": sum(removed[model] for model in counted),
        "restored": sum(restored[model] for model in counted),
        "left": len(rows),
        "rows": rows[:LISTED],
    }


def left_rows(batch, staff):
    """(row, its page or "", why) of the rows that stayed, as far as `staff` may see them."""
    listed = batch.result.get("undone", {}).get("rows", [])
    found = []
    for model, page in PAGES.items():
        kind = model._meta.model_name
        why = {row["id"]: row["why"] for row in listed if row["kind"] == kind}
        if not why:
            continue
        visible = getattr(model.objects, "readable_by", model.objects.visible_to)
        rows = visible(staff).filter(pk__in=why).order_by("pk")
        found += [
            {
                "row": row,
                "url": reverse(page, args=[row.pk]) if page else "",
                "why": WHY[why[row.pk]],
            }
            for row in rows
        ]
    return found
