"""Confirming an import does not read the workbook again: the dry run keeps what it read, sealed."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from grids.jobs import queue as jobs
from grids.models import Grid
from residents.imports.batch import batches, queue, registers
from residents.imports.people import kept
from residents.imports.people.steps import PeopleSteps
from residents.models import Code, ImportBatch, Resident
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, UNIT, person

State = ImportBatch.State


@pytest.fixture
def ground(transactional_db):
    from gridmgmt import dictionaries

    dictionaries.seed_registers()
    return factories.unit(UNIT), factories.unit(OTHER_UNIT)


@pytest.fixture
def checked(ground, workbook):
    """checked(rows) -> a batch after its dry run, by a leader of both grids."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    leader = factories.staff("grid_leader", ground[0])
    factories.posting(leader, "grid_leader", ground[1])

    def upload(rows):
        content = workbook(rows).read_bytes()
        batch = batches.accept_upload(SimpleUploadedFile("底册.xlsx", content), by=leader)
        queue.work(batch.pk)
        batch.refresh_from_db()
        assert batch.state == State.CHECKED
        return batch

    return upload


@pytest.fixture
def readings(monkeypatch):
    """How often a workbook was read for an import."""
    seen, stage = [], PeopleSteps._stage

    def counting(*args):
        seen.append(args)
        return stage(*args)

    monkeypatch.setattr(PeopleSteps, "_stage", counting)
    return seen


def path_of(batch):
    return Path(settings.MEDIA_ROOT) / kept.FOLDER / str(batch.pk)


def finish(batch):
    assert queue.confirm(batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert batch.state == State.DONE, batch.error
    return batch.result


def test_a_confirmed_import_takes_the_rows_that_the_dry_run_kept(checked, readings):
    rows = [person(特殊群体类别="低保户" if n % 3 else "") for n in range(30)]
    rows += [
        person(姓名=""),
        person(网格编码="999999999999999"),
        person(婚姻状况="神秘"),
    ]
    batch = checked(rows)

    result = finish(batch)

    assert len(readings) == 1
    preview = batch.preview
    names = ["rows", "created", "rejected_by_reason", "households", "unknown_values"]
    assert {name: result[name] for name in names} == {name: preview[name] for name in names}
    assert (result["created"], result["rejected"]) == (31, 2)
    numbers = {resident.id_sealed.reveal() for resident in Resident.objects.all()}
    assert numbers == {row["公民身份号码"] for row in (*rows[:30], rows[32])}


def test_the_registers_are_compared_again_when_it_is_confirmed(checked, workbook, readings):
    row = person()
    batch = checked([row])
    batches.run_file(workbook([row | {"工作单位": "学校"}]))

    result = finish(batch)

    assert len(readings) == 2  # the dry run, and the other import
    assert (result["created"], result["unchanged"]) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: Code.objects.filter(table="marital").first().delete(),
        lambda batch: Grid.objects.filter(code=UNIT).update(name="另一个名字"),
        lambda batch: batch.by.postings.filter(grid__code=OTHER_UNIT).update(
            until=timezone.localdate() - timedelta(days=1)
        ),
        lambda batch: ImportBatch.objects.update(file_hash="another file"),
        lambda batch: path_of(batch).unlink(),
        lambda batch: path_of(batch).write_bytes(b""),
        lambda batch: path_of(batch).write_bytes(path_of(batch).read_bytes()[:-100]),
        lambda batch: _flip(path_of(batch), 500),
    ],
    ids=["codes", "grids", "reach", "file", "gone", "empty", "cut", "flipped"],
)
def test_rows_that_do_not_fit_any_more_are_read_again(checked, readings, change):
    batch = checked([person() for __ in range(5)])
    change(batch)
    batch.refresh_from_db()

    result = finish(batch)

    assert len(readings) == 2
    assert result["created"] == Resident.objects.count() == 5


def _flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_right_that_ended_since_is_seen_when_it_is_confirmed(checked):
    batch = checked([person(网格编码=OTHER_UNIT)])
    batch.by.postings.filter(grid__code=OTHER_UNIT).update(
        until=timezone.localdate() - timedelta(days=1)
    )

    result = finish(batch)

    assert result["rejected_by_reason"] == {"outside_scope": 1}
    assert not Resident.objects.exists()


def test_kept_rows_of_another_batch_are_not_taken(checked, readings):
    mine, other = checked([person()]), checked([person()])
    path_of(mine).write_bytes(path_of(other).read_bytes())

    finish(mine)

    assert len(readings) == 3


def test_what_is_kept_tells_nothing_without_the_key(checked, settings):
    row = person(备注="住在三楼")
    batch = checked([row])
    content = path_of(batch).read_bytes()

    for word in ("公民身份号码", "姓名", "备注", "联系电话", "户号"):
        assert row[word].encode() not in content
    settings.FIELD_KEYS = "t1:c29tZS1vdGhlci1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
    with pytest.raises(kept.Unusable):
        kept.rows_of(batch, registers.reach_of("residents", batch.by))


def test_nothing_is_kept_after_the_import(checked):
    batch = checked([person()])
    assert path_of(batch).exists()

    finish(batch)

    assert not path_of(batch).exists()


def test_a_sweep_in_the_middle_of_the_import_leaves_what_it_reads(checked):
    batch, over = checked([person()]), checked([person()])
    ImportBatch.objects.filter(pk=batch.pk).update(state=State.IMPORTING)
    ImportBatch.objects.filter(pk=over.pk).update(state=State.CANCELLED)

    kept.sweep()

    assert path_of(batch).exists()
    assert not path_of(over).exists()


def test_nothing_is_kept_after_cancelling(checked):
    batch = checked([person()])

    queue.cancel(batch)

    assert not path_of(batch).exists()


def test_nothing_is_kept_when_it_failed(checked):
    batch = checked([person()])
    queue.confirm(batch)
    ImportBatch.objects.update(attempts=jobs.ATTEMPTS)

    queue.work(batch.pk)
    batches.expire_files(timezone.now())

    batch.refresh_from_db()
    assert batch.state == State.FAILED
    assert not path_of(batch).exists()


def test_what_is_kept_expires_with_the_files(checked):
    old, new = checked([person()]), checked([person()])
    ImportBatch.objects.filter(pk=old.pk).update(files_expire_at=timezone.now() - timedelta(days=1))

    batches.expire_files(timezone.now())

    assert not path_of(old).exists()
    assert path_of(new).exists()


def test_kept_rows_that_hide_a_number_find_their_people(checked, readings, ground):
    home = factories.household(home=factories.dwelling(ground[0], room="101"), head_name="王秀兰")
    wang = factories.resident(home, name="王秀兰")
    said = {"姓名": "王秀兰", "户主姓名": "王秀兰", "室号": "101", "户号": "", "出生日期": ""}
    batch = checked([person(**said, 公民身份号码=wang.id_mask, 工作单位="新厂")])

    result = finish(batch)

    assert (result["changed"], result["rejected"], len(readings)) == (1, 0, 1)
    wang.refresh_from_db()
    assert wang.employer == "新厂"
