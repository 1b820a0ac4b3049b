"""The batch row is the queue: leased, renewed, finished by its holder only."""

import contextlib
import os
import signal
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from grids import locks
from grids.jobs import lease
from grids.jobs import queue as jobs
from grids.jobs.lease import Lease, LeaseLost
from grids.models import AuditEntry
from residents import tasks
from residents.imports.batch import answer, batches, explain, queue
from residents.models import Household, ImportBatch, Resident
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, UNIT, person

State = ImportBatch.State


@pytest.fixture
def ground(transactional_db):
    from gridmgmt import dictionaries

    dictionaries.seed_registers()
    return factories.unit(UNIT), factories.unit(OTHER_UNIT)


@pytest.fixture
def upload(ground, workbook):
    """upload(rows) -> a batch as the browser leaves it: kept, waiting for its dry run."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    leader = factories.staff("grid_leader", ground[0])

    def keep(rows):
        path = workbook(rows)
        return batches.accept_upload(SimpleUploadedFile("底册.xlsx", path.read_bytes()), by=leader)

    return keep


def test_a_batch_is_checked_then_confirmed_then_imported(upload):
    batch = upload([person(), person(姓名="")])

    queue.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.preview["created"], batch.preview["rejected"]) == (
        State.CHECKED,
        1,
        1,
    )
    assert batch.preview["examples"]["name_missing"][0]["row"] == 3
    assert not Resident.objects.exists()

    assert queue.confirm(batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.result["created"], batch.leased_until) == (
        State.DONE,
        1,
        None,
    )
    assert Resident.objects.count() == 1
    assert batch.result_file
    entry = AuditEntry.objects.get(kind="import")
    assert (entry.words, entry.detail) == ("底册.xlsx", {"register": "residents", "rows": 1})


def test_confirming_validates_again(upload):
    batch = upload([person()])
    queue.work(batch.pk)
    batch.by.postings.update(until=timezone.localdate() - timedelta(days=1))

    queue.confirm(batch)
    queue.work(batch.pk)

    batch.refresh_from_db()
    assert batch.result["rejected_by_reason"] == {"outside_scope": 1}
    assert not Resident.objects.exists()


def test_confirming_twice_imports_once(upload):
    batch = upload([person()])
    queue.work(batch.pk)

    assert queue.confirm(batch)
    assert not queue.confirm(batch)
    queue.work(batch.pk)
    queue.work(batch.pk)

    assert Resident.objects.count() == 1


def test_a_leased_batch_is_left_to_its_worker(upload):
    batch = upload([person()])
    assert queue.claim(batch.pk) is not None

    assert queue.claim(batch.pk) is None


def test_a_batch_that_lost_two_workers_fails_with_nothing_written(upload):
    batch = upload([person()])
    for __ in range(jobs.ATTEMPTS):
        assert queue.claim(batch.pk) is not None
        ImportBatch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    queue.work(batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.error) == (State.FAILED, "worker_lost")
    assert not Resident.objects.exists()


def test_a_worker_that_lost_its_lease_writes_nothing(upload):
    batch = upload([person()])
    queue.work(batch.pk)
    queue.confirm(batch)
    mine = queue.claim(batch.pk)
    ImportBatch.objects.update(leased_by="another worker")

    with pytest.raises(LeaseLost), Lease(mine) as lease:
        queue.write(mine, lease)

    assert not Resident.objects.exists()


def test_cancelling_while_it_is_written_writes_nothing(upload):
    batch = upload([person()])
    queue.work(batch.pk)
    queue.confirm(batch)
    mine = queue.claim(batch.pk)

    assert queue.cancel(batch)
    with pytest.raises(LeaseLost), Lease(mine) as lease:
        queue.write(mine, lease)

    batch.refresh_from_db()
    assert batch.state == State.CANCELLED
    assert not Resident.objects.exists()


def test_what_no_message_reached_is_nudged_again(upload):
    new, lost, held = upload([person()]), upload([person()]), upload([person()])
    past, soon = (
        timezone.now() - timedelta(seconds=1),
        timezone.now() + timedelta(seconds=50),
    )
    ImportBatch.objects.filter(pk=lost.pk).update(leased_until=past, leased_by="a dead worker")
    ImportBatch.objects.filter(pk=held.pk).update(leased_until=soon, leased_by="a worker")

    assert ImportBatch.objects.forgotten(timezone.now()) == [new.pk, lost.pk]


def test_two_imports_of_the_same_people_at_once_neither_wait_for_ever_nor_duplicate(
    ground, workbook
):
    rows = [person(网格编码=UNIT if n % 2 else OTHER_UNIT) for n in range(60)]
    paths = [workbook(rows), workbook(rows[::-1])]
    answers, errors = [], []

    def run(path):
        try:
            answers.append(batches.run_file(path))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert errors == []
    assert sorted(answer["created"] for answer in answers) == [0, 60]
    assert sorted(answer["unchanged"] for answer in answers) == [0, 60]
    assert Resident.objects.count() == 60


def test_expired_files_go_and_the_counts_stay(upload):
    batch = upload([person()])
    queue.work(batch.pk)
    ImportBatch.objects.update(files_expire_at=timezone.now() - timedelta(days=1))

    batches.expire_files(timezone.now())

    batch.refresh_from_db()
    assert not batch.file
    assert batch.preview["created"] == 1


@pytest.mark.worker
@pytest.mark.xdist_group("worker")
def test_a_real_worker_imports_through_redis(upload, celery_worker_process, wait_for):
    batch = upload([person() for __ in range(20)])

    tasks.run_import.delay(batch.pk)
    wait_for(lambda: ImportBatch.objects.get(pk=batch.pk).state == State.CHECKED)
    queue.confirm(batch)
    tasks.run_import.delay(batch.pk)

    wait_for(lambda: ImportBatch.objects.get(pk=batch.pk).state == State.DONE)
    assert Resident.objects.count() == 20


@contextlib.contextmanager
def before_it_compares(row, ground):
    """Holds the lock of the district."""
    key = [locks.REGISTERS, ground[0].district_id]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        yield "comparing"
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


@contextlib.contextmanager
def between_households_and_residents(row, ground):
    """Holds, uncommitted, a person with the same number: the worker's INSERT waits for it."""
    with transaction.atomic():
        factories.resident(number=row["公民身份号码"])
        yield "writing"
        transaction.set_rollback(True)


@pytest.mark.worker
@pytest.mark.xdist_group("worker")
@pytest.mark.parametrize("held", [before_it_compares, between_households_and_residents])
def test_a_worker_killed_in_the_middle_leaves_no_half_and_the_next_one_finishes(
    upload, ground, start_celery, wait_for, held
):
    rows = [person() for __ in range(20)]
    batch = upload(rows)
    queue.work(batch.pk)
    queue.confirm(batch)
    first = start_celery("worker")
    with held(rows[7], ground) as phase:
        tasks.run_import.delay(batch.pk)
        wait_for(lambda: ImportBatch.objects.get(pk=batch.pk).progress.get("phase") == phase)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        wait_for(lambda: _no_other_transaction())
    assert not Resident.objects.exists()
    assert not Household.objects.exists()
    assert ImportBatch.objects.get(pk=batch.pk).state == State.IMPORTING

    ImportBatch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))  # a minute later
    start_celery("worker")
    tasks.nudge_imports()

    wait_for(lambda: ImportBatch.objects.get(pk=batch.pk).state == State.DONE)
    assert Resident.objects.count() == 20


def _no_other_transaction():
    """The killed worker's backend has noticed; what waits for a lock notices when it wakes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock'"
        )
        return cursor.fetchone()[0] == 0


def test_a_result_workbook_that_was_not_finished_is_made_when_asked_for(upload, client):
    batch = upload([person(), person(姓名="")])
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)
    ImportBatch.objects.update(result_file="")
    client.force_login(batch.by)
    address = reverse("residents:import_result", args=[batch.pk])

    assert client.get(address).status_code == 202
    assert not ImportBatch.objects.get().result_file
    later = timezone.now() + batches.LATE * 2
    assert batches.without_result(later) == [batch.pk]
    batches.write_result(batch.pk)

    assert len(b"".join(client.get(address).streaming_content)) > 1000
    assert batches.without_result(later) == []


def test_two_workers_do_not_write_the_same_result_twice(upload):
    batch = upload([person(), person(姓名="")])
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)
    name = ImportBatch.objects.get().result_file.name

    batches.write_result(batch.pk)

    assert ImportBatch.objects.get().result_file.name == name
    with answer.alone(batch.pk) as found:
        assert found is None


@contextlib.contextmanager
def held_by_somebody(batch):
    """Holds a row of the import: the undo waits for it."""
    with transaction.atomic():
        Resident.objects.select_for_update().first()
        yield "undo_deciding"
        transaction.set_rollback(True)


@pytest.mark.worker
@pytest.mark.xdist_group("worker")
def test_a_worker_killed_in_mid_undo_leaves_no_half_and_the_next_one_finishes(
    upload, start_celery, wait_for
):
    batch = upload([person() for __ in range(20)])
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert queue.ask_undo(batch, by=batch.by, now=timezone.now())
    first = start_celery("worker")
    with held_by_somebody(batch) as phase:
        tasks.run_import.delay(batch.pk)
        wait_for(lambda: ImportBatch.objects.get(pk=batch.pk).progress.get("phase") == phase)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        wait_for(lambda: _no_other_transaction())
    assert Resident.objects.count() == 20
    assert ImportBatch.objects.get(pk=batch.pk).state == State.UNDOING

    ImportBatch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    start_celery("worker")
    tasks.nudge_imports()

    wait_for(lambda: ImportBatch.objects.get(pk=batch.pk).state == State.UNDONE)
    assert not Resident.objects.exists()
    assert not Household.objects.exists()


# How far it is


@pytest.mark.parametrize(
    ("do", "phase"),
    [
        (queue.check, "reading"),
        (queue.check, "comparing"),
        (queue.write, "comparing"),
        (queue.write, "writing"),
    ],
)
def test_cancelling_works_in_every_phase_until_the_commit(upload, monkeypatch, do, phase):
    """Cancelled as soon as the worker tells of the phase; it stops at the next word, or at the end."""
    batch = upload([person() for __ in range(3)])
    if do == queue.write:
        queue.work(batch.pk)
        queue.confirm(batch)
    mine = queue.claim(batch.pk)
    held = Lease(mine)
    tell = held.tell

    def told(now, *rows):
        tell(now, *rows)
        if now == phase:
            threading.Thread(target=_cancel, args=[batch]).start()
            assert held._lost.wait(10)

    monkeypatch.setattr(held, "tell", told)
    with held, pytest.raises(LeaseLost):
        do(mine, held)

    batch.refresh_from_db()
    assert batch.state == State.CANCELLED
    assert not Resident.objects.exists()


def _cancel(batch):
    try:
        assert queue.cancel(batch) == State.CANCELLED
    finally:
        connection.close()


@pytest.mark.parametrize("state", ["checked", "mapping"])
def test_what_waits_for_a_person_can_be_cancelled(upload, state):
    batch = upload([person()])
    ImportBatch.objects.update(state=state)

    assert queue.cancel(batch) == State.CANCELLED
    assert queue.cancel(batch) is None
    assert not queue.confirm(batch)


def test_a_finished_import_cannot_be_cancelled(upload):
    batch = upload([person()])
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)

    assert queue.cancel(batch) is None
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "says", "total"),
    [
        (
            {"phase": "reading", "rows": 40_000, "per_second": 20_000},
            "每秒 20,000 行，约剩 3 秒",
            100_000,
        ),
        (
            {"phase": "reading", "rows": 40_000, "per_second": 200},
            "每秒 200 行，约剩 5 分钟",
            100_000,
        ),
        ({"phase": "reading", "rows": 100_000, "per_second": 20_000}, "每秒 20,000 行", 100_000),
        ({"phase": "reading", "rows": 0}, "", 100_000),
        ({"phase": "writing", "rows": 100_000, "seconds": 7.2}, "已用 7 秒", 0),
        (
            {"phase": "undo_taking_back", "rows": 500, "total": 2000, "per_second": 500},
            "每秒 500 行，约剩 3 秒",
            2000,
        ),
    ],
)
def test_progress_says_rows_per_second_and_the_time_left(told, says, total):
    batch = ImportBatch(
        pk=1,
        state=State.CHECKING,
        progress=told,
        leased_until=timezone.now(),
        mapping={"tables": [{"rows": 100_000}]},
    )

    shown = explain.progress(batch)

    assert (shown["speed"], shown["max"]) == (says, total)


def test_the_speed_is_that_of_the_phase(monkeypatch):
    clock = iter([0, 100, 102, 110, 110])
    monkeypatch.setattr(lease.time, "monotonic", lambda: next(clock))
    held = Lease(ImportBatch(pk=1, state=State.CHECKING))

    held.tell("reading", 0)
    held.tell("reading", 5_000)
    assert held.progress["per_second"] == 2_500
    held.tell("comparing", 5_000)
    assert held.progress["per_second"] == 0
