"""A list that we hand out comes back in: unchanged it says nothing new, and what is changed is a change."""

from datetime import date

import openpyxl
import pytest
from django.utils import translation

from grids.models import Grid
from residents import vocabulary
from residents.exports import columns, queue
from residents.imports import engine
from residents.imports.batch import registers
from residents.imports.workbook import columns as asked
from residents.imports.workbook import words
from residents.models import Dwelling, Lease, Premises, Resident, Stay
from residents.models.exports import Subject
from tests import factories
from tests.residents.sheets import credit_code

FULL, MASK = columns.FULL_NUMBER, columns.MASK


@pytest.fixture
def place(ground):
    """Households with and without a number, in a numbered house and in a compound; a shop; a lease."""
    home = factories.household(ground[0], head_name="王秀兰", phone="13800000001", number="N1")
    told = {"ethnicity": "01", "education": "70", "marital": "20", "employer": "纺织厂"}
    factories.resident(
        home,
        name="王秀兰",
        phone="13812346210",
        relation="02",
        registered_address="建设路1号",
        **told,
    )
    factories.resident(home, name="李小明", relation="20", sex="1", birth_on=date(1980, 5, 1))
    alone = factories.household(ground[1], head_name="赵六", number="")
    newborn = factories.resident(alone, name="赵小宝", relation="20", birth_on=date(2024, 3, 5))
    Resident.objects.filter(pk=newborn.pk).update(
        document="none", id_sealed=None, id_index=None, id_mask=""
    )
    factories.resident(alone, name="赵六", relation="02", birth_on=date(1960, 5, 1))
    house = factories.building(ground[0], "7号楼")
    factories.compound("幸福小区", house)
    door = Dwelling.objects.create(
        district_id=ground[0].district_id, grid=ground[0], building=house, entrance="1单元",
        room="101", address="幸福小区7号楼1单元101",
    )  # fmt: skip
    factories.resident(
        factories.household(home=door, grid=ground[0], head_name="孙七"), name="孙七"
    )
    shop = factories.premises(
        ground[0], phone="13812340000", address="建设路2号", head_count=3, code="370402001028001P0001",
        responsible_person="李建国", category="零售", business="食品", area=60, note="临街", employees=1,
        employees_from_elsewhere=1, party_members=1, opened_on=date(2019, 5, 1),
        owner_or_tenant="rented", credit_code=credit_code(),
    )  # fmt: skip
    factories.licence(shop, number="X1", authority="市监局", issued_on=date(2022, 1, 1),
                      expires_on=date(2027, 1, 1))  # fmt: skip
    factories.lease(home.dwelling, tenant_phone="13900000003", area=80, rent=900)
    return Grid.objects.get(code="370402001028")


@pytest.fixture
def reader(place):
    return factories.staff("community_staff", place)


@pytest.fixture
def handed_out(place, reader, tmp_path):
    """handed_out(subject, names) -> the path of the workbook, as the desk hands it out."""

    def take(subject, names):
        export = queue.begin(
            by=reader, here=place, subject=subject, names=names, wanted={}, purpose="核对"
        )
        export.save()
        queue.work(export.pk)
        export.refresh_from_db()
        path = tmp_path / f"list-{export.pk}.xlsx"
        path.write_bytes(export.file.read())
        return path

    return take


def everything(subject, reader):
    return [column.name for column in columns.offered(subject, reader)]


def dry_run(path, subject, reader):
    register = vocabulary.workbook_of(str(subject))
    book, found = registers.read(path, register=register, by=reader)
    reach = registers.reach_of(register, reader)
    options = {"reach": reach, "by_id": reader.pk, "dry_run": True}
    return engine.run(register, book, found, **options), found


def said(outcome):
    return outcome.created, outcome.changed, outcome.waiting, outcome.rejected_by_reason


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("choice", ["usual", "all", "masked"])
@pytest.mark.parametrize("subject", list(Subject))
def test_a_list_that_comes_back_unchanged_says_nothing_new(
    handed_out, reader, subject, choice, language
):
    with translation.override(language):
        names = columns.usual(subject, reader) if choice == "usual" else everything(subject, reader)
        if choice == "masked":
            names = [name for name in names if name != FULL]
        path = handed_out(subject, names)

        outcome, [table] = dry_run(path, subject, reader)

    assert said(outcome) == (0, 0, 0, {})
    assert outcome.unchanged == outcome.rows > 0
    assert (outcome.left_out["count"], outcome.unknown_values) == (0, {})
    assert table.head_row == 2  # below who took it and what for
    assert table.not_understood == []
    assert asked.are_clear([table], {})


SAME: tuple = (0, {})
CHANGES = {
    Subject.RESIDENTS: {
        "name": ("李大明", 0, {"name": 1}),
        "sex": ("女", None, "birth_contradicts_id"),
        "age": (12, *SAME),
        "birth_on": ("1981-05-01", None, "birth_contradicts_id"),
        MASK: ("5****************9", *SAME),  # the full number counts
        FULL: (factories.id_number(date(1980, 5, 2), "1"), None, "birth_contradicts_id"),
        "phone": ("13900000009", 1, {}),
        "kind": ("流动人口", 1, {"kind": 1}),
        "care": ("", *SAME),
        "relation": ("女", 1, {"relation": 1}),
        "community": ("别处社区", *SAME),
        "ethnicity": ("回族", 1, {}),
        "education": ("大学本科", 1, {}),
        "marital": ("离婚", 1, {}),
        "registered_address": ("建设路9号", 1, {}),
        "employer": ("机械厂", 1, {}),
        "occupation": ("教师", 1, {}),
        "political": ("群众", 1, {}),
        "lives_where_registered": ("人户一致", 1, {}),
        "former_name": ("李小丫", 1, {}),
        "native_place": ("山东", 1, {}),
        "went_to": ("济南", 1, {}),
        # Of those who came; this one is registered here.
        **{
            name: (value, *SAME)
            for name, value in {
                "nationality": "法国",
                "latin_surname": "LI",
                "latin_given": "XM",
                "came_from": "河南",
                "reason": "务工",
                "came_on": "2026-01-01",
                "leaves_on": "2027-01-01",
                "permit": "居住证",
                "permit_on": "2026-01-01",
                "permit_until": "2027-01-01",
            }.items()
        },
        "head": ("李小明", *SAME),  # the row of the head says who is the head
    },
    Subject.HOUSEHOLDS: {
        "head": ("别人", None, "hidden_nobody"),
        "members": (9, *SAME),
        "phone": ("13900000009", 1, {"household_phone": 1}),
        "community": ("别处社区", *SAME),
        "arrived_on": ("2026-01-01", 1, {}),
        "use": ("空置", 1, {"use": 1}),
        "tenure": ("公租房", 1, {}),
        "owner_name": ("刘房东", 1, {}),
        "owner_phone": ("13900000009", 1, {}),
        "area": (86.5, 1, {}),
        "floor": (3, 1, {}),
    },
    Subject.PREMISES: {
        "name": ("便民超市", 1, {}),
        "kind": ("私营企业", 1, {}),
        "category": ("餐饮", 1, {}),
        "head_count": (9, 1, {}),
        "responsible_person": ("赵六", 1, {}),
        "phone": ("13900000009", 1, {}),
        "address": ("建设路9号", 1, {}),
        "business": ("百货", 1, {}),
        "opened_on": ("2020-01-01", 1, {}),
        "owner_or_tenant": ("自有", 1, {}),
        "area": (70, 1, {}),
        "employees": (2, 1, {}),
        "employees_from_elsewhere": (2, 1, {}),
        "party_members": (2, 1, {}),
        "note": ("搬到街角", 1, {}),
    },
    Subject.LICENCES: {
        "authority": ("应急局", 1, {}),
        "issued_on": ("2023-01-01", 1, {}),
        "expires_on": ("2028-01-01", 1, {}),
        "responsible_person": ("赵六", 1, {}),
        "left": ("还剩9天", *SAME),
    },
    Subject.LEASES: {
        "landlord_name": ("赵房东", 1, {}),
        "landlord_phone": ("13900000009", 1, {}),
        "tenant_phone": ("13900000009", 1, {}),
        "until": ("2031-01-01", 1, {}),
        "area": (81, 1, {}),
        "rent": (950, 1, {}),
        "state": ("已复核", *SAME),
        "special_edits": (7, *SAME),
    },
}


@pytest.mark.parametrize("subject", list(Subject))
def test_each_cell_that_is_changed_is_a_change_and_nothing_else_is(handed_out, reader, subject):
    """{column: (what is written, rows that change, facts that differ), or the reason of the refusal}"""
    names = everything(subject, reader)
    path = handed_out(subject, names)
    row = 4 if subject == Subject.RESIDENTS else 3
    for name, (value, changed, found) in CHANGES[subject].items():
        book = openpyxl.load_workbook(path)
        book.active.cell(row, names.index(name) + 1).value = value
        book.save(path.with_name("changed.xlsx"))

        outcome, __ = dry_run(path.with_name("changed.xlsx"), subject, reader)

        if changed is None:
            assert said(outcome) == (0, 0, 0, {found: 1}), name
            continue
        assert said(outcome) == (0, changed, 0, {}), name
        if subject in (Subject.RESIDENTS, Subject.HOUSEHOLDS):
            differing = outcome.asked if name == "name" else outcome.conflicts
            assert differing.get("by_field", {}) == found, name


def test_every_column_of_a_list_is_tried(reader):
    """Besides those by which a row is found: whose change means another row."""
    keys = {
        Subject.RESIDENTS: {"address", "household", "grid", "compound", "building", "entrance", "room"},
        Subject.HOUSEHOLDS: {"number", "address", "grid", "house_code", "compound", "building",
                             "entrance", "room"},
        Subject.PREMISES: {"code", "credit_code", "grid"},
        Subject.LICENCES: {"premises", "code", "kind", "number", "phone", "address", "grid"},
        Subject.LEASES: {"address", "tenant_name", "since", "grid"},
    }  # fmt: skip
    for subject in Subject:
        tried = {*CHANGES[subject], *keys[subject]}
        assert tried == set(everything(subject, reader)), subject


def test_a_household_of_our_list_gets_another_door(handed_out, reader):
    names = ["number", "head", "phone", "address", "grid"]
    path = handed_out(Subject.HOUSEHOLDS, names)
    book = openpyxl.load_workbook(path)
    book.active.cell(3, 4).value = "1号楼2单元909"
    book.save(path)

    outcome, __ = dry_run(path, Subject.HOUSEHOLDS, reader)

    assert said(outcome) == (0, 1, 0, {})
    assert outcome.conflicts["by_field"] == {"place": 1}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("spelled", "choices"),
    [
        ("kind", Resident.Kind.choices),
        ("premises_kind", Premises.Kind.choices),
        ("holding", Premises.Holding.choices),
        ("dwelling_use", Dwelling.Use.choices),
        ("tenure", Dwelling.Tenure.choices),
        ("stay_reason", Stay.Reason.choices),
        ("permit", Stay.Permit.choices),
        ("separation", Resident.Separation.choices),
    ],
)
def test_what_we_call_a_choice_is_understood(spelled, choices, language):
    with translation.override(language):
        known = {str(label).replace(" ", "").lower(): value for value, label in choices}

    assert {label: words.spellings(spelled).get(label) for label in known} == known


def test_a_lease_of_our_list_is_not_entered_twice(handed_out, reader):
    from residents.imports.batch import batches

    path = handed_out(Subject.LEASES, columns.usual(Subject.LEASES, reader))

    batches.run_file(path, register="leases", by=reader)

    assert Lease.objects.count() == 1
    assert Dwelling.objects.filter(address=Lease.objects.get().dwelling.address).count() == 1
