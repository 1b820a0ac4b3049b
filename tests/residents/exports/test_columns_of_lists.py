"""Every column of every list: what stands in it, for whom, and whether it is chosen by itself."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from residents.exports import columns
from residents.models import Dwelling, Household, Lease, Licence, Premises, Resident
from residents.models.exports import Subject
from tests import factories

TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=12)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def leader(ground):
    return factories.staff("grid_leader", factories.community())


def read(subject, staff, row, *names):
    """{column: what stands in it} of one row."""
    chosen = columns.named(
        subject, staff, names or [one.name for one in columns.offered(subject, staff)]
    )
    eyes = columns.Eyes(staff, chosen, {})
    eyes.prepare([row])
    return {one.name: one.read(row, eyes) for one in chosen}


@pytest.fixture
def home(ground):
    flat = factories.dwelling(
        ground[0], room="301", house_code="C1", use="rented", tenure="public", owner_name="刘房东",
        owner_phone="13900000001", area=60, floor=3,
    )  # fmt: skip
    factories.compound("幸福小区", flat.building)
    found = factories.household(home=flat, head_name="王大", number="N1", phone="13800000001")
    Household.objects.filter(pk=found.pk).update(arrived_on=date(2024, 5, 1))
    return Household.objects.select_related("dwelling__building__compound").get(pk=found.pk)


def test_all_columns_of_a_resident(home, leader, ground):
    person = factories.resident(
        home, name="王小", birth_on=date(1950, 5, 1), sex="1", phone="13900000002", kind="floating",
        relation="10", ethnicity="01", education="70", marital="20", registered_address="和平路",
        employer="学校", occupation="教师", political="13", lives_where_registered="no",
    )  # fmt: skip
    factories.stay(person, came_from="济南", permit_until=date(2027, 1, 31))
    factories.care_record(person, factories.care_category("低保"))
    number = person.id_sealed
    row = Resident.objects.select_related("household__dwelling__building__compound").get(
        pk=person.pk
    )

    said = read(Subject.RESIDENTS, leader, row)

    age = TODAY.year - 1950 - ((TODAY.month, TODAY.day) < (5, 1))
    plain = {
        "name": "王小", "sex": "male", "age": age, "birth_on": "1950-05-01",
        "id_mask": f"{number[0]}{'*' * 16}{number[-1]}", "id_number": number, "phone": "13900000002",
        "kind": "Floating population", "care": "低保", "address": "1号楼1单元301", "household": "N1",
        "head": "王大", "community": "公园社区", "grid": "第1网格", "registered_address": "和平路",
        "employer": "学校", "occupation": "教师", "came_from": "济南", "permit_until": "2027-01-31",
        "compound": "幸福小区", "building": "1号楼", "entrance": "1单元", "room": "301",
    }  # fmt: skip
    assert {name: said[name] for name in plain} == plain | {"kind": said["kind"]}
    assert said["kind"].startswith("Floating")
    assert [said[name] for name in ("relation", "ethnicity", "education", "marital")] == [
        "配偶", "汉族", "初级中学", "已婚",
    ]  # fmt: skip
    assert set(said) == {
        *plain, "relation", "ethnicity", "education", "marital", "political", "lives_where_registered",
        "former_name", "native_place", "went_to", "nationality", "latin_surname", "latin_given", "reason",
        "came_on", "leaves_on", "permit", "permit_on",
    }  # fmt: skip


def test_what_is_not_known_of_a_resident_is_empty(home, leader):
    person = factories.resident(home, name="王小", sex="9", phone="", relation="")
    Resident.objects.filter(pk=person.pk).update(
        birth_on=None, id_index=None, id_sealed=None, id_mask=""
    )
    row = Resident.objects.get(pk=person.pk)

    said = read(Subject.RESIDENTS, leader, row)

    empty = (
        "sex", "age", "birth_on", "id_mask", "id_number", "phone", "care", "relation", "came_from",
        "permit_until", "political", "ethnicity",
    )  # fmt: skip
    assert [said[name] or "" for name in empty] == [""] * len(empty)


def test_all_columns_of_a_household(home, leader):
    for number in range(3):
        factories.resident(home, name=f"王{number}", ended_on=None if number else TODAY)

    said = read(Subject.HOUSEHOLDS, leader, home)

    assert said == {
        "number": "N1", "head": "王大", "members": 2, "phone": "13800000001",
        "address": "1号楼1单元301", "community": "公园社区", "grid": "第1网格",
        "arrived_on": "2024-05-01", "use": said["use"], "house_code": "C1", "compound": "幸福小区",
        "building": "1号楼", "entrance": "1单元", "room": "301", "tenure": said["tenure"],
        "owner_name": "刘房东", "owner_phone": "13900000001", "area": 60, "floor": 3,
    }  # fmt: skip
    assert said["tenure"] == str(Dwelling.Tenure.PUBLIC.label)
    assert said["use"] == str(Dwelling.Use.RENTED.label)
    empty = factories.household(factories.unit())
    assert read(Subject.HOUSEHOLDS, leader, empty)["members"] == 0
    assert read(Subject.HOUSEHOLDS, leader, empty)["arrived_on"] == ""


@pytest.fixture
def shop(ground):
    return factories.premises(
        ground[0], name="利民超市", code="Q1", kind="state", category="零售", head_count=9,
        credit_code="X1", responsible_person="李四", phone="13800000003", address="建设路", business="百货",
        employees=4, employees_from_elsewhere=3, party_members=2, opened_on=date(2019, 5, 1),
        owner_or_tenant="rented", area=Decimal("60.5"), note="临街",
    )  # fmt: skip


def test_all_columns_of_premises_and_of_licences(shop, leader):
    said = read(Subject.PREMISES, leader, shop)
    assert said == {
        "code": "Q1", "name": "利民超市", "kind": said["kind"], "category": "零售", "head_count": 9,
        "credit_code": "X1", "responsible_person": "李四", "phone": "13800000003", "address": "建设路",
        "grid": "第1网格", "business": "百货", "employees": 4, "employees_from_elsewhere": 3,
        "party_members": 2, "opened_on": "2019-05-01", "owner_or_tenant": said["owner_or_tenant"],
        "area": Decimal("60.5"), "note": "临街",
    }  # fmt: skip
    assert said["kind"] == str(Premises.Kind.STATE.label)
    assert said["owner_or_tenant"]
    licence = factories.licence(
        shop, "食品", number="F1", authority="市监局", issued_on=date(2024, 1, 1), expires_on=SOON
    )
    assert read(Subject.LICENCES, leader, licence) == {
        "premises": "利民超市", "code": "Q1", "kind": "食品", "number": "F1", "authority": "市监局",
        "issued_on": "2024-01-01", "expires_on": SOON.isoformat(), "left": "12 days left",
        "responsible_person": "李四", "phone": "13800000003", "address": "建设路", "grid": "第1网格",
    }  # fmt: skip
    said = read(Subject.LICENCES, leader, Licence.objects.create(premises=shop, kind="别的"))
    assert [said[name] for name in ("issued_on", "expires_on", "left")] == ["", "", ""]


def test_all_columns_of_a_lease(home, leader):
    lease = factories.lease(
        home.dwelling, landlord_name="刘房东", landlord_phone="13800000004", tenant_phone="13800000005",
        since=date(2026, 1, 1), until=date(2026, 12, 31), area=Decimal(80), rent=Decimal(1500),
        state="approved", special_edits=2,
    )  # fmt: skip

    said = read(Subject.LEASES, leader, Lease.objects.select_related("dwelling").get(pk=lease.pk))

    assert said == {
        "address": "1号楼1单元301", "landlord_name": "刘房东", "landlord_phone": "13800000004",
        "tenant_name": "赵租客", "tenant_phone": "13800000005", "since": "2026-01-01",
        "until": "2026-12-31", "area": Decimal(80), "rent": Decimal(1500), "state": "Approved",
        "special_edits": 2, "grid": "第1网格",
    }  # fmt: skip


USUAL = {
    Subject.RESIDENTS: "name sex age id_mask phone kind address household head relation community grid",
    Subject.HOUSEHOLDS: "number head members phone address community grid",
    Subject.PREMISES: "code name kind category head_count credit_code responsible_person phone address grid",
    Subject.LICENCES: "premises kind number authority expires_on left responsible_person phone grid",
    Subject.LEASES: "address landlord_name landlord_phone tenant_name tenant_phone since until state grid",
}


@pytest.mark.parametrize("subject", USUAL)
def test_the_usual_columns(leader, subject):
    assert columns.usual(subject, leader) == USUAL[subject].split()


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("grid_leader", set()),
        ("information_officer", {"care"}),
        ("assistant", {"care", "id_number", "birth_on"}),
        ("grid_worker", {"id_number"}),
    ],
)
def test_which_columns_a_role_is_offered(ground, role, hidden):
    offered = {one.name for one in columns.offered(Subject.RESIDENTS, factories.staff(role))}

    assert {"care", "id_number", "birth_on"} - offered == hidden
    assert {"name", "phone", "id_mask"} <= offered


def test_what_the_reader_may_not_read_is_shortened_where_it_may_not(home, leader, ground):
    person = factories.resident(home, name="王小", birth_on=date(1950, 5, 1), phone="13900000002")
    row = Resident.objects.select_related("household__dwelling").get(pk=person.pk)
    there = factories.staff("grid_leader", ground[1])

    said = read(Subject.RESIDENTS, there, row, "birth_on", "phone", "id_number", "care")

    assert said["id_number"] == row.id_mask
    assert said["birth_on"].strip() == "1950"
    assert said["phone"].endswith("0002")
    assert "1390000" not in said["phone"]
    assert said["care"] == ""


def test_what_was_revealed_and_seen_is_noted(home, leader):
    cared, plain = (factories.resident(home, name=name) for name in "甲乙")
    factories.care_record(cared)
    rows = list(Resident.objects.select_related("household__dwelling").order_by("pk"))
    chosen = columns.named(Subject.RESIDENTS, leader, ["id_number", "care"])
    eyes = columns.Eyes(leader, chosen, {})

    eyes.prepare(rows)
    for row in rows:
        for one in chosen:
            one.read(row, eyes)

    assert (eyes.revealed, eyes.care_seen) == (rows, {cared.pk})
    by_address = columns.Eyes(
        leader, columns.named(Subject.RESIDENTS, leader, ["name"]), {"care": "any"}
    )
    by_address.prepare(rows)
    assert by_address.care_seen == {cared.pk}
    assert plain.pk not in by_address.care_seen


def test_columns_come_as_they_are_asked_for_once_and_only_if_they_are_offered(ground, leader):
    field = factories.custom_field("医保", key="yibao", other_words=["保险"])
    factories.custom_field("血型", key="xue", is_sensitive=True, legal_basis="x")
    factories.custom_field("户保", key="hu", register="household")
    person = factories.resident(grid=ground[0], facts={"yibao": "职工"})
    names = ["room", "name", "fact_yibao", "name", "fact_xue", "made_up"]

    chosen = columns.named(Subject.RESIDENTS, leader, names)

    assert [one.name for one in chosen] == ["room", "name", "fact_yibao"]
    assert str(chosen[2].label) == "医保"
    assert chosen[2].is_usual is False
    row = Resident.objects.select_related("household__dwelling").get(pk=person.pk)
    assert read(Subject.RESIDENTS, leader, row, "fact_yibao") == {"fact_yibao": "职工"}
    other = factories.resident(grid=ground[0])
    row = Resident.objects.select_related("household__dwelling").get(pk=other.pk)
    assert read(Subject.RESIDENTS, leader, row, "fact_yibao") == {"fact_yibao": ""}
    field.refresh_from_db()
    assert field.last_used_on == TODAY
    assert columns.custom_heads(Subject.RESIDENTS, leader) == {
        "医保": "fact_yibao", "保险": "fact_yibao",
    }  # fmt: skip
    assert columns.custom_heads(Subject.HOUSEHOLDS, leader) == {"户保": "fact_hu"}
    assert columns.custom_heads(Subject.LEASES, leader) == {}
    assert columns.custom_heads(Subject.LICENCES, leader) == {}


def test_a_short_column_is_one_of_few_letters():
    offered = {one.name: one for one in columns.REGISTERS[Subject.RESIDENTS].columns}

    assert offered["name"].is_short
    assert offered["household"].is_short
    assert not offered["id_mask"].is_short
