"""A list without a column of grids takes them from the doors and the people that are known."""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from residents.imports.batch import batches, queue
from residents.models import ImportBatch, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import HEADS, OTHER_UNIT, UNIT, person

WITHOUT = [head for head in HEADS if head != "网格编码"]
PEOPLE_ONLY = ["姓名", "公民身份号码", "联系电话", "户号"]


def grids():
    return dict(Resident.objects.live().values_list("name", "grid__code"))


def test_a_building_of_one_grid_gives_it(ground, workbook):
    known = person(姓名="老住户", 楼栋="6号楼", 网格编码=OTHER_UNIT)
    run(workbook([known]), "residents")

    new, strange = person(姓名="新住户", 楼栋="6栋"), person(姓名="不知道", 楼栋="99号楼")
    answer = run(workbook([new, strange], heads=WITHOUT), "residents")

    assert (answer["created"], answer["known_grids"]) == (1, 1)
    assert answer["rejected_by_reason"] == {"grid_unknown": 1}
    assert grids()["新住户"] == OTHER_UNIT


def test_a_building_of_two_grids_gives_none(ground, workbook):
    for code in (UNIT, OTHER_UNIT):
        run(workbook([person(楼栋="6号楼", 网格编码=code)]), "residents")

    answer = run(workbook([person(楼栋="6号楼")], heads=WITHOUT), "residents")

    assert answer["rejected_by_reason"] == {"grid_unknown": 1}
    assert "known_grids" not in answer


def test_an_address_gives_the_grid_of_its_dwelling(ground, workbook):
    heads = [*HEADS, "住址"]
    said = {"楼栋": "", "单元": "", "室号": "", "住址": "公园路12号"}
    run(workbook([person(**said, 网格编码=OTHER_UNIT)], heads=heads), "residents")

    new = person(姓名="新来的", **said)
    run(workbook([new], heads=[*WITHOUT, "住址"]), "residents")

    assert grids()["新来的"] == OTHER_UNIT


def test_a_known_person_gives_the_grid_where_the_row_says_no_door(ground, workbook):
    row = person(姓名="老住户", 网格编码=OTHER_UNIT)
    run(workbook([row]), "residents")

    again = run(workbook([row], heads=PEOPLE_ONLY), "residents")
    elsewhere = run(workbook([row | {"楼栋": "99号楼"}], heads=WITHOUT), "residents")

    assert (again["unchanged"], again["known_grids"]) == (1, 1)
    assert elsewhere["rejected_by_reason"] == {"grid_unknown": 1}


def test_a_person_outside_the_reach_gives_no_grid(ground, workbook):
    third = factories.unit("370402001028003")
    row = person(姓名="老住户", 网格编码=OTHER_UNIT)
    run(workbook([row]), "residents")
    near = factories.staff("grid_leader", ground[0])
    factories.posting(near, "grid_leader", third)

    answer = run(workbook([row], heads=PEOPLE_ONLY), "residents", by=near)

    assert answer["rejected_by_reason"] == {"grid_unknown": 1}
    assert "known_grids" not in answer


def test_the_spouse_in_the_row_of_somebody_known_lives_with_him(ground, workbook):
    row = person(姓名="甲", 网格编码=OTHER_UNIT, 户号="7")
    run(workbook([row]), "residents")
    hers = {"配偶姓名": "乙", "配偶身份证号": factories.id_number(dt.date(1972, 5, 5), "2")}

    run(workbook([row | hers], heads=[*PEOPLE_ONLY, *hers]), "residents")

    assert grids() == {"甲": OTHER_UNIT, "乙": OTHER_UNIT}


def test_the_dry_run_says_it_and_asks_only_for_the_rest(client, ground, workbook, enter):
    leader = enter("grid_leader", ground[0].parent)
    run(workbook([person(楼栋="6号楼")]), "residents")
    pages = {}
    for name, rows in {
        "all": [person(楼栋="6号楼")],
        "rest": [person(楼栋="6号楼"), person(楼栋="99号楼")],
    }.items():
        path = workbook(rows, heads=WITHOUT)
        upload = SimpleUploadedFile("名单.xlsx", path.read_bytes())
        batch = batches.accept_upload(upload, by=leader)
        queue.work(batch.pk)
        assert ImportBatch.objects.get(pk=batch.pk).state == "checked"
        page = client.get(reverse("residents:import_detail", args=[batch.pk]))
        pages[name] = page.content.decode(), reverse("residents:import_grid", args=[batch.pk])

    assert all(
        "1 行没有写网格，已按登记的房屋或人员取得网格" in page for page, __ in pages.values()
    )
    assert pages["all"][1] not in pages["all"][0]
    assert pages["rest"][1] in pages["rest"][0]
