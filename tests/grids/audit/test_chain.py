"""Tampering with the record is found, whoever does it and however the chain is mended."""

import hashlib

import pytest
from django.db import connection
from django.utils import timezone

from grids import audit
from grids.audit import chain, checking, guard
from grids.models import AuditEntry, AuditLink, Notification
from residents.models import AccessRecord
from tests import factories as make

pytestmark = pytest.mark.django_db


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def committed():
    """As at the end of the transaction: each entry gets its link."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def three():
    leader = make.staff("grid_leader")
    for words in ("甲", "乙", "丙"):
        audit.record(audit.Kind.PRINT, by=leader, words=words)
    committed()
    return list(AuditEntry.objects.order_by("id"))


def faults(**options):
    return [str(fault) for fault in chain.check(**options)]


def test_each_entry_is_linked_to_the_one_before(three):
    first, second, third = AuditLink.objects.order_by("number")

    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert (first.previous, second.previous, third.previous) == ("", first.digest, second.digest)
    assert [first.entry_id, second.entry_id, third.entry_id] == [one.pk for one in three]
    assert faults() == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE grids_auditentry SET words = '丁' WHERE words = '乙'", ["changed 2"]),
        ("UPDATE grids_auditentry SET by_id = NULL WHERE words = '乙'", ["changed 2"]),
        ("DELETE FROM grids_auditentry WHERE words = '乙'", ["removed 2"]),
        ("DELETE FROM grids_auditlink WHERE number = 2", ["gap 3", "unlinked {1}"]),
        (
            "UPDATE grids_auditlink SET digest = repeat('0', 64) WHERE number = 2",
            ["changed 2", "gap 3"],
        ),
        ("DELETE FROM grids_auditlink WHERE number = 1", ["gap 2", "unlinked {0}"]),
    ],
)
def test_a_change_by_the_owner_of_the_tables_is_found(three, change, found):
    with guard.owner_erases():
        run(change)

    assert faults() == [one.format(*(entry.pk for entry in three)) for one in found]


def chained_anew():
    """What somebody would do who owns the tables and knows how the chain is made."""
    with guard.owner_erases():
        run("DELETE FROM grids_auditlink")
        before = ""
        for number, entry in enumerate(AuditEntry.objects.order_by("id"), start=1):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT audit_digest(e, %s) FROM grids_auditentry e WHERE id = %s",
                    [before, entry.pk],
                )
                (digest,) = cursor.fetchone()
            AuditLink.objects.create(
                number=number,
                entry_id=entry.pk,
                day=timezone.now().date(),
                previous=before,
                digest=digest,
            )
            before = digest


def test_a_chain_that_was_made_anew_does_not_fit_the_signed_marks(three):
    chain.mark()
    committed()
    assert faults() == []

    with guard.owner_erases():
        run("UPDATE grids_auditentry SET words = '丁' WHERE words = '乙'")
    chained_anew()

    assert faults() == ["changed 3"]


def test_a_mark_that_was_written_anew_has_no_true_signature(three):
    chain.mark()
    committed()
    with guard.owner_erases():
        run("UPDATE grids_auditentry SET words = '丁' WHERE words = '乙'")
    chained_anew()
    last = AuditLink.objects.get(number=3).digest
    with guard.owner_erases():
        run(
            "UPDATE grids_auditentry SET detail = jsonb_set(detail, '{digest}', to_jsonb(%s::text))"
            " WHERE kind = 'check'",
            last,
        )
    chained_anew()

    assert faults() == ["mark 3"]


def test_a_record_that_lost_its_end_is_shorter_than_a_mark_says(three):
    chain.mark()
    committed()
    with guard.owner_erases():
        run("DELETE FROM grids_auditentry WHERE words = '丙'")
        run("DELETE FROM grids_auditlink WHERE number >= 3")
    chained_anew()

    assert "changed 3" in faults()


def test_what_was_erased_on_record_is_no_fault(three):
    with guard.owner_erases():
        run("UPDATE grids_auditlink SET day = '2020-01-01' WHERE number = 1")
        run("DELETE FROM grids_auditentry WHERE words = '甲'")
    assert faults() == ["removed 1"]

    audit.record(audit.Kind.ERASURE, of=AuditEntry, detail={"before": "2020-06-01"})
    committed()

    assert faults() == []


# --- the tables without a chain ----------------------------------------------------


def look(moment):
    person = make.resident()
    return AccessRecord.objects.create(
        district_id=person.district_id,
        grid_id=person.grid_id,
        resident=person,
        by=make.staff("grid_leader"),
        field="id_number",
        purpose="核对身份",
        at=moment,
    )


def test_a_look_that_was_sealed_is_missed_when_it_is_gone_or_changed(three):
    old = look(timezone.now() - timezone.timedelta(days=1))
    chain.mark()
    committed()
    assert faults() == []

    with guard.owner_erases():
        AccessRecord.objects.filter(pk=old.pk).update(purpose="别的")

    assert faults() == [f"seal residents_accessrecord 0-{old.pk}"]


def test_a_seal_begins_where_the_one_before_ended(three):
    first = look(timezone.now() - timezone.timedelta(days=2))
    chain.mark()
    second = look(timezone.now() - timezone.timedelta(days=1))
    look(timezone.now())  # may still be joined by rows of a longer transaction
    seals = chain.mark().detail["seals"]

    assert seals["residents_accessrecord"][:3] == [first.pk, second.pk, 1]


# --- the hourly check -----------------------------------------------------------


def test_the_check_marks_what_is_good_and_tells_the_auditors_what_is_not(three):
    auditor = make.staff("auditor", make.district())
    make.staff("grid_leader")

    assert checking.check() == []
    committed()
    assert AuditEntry.objects.filter(kind="check").count() == 1
    assert not Notification.objects.exists()

    with guard.owner_erases():
        run("UPDATE grids_auditentry SET purpose = '改' WHERE words = '丙'")
    assert [str(fault) for fault in checking.check(whole=True)] == ["changed 3"]
    checking.check(whole=True)

    told = Notification.objects.get()
    assert (told.recipient, told.is_urgent, told.body) == (auditor, True, "changed 3")
    assert AuditEntry.objects.filter(kind="check").count() == 1
    assert AuditEntry.objects.get(kind="alarm").detail["faults"] == ["changed 3"]


def test_between_whole_checks_only_what_is_new_is_read(three):
    now = timezone.now()
    checking.check(now)
    committed()
    with guard.owner_erases():
        run("UPDATE grids_auditentry SET purpose = '改' WHERE words = '甲'")

    assert checking.check(now + timezone.timedelta(hours=1)) == []
    committed()
    assert checking.check(now + timezone.timedelta(hours=21)) != []


def test_the_digest_says_the_same_in_every_time_zone(three):
    run("SET LOCAL timezone TO 'Asia/Shanghai'")

    assert faults() == []


def test_the_digest_is_a_sha256_over_the_entry_and_the_digest_before(three):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jsonb_strip_nulls(to_jsonb(e) || jsonb_build_object('at', extract(epoch FROM at)))"
            "::text FROM grids_auditentry e WHERE words = '甲'"
        )
        (text,) = cursor.fetchone()

    assert AuditLink.objects.get(number=1).digest == hashlib.sha256(text.encode()).hexdigest()
