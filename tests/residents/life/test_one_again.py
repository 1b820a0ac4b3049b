"""What the two entries of one person give each other, and what of it an undo takes back."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from grids.refusal import Refused
from residents.life import duplicates
from residents.models import (
    Benefit,
    BenefitRecord,
    CareRecord,
    Household,
    Resident,
    SupportPlan,
)
from tests import factories
from tests.residents.life.test_life import last_reason

BORN = date(2019, 5, 1)
TODAY = timezone.localdate
LONG_AGO, LATER = date(2020, 1, 1), TODAY() + timedelta(days=9)
SOUND = {"pinyin": "lixiaobao", "initials": "lxb", "name": "李小宝", "birth_on": BORN}
FACTS = {
    "phone": "13800001111",
    "ethnicity": "03",
    "education": "60",
    "marital": "40",
    "registered_address": "和平路",
    "employer": "学校",
    "note": "话",
    "former_name": "李宝",
    "native_place": "济南",
    "political": "13",
    "occupation": "学生",
}


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def without_number(person):
    Resident.objects.filter(pk=person.pk).update(id_index=None, id_sealed=None, id_mask="")
    return fresh(person)


@pytest.fixture
def two(ground):
    """The one with the number, at the parents'; the other one, at the grandparents'."""
    homes = [factories.household(ground[0], head_name=name) for name in ("李父", "李祖")]
    for home in homes:
        factories.resident(home, name=home.head_name)
    kept, other = (factories.resident(home, relation="20", **SOUND) for home in homes)
    return kept, without_number(other)


# Who is alike


@pytest.mark.parametrize(
    ("ours", "theirs", "is_alike"),
    [
        ({}, {}, True),
        ({}, {"pinyin": "lixiaobei"}, False),
        ({}, {"initials": "lxx"}, False),
        ({}, {"birth_on": date(2019, 5, 2)}, False),
        ({"birth_on": None}, {"birth_on": None}, False),
        ({}, {"phone": "13800001111"}, True),
        ({"phone": "13800001111"}, {}, True),
        ({"phone": "13800001111"}, {"phone": "0632-3051111"}, True),
        ({"phone": "13800001111"}, {"phone": "13800001112"}, False),
        ({"id_index": None}, {}, True),
        ({}, {"id_index": b"x"}, False),
        ({}, {"district_id": 0}, False),
    ],
)
def test_who_may_be_one_person(two, ours, theirs, is_alike):
    for person, facts in zip(two, (ours, theirs), strict=True):
        vars(person).update(facts)

    assert duplicates.are_alike(*two) is is_alike
    assert not duplicates.are_alike(two[0], two[0])


def test_of_three_the_one_with_the_number_is_kept_and_else_the_oldest(two, ground, worker):
    kept, other = two
    third = without_number(factories.resident(grid=ground[0], **SOUND))

    assert duplicates.pairs(worker) == [(kept, other), (kept, third)]
    without_number(kept)
    assert duplicates.pairs(worker) == [(kept, other), (kept, third)]
    Resident.objects.filter(pk=third.pk).update(id_index=b"x", id_sealed=b"x")
    assert duplicates.pairs(worker) == [(third, kept), (third, other)]


def test_pairs_come_by_name_and_a_reader_finds_none(two, ground, worker):
    early = {"pinyin": "aixiao", "initials": "ax", "name": "艾晓", "birth_on": BORN}
    first = factories.resident(grid=ground[0], **early)
    second = without_number(factories.resident(grid=ground[0], **early))

    assert duplicates.pairs(worker) == [(first, second), two]
    assert duplicates.pairs(factories.staff("assistant", ground[0])) == []
    Resident.objects.filter(pk=second.pk).update(ended_on=TODAY(), end_reason="moved")
    assert duplicates.pairs(worker) == [two]


# What is learnt


def test_every_fact_that_only_the_other_knew_is_learnt_and_no_known_one_is_lost(two, worker):
    kept, other = two
    Resident.objects.filter(pk=other.pk).update(**FACTS, facts={"a": "1", "b": "2"})
    Resident.objects.filter(pk=kept.pk).update(facts={"b": "3"})
    assert duplicates.gains(kept, fresh(other)) == FACTS

    done = duplicates.make_one(kept, other, by=worker)

    found = fresh(kept)
    assert {name: getattr(found, name) for name in FACTS} == FACTS
    assert found.facts == {"a": "1", "b": "3"}
    assert (found.relation, found.household, found.ended_on) == ("20", kept.household, None)
    gone = fresh(other)
    assert (gone.ended_on, gone.end_reason, gone.facts) == (TODAY(), "merged", {"a": "1", "b": "2"})
    assert fresh(other.household).ended_on is None
    assert done.household == kept.household
    assert last_reason(gone)["user"] == worker.pk
    known = {name: f"{value[:-1]}9" for name, value in FACTS.items() if name != "phone"}
    Resident.objects.filter(pk=kept.pk).update(**known)
    assert duplicates.gains(fresh(kept), fresh(other)) == {}


@pytest.mark.parametrize(
    "facts",
    [
        {"ended_on": date(2026, 1, 1), "end_reason": "moved"},
        {"birth_on": date(2019, 5, 2)},
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_what_changed_meanwhile_is_looked_at_again(two, worker, facts, which):
    Resident.objects.filter(pk=two[which].pk).update(**facts)

    with pytest.raises(Refused):
        duplicates.make_one(*two, by=worker)

    assert fresh(two[1 - which]).ended_on is None


def test_care_goes_on_at_the_one_that_is_kept(two, worker):
    kept, other = two
    poor, alone, old = (factories.care_category(name) for name in ("低保", "独居", "高龄"))
    factories.care_record(other, poor, since=LONG_AGO, source="民政", note="话")
    factories.care_record(other, alone, since=LATER)
    factories.care_record(other, old, since=LONG_AGO, until=date(2021, 1, 1))
    factories.care_record(kept, alone, since=date(2022, 1, 1), source="居委会")

    duplicates.make_one(kept, other, by=worker)

    def of(person):
        rows = person.care_records.order_by("category__code", "since")
        return {one.category.code: (one.since, one.until, one.source, one.note) for one in rows}

    assert of(kept) == {
        "低保": (LONG_AGO, None, "民政", "话"),
        "独居": (date(2022, 1, 1), None, "居委会", ""),
    }
    assert of(other) == {
        "低保": (LONG_AGO, TODAY(), "民政", "话"),
        "独居": (LATER, LATER, "", ""),
        "高龄": (LONG_AGO, date(2021, 1, 1), "", ""),
    }
    duplicates.make_two(kept, other, by=worker)
    assert of(other)["低保"] == (LONG_AGO, None, "民政", "话")
    assert of(other)["高龄"][1] == date(2021, 1, 1)
    assert CareRecord.objects.filter(resident=kept, until=None).count() == 2


def test_help_goes_on_with_all_that_is_known_of_it(two, worker):
    kept, other = two
    first, second, third = (Benefit.objects.create(code=f"X{n}", name=f"X{n}") for n in range(3))
    for benefit, until, since in ((first, None, LONG_AGO), (second, date(2021, 1, 1), LONG_AGO),
                                  (third, None, LATER)):  # fmt: skip
        BenefitRecord.objects.create(
            resident=other, benefit=benefit, since=since, until=until, amount=50, source="民政"
        )
    facts = {
        "helper_id": worker.pk,
        "helper_name": "居委会",
        "department_id": factories.department().pk,
        "review_on": LATER,
        "reviewed_on": LONG_AGO,
        "outcome": "好",
    }
    plan = {"resident": other, "what": "代购", "since": LONG_AGO}
    SupportPlan.objects.create(**plan, **facts)
    SupportPlan.objects.create(
        **plan | {"what": "旧"}, until=date(2021, 1, 1), helper_name="居委会"
    )

    duplicates.make_one(kept, other, by=worker)

    records = {one.benefit.code: one for one in kept.benefit_records.all()}
    assert set(records) == {"X0", "X2"}
    assert (records["X0"].since, records["X0"].until) == (LONG_AGO, None)
    assert (records["X0"].amount, records["X0"].source) == (50, "民政")
    found = kept.support_plans.get()
    assert (found.what, found.since, found.until) == ("代购", LONG_AGO, None)
    assert {name: getattr(found, name) for name in facts} == facts
    ends = dict(other.benefit_records.values_list("benefit__code", "until"))
    assert ends == {"X0": TODAY(), "X1": date(2021, 1, 1), "X2": None}
    assert dict(other.support_plans.values_list("what", "until")) == {
        "代购": TODAY(), "旧": date(2021, 1, 1),
    }  # fmt: skip
    duplicates.make_two(kept, other, by=worker)
    assert other.benefit_records.get(benefit=first).until is None
    assert other.support_plans.get(what="代购").until is None
    assert other.support_plans.get(what="旧").until == date(2021, 1, 1)


# The way back


def test_only_what_was_merged_is_taken_apart(two, worker):
    kept, other = two
    with pytest.raises(Refused):
        duplicates.make_two(kept, other, by=worker)
    Resident.objects.filter(pk=other.pk).update(ended_on=TODAY(), end_reason="moved")
    with pytest.raises(Refused):
        duplicates.make_two(kept, other, by=worker)
    Resident.objects.filter(pk=other.pk).update(end_reason="merged", pinyin="else")
    with pytest.raises(Refused):
        duplicates.make_two(kept, other, by=worker)
    Resident.objects.filter(pk=other.pk).update(pinyin="lixiaobao")
    done = duplicates.make_two(kept, other, by=worker)

    found = fresh(other)
    assert (found.ended_on, found.end_reason, done.household) == (None, "", other.household)


@pytest.mark.parametrize(
    ("ended_on", "reason", "opens"),
    [(0, "merged", True), (0, "moved", False), (1, "merged", False), (None, "", True)],
)
def test_a_household_opens_again_only_if_this_closed_it(two, worker, ended_on, reason, opens):
    kept, other = two
    Resident.objects.filter(pk=other.pk).update(ended_on=TODAY(), end_reason="merged")
    day = None if ended_on is None else TODAY() - timedelta(days=ended_on)
    Household.objects.filter(pk=other.household_id).update(ended_on=day, end_reason=reason)

    duplicates.make_two(kept, other, by=worker)

    assert (fresh(other.household).ended_on is None) is opens
