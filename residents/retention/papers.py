"""What the office's own work leaves behind: requests, imports, looks, messages, former staff."""

from datetime import datetime, time, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from grids import audit
from grids.models import Notification, Posting, Staff
from residents.models import (
    AccessRecord,
    DataRequest,
    DataRequestLine,
    ImportBatch,
    ImportConflict,
    ImportProblem,
    MoveInRequest,
)
from residents.retention import forgetting
from residents.retention.forgetting import ERASED

ANSWERED = (DataRequest.State.ANSWERED, DataRequest.State.REFUSED, DataRequest.State.WITHDRAWN)
OF_A_LINE = {
    "name": ERASED,
    "id_sealed": None,
    "id_index": None,
    "id_mask": "",
    "resident": None,
    "reason": "",
    "answer_sealed": None,
}
LEAST_OF_LOOKS = 6  # months: article 21 of the cybersecurity law; the database refuses less

# By the owner of the tables, of one district, and never younger than the law allows.
ERASE_LOOKS = """
CREATE OR REPLACE FUNCTION retention_erase_looks(keys bigint[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    PERFORM set_config('gridmgmt.erasing', 'on', true);
    DELETE FROM residents_accessrecord
    WHERE id = ANY (keys) AND at < now() - interval '6 months';
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('gridmgmt.erasing', 'off', true);
    RETURN erased;
END $$;
"""


def after_migrations(**kwargs):
    with connection.cursor() as cursor:
        cursor.execute(ERASE_LOOKS)


def moment(day):
    """The first moment of a day of the office."""
    return timezone.make_aware(datetime.combine(day, time()))


def request_lines(district, before):
    """Named lines of requests that were answered, refused or withdrawn before the day."""
    rows = DataRequestLine.objects.filter(request__district=district, request__state__in=ANSWERED)
    at = moment(before)
    over = Q(request__answered_at__lt=at) | Q(request__answered_at=None, request__asked_at__lt=at)
    return rows.filter(over).exclude(name=ERASED)


def erase_lines(keys):
    DataRequestLine.objects.filter(pk__in=keys).update(**OF_A_LINE)
    return {DataRequestLine._meta.db_table: len(keys)}


def move_ins(district, before):
    rows = MoveInRequest.objects.filter(district=district, answered_at__lt=moment(before))
    return rows.exclude(state=MoveInRequest.State.WAITING)


def erase_move_ins(keys):
    MoveInRequest.objects.filter(pk__in=keys).delete()
    return {MoveInRequest._meta.db_table: len(keys)}


def imports(district, before):
    """Batches that are over and still have rows of the workbook: problems, differences, examples."""
    rows = ImportBatch.objects.filter(district=district, created_at__lt=moment(before))
    rows = rows.exclude(state__in=[*ImportBatch.WORKING, ImportBatch.State.MAPPING])
    own = {"batch": OuterRef("pk")}
    return rows.filter(
        ~Q(preview={})
        | Q(Exists(ImportConflict.objects.filter(**own)))
        | Q(Exists(ImportProblem.objects.filter(**own)))
    )


def undecided():
    waiting = ImportConflict.objects.filter(decision=ImportConflict.Decision.WAITING)
    return Q(pk__in=waiting.order_by().values("batch"))


def erase_imports(keys):
    conflicts, _each = ImportConflict.objects.filter(batch__in=keys).delete()
    problems, _each = ImportProblem.objects.filter(batch__in=keys).delete()
    ImportBatch.objects.filter(pk__in=keys).update(preview={})
    return {
        ImportBatch._meta.db_table: len(keys),
        ImportConflict._meta.db_table: conflicts,
        ImportProblem._meta.db_table: problems,
    }


def forget_persons(keys):
    """What papers that are over say of these residents."""
    lines = DataRequestLine.objects.filter(resident__in=keys, request__state__in=ANSWERED)
    moves = MoveInRequest.objects.filter(resident__in=keys)
    moves = moves.exclude(state=MoveInRequest.State.WAITING)
    conflicts = ImportConflict.objects.filter(resident__in=keys)
    conflicts = conflicts.exclude(decision=ImportConflict.Decision.WAITING)
    found = {
        DataRequestLine._meta.db_table: lines.update(**OF_A_LINE),
        MoveInRequest._meta.db_table: moves.delete()[0],
        ImportConflict._meta.db_table: conflicts.delete()[0],
    }
    return {table: number for table, number in found.items() if number}


def looks(district, before):
    return AccessRecord.objects.filter(district=district, at__lt=moment(before))


def erase_looks(keys):
    """On record for the check of the audit: what a mark sealed before is gone by right."""
    rows = AccessRecord.objects.filter(pk__in=keys)
    last = rows.order_by("-at").first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT retention_erase_looks(%s)", [list(keys)])
        number = cursor.fetchone()[0]
    if last is not None:
        detail = {"before": (last.at + timedelta(days=1)).date().isoformat()}
        audit.record(
            audit.Kind.ERASURE,
            of=AccessRecord,
            words=AccessRecord._meta.db_table,
            district=last.district_id,
            detail=detail | {"rows": number},
        )
    return {AccessRecord._meta.db_table: number}


def messages(district, before):
    at = moment(before)
    return Notification.objects.filter(recipient__district=district, created_at__lt=at)


def erase_messages(keys):
    Notification.objects.filter(pk__in=keys).delete()
    return {Notification._meta.db_table: len(keys)}


def former_staff(district, before):
    """Accounts with a telephone or an address whose last posting ended before the day."""
    later = Posting.objects.filter(staff=OuterRef("pk")).filter(
        Q(until=None) | Q(until__gte=before)
    )
    rows = Staff.objects.filter(district=district, date_joined__lt=moment(before))
    return rows.exclude(phone="", email="").exclude(Exists(later))


def with_cases_in_hands():
    busy = Staff.objects.filter(handled_cases__isnull=False, handled_cases__closed_at=None)
    return Q(pk__in=busy.order_by().values("pk"))


def erase_staff(keys):
    Staff.objects.filter(pk__in=keys).update(is_active=False)
    forgetting.forget(forgetting.STAFF, keys)
    return {Staff._meta.db_table: len(keys)}
