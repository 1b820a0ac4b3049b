"""What goes wrong around an import loses nothing, doubles nothing and waits for ever on nothing."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from gridmgmt.running import localstack
from grids import locks
from residents import tasks
from residents.imports.batch import batches, queue
from residents.models import Household, ImportBatch, Resident
from tests import database, factories
from tests.residents.workbooks import OTHER_UNIT, UNIT, person

State = ImportBatch.State
FAR_UNIT = "520602003003001"  # in another district


@pytest.fixture
def ground(transactional_db):
    from gridmgmt import dictionaries

    dictionaries.seed_registers()
    return [factories.unit(code) for code in (UNIT, OTHER_UNIT, FAR_UNIT)]


@pytest.fixture
def upload(ground, workbook):
    """upload(rows) -> a batch as the browser leaves it: kept, waiting for its dry run."""
    leader = factories.staff("grid_leader", ground[0])

    def keep(rows):
        content = workbook(rows).read_bytes()
        return batches.accept_upload(SimpleUploadedFile("底册.xlsx", content), by=leader)

    return keep


def state_of(batch):
    return ImportBatch.objects.get(pk=batch.pk).state


@contextlib.contextmanager
def lock_of(grid):
    """Holds the district: an import of it waits before it compares."""
    key = [locks.REGISTERS, grid.district_id]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def import_by_command(path):
    """The answer of `manage.py import_register` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "manage.py", "import_register", str(path), "--json"],
        cwd=localstack.ROOT,
        env=os.environ | {"DATABASE_URL": database.address_of(connection.settings_dict["NAME"])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_processes_that_import_the_same_people_at_once_add_up(ground, workbook):
    """Three files, each with people of the others, over two districts in opposite order."""
    units = [UNIT, OTHER_UNIT, FAR_UNIT]
    people = [person(网格编码=units[n % 3]) for n in range(90)]
    files = [people[:60], people[::-1][:60], people[15:75:2] + people[74:14:-2]]
    paths = [workbook(rows) for rows in files]

    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(import_by_command, paths))

    assert sum(answer["created"] for answer in answers) == 90
    assert sum(answer["unchanged"] for answer in answers) == sum(map(len, files)) - 90
    assert sum(answer["rejected"] + answer["changed"] for answer in answers) == 0
    numbers = [resident.id_sealed.reveal() for resident in Resident.objects.filter(ended_on=None)]
    assert sorted(numbers) == sorted(row["公民身份号码"] for row in people)
    assert Household.objects.filter(ended_on=None).count() == 90


def test_batches_of_the_same_people_confirmed_at_once_import_each_once(upload):
    people = [person() for __ in range(40)]
    waiting = [upload(people[:30]), upload(people[:9:-1])]
    for batch in waiting:
        queue.work(batch.pk)
        assert queue.confirm(batch)

    def work(batch):
        try:
            queue.work(batch.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, waiting))

    results = [ImportBatch.objects.get(pk=batch.pk) for batch in waiting]
    assert [batch.state for batch in results] == [State.DONE, State.DONE]
    assert sum(batch.result["created"] for batch in results) == 40
    assert sum(batch.result["unchanged"] for batch in results) == 20
    assert Resident.objects.count() == 40


@pytest.mark.worker
@pytest.mark.xdist_group("worker")
def test_redis_that_forgets_everything_in_between_loses_no_import(
    breakable_redis, upload, ground, start_celery, wait_for
):
    running, waiting = upload([person() for __ in range(9)]), upload([person()])
    for batch in (running, waiting):
        queue.work(batch.pk)
    start_celery("worker")
    queue.confirm(running)
    with lock_of(ground[0]):
        tasks.run_import.delay(running.pk)
        wait_for(
            lambda: ImportBatch.objects.get(pk=running.pk).progress.get("phase") == "comparing",
            seconds=60,
        )
        queue.confirm(waiting)
        tasks.run_import.delay(waiting.pk)
        breakable_redis.kill()
        shutil.rmtree(breakable_redis.home / "data")
        breakable_redis.start()

    wait_for(lambda: state_of(running) == State.DONE, seconds=60)
    assert state_of(waiting) == State.IMPORTING
    tasks.nudge_imports()  # as beat does every minute

    wait_for(lambda: state_of(waiting) == State.DONE, seconds=60)
    assert Resident.objects.count() == 10


@pytest.mark.worker
@pytest.mark.xdist_group("worker")
def test_an_upload_made_while_redis_is_away_is_checked_later(
    breakable_redis, upload, start_celery, wait_for
):
    breakable_redis.kill()
    batch = upload([person()])
    tasks.run_import.delay(batch.pk)  # goes nowhere, and is no error
    breakable_redis.start()
    start_celery("worker")

    tasks.nudge_imports()

    wait_for(lambda: state_of(batch) == State.CHECKED, seconds=60)
