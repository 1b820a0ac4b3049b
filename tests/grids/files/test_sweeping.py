"""What lies in the folder and belongs to nobody goes; what belongs to somebody stays."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from grids.files import sweeping
from grids.tasks import sweep_files
from residents.models import ImportBatch
from tests import factories

pytestmark = pytest.mark.django_db

OLD = time.time() - 24 * 3600


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def stored(name, *, age=OLD):
    found = default_storage.save(name, ContentFile(b"1,954 numbers"))
    os.utime(default_storage.path(found), (age, age))
    return found


def batch(**files):
    return ImportBatch.objects.create(
        by=factories.staff("grid_leader", factories.community()),
        district=factories.district(),
        state="done",
        file_name="a.xlsx",
        file_hash="",
        created_at=timezone.now(),
        **files,
    )


def test_a_result_that_two_wrote_leaves_no_workbook_behind():
    lost = stored("imports/2026/11/result-7.xlsx")
    kept = stored("imports/2026/11/result-7_b.xlsx")
    batch(result_file=kept, file=stored("imports/2026/11/a.xlsx"))

    sweep_files()

    assert not default_storage.exists(lost)
    assert default_storage.exists(kept)
    assert default_storage.exists("imports/2026/11/a.xlsx")


def test_a_file_whose_row_is_on_its_way_stays():
    young = stored("exports/2026/11/export-1.xlsx", age=time.time())

    assert sweeping.delete_orphans(timezone.now()) == []
    assert default_storage.exists(young)
    assert sweeping.delete_orphans(timezone.now() + timedelta(days=1)) == [young]


def test_a_folder_with_a_keeper_of_its_own_is_not_swept():
    kept = stored("imports/kept/12")
    strange = stored("elsewhere/2026/11/a")

    assert sweeping.delete_orphans(timezone.now()) == []
    assert default_storage.exists(kept)
    assert default_storage.exists(strange)


@pytest.mark.parametrize(("number", "is_known"), [(sweeping.HANDFUL, 0), (sweeping.FEW, 1)])
def test_nothing_goes_when_the_database_seems_to_be_another(number, is_known):
    if is_known:
        batch(file=stored("imports/2026/11/a.xlsx"))
    names = [stored(f"cases/2026/11/{at}.jpg") for at in range(number + 1)]

    assert sweeping.delete_orphans(timezone.now()) == []
    assert all(map(default_storage.exists, names))


def test_a_file_in_clear_is_sealed_by_the_sweep(folder):
    batch(file="imports/2026/11/a.xlsx")
    path = Path(folder / "imports/2026/11")
    path.mkdir(parents=True)
    (path / "a.xlsx").write_bytes(b"1,954 numbers")

    assert sweeping.sweep(timezone.now()) == {"deleted": 0, "sealed": 1, "unopened": 0}

    assert b"numbers" not in (path / "a.xlsx").read_bytes()
    assert ImportBatch.objects.get().file.open("rb").read() == b"1,954 numbers"
    assert sweeping.sweep(timezone.now()) == {"deleted": 0, "sealed": 0, "unopened": 0}


def test_each_kind_of_file_is_swept():
    assert set(sweeping.columns()) == {"cases", "exports", "imports", "uploads", "visits"}
