"""All that an import asks about, or all of one fact, decided at once by a worker; and the way back.

`batch.answers` says what was asked for and what became of it:
{decision, field, by, at, decided, outside, refused}, later {taken_back, stayed}; {failed} when a
worker came to no end, and nothing was decided.
"""

from datetime import datetime

import pghistory
from django.db import connection, transaction
from django.db.models import Count
from pghistory.models import Context

from grids.models import Staff
from residents.imports import engine
from residents.imports.batch import asked, decisions, registers, undo
from residents.imports.batch.taking_back import TakingBack
from residents.models import ImportBatch, ImportConflict, Resident

Decision = ImportConflict.Decision
EXAMPLES = 3  # of each fact


def of(batch, field=""):
    """What waits: of all facts, or of one."""
    rows = batch.conflicts.filter(decisions.STANDS, decision=Decision.WAITING)
    return rows.filter(field=field) if field else rows


def preview(batch, *, by, field=""):
    """What deciding would touch: {facts, persons, outside, fields: [{label, number, examples}]}."""
    rows = of(batch, field)
    mine = Resident.objects.visible_to(by, right=decisions.RIGHT)
    within = rows.filter(resident__in=mine)
    counted = within.order_by().values("field").annotate(number=Count("pk"))
    fields = list(counted.order_by("-number", "field"))
    some = [one for said in fields for one in within.filter(field=said["field"])[:EXAMPLES]]
    shown = asked.shown(some, batch, by)
    return {
        "facts": sum(one["number"] for one in fields),
        "persons": within.aggregate(number=Count("resident", distinct=True))["number"],
        "outside": rows.exclude(resident__in=mine).count(),
        "fields": [
            one
            | {
                "label": asked.label(one["field"]),
                "examples": [line for line in shown if line["field"] == one["field"]],
            }
            for one in fields
        ],
    }


@transaction.atomic
def decide(batch, *, tell=lambda phase, rows, total=0: None):
    """Do what `batch.answers` asks for; the counts of facts. Who asked must still reach the person."""
    said = batch.answers
    by, at = _who_and_when(said)
    found = list(of(batch, said["field"]).select_for_update(of=["self"]).order_by("row", "pk"))
    with pghistory.context(user=by.pk, **_origin(batch, said)):
        answer = decisions.settle(
            batch,
            said["decision"],
            found,
            by=by,
            now=at,
            tell=lambda done: tell("deciding", done, len(found)),
        )
    return {"decided": answer.decided, "outside": answer.outside, "refused": answer.refused}


def can_take_back(batch, now):
    said = batch.answers
    return (
        batch.state == ImportBatch.State.DONE
        and bool(said.get("decided"))
        and "taken_back" not in said
        and now - datetime.fromisoformat(said["at"]) < undo.DAYS
    )


@transaction.atomic
def take_back(batch, *, tell=lambda phase, rows, total=0: None):
    """The register as it was before the answers, and the facts wait again.

    What somebody changed since stays as it is, and decided.
    """
    said = batch.answers
    by, at = _who_and_when(said)
    tell("undo_finding", 0)
    # The batch's own, so that an undo of the whole import goes on over it.
    with (
        pghistory.context(user=by.pk, batch=batch.pk, source="import", answers_back=said["at"]),
        connection.cursor() as cursor,
    ):
        back = TakingBack(cursor, registers.written(batch.register), _contexts(batch, said))
        total = back.collect()
        engine.lock(back.districts())
        back.decide(registers.reach_of(batch.register, by))
        undo.put_back(back, lambda rows: tell("undo_taking_back", rows, total))
        stay = _who_stays(back.left())
    answered = batch.conflicts.filter(decided_at=at, decision=said["decision"])
    waiting = answered.exclude(resident__in=stay)
    number = waiting.update(decision=Decision.WAITING, decided_by=None, decided_at=None)
    return {"taken_back": number, "stayed": answered.count()}


def _who_and_when(said):
    return Staff.objects.get(pk=said["by"]), datetime.fromisoformat(said["at"])


def _origin(batch, said):
    return {"source": "import", "batch": batch.pk, "answers": said["at"]}


def _contexts(batch, said):
    found = Context.objects.filter(metadata__contains=_origin(batch, said))
    return list(found.values_list("pk", flat=True))


def _who_stays(left):
    """Residents that stayed, and those of households that did."""
    keys: dict[str, set] = {"resident": set(), "household": set()}
    for row in left:
        keys.get(row["kind"], set()).add(row["id"])
    of_homes = Resident.objects.filter(household__in=keys["household"])
    return keys["resident"] | set(of_homes.values_list("pk", flat=True))
