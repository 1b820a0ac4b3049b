"""A job has one worker at a time, who may finish only what is still held."""

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from grids.jobs import lease, queue
from grids.jobs.lease import LEASE, Lease, LeaseLost
from residents.models import ImportBatch
from tests import factories

State = ImportBatch.State


class Known(Exception):
    code = "no_header"


@pytest.fixture
def job(db):
    now = timezone.now()
    return ImportBatch.objects.create(
        by=factories.staff("grid_leader"),
        district_id=factories.district().pk,
        state=State.CHECKING,
        created_at=now,
        files_expire_at=now,
    )


@pytest.fixture
def failures():
    return []


@pytest.fixture
def claim(failures):
    def do(job, **begun):
        return queue.claim(
            ImportBatch.objects,
            job.pk,
            lambda one, error: failures.append((one.pk, error)),
            **begun,
        )

    return do


def fresh(job):
    return ImportBatch.objects.get(pk=job.pk)


def test_who_claims_a_job_holds_it_for_a_minute(job, claim, failures):
    before = timezone.now()
    ImportBatch.objects.update(progress={"rows": 5})

    mine = claim(job, started_at=before)

    assert (mine.attempts, mine.progress, mine.started_at) == (1, {}, before)
    assert before + LEASE <= mine.leased_until <= timezone.now() + LEASE
    assert 10 < len(mine.leased_by) <= 80
    assert claim(job) is None
    assert failures == []
    assert timedelta(seconds=60) == LEASE


@pytest.mark.parametrize(
    ("state", "seconds", "attempts", "is_taken", "error"),
    [
        ("checking", None, 0, True, None),
        ("importing", None, 0, True, None),
        ("undoing", None, 1, True, None),
        ("checked", None, 0, False, None),
        ("done", None, 0, False, None),
        ("checking", 30, 0, False, None),
        ("checking", -1, 1, True, None),
        ("checking", -1, 2, False, "worker_lost"),
        ("checking", None, 3, False, "worker_lost"),
        ("checking", 30, 2, False, None),
        ("done", -1, 2, False, None),
    ],
)
def test_which_jobs_may_be_claimed(job, claim, failures, state, seconds, attempts, is_taken, error):
    until = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    ImportBatch.objects.update(state=state, leased_until=until, attempts=attempts)
    waiting = ImportBatch.objects.forgotten(timezone.now())

    mine = claim(job)

    assert (mine is not None) is is_taken
    assert failures == ([(job.pk, error)] if error else [])
    assert waiting == ([job.pk] if is_taken or error else [])
    assert queue.claim(ImportBatch.objects, 0, None) is None


def work(job, do, failures, known=(Known,)):
    queue.work(job, do, lambda one, error: failures.append((one.pk, error)), known=known)


def test_what_was_done_is_told_by_the_lease(job, claim, failures, monkeypatch):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 60)
    mine = claim(job)

    work(mine, lambda one, held: held.finish(state=State.CHECKED, preview={"rows": 1}), failures)

    found = fresh(job)
    assert (found.state, found.preview, found.leased_until, found.attempts) == (
        "checked", {"rows": 1}, None, 0,
    )  # fmt: skip
    assert failures == []
    work(None, lambda one, held: pytest.fail("nothing to do"), failures)


@pytest.mark.parametrize(
    ("error", "told"),
    [(Known(), "no_header"), (ValueError("王秀兰 1950-05-01"), "internal"), (LeaseLost(), None)],
)
def test_why_it_came_to_nothing(job, claim, failures, caplog, monkeypatch, error, told):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 60)

    def do(one, held):
        raise error

    with caplog.at_level(logging.INFO):
        work(claim(job), do, failures)

    assert failures == ([(job.pk, told)] if told else [])
    assert "王秀兰" not in caplog.text
    assert ("ValueError" in caplog.text) is (told == "internal")


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"leased_by": "somebody else"}])
def test_who_lost_the_job_finishes_nothing(job, claim, failures, monkeypatch, change):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 60)
    mine = claim(job)
    ImportBatch.objects.filter(pk=job.pk).update(**change)

    with pytest.raises(LeaseLost), Lease(mine) as held:
        held.finish(state=State.DONE)

    assert fresh(job).state == change.get("state", "checking")
    other = ImportBatch.objects.create(
        by=job.by, state=State.CHECKING, created_at=timezone.now(), files_expire_at=timezone.now()
    )
    assert fresh(other).state == "checking"


def test_progress_says_the_speed_of_its_phase(monkeypatch):
    clock = iter([5.0, 0.0, 0.1, 0.2, 2.0, 20.0, 20.5])
    monkeypatch.setattr(lease, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    held = Lease(ImportBatch(pk=1, state=State.CHECKING))
    said = []

    for phase, rows, total in (
        ("reading", 0, 9), ("reading", 50, 9), ("reading", 50, 9), ("reading", 0, 9), ("writing", 7, 0),
        ("writing", 7, 0),
    ):  # fmt: skip
        held.tell(phase, rows, total)
        said.append(tuple(held.progress.values()))

    assert said == [
        ("reading", 0, 9, 0),
        ("reading", 50, 9, 0),
        ("reading", 50, 9, 250),
        ("reading", 0, 9, 0),
        ("writing", 7, 0, 0),
        ("writing", 7, 0, 14),
    ]


def test_the_lease_is_renewed_with_what_was_told_until_the_job_is_lost(job, claim):
    mine = claim(job)
    ImportBatch.objects.update(leased_until=timezone.now() - timedelta(seconds=5))
    held = Lease(mine)
    held.tell("reading", 5, 9)

    held._renew()

    found = fresh(job)
    assert found.leased_until > timezone.now() + timedelta(seconds=50)
    assert {"phase": "reading", "rows": 5, "total": 9}.items() <= found.progress.items()
    assert found.progress["seconds"] >= 0
    held.tell("reading", 6)
    ImportBatch.objects.update(state=State.CANCELLED)
    held._renew()
    with pytest.raises(LeaseLost):
        held.tell("reading", 7)


def test_files_are_deleted_before_the_row_forgets_them(job):
    job.file.save("a.xlsx", ContentFile(b"x"))
    storage, name = job.file.storage, job.file.name
    other = ImportBatch.objects.create(
        by=job.by, file="b.xlsx", state=State.DONE, created_at=timezone.now(),
        files_expire_at=timezone.now(),
    )  # fmt: skip

    queue.forget_files(job, "file", "result_file", state=State.CANCELLED)

    found = fresh(job)
    assert not storage.exists(name)
    assert (found.file.name, found.result_file.name, found.state) == ("", "", "cancelled")
    assert fresh(other).file.name == "b.xlsx"
