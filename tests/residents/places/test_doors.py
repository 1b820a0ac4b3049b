"""Every spelling of a door is one door."""

import pytest

from grids.models import Building
from residents.places import doors
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import person


@pytest.mark.parametrize(
    "said",
    ["3", "3#", "3#楼", "3号", "3 号", "3楼", "3号楼", "３号楼", "3栋", "3幢", "3座", "第3栋", "三号楼", "三栋",
     "03", "003栋", "No.3", "ＮＯ．３", "№3", 3.0],
)  # fmt: skip
def test_a_building_with_a_number_has_one_name(said):
    assert doors.building(said) == "3号楼"


@pytest.mark.parametrize(
    ("said", "name"),
    [("13栋", "13号楼"), ("十三栋", "13号楼"), ("A座", "A座"), ("3-1", "3-1"), ("三里屯楼", "三里屯楼"), ("12345", "12345")],
)  # fmt: skip
def test_other_buildings_keep_theirs(said, name):
    assert doors.building(said) == name


@pytest.mark.parametrize("known", ["3号楼", "3栋", "3幢", "03栋", "第3座"])
def test_the_building_of_the_register_is_meant_in_whatever_way_it_is_spelled_there(
    ground, workbook, known
):
    building = factories.building(ground[0], name=known)

    assert (
        run(workbook([person(楼栋=said) for said in ("3#", "三号楼", "3幢")]), "residents")[
            "created"
        ]
        == 3
    )

    assert list(Building.objects.values_list("pk", "name")) == [(building.pk, known)]


def test_the_name_as_the_file_has_it_comes_before_another_spelling(ground, workbook):
    factories.building(ground[0], name="3栋")
    building = factories.building(ground[0], name="3号楼")

    run(workbook([person(楼栋="3号楼")]), "residents")

    assert building.dwellings.count() == 1
