"""What an undo takes back by whom and until when; what stays, why, and where it is looked at."""

from datetime import timedelta

import pghistory
import pytest
from django.urls import reverse
from django.utils import timezone, translation

from grids.fields import new_keys
from grids.models import Compound, Posting, Staff
from residents.imports.batch import undo
from residents.models import (
    CareRecord,
    Dwelling,
    Household,
    ImportBatch,
    Lease,
    Licence,
    MoveInRequest,
    Premises,
    Resident,
)
from tests import factories
from tests.residents.imports.test_sheets_undo import contents
from tests.residents.sheets import heads, house, lease, record, run, shop, worker
from tests.residents.workbooks import OTHER_UNIT, person, write

MAKERS = {"premises": shop, "leases": lease, "buildings": house, "staff": worker}
CHANGES = {
    "premises": {"联系电话": "13700009999", "许可证编号": "W9"},
    "leases": {"月租金": "1800"},
    "buildings": {"层数": "9", "小区地址": "建设路8号"},
    "care": {"备注": "每月探望"},
    "staff": {"离岗日期": "2027-01-01"},
}


@pytest.fixture
def imported(ground, tmp_path):
    """imported(register, rows, by=...) -> the batch."""

    def run_rows(register, rows, **options):
        path = write(tmp_path / f"{register}.xlsx", rows, heads=heads(rows))
        return ImportBatch.objects.get(pk=run(path, register, **options)["batch"])

    return run_rows


def rows_of(register, ground, count=3):
    if register == "care":
        return [record(factories.resident(grid=ground[0])) for _ in range(count)]
    return [MAKERS[register]() for _ in range(count)]


@pytest.fixture
def keeper(ground):
    """Who keeps the registers, and the staff, of the street."""
    person = factories.staff("community_staff", factories.street())
    factories.posting(person, "administrator", factories.street())
    return person


@pytest.mark.parametrize("register", CHANGES)
def test_who_imported_takes_everything_back(ground, imported, keeper, register):
    rows = rows_of(register, ground)
    imported(register, rows[:1], by=keeper)
    before = contents()
    batch = imported(register, [rows[0] | CHANGES[register], *rows[1:]], by=keeper)

    counts = undo.take_back(batch, by=keeper)

    assert contents() == before
    assert (counts["left"], counts["rows"]) == (0, [])
    assert (counts["removed"] >= 2, counts["restored"] >= 1) == (True, True)


@pytest.mark.parametrize("register", CHANGES)
def test_somebody_of_elsewhere_takes_nothing_back(ground, imported, keeper, register):
    stranger = factories.staff("community_staff", factories.street("370402002", "龙山路街道"))
    factories.posting(stranger, "administrator", factories.street("370402002"))
    batch = imported(register, rows_of(register, ground), by=keeper)
    after = contents()

    counts = undo.take_back(batch, by=stranger)

    kept = contents()
    if register == "staff":  # an account lies nowhere; its posting holds it
        assert kept["grids_posting"] == after["grids_posting"]
    else:
        assert kept == after
    assert {row["why"] for row in counts["rows"]} == {"outside"}
    assert counts["removed"] == 0


@pytest.mark.parametrize(
    ("state", "days", "is_possible"),
    [
        ("done", 0, True),
        ("done", 6.99, True),
        ("done", 7, False),
        ("undone", 0, False),
        ("checked", 0, False),
        ("done", None, False),
    ],
)
def test_until_when_an_import_is_taken_back(state, days, is_possible):
    now = timezone.now()
    finished = None if days is None else now - timedelta(days=days)

    assert undo.is_possible(ImportBatch(state=state, finished_at=finished), now) is is_possible


def test_the_undo_says_how_far_it_is(ground, imported):
    batch = imported("premises", [shop(食品经营许可证号="J1"), shop()])
    told = []

    undo.take_back(
        batch, by=None, tell=lambda phase, rows, total=0: told.append((phase, rows, total))
    )

    assert told[:2] == [("undo_finding", 0, 0), ("undo_deciding", 0, 3)]
    assert [phase for phase, *_ in told[2:]] == ["undo_taking_back"] * len(told[2:])
    done = [rows for _, rows, _ in told[2:]]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (1, 3)
    assert {total for *_, total in told[1:]} == {3}


def test_an_entry_that_another_import_changed_since_stays_and_one_that_it_left_goes(imported):
    rows = [shop(), shop()]
    first = imported("premises", rows)
    imported("premises", [rows[0] | {"联系电话": "13700009999"}, rows[1]])

    counts = undo.take_back(first, by=None)

    [left] = Premises.objects.all()
    assert left.name == rows[0]["单位名称"]
    assert counts["rows"] == [{"kind": "premises", "id": left.pk, "why": "changed"}]
    assert (counts["removed"], counts["left"]) == (1, 1)


def test_a_dwelling_goes_with_its_lease_unless_somebody_else_uses_it(imported):
    batch = imported("leases", [lease(), lease(), lease()])
    first, second, third = Lease.objects.order_by("pk")
    with pghistory.context(source="test"):
        factories.household(home=first.dwelling)
        factories.premises(dwelling=second.dwelling)

    undo.take_back(batch, by=None)

    assert not Lease.objects.exists()
    assert set(Dwelling.objects.values_list("pk", flat=True)) == {
        first.dwelling_id, second.dwelling_id,
    }  # fmt: skip
    assert third.dwelling_id not in Dwelling.objects.values_list("pk", flat=True)


def test_an_account_that_somebody_used_since_stays_with_its_postings(imported):
    batch = imported("staff", [worker(), worker()])
    used, unused = Staff.objects.filter(is_active=False).order_by("pk")
    with pghistory.context(source="test"):
        factories.posting(used, "assistant", factories.unit())

    counts = undo.take_back(batch, by=None)

    assert Staff.objects.filter(pk=used.pk).exists()
    assert used.postings.count() == 2
    assert not Staff.objects.filter(pk=unused.pk).exists()
    assert not Posting.objects.filter(staff=unused).exists()
    assert counts["removed"] == 2  # an account and its posting


def test_a_licence_that_was_changed_since_holds_its_premises(imported):
    batch = imported("premises", [shop(食品经营许可证号="J1"), shop(食品经营许可证号="J2")])
    with pghistory.context(source="test"):
        Licence.objects.filter(number="J1").update(authority="新局")

    counts = undo.take_back(batch, by=None)

    assert [one.licences.get().number for one in Premises.objects.all()] == ["J1"]
    assert [row["why"] for row in counts["rows"] if row["kind"] == "licence"] in ([], ["changed"])


def test_an_undo_ends_what_waited_for_an_answer(ground, workbook):
    there = factories.resident(grid=ground[1], name="李新")
    leader = factories.staff("grid_leader", ground[0])
    row = person(姓名="李新", 公民身份号码=there.id_sealed, 出生日期="")
    path = workbook([row, person()])
    batch = ImportBatch.objects.get(pk=run(path, "residents", by=leader)["batch"])
    answered = MoveInRequest.objects.get()
    other = factories.resident(grid=ground[1], name="王别")
    theirs = MoveInRequest.objects.create(
        pk=new_keys(MoveInRequest)[0],
        district_id=other.district_id, resident=other, from_grid=ground[1], to_grid=ground[0],
        row_sealed="{}", asked_at=timezone.now(),
    )  # fmt: skip

    undo.take_back(batch, by=leader)

    assert not MoveInRequest.objects.filter(pk=answered.pk).exists()
    assert MoveInRequest.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("moved", ["household", "member"])
def test_somebody_who_lives_elsewhere_by_now_is_outside(ground, workbook, moved):
    leader = factories.staff("grid_leader", ground[0])
    batch = ImportBatch.objects.get(
        pk=run(workbook([person(), person()]), "residents", by=leader)["batch"]
    )
    first, second = Resident.objects.order_by("pk")
    with pghistory.context(source="test"):
        if moved == "household":
            Household.objects.filter(pk=first.household_id).update(grid=ground[1])
        Resident.objects.filter(pk=first.pk).update(grid=ground[1])

    counts = undo.take_back(batch, by=leader)

    assert set(Resident.objects.all()) == {first}
    assert Household.objects.filter(pk=first.household_id).exists()
    assert not Household.objects.filter(pk=second.household_id).exists()
    assert counts["removed"] == 1


# What stayed, on its page


def test_the_rows_that_stayed_by_who_may_see_them(ground):
    leader = factories.staff("grid_leader", ground[0])
    home = factories.household(ground[0])
    wang = factories.resident(home)
    there = factories.premises(ground[1])
    here = factories.premises(ground[0], name="本")
    licence = factories.licence(here)
    care = factories.care_record(wang)
    rows = [
        {"kind": "resident", "id": wang.pk, "why": "changed"},
        {"kind": "household", "id": home.pk, "why": "used"},
        {"kind": "premises", "id": here.pk, "why": "outside"},
        {"kind": "premises", "id": there.pk, "why": "changed"},
        {"kind": "licence", "id": licence.pk, "why": "used"},
        {"kind": "carerecord", "id": care.pk, "why": "changed"},
        {"kind": "building", "id": home.dwelling.building_id, "why": "used"},
        {"kind": "resident", "id": 0, "why": "used"},
    ]
    batch = ImportBatch(result={"undone": {"rows": rows}})

    with translation.override("en"):
        found = {one["row"]: (one["url"], str(one["why"])) for one in undo.left_rows(batch, leader)}

    changed, used, outside = (
        "Somebody changed it since", "It was visited or used since", "It is outside your area",
    )  # fmt: skip
    assert found == {
        wang: (reverse("residents:resident", args=[wang.pk]), changed),
        home: (reverse("residents:household", args=[home.pk]), used),
        here: (reverse("residents:premises_detail", args=[here.pk]), outside),
        licence: (reverse("residents:licence_edit", args=[licence.pk]), used),
        care: ("", changed),
        home.dwelling.building: (
            reverse("residents:building", args=[home.dwelling.building_id]), used,
        ),
    }  # fmt: skip
    blind = factories.staff("assistant", ground[0])
    assert care not in [one["row"] for one in undo.left_rows(batch, blind)]
    assert undo.left_rows(ImportBatch(result={}), leader) == []
    assert CareRecord.objects.count() == 1


def test_a_new_compound_stays_while_another_building_stands_in_it(ground, imported):
    batch = imported("buildings", [house(小区="甲"), house(小区="乙", 网格编码=OTHER_UNIT)])
    compound = Compound.objects.get(name="甲")
    with pghistory.context(source="test"):
        other = factories.building(ground[0], "88号楼")
        type(other).objects.filter(pk=other.pk).update(compound=compound)

    undo.take_back(batch, by=None)

    assert [one.name for one in Compound.objects.all()] == ["甲"]
