"""What one person reads of a row: in full, shortened or not at all."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from residents.models import Benefit, BenefitRecord, Resident
from residents.people import showing
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def wang(ground):
    return factories.resident(
        grid=ground[0], name="王秀兰", phone="13800001111", relation="10", sex="1",
        birth_on=date(TODAY.year - 70, 1, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phone", "is_readable", "shown"),
    [
        ("13800001111", True, "13800001111"), ("13800001111", False, "····1111"), ("", False, ""),
        ("", True, ""), ("12", False, "····12"),
    ],
)  # fmt: skip
def test_a_telephone_or_its_end(phone, is_readable, shown):
    assert showing.phone_for(phone, is_readable) == shown


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 5, 1), date(2026, 4, 30), 25), (date(2000, 5, 1), date(2026, 5, 1), 26),
        (date(2000, 5, 1), date(2026, 6, 1), 26), (date(2000, 5, 2), date(2026, 5, 1), 25), (None, TODAY, None),
        (date(2026, 5, 1), date(2026, 5, 1), 0),
    ],
)  # fmt: skip
def test_how_old_somebody_is_on_a_day(born, day, age):
    assert showing.age_on(born, day) == age


@pytest.mark.parametrize(
    ("day", "years", "before"),
    [
        (date(2026, 5, 1), 60, date(1966, 5, 1)), (date(2024, 2, 29), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 4, date(2020, 2, 29)),
    ],
)  # fmt: skip
def test_the_day_so_many_years_before(day, years, before):
    assert showing.years_before(day, years) == before


def test_a_person_through_the_eyes_of_who_may_read_and_of_who_may_not(ground, wang):
    poor = factories.care_record(wang, factories.care_category("低保"))
    factories.care_record(wang, factories.care_category("高龄"), until=TODAY - timedelta(days=1))
    leader = factories.staff("grid_leader", ground[0])
    assistant = factories.staff("assistant", ground[0])
    there = factories.staff("grid_leader", ground[1])

    full, [short], [far] = (
        showing.shown([wang], leader)[0],
        showing.shown([wang], assistant),
        showing.shown([Resident.objects.get(pk=wang.pk)], there),
    )

    full = showing.shown([Resident.objects.get(pk=wang.pk)], leader)[0]
    assert (full.name, full.phone, full.birth, full.care) == (
        "王秀兰", "13800001111", f"{TODAY.year - 70}-01-01", [poor],
    )  # fmt: skip
    assert (full.may_reveal, full.may_reveal_facts, full.may_edit) == (True, True, True)
    assert (full.sex_name, full.relation_name, full.age) == ("male", "配偶", 70)
    assert full.sex_and_age == "male 70 years"
    assert (short.phone, short.may_reveal, short.may_edit) == ("13800001111", False, False)
    assert str(short.birth).strip() == str(TODAY.year - 70)
    assert (far.phone, far.care, far.may_reveal, far.may_edit) == ("····1111", [], False, False)
    Resident.objects.filter(pk=wang.pk).update(id_mask="", sex="9", birth_on=None, relation="")
    [one] = showing.shown([Resident.objects.get(pk=wang.pk)], leader)
    assert (one.may_reveal, one.may_reveal_facts) == (False, True)
    assert (one.sex_name, one.sex_and_age, one.relation_name, one.birth) == ("", "", "", "")


def test_a_steward_reads_the_people_of_the_own_building(ground):
    mine, other = (
        factories.household(home=factories.dwelling(ground[0], building_name=name))
        for name in ("1号楼", "2号楼")
    )
    people = [factories.resident(home, phone="13800001111") for home in (mine, other)]
    steward = factories.staff("building_steward", ground[0], building=mine.dwelling.building)

    rows = Resident.objects.filter(pk__in=[one.pk for one in people]).order_by("pk")
    assert [one.phone for one in showing.shown(rows, steward)] == ["13800001111", "····1111"]


def test_names_of_codes_of_some_tables_or_of_all(ground):
    some, every = showing.code_names("marital"), showing.code_names()

    assert some[("marital", "20")] == every[("marital", "20")] == "已婚"
    assert {table for table, _ in some} == {"marital"}
    assert {"marital", "relation", "education"} <= {table for table, _ in every}


def test_benefits_of_today_as_far_as_one_may_read(ground, wang):
    first, second = (Benefit.objects.create(code=code, name=code) for code in ("Z2", "Z1"))
    for benefit, until in ((first, None), (second, None), (first, TODAY - timedelta(days=1))):
        BenefitRecord.objects.create(
            resident=wang, benefit=benefit, since=date(2020, 1, 1), until=until
        )
    other = factories.resident(grid=ground[0])
    people = [wang, other]

    showing.with_benefits(people, factories.staff("grid_leader", ground[0]))
    assert [one.benefit for one in wang.current_benefits] == [second, first]
    assert other.current_benefits == []
    showing.with_benefits(people, factories.staff("assistant", ground[0]))
    assert wang.current_benefits == []
