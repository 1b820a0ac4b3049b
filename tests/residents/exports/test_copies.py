"""A copy of rows is read only while a posting of today covers all of them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from grids.models import Posting
from residents.exports import queue as exports
from residents.imports.batch import batches, queue
from residents.models import Export, ImportBatch
from tests import factories
from tests.residents.sheets import heads, record
from tests.residents.workbooks import person, write


def end(staff, grid):
    yesterday = timezone.localdate() - timedelta(days=1)
    Posting.objects.filter(staff=staff, grid=grid).update(until=yesterday)


def export(client, book=False):
    address = reverse("residents:book_new" if book else "residents:export_new")
    data = {"purpose": "检查", "columns": ["name"], "order": ["name"], "format": "excel"}
    assert client.post(address, data).status_code == 302
    return Export.objects.latest("pk")


def address_of(export):
    if export.format == "book":
        return reverse("residents:book_print", args=[export.pk, 1])
    return reverse("residents:export_file", args=[export.pk])


@pytest.mark.parametrize("book", [False, True])
def test_an_export_is_read_while_all_its_rows_are_covered(client, ground, enter, book):
    for grid in ground[:2]:
        factories.resident(grid=grid)
    leader = enter("grid_leader", ground[0].parent)
    found = export(client, book)
    assert sorted(found.covers) == sorted(grid.pk for grid in ground[:2])
    assert client.get(address_of(found)).status_code == 200

    end(leader, ground[0].parent)
    factories.posting(leader, "grid_leader", ground[0])

    assert not exports.may_fetch(Export.objects.get(), timezone.now())
    assert client.get(address_of(found)).status_code == 404


def test_an_export_of_one_grid_is_read_by_who_keeps_that_grid(client, ground, enter):
    factories.resident(grid=ground[0])
    leader = enter("grid_leader", ground[0].parent)
    found = export(client)
    end(leader, ground[0].parent)
    factories.posting(leader, "grid_leader", ground[0])

    assert client.get(address_of(found)).status_code == 200


def test_an_old_export_counts_for_the_whole_place_it_was_made_of(client, ground, enter):
    factories.resident(grid=ground[0])
    leader = enter("grid_leader", ground[0].parent)
    found = export(client)
    Export.objects.update(covers=[])
    assert client.get(address_of(found)).status_code == 200

    end(leader, ground[0].parent)
    factories.posting(leader, "grid_leader", ground[1])

    assert client.get(address_of(found)).status_code == 404


@pytest.mark.parametrize("name", ["import_detail", "import_result"])
def test_an_import_is_read_while_its_place_is_the_readers(client, ground, enter, tmp_path, name):
    leader = enter("grid_leader", ground[0].parent)
    content = write(tmp_path / "底册.xlsx", [person()]).read_bytes()
    file = SimpleUploadedFile("底册.xlsx", content)
    batch = batches.accept_upload(file, by=leader)
    queue.work(batch.pk)
    queue.confirm(ImportBatch.objects.get())
    queue.work(batch.pk)
    address = reverse(f"residents:{name}", args=[batch.pk])
    assert client.get(address).status_code == 200

    end(leader, ground[0].parent)
    factories.posting(leader, "grid_leader", ground[1])

    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (["grid_leader"], 200),
        (["information_officer", "grid_worker"], 404),
        (["information_officer"], 404),
    ],
)
@pytest.mark.parametrize("name", ["import_detail", "import_result"])
def test_an_import_of_care_is_read_by_who_holds_both_rights_in_one_posting(
    client, ground, enter, tmp_path, name, roles, status
):
    """To import is one right and to read care another: two postings are no posting with both."""
    leader = enter("grid_leader", ground[0])
    factories.care_category("低保户")
    row = record(factories.resident(grid=ground[0]))
    content = write(tmp_path / "关爱.xlsx", [row], heads=heads([row])).read_bytes()
    file = SimpleUploadedFile("关爱.xlsx", content)
    batch = batches.accept_upload(file, by=leader, register="care")
    queue.work(batch.pk)
    queue.confirm(ImportBatch.objects.get())
    queue.work(batch.pk)
    assert ImportBatch.objects.get().covers
    address = reverse(f"residents:{name}", args=[batch.pk])
    assert client.get(address).status_code == 200

    end(leader, ground[0])
    for role in roles:
        factories.posting(leader, role, ground[0], since=timezone.localdate())

    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        ({0: "grid_leader", 1: "information_officer"}, 200),
        ({0: "grid_leader", 1: "grid_worker"}, 404),
    ],
)
def test_an_export_is_covered_by_postings_each_of_which_may_export(
    client, ground, enter, roles, status
):
    for grid in ground[:2]:
        factories.resident(grid=grid)
    leader = enter("grid_leader", ground[0].parent)
    found = export(client)
    assert len(found.covers) == 2
    end(leader, ground[0].parent)
    for number, role in roles.items():
        factories.posting(leader, role, ground[number])

    assert client.get(address_of(found)).status_code == status


@pytest.mark.parametrize(
    ("names", "role", "status"),
    [
        (["name", "care"], "grid_leader", 200),
        (["name", "care"], "information_officer", 404),
        (["name", "id_number"], "information_officer", 200),
        (["name"], "information_officer", 200),
    ],
)
def test_an_export_is_read_while_its_maker_reads_each_fact_in_it(
    client, ground, enter, names, role, status
):
    factories.care_record(factories.resident(grid=ground[0]), factories.care_category("低保户"))
    leader = enter("grid_leader", ground[0])
    data = {"purpose": "检查", "columns": names, "order": names, "format": "excel"}
    assert client.post(reverse("residents:export_new"), data).status_code == 302
    found = Export.objects.get()
    assert client.get(address_of(found)).status_code == 200

    end(leader, ground[0])
    factories.posting(leader, role, ground[0], since=timezone.localdate())

    assert client.get(address_of(found)).status_code == status


@pytest.mark.parametrize(("role", "status"), [("grid_leader", 200), ("information_officer", 404)])
def test_a_book_with_care_categories_is_read_by_who_reads_them(client, ground, enter, role, status):
    factories.care_record(factories.resident(grid=ground[0]), factories.care_category("低保户"))
    leader = enter("grid_leader", ground[0])
    found = export(client, book=True)
    assert found.opened["register.read_care"] == [ground[0].pk]

    end(leader, ground[0])
    factories.posting(leader, role, ground[0], since=timezone.localdate())

    assert client.get(address_of(found)).status_code == status


def test_a_guarded_category_in_a_file_takes_its_own_right(client, ground, enter):
    factories.care_record(
        factories.resident(grid=ground[0]), factories.care_category("社区矫正", is_guarded=True)
    )
    staff = enter("community_staff", ground[0].parent)
    data = {"purpose": "检查", "columns": ["care"], "order": ["care"], "format": "excel"}
    client.post(reverse("residents:export_new"), data)
    found = Export.objects.get()
    assert client.get(address_of(found)).status_code == 200

    end(staff, ground[0].parent)
    factories.posting(staff, "grid_leader", ground[0].parent, since=timezone.localdate())

    assert client.get(address_of(found)).status_code == 404


def test_a_list_by_category_is_read_by_who_reads_the_category(client, ground, enter):
    factories.care_record(factories.resident(grid=ground[0]), factories.care_category("低保户"))
    leader = enter("grid_leader", ground[0])
    data = {"purpose": "检查", "columns": ["name"], "order": ["name"], "format": "excel"}
    client.post(reverse("residents:export_new") + "?care=低保户", data)
    found = Export.objects.get()
    assert (found.rows, found.opened) == (1, {"register.read_care": [ground[0].pk]})

    end(leader, ground[0])
    factories.posting(leader, "information_officer", ground[0], since=timezone.localdate())

    assert client.get(address_of(found)).status_code == 404


@pytest.mark.parametrize(("role", "status"), [("community_staff", 200), ("grid_leader", 404)])
def test_a_list_by_a_guarded_category_takes_the_right_of_that_category(
    client, ground, enter, role, status
):
    factories.care_record(
        factories.resident(grid=ground[0]), factories.care_category("社区矫正", is_guarded=True)
    )
    staff = enter("community_staff", ground[0].parent)
    data = {"purpose": "检查", "columns": ["name"], "order": ["name"], "format": "excel"}
    client.post(reverse("residents:export_new") + "?care=社区矫正", data)
    found = Export.objects.get()
    assert (found.rows, client.get(address_of(found)).status_code) == (1, 200)

    end(staff, ground[0].parent)
    factories.posting(staff, role, ground[0].parent, since=timezone.localdate())

    assert client.get(address_of(found)).status_code == status
