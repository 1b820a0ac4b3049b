"""Care categories of a person begin and end; who may read them, `CareRecord.readable_by` says."""

import pghistory
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import verb
from residents.models import CareRecord


@verb
def begin(resident, category, *, since, by, source="", note="", until=None):
    """The person is under care from a day on, once at a time for each category."""
    check_live(resident)
    running = resident.care_records.filter(category=category, until=None)
    if running.exists():
        raise Refused(_("%(name)s has this category already.") % {"name": resident.name})
    with pghistory.context(user=by.pk, source="edit", reason=note):
        return CareRecord.objects.create(
            resident=resident,
            category=category,
            since=since,
            until=until,
            note=note,
            source=source or str(by)[:60],
        )


@verb
def end(record, *, until, by, note=""):
    record.refresh_from_db(from_queryset=CareRecord.objects.select_for_update())
    check_end(record, until)
    record.until = until
    with pghistory.context(user=by.pk, source="edit", reason=note):
        record.save(update_fields=["until"])


def check_live(resident):
    if resident.ended_on is not None:
        raise Refused(_("%(name)s is no longer here.") % {"name": resident.name})


def check_end(row, until):
    """For anything with `since` and `until`: it runs, and does not end before it began."""
    if row.until is not None and row.until < until:
        raise Refused(_("It has ended already."))
    if until < row.since:
        raise Refused(_("It cannot end before it began."))
