"""Compounds and buildings that would be new are listed, and asked about where they may be known ones."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grids.models import Building, Compound
from residents.imports.batch import batches, groups, queue
from residents.models import Dwelling, Household, ImportBatch
from residents.places import near_names
from tests import factories
from tests.residents.sheets import house, lease, run
from tests.residents.workbooks import HEADS, OTHER_UNIT, person

WITH_COMPOUND = [*HEADS, "小区"]


@pytest.fixture
def known(ground):
    """幸福小区 7号楼 of the first grid, with 7号楼1单元101 and 王秀兰 behind it."""
    home = factories.dwelling(ground[0], building_name="7号楼", entrance="1单元", room="101")
    factories.compound("幸福小区", home.building)
    return home


@pytest.fixture
def upload(client, ground, workbook, enter, tmp_path):
    def do(rows, heads=WITH_COMPOUND, register="residents"):
        leader = enter("grid_leader", ground[0].parent)
        path = workbook(rows, heads=heads)
        file = SimpleUploadedFile("名单.xlsx", path.read_bytes())
        batch = batches.accept_upload(file, by=leader, register=register)
        queue.work(batch.pk)
        batch.refresh_from_db()
        return batch

    return do


def at(**said):
    return person(**{"小区": "幸福花园", "楼栋": "7栋", "单元": "1", "室号": "101"} | said)


def answer(client, batch, **said):
    client.post(reverse("residents:import_places", args=[batch.pk]), said)
    queue.work(batch.pk)
    batch.refresh_from_db()


def name_of(batch, number=0):
    one = batch.preview["new_places"]["near"][number]
    return "|".join(
        (one["kind"], str(one["grid"] or one["community"]), one["compound"], one["building"])
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("幸福小区", "幸福花园"),
        ("幸福", "幸福小区"),
        ("幸福小区", "辛福小区"),
        ("阳光花园", "阳光家园"),
        ("A座", "A栋"),
        ("门卫室", "门卫"),
    ],
)
def test_names_that_may_be_one_place(one, other):
    assert near_names.are(one, other)
    assert near_names.are(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("幸福一区", "幸福二区"), ("东苑", "西苑"), ("7号楼", "8号楼"), ("7号楼", "17号楼"), ("A座", "B座"), ("公园小区", "阳光小区"),
     ("幸福小区", "幸福小区"), ("", "幸福小区")],
)  # fmt: skip
def test_names_of_two_places(one, other):
    assert not near_names.are(one, other)


def test_the_dry_run_says_what_would_be_new_and_beside_what(known, upload, client):
    batch = upload([at(), at(楼栋="8")])

    found = batch.preview["new_places"]
    assert (found["compounds"], found["buildings"], found["others"]) == (1, 2, [])
    [near] = found["near"]
    assert (near["compound"], near["names"], near["rows"]) == ("幸福花园", ["7号楼", "8号楼"], 2)
    assert near["near"] == [{"compound": "幸福小区", "building": "", "names": ["7号楼"]}]
    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
    assert "幸福花园" in page
    assert "幸福小区" in page
    assert reverse("residents:import_confirm", args=[batch.pk]) not in page


def test_it_is_not_imported_before_somebody_has_said_what_it_is(known, upload, client):
    batch = upload([at()])

    assert not queue.confirm(batch)
    assert not groups.is_clean(batch)
    answer(client, batch, **{name_of(batch): "new"})
    assert groups.is_clean(batch)
    assert queue.confirm(batch)
    queue.work(batch.pk)

    assert set(Compound.objects.values_list("name", flat=True)) == {"幸福小区", "幸福花园"}


def test_what_is_a_known_one_is_written_there(known, upload, client):
    batch = upload([at(), at(楼栋="8")])

    answer(client, batch, **{name_of(batch): "幸福小区|"})
    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
    assert batch.preview["new_places"]["near"] == []
    assert reverse("residents:import_places", args=[batch.pk]) in page  # to ask again
    assert queue.confirm(batch)
    queue.work(batch.pk)

    assert Compound.objects.count() == 1
    assert Household.objects.filter(dwelling=known).count() == 1
    assert set(Building.objects.values_list("name", "compound__name")) == {
        ("7号楼", "幸福小区"),
        ("8号楼", "幸福小区"),
    }


def test_the_answer_can_be_taken_back_before_the_import(known, upload, client):
    batch = upload([at()])
    answer(client, batch, **{name_of(batch): "幸福小区|"})

    answer(client, batch, again="1")

    assert batch.places == []
    assert len(batch.preview["new_places"]["near"]) == 1
    assert not queue.confirm(batch)


def test_only_what_was_offered_is_an_answer(known, upload, client, ground):
    factories.compound("阳光小区", factories.building(ground[1], "3号楼"))
    batch = upload([at()])

    answer(client, batch, **{name_of(batch): "阳光小区|"})

    assert batch.places == []
    assert not queue.confirm(batch)


def test_both_spellings_of_one_door_in_the_file_are_one(known, upload, client):
    batch = upload([at(楼栋="9"), at(小区="幸福小区", 楼栋="9")])

    answer(client, batch, **{name_of(batch): "幸福小区|"})
    queue.confirm(batch)
    queue.work(batch.pk)

    assert Dwelling.objects.filter(building__name="9号楼").count() == 1


def test_a_building_without_a_compound_may_be_the_one_of_a_new_compound(ground, upload, client):
    home = factories.dwelling(ground[0], building_name="7栋", entrance="1单元", room="101")
    batch = upload([at()])

    assert batch.preview["new_places"]["near"][0]["near"] == [
        {"compound": "", "building": "", "names": ["7号楼"]}
    ]
    answer(client, batch, **{name_of(batch): "|"})
    queue.confirm(batch)
    queue.work(batch.pk)

    assert [*Household.objects.values_list("dwelling", flat=True)] == [home.pk]


def test_a_building_of_nearly_the_same_name_is_asked_about(ground, upload, client):
    home = factories.dwelling(ground[0], building_name="A座", entrance="1单元", room="101")
    batch = upload([at(小区="", 楼栋="A栋")])

    answer(client, batch, **{name_of(batch): "|A座"})
    queue.confirm(batch)
    queue.work(batch.pk)

    assert [*Household.objects.values_list("dwelling", flat=True)] == [home.pk]


def test_another_building_of_a_known_compound_is_listed_and_not_asked_about(known, upload):
    batch = upload([at(小区="幸福小区", 楼栋="8")])

    found = batch.preview["new_places"]
    assert (found["near"], found["buildings"], found["compounds"]) == ([], 1, 0)
    assert found["others"][0]["building"] == "8号楼"
    assert queue.confirm(batch)


def test_the_same_building_in_another_grid_is_said_and_stays_there(known, upload, client):
    batch = upload([at(小区="幸福小区", 网格编码=OTHER_UNIT)])

    page = client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
    assert "第1网格" in page
    assert not queue.confirm(batch)
    answer(client, batch, **{name_of(batch): "幸福小区|7号楼"})
    assert batch.places == []
    answer(client, batch, **{name_of(batch): "new"})
    assert queue.confirm(batch)


def test_a_new_compound_beside_others_is_not_asked_about(known, upload):
    batch = upload([at(小区="阳光佳园", 楼栋="12")])

    assert batch.preview["new_places"]["near"] == []
    assert queue.confirm(batch)


def test_nothing_is_said_of_places_outside_the_importers_reach(known, workbook, ground):
    far = factories.staff("grid_leader", ground[1])
    path = workbook([at(网格编码=OTHER_UNIT)], heads=WITH_COMPOUND)

    assert run(path, "residents", dry_run=True, by=far)["new_places"]["near"] == []
    assert run(path, "residents", dry_run=True)["new_places"]["near"] != []


def test_a_file_without_new_places_says_nothing_of_them(known, workbook):
    path = workbook([at(小区="幸福小区")], heads=WITH_COMPOUND)

    assert "new_places" not in run(path, "residents", dry_run=True)


def test_the_operator_says_it_with_the_command(known, workbook, capsys):
    from django.core.management import call_command

    path = workbook([at()], heads=WITH_COMPOUND)
    call_command("import_register", path, "--dry-run")
    assert "幸福花园" in (said := capsys.readouterr().out)
    assert "幸福小区" in said
    call_command("import_register", path, "--place", "幸福花园=幸福小区")

    assert Compound.objects.count() == 1
    assert [*Household.objects.values_list("dwelling", flat=True)] == [known.pk]


@pytest.mark.parametrize(
    ("register", "row"),
    [
        ("leases", lease(小区="幸福花园", 楼栋="7#")),
        ("buildings", house(小区="幸福花园", 楼栋="7#")),
    ],
)
def test_the_other_registers_ask_too(known, upload, client, register, row):
    batch = upload([row], heads=list(row), register=register)

    assert not queue.confirm(batch)
    answer(client, batch, **{name_of(batch): "幸福小区|"})
    assert queue.confirm(batch)
    queue.work(batch.pk)

    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.DONE
    assert [*Building.objects.values_list("name", "compound__name")] == [("7号楼", "幸福小区")]
