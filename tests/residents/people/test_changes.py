"""The history of a file in words: what changed, who did it and why; hidden things stay hidden."""

from datetime import UTC, date, datetime, timedelta

import pghistory
import pytest
from django.apps import apps
from django.utils import timezone, translation

from grids.audit.guard import owner_erases
from residents.custom_fields import custom_fields
from residents.models import (
    Benefit,
    BenefitRecord,
    CareRecord,
    Lease,
    Licence,
    Premises,
    Resident,
    SupportAid,
    SupportPlan,
)
from residents.people import changes
from tests import factories as make

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset({"birth_on", "phone", "care"})


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def by(ground):
    return make.staff("grid_leader", make.community(), full_name="李组长")


@pytest.fixture
def wang(ground):
    return make.resident(grid=ground[0], name="王秀兰", phone="13800001111")


def update(row, *, context=None, **fields):
    with pghistory.context(**context or {"source": "test"}):
        type(row).objects.filter(pk=row.pk).update(**fields)


def in_order(row):
    """A test is one transaction, which has one moment: its events get one each."""
    events = apps.get_model("residents", f"{type(row).__name__}Event").objects
    for number, key in enumerate(
        events.filter(pgh_obj=row.pk).order_by("pgh_id").values_list("pk", flat=True)
    ):
        moment = datetime(2026, 5, 1, 8, number, tzinfo=UTC)
        with owner_erases():
            events.filter(pk=key).update(pgh_created_at=moment)


def facts(found):
    """[(what, field, old, new)] of all changes, the newest first."""
    return [
        (change.what, fact["name"], str(fact["old"]), str(fact["new"]))
        for change in found
        for fact in change.facts
    ]


def of(person, by, readable=EVERYTHING):
    return changes.of_resident(person, readable, by)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"phone": "13900002222"}, ("phone", "13800001111", "13900002222")),
        ({"phone": ""}, ("phone", "13800001111", "")),
        ({"birth_on": date(1951, 1, 1)}, ("birth_on", "1950-05-01", "1951-01-01")),
        ({"birth_on": None}, ("birth_on", "1950-05-01", "")),
        ({"relation": "10"}, ("relation", "户主", "配偶")),
        ({"education": "70"}, ("education", "", "初级中学")),
        ({"marital": "20"}, ("marital", "", "已婚")),
        ({"ethnicity": "01"}, ("ethnicity", "", "汉族")),
        ({"sex": "1"}, ("sex", None, None)),
        ({"political": "13"}, ("political", "", None)),
        ({"kind": "floating"}, ("kind", None, "Floating population")),
        ({"employer": "学校"}, ("employer", "", "学校")),
        ({"ended_on": date(2026, 5, 1)}, ("ended_on", "", "2026-05-01")),
    ],
)
def test_a_changed_fact_in_words(wang, by, fields, told):
    update(wang, **fields)

    [(what, name, old, new)] = facts(of(wang, by))

    assert (what, name) == ("王秀兰", told[0])
    if told[1] is not None and told[0] != "relation":
        assert old == told[1]
    if told[2] is not None and told[0] != "kind":
        assert new == told[2]
    assert old != new


def test_what_may_not_be_read_is_shortened(wang, by):
    update(wang, phone="13900002222", birth_on=date(1951, 1, 1))

    said = {name: (old, new) for _, name, old, new in facts(of(wang, by, frozenset()))}

    assert said == {"phone": ("····1111", "····2222"), "birth_on": ("1950", "1951")}


@pytest.mark.parametrize(
    "fields",
    [{"pinyin": "x"}, {"initials": "x"}, {"id_sealed": b"x"}, {"facts": {}}],
)
def test_what_is_no_fact_for_people_is_no_change(wang, by, fields):
    update(wang, **fields)

    assert facts(of(wang, by)) == []
    assert [change.note for change in of(wang, by)] == ["Entered"]


def test_who_did_it_and_why_and_from_where(wang, by):
    update(wang, phone="1", context={"user": by.pk, "source": "edit", "reason": "更正"})
    update(wang, phone="2", context={"user": by.pk, "source": "import", "reason": ""})
    update(wang, phone="3", context={"source": "import", "reason": "x"})

    in_order(wang)
    newest, middle, oldest, entered = of(wang, by)

    assert (newest.who, newest.note) == ("", "Import · x")
    assert (middle.who, middle.note) == ("李组长", "Import")
    assert (oldest.who, oldest.note) == ("李组长", "更正")
    assert entered.note.startswith("Entered")
    assert newest.at > middle.at > oldest.at > entered.at


def test_no_more_than_two_hundred_are_told(wang, by, monkeypatch):
    monkeypatch.setattr(changes, "LIMIT", 2)
    for number in range(4):
        update(wang, phone=str(number))
    in_order(wang)

    assert [new for *_, new in facts(of(wang, by))] == ["3", "2"]


def test_care_stay_and_help_are_part_of_the_history_of_who_may_read_them(wang, by, ground):
    Resident.objects.filter(pk=wang.pk).update(kind="floating")
    stay = make.stay(wang, came_from="济南")
    record = make.care_record(wang, make.care_category("低保"))
    plan = SupportPlan.objects.create(
        resident=wang, what="代购", since=date(2026, 1, 1), helper=by, helper_name="x"
    )
    aid = SupportAid.objects.create(plan=plan, given_on=date(2026, 2, 1), what="大米", by=by)
    benefit = Benefit.objects.create(code="Z", name="补贴")
    got = BenefitRecord.objects.create(resident=wang, benefit=benefit, since=date(2026, 1, 1))
    for row, fields in (
        (stay, {"came_from": "青岛"}), (record, {"note": "话"}), (plan, {"outcome": "好"}),
        (aid, {"worth": 5}), (got, {"source": "民政"}),
    ):  # fmt: skip
        update(row, **fields)

    told = {what: name for what, name, *_ in facts(of(wang, by)) if "·" in what}
    assert set(told.values()) == {"came_from", "note", "outcome", "worth", "source"}
    assert all(what.startswith("王秀兰 · ") for what in told)
    assert {what.removeprefix("王秀兰 · ") for what in told} >= {"低保", "代购", "大米", "补贴"}
    blind = make.staff("assistant", ground[0])
    seen = {what for what, *_ in facts(changes.of_resident(wang, EVERYTHING, blind))}
    assert not {what for what in seen if what.endswith(("低保", "代购", "大米", "补贴"))}
    assert CareRecord.objects.count() == 1


def test_custom_facts_are_called_by_their_labels_and_sealed_ones_stay_sealed(wang, by):
    plain = make.custom_field("医保", key="a", kind="yes_no")
    sealed = make.custom_field("血型", key="b", is_sensitive=True, legal_basis="x")
    secret = custom_fields.seal(sealed, "A型", wang.pk)
    update(wang, facts={plain.key: "1", sealed.key: secret, "old": "x"})
    update(wang, facts={plain.key: "0", sealed.key: secret})
    in_order(wang)

    def of_change(change):
        return sorted((str(one["label"]), str(one["old"]), str(one["new"])) for one in change.facts)

    newest, first, _ = of(wang, by)

    assert of_change(newest) == sorted([("医保", "Yes", "No"), ("old", "x", "None")])
    said = {label: (old, new) for label, old, new in of_change(first)}
    assert said["血型"][1] == custom_fields.HIDDEN
    assert said["医保"][1] == "Yes"
    assert "A型" not in str([change.facts for change in of(wang, by)])


def test_a_household_tells_of_itself_its_members_its_dwelling_and_its_leases(wang, by):
    home = wang.household
    lease = make.lease(home.dwelling, household=home, tenant_phone="13800003333")
    other = make.lease(home.dwelling, tenant_name="别人")
    update(home, phone="0632")
    update(wang, employer="学校")
    update(home.dwelling, use="rented")
    update(lease, tenant_phone="13800004444", return_reason="x", special_edits=1)
    update(other, note="话")

    told = facts(changes.of_household(home, EVERYTHING, by))

    assert ("Household", "phone", "", "0632") in told
    assert ("王秀兰", "employer", "", "学校") in told
    assert {name for _, name, *_ in told} >= {"use", "tenant_phone", "special_edits"}
    assert "return_reason" not in {name for _, name, *_ in told}
    assert "note" not in {name for _, name, *_ in told}
    shortened = facts(changes.of_household(home, frozenset(), by))
    assert [(old, new) for _, name, old, new in shortened if name == "tenant_phone"] == [
        ("····3333", "····4444")
    ]
    of_dwelling = facts(changes.of_dwelling(home.dwelling, EVERYTHING))
    assert {name for _, name, *_ in of_dwelling} == {"use", "tenant_phone", "special_edits", "note"}
    assert {name for _, name, *_ in facts(changes.of_lease(lease, EVERYTHING))} == {
        "tenant_phone", "special_edits",
    }  # fmt: skip
    assert Lease.objects.count() == 2


def test_premises_tell_of_themselves_and_their_licences(ground, by):
    shop = make.premises(ground[0])
    licence = make.licence(shop, "食品", number="F1")
    update(shop, grid=ground[1])
    update(licence, expires_on=date(2027, 1, 1))

    told = facts(changes.of_premises(shop, EVERYTHING))

    assert ("食品", "expires_on", "", "2027-01-01") in told
    [(what, _, old, new)] = [one for one in told if one[1] == "grid"]
    assert (what, old, new) == ("Premises", str(ground[0]), str(ground[1]))
    assert Premises.objects.count() == Licence.objects.count() == 1


def test_a_building_tells_of_itself(ground):
    house = make.building(ground[0], "1号楼", floors=6)
    update(house, floors=7, has_lift=True)

    told = facts(changes.of_place(house))

    assert ("1号楼", "floors", "6", "7") in told
    assert [(old, new) for _, name, old, new in told if name == "has_lift"] == [("", "Yes")]
    assert timezone.now() - changes.of_place(house)[0].at < timedelta(minutes=5)
