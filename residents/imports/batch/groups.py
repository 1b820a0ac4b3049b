"""Workbooks that were uploaded together: one line for each, and those that need no look."""

from collections import Counter

from django.db.models import Count
from django.utils.translation import gettext as _

from residents.imports.batch import decisions, explain, place_answers
from residents.models import ImportBatch, ImportConflict

State = ImportBatch.State
OVER = (State.CANCELLED, State.FAILED)


def lines(batches, staff):
    """Of each batch its counts, what speaks against confirming it unseen, and whether nothing does."""
    batches = list(batches)
    before = _imported_before(batches, staff)
    hashes = Counter(one.file_hash for one in batches if one.state not in OVER)
    first = {}
    for one in batches:
        if one.state not in OVER:
            first.setdefault(one.file_hash, one.pk)
    asked = _asked(batches)
    found = []
    for batch in batches:
        is_twice = hashes[batch.file_hash] > 1 and batch.state not in OVER
        notes = _notes(batch, is_twice=is_twice, before=before.get(batch.file_hash))
        is_second = is_twice and first[batch.file_hash] != batch.pk
        found.append(
            {
                "batch": batch,
                "counts": batch.result or batch.preview,
                "notes": notes,
                "waiting_conflicts": asked.get(batch.pk, 0),
                "is_clean": is_clean(batch) and not is_second and batch.file_hash not in before,
            }
        )
    return found


def is_clean(batch):
    """Whether a dry run found nothing that somebody should look at before it is imported."""
    found = batch.preview
    writes = sum(found.get(name, 0) for name in ("created", "changed", "waiting"))
    return (
        batch.state == State.CHECKED
        and writes > 0
        and not found.get("rejected")
        and not found.get("possible_duplicates")
        and not place_answers.missing(batch)
    )


def _notes(batch, *, is_twice, before):
    """What to know before opening it."""
    found = batch.result or batch.preview
    notes = []
    if batch.error:
        notes.append(explain.error_of(batch))
    if is_twice:
        notes.append(_("The same file is in this upload twice"))
    if before and batch.state != State.DONE:
        notes.append(_("The very same file was imported before"))
    if batch.state == State.CHECKED and not sum(
        found.get(name, 0) for name in ("created", "changed", "waiting")
    ):
        notes.append(_("Nothing to write"))
    if found.get("possible_duplicates"):
        notes.append(_("%(number)s possible duplicates") % {"number": found["possible_duplicates"]})
    if batch.state == State.CHECKED and (places := place_answers.missing(batch)):
        notes.append(_("%(number)s new places may be known ones") % {"number": len(places)})
    if batch.state == State.CHECKED and (facts := found.get("conflicts", {}).get("facts")):
        notes.append(_("%(number)s facts differ") % {"number": facts})
    return notes


def _imported_before(batches, staff):
    """Hashes of these files that were imported, in another upload, where this person may know."""
    if not batches:
        return {}
    rows = ImportBatch.objects.visible_to(staff, right="import").filter(
        file_hash__in={one.file_hash for one in batches}, state=State.DONE
    )
    rows = rows.exclude(pk__in=[one.pk for one in batches])
    return dict(rows.order_by("pk").values_list("file_hash", "created_at"))


def _asked(batches):
    """{batch: number of its facts that wait for a decision}"""
    rows = decisions.waiting(ImportConflict.objects.filter(batch__in=batches))
    counted = rows.order_by().values("batch").annotate(number=Count("pk"))
    return dict(counted.values_list("batch", "number"))
