"""Undo of an import of another register: everything of before, except what somebody did since."""

import pghistory
import pytest
from django.db import connection

from grids.models import Building, Compound, Staff
from residents.imports.batch import undo
from residents.models import Dwelling, ImportBatch, Lease, Licence, Premises
from tests import factories
from tests.residents.sheets import heads, house, lease, record, run, shop, worker
from tests.residents.workbooks import write

TABLES = [
    "grids_compound",
    "grids_building",
    "grids_staff",
    "grids_posting",
    "residents_dwelling",
    "residents_premises",
    "residents_licence",
    "residents_lease",
    "residents_carerecord",
]
CHANGES = {
    "premises": {"联系电话": "13700009999"},
    "leases": {"月租金": "1800"},
    "buildings": {"层数": "9", "小区地址": "建设路8号"},
    "care": {"备注": "每月探望"},
    "staff": {"离岗日期": "2027-01-01"},
}


def contents():
    """Every row of every table that these imports write, as it reads."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY id")
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


@pytest.fixture
def imported(ground, tmp_path):
    """imported(register, rows) -> the batch."""

    def run_rows(register, rows):
        path = write(tmp_path / f"{register}.xlsx", rows, heads=heads(rows))
        return ImportBatch.objects.get(pk=run(path, register)["batch"])

    return run_rows


def make_rows(register, ground):
    makers = {"premises": shop, "leases": lease, "buildings": house, "staff": worker}
    if register == "care":
        return [record(factories.resident(grid=ground[0])) for _ in range(5)]
    return [makers[register]() for _ in range(5)]


@pytest.mark.parametrize("register", CHANGES)
def test_an_undo_gives_every_table_its_contents_of_before(ground, imported, register):
    rows = make_rows(register, ground)
    imported(register, rows[:2])
    before = contents()
    batch = imported(register, [rows[0] | CHANGES[register], *rows[1:]])
    assert (batch.result["created"], batch.result["changed"]) == (3, 1)
    assert contents() != before

    counts = undo.take_back(batch, by=None)

    assert contents() == before
    assert counts["left"] == 0
    assert counts["removed"] >= 3
    assert counts["restored"] >= 1


def test_what_somebody_changed_since_stays_and_is_listed(imported):
    batch = imported("premises", [shop(), shop(食品经营许可证号="JY1234")])
    changed = Premises.objects.get(licences__number="JY1234")
    with pghistory.context(source="test"):
        Premises.objects.filter(pk=changed.pk).update(phone="13900000000")

    counts = undo.take_back(batch, by=None)

    assert [one.pk for one in Premises.objects.all()] == [changed.pk]
    assert Licence.objects.count() == 1
    assert counts["rows"] == [{"kind": "premises", "id": changed.pk, "why": "changed"}]


def test_a_lease_that_was_approved_since_stays_with_its_dwelling(imported):
    batch = imported("leases", [lease(), lease()])
    approved, other = Lease.objects.order_by("pk")
    with pghistory.context(source="test"):
        Lease.objects.filter(pk=approved.pk).update(state="approved")

    counts = undo.take_back(batch, by=None)

    assert list(Lease.objects.all()) == [approved]
    assert approved.dwelling.building is not None
    assert other.dwelling_id not in type(approved.dwelling).objects.values_list("pk", flat=True)
    assert [row["why"] for row in counts["rows"]] == ["changed"]


def test_an_account_that_was_activated_since_stays_with_its_posting(imported):
    batch = imported("staff", [worker()])
    person = Staff.objects.get(is_active=False)
    with pghistory.context(source="test"):
        Staff.objects.filter(pk=person.pk).update(is_active=True)

    counts = undo.take_back(batch, by=None)

    assert person.postings.count() == 1
    assert counts["removed"] == 0


def test_an_undo_leaves_what_lies_outside_the_area_by_now(ground, imported):
    batch = imported("premises", [shop(), shop()])
    stranger = factories.staff("grid_leader", ground[1])

    counts = undo.take_back(batch, by=stranger)

    assert Premises.objects.count() == 2
    assert {row["why"] for row in counts["rows"]} == {"outside"}


def test_a_new_building_in_which_a_dwelling_was_entered_since_stays_and_is_listed(imported):
    batch = imported("buildings", [house(), house()])
    lived_in, empty = Building.objects.order_by("pk")
    Dwelling.objects.filter(pk=factories.dwelling(lived_in.grid).pk).update(building=lived_in)

    counts = undo.take_back(batch, by=None)

    assert Compound.objects.filter(pk=lived_in.compound_id).exists()
    assert counts["rows"] == [{"kind": "building", "id": lived_in.pk, "why": "used"}]
    assert Building.objects.filter(pk=lived_in.pk).exists()
    assert not Building.objects.filter(pk=empty.pk).exists()
