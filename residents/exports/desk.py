"""The desk that everything with persons in it passes on its way out, Excel and paper.

Whoever takes it says what for; it is on record, with the person, the moment, the purpose and the
number of rows, and the same stands on what is taken.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.scope import Scope, filed_under
from grids.workbooks.writing import who_and_when
from residents.models import Export


def mark(by, purpose, at=None):
    """What stands on it: who, when, what for."""
    return [who_and_when(by, at), _("Purpose: %(purpose)s") % {"purpose": purpose}]


def begun(export):
    """Put an export on record that is written for its maker."""
    told = {"rows": export.expected, "columns": export.columns}
    audit.record(audit.Kind.EXPORT, of=export, purpose=export.purpose, by=export.by, detail=told)


def fetched(row, *, words=""):
    """Put on record that a file was fetched by whoever asks."""
    audit.record(audit.Kind.DOWNLOAD, of=row, words=words)


def hand_out(*, by, what, title, about, heads, rows, purpose, place=None):
    """Put a list on record that is handed out at once, and not kept. `what` is of `Elsewhere`."""
    now, place = timezone.now(), place or _place_of(by)
    export = Export.objects.create(
        by=by,
        grid=place,
        district_id=filed_under(by, place),
        subject=what,
        title=title[:60],
        purpose=purpose,
        wanted={"about": [str(part) for part in about]},
        columns=[str(head)[:30] for head in heads],
        state=Export.State.DONE,
        expected=rows,
        rows=rows,
        created_at=now,
        finished_at=now,
    )
    audit.record(audit.Kind.EXPORT, of=export, by=by, purpose=purpose, detail={"rows": rows})
    return export


def print_out(row, *, by, purpose):
    """Put on record that the file of this row was printed."""
    audit.record(audit.Kind.PRINT, of=row, by=by, purpose=purpose)


def _place_of(staff):
    """The widest place of the person's postings."""
    postings = sorted(Scope.of(staff).postings, key=lambda one: len(one.grid.path))
    return postings[0].grid
