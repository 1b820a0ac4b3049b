"""A list that names no grid is of one: chosen on the page, or the importer's only one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, queue
from residents.imports.workbook.places import spelled
from residents.models import ImportBatch, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import HEADS, person

WITHOUT = [head for head in HEADS if head != "网格编码"]


def uploaded(path, by):
    batch = batches.accept_upload(SimpleUploadedFile("名单.xlsx", path.read_bytes()), by=by)
    queue.work(batch.pk)
    return ImportBatch.objects.get()


def test_the_grid_is_chosen_on_the_page_of_the_dry_run(client, ground, workbook, enter):
    leader = enter("grid_leader", ground[0].parent)
    batch = uploaded(workbook([person(), person()], heads=WITHOUT), leader)
    assert batch.preview["rejected_by_reason"] == {"grid_unknown": 2}
    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
    assert reverse("residents:import_grid", args=[batch.pk]) in page

    client.post(reverse("residents:import_grid", args=[batch.pk]), {"grid": ground[1].pk})
    queue.work(batch.pk)
    queue.confirm(ImportBatch.objects.get())
    queue.work(batch.pk)

    assert set(Resident.objects.values_list("grid", flat=True)) == {ground[1].pk}
    assert Resident.objects.count() == 2


def test_nobody_chooses_a_grid_outside_the_own_area(client, ground, workbook, enter):
    leader = enter("grid_leader", ground[0].parent)
    batch = uploaded(workbook([person()], heads=WITHOUT), leader)
    far = factories.unit("520602003003001")

    client.post(reverse("residents:import_grid", args=[batch.pk]), {"grid": far.pk})

    batch.refresh_from_db()
    assert (batch.default_grid, batch.state) == (None, "checked")


def test_a_list_with_a_column_of_grids_is_not_asked_about(client, ground, workbook, enter):
    leader = enter("grid_leader", ground[0].parent)
    batch = uploaded(workbook([person()]), leader)

    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()

    assert reverse("residents:import_grid", args=[batch.pk]) not in page


def test_who_keeps_one_grid_only_is_not_asked(ground, workbook):
    leader = factories.staff("grid_leader", ground[0])

    assert run(workbook([person()], heads=WITHOUT), "residents", by=leader)["created"] == 1
    assert Resident.objects.get().grid == ground[0]


def test_the_command_takes_the_grid_by_its_code(ground, workbook):
    path = workbook([person()], heads=WITHOUT)

    assert run(path, "residents")["rejected_by_reason"] == {"grid_unknown": 1}
    assert run(path, "residents", grid=ground[1].code)["created"] == 1


@pytest.mark.parametrize(
    "said", ["第七网格", "第7网格", "第07网格", "7网格", "7号网格", "第 7 网格", "公园第七单元网格"]
)
def test_a_grid_is_meant_in_any_spelling_of_its_name(ground, workbook, said):
    name = "公园第七单元网格" if said.startswith("公园") else "第七网格"
    type(ground[0]).objects.filter(pk=ground[0].pk).update(name=name)

    assert run(workbook([person(网格编码=said)]), "residents")["created"] == 1


@pytest.mark.parametrize("said", ["{}公园第七网格", "{} 第七网格", "{}.0"])
def test_a_code_with_more_behind_it_is_the_code(ground, workbook, said):
    assert (
        run(workbook([person(网格编码=said.format(ground[0].code))]), "residents")["created"] == 1
    )


def test_names_that_are_no_numbers_stay():
    assert spelled("三里屯网格") == "三里屯网格"
    assert spelled("公园 第十二网格") == "公园12网格"
