"""The history of a person's file: who may read which change, and what a correction writes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pghistory
import pytest
import time_machine
from django.apps import apps
from django.utils import translation

from grids.audit.guard import owner_erases
from grids.fields import blind_index
from residents.models import Household, Resident, Stay
from residents.people import changes, corrections, flows, idnumber, stays
from tests import factories as make

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset({"birth_on", "phone", "care"})


@pytest.fixture(autouse=True)
def in_chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def by():
    return make.staff("grid_leader", make.community(), full_name="李组长")


@pytest.fixture
def wang():
    return make.resident(name="王秀兰", phone="13800001111")


def told(person, by, readable=EVERYTHING):
    """{label: (old, new)} of all changes of a person, as somebody with these rights reads them."""
    found = changes.of_resident(person, readable, by)
    return {str(f["label"]): (f["old"], f["new"]) for change in found for f in change.facts}


def test_a_changed_phone_and_birth_date_are_told_in_full_to_who_may_read_them(wang, by):
    facts = {"phone": "13900002222", "birth_on": date(1951, 6, 2)}
    corrections.correct(wang, facts, by=by)

    found = told(wang, by)

    assert ("13800001111", "13900002222") in found.values()
    assert (date(1950, 5, 1), date(1951, 6, 2)) in found.values()


def test_everybody_else_reads_the_last_digits_and_the_year(wang, by):
    facts = {"phone": "13900002222", "birth_on": date(1951, 6, 2)}
    corrections.correct(wang, facts, by=by)

    found = told(wang, by, frozenset())

    assert ("····1111", "····2222") in found.values()
    assert ("1950", "1951") in found.values()
    assert "13900002222" not in str(found)


def test_keys_of_search_and_of_the_number_are_no_part_of_the_history(wang, by):
    with pghistory.context(user=by.pk, source="edit"):
        wang.name, wang.pinyin, wang.initials = "王秀莲", "wang xiu lian", "wxl2"
        wang.id_sealed, wang.id_index = make.id_number(), blind_index("x")
        wang.save()

    assert list(told(wang, by).values()) == [("王秀兰", "王秀莲")]


def test_a_change_names_who_made_it_and_why(wang, by):
    corrections.correct(wang, {"phone": "13900002222"}, by=by, reason="本人来电")

    found = {change.note: change for change in changes.of_resident(wang, EVERYTHING, by)}

    assert set(found) == {"录入", "本人来电"}
    assert (found["本人来电"].who, found["本人来电"].what) == (str(by), "王秀兰")
    assert found["录入"].facts == []


def test_a_new_name_is_found_at_once_and_the_household_is_called_after_its_head(wang, by):
    assert corrections.correct(wang, {"name": "赵敏", "phone": wang.phone}, by=by) == ["name"]

    wang.refresh_from_db()
    assert (wang.pinyin, wang.initials) == ("zhaomin", "zm")
    assert Household.objects.get(pk=wang.household_id).head_name == "赵敏"


def test_a_new_name_of_somebody_else_leaves_the_head_of_the_household(wang, by):
    son = make.resident(wang.household, name="张强")

    corrections.correct(son, {"name": "张刚"}, by=by)

    assert Household.objects.get(pk=wang.household_id).head_name == "王秀兰"


def test_a_correction_is_on_record_as_made_by_hand(wang, by):
    corrections.correct(wang, {"phone": "13900002222"}, by=by)

    event = apps.get_model("residents", "ResidentEvent").objects.order_by("-pgh_id").first()
    assert event.pgh_context.metadata["source"] == "edit"
    assert event.pgh_context.metadata["user"] == by.pk


def test_what_somebody_else_wrote_meanwhile_stays(wang, by):
    Resident.objects.filter(pk=wang.pk).update(employer="供电公司")

    corrections.correct(wang, {"phone": "13900002222"}, by=by)

    wang.refresh_from_db()
    assert (wang.employer, wang.phone) == ("供电公司", "13900002222")


def test_the_same_facts_again_are_no_change(wang, by):
    assert corrections.correct(wang, {"phone": wang.phone, "name": wang.name}, by=by) == []
    assert len(changes.of_resident(wang, EVERYTHING, by)) == 1


# --- the flows of a month -------------------------------------------------------------


def on(day):
    return time_machine.travel(
        datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    )


def counted(flow, month):
    return list(flows.events(flow, month).values_list("pgh_obj__name", flat=True))


OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def autumn(by):
    """Each step of these people has its month. The clock of the database decides, so it is set."""
    model = apps.get_model("residents", "ResidentEvent")
    wang = make.resident(name="王秀兰")
    li = make.resident(name="李建国")
    corrections.correct(li, {"phone": "13900002222"}, by=by)
    zhao = make.resident(name="赵敏")
    corrections.correct(zhao, {"phone": "13900003333"}, by=by)
    Resident.objects.filter(pk=wang.pk).update(ended_on=date(2026, 11, 3), end_reason="moved")

    def move(person, label, moment):
        rows = model.objects.filter(pgh_obj=person.pk, pgh_label=label)
        with owner_erases():
            rows.update(pgh_created_at=datetime.fromisoformat(moment + "+08:00"))

    move(wang, "insert", "2026-10-01T00:00:00")
    move(wang, "update", "2026-11-30T23:59:59")
    move(li, "insert", "2026-10-31T23:59:59")
    move(li, "update", "2026-11-01T00:00:00")
    move(zhao, "insert", "2026-11-05T10:00:00")
    move(zhao, "update", "2026-11-06T10:00:00")


def test_a_person_is_new_in_the_month_of_the_entry(autumn):
    assert sorted(counted("new", OCTOBER)) == ["李建国", "王秀兰"]
    assert counted("new", NOVEMBER) == ["赵敏"]
    assert counted("new", DECEMBER) == []


def test_who_was_entered_in_the_month_is_new_and_not_changed(autumn):
    assert counted("changed", NOVEMBER) == ["李建国"]
    assert counted("changed", OCTOBER) == []


def test_who_left_is_signed_off_in_the_month_of_the_entry(autumn):
    assert counted("signed_off", NOVEMBER) == ["王秀兰"]
    assert counted("signed_off", OCTOBER) == []
    assert counted("signed_off", DECEMBER) == []


def test_thirteen_months_are_offered_over_the_turn_of_the_year():
    offered = flows.months(date(2026, 3, 15))

    assert (offered[0], offered[2], offered[3], offered[-1]) == (
        date(2026, 3, 1),
        date(2026, 1, 1),
        date(2025, 12, 1),
        date(2025, 3, 1),
    )


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "1999-12", "2201-01", "2026-1", "", "x"])
def test_what_is_no_month_is_none(text):
    assert flows.month_of(text) is None


def test_a_month_is_read():
    assert flows.month_of("2026-12") == date(2026, 12, 1)
    assert flows.month_of("2026-01") == date(2026, 1, 1)


# --- kinds of residents ---------------------------------------------------------------

ALL = {"registered", "floating", "left_behind", "hmt", "foreign"}


@pytest.mark.parametrize(
    ("fact", "kinds"),
    [
        ("ethnicity", ALL - {"foreign"}),
        ("native_place", ALL - {"foreign"}),
        ("registered_address", ALL - {"foreign"}),
        ("political", {"registered", "floating", "left_behind"}),
        ("lives_where_registered", {"registered", "left_behind"}),
        ("went_to", {"registered", "left_behind"}),
        ("nationality", {"foreign"}),
        ("latin_surname", {"foreign"}),
        ("came_from", {"floating", "hmt"}),
        ("came_on", {"floating", "hmt", "foreign"}),
        ("permit_on", {"floating", "hmt"}),
        ("permit_until", {"floating", "hmt", "foreign"}),
        ("phone", ALL),
    ],
)
def test_a_fact_is_asked_of_these_kinds_of_residents(fact, kinds):
    assert {kind for kind in Resident.Kind if stays.belongs(fact, kind)} == kinds


def test_who_moves_on_keeps_what_was_known_and_says_until_when_now():
    person = make.resident(kind="floating")
    make.stay(person, came_from="济南", leaves_on=date(2026, 12, 31))

    stays.stay_on(person, {"came_from": "青岛", "permit": "居住证", "leaves_on": date(2027, 6, 30)})

    found = Stay.objects.get(resident=person)
    assert (found.came_from, found.permit) == ("济南", "居住证")
    assert found.leaves_on == date(2027, 6, 30)


# --- numbers read in bulk -------------------------------------------------------------

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("11010519491231002X", (False, "1949-12-31", "2")),
        ("440524188001010014", (False, "1880-01-01", "1")),
        ("110105194912310021", None),
        ("11010519491231002x", None),
        ("1101051949123100２X", None),
        ("", None),
        (11010519491231002, None),
    ],
)
def test_a_register_is_read_as_a_single_number_is_and_what_is_unusual_is_left(number, said):
    assert idnumber.Tables(TODAY).read([number]) == [said]


def test_a_permit_is_known_and_a_birth_to_come_is_no_birth_in_bulk_too():
    def whole(body):
        return body + idnumber.check_character(body)

    permit, today, tomorrow = map(
        whole, ("81000019491231002", "11010520261123002", "11010520261124002")
    )

    assert idnumber.Tables(TODAY).read([permit, today, tomorrow]) == [
        (True, "1949-12-31", "2"),
        (False, "2026-11-23", "2"),
        None,
    ]


def test_the_codes_of_a_refusal_are_those_that_the_answer_workbook_explains():
    assert (idnumber.CHECKSUM, idnumber.BIRTH, idnumber.FUTURE, idnumber.SCIENTIFIC) == (
        "id_checksum",
        "id_birth",
        "id_future",
        "id_scientific",
    )
