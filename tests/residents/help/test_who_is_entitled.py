"""Who receives, is entitled to and misses a benefit; when help runs, is due and is late: case by case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grids.refusal import Refused
from residents.help import benefits, care, of_household, support
from residents.models import Benefit, BenefitRecord, CareRecord, Resident, SupportPlan
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(number):
    return TODAY + timedelta(days=number)


def years_ago(years, *, days=0):
    month_day = 28 if (TODAY.month, TODAY.day) == (2, 29) else TODAY.day
    return TODAY.replace(year=TODAY.year - years, day=month_day) + timedelta(days=days)


@pytest.fixture
def ground():
    """Two grids, without the benefits of the dictionaries."""
    return factories.unit("370402001028001"), factories.unit("370402001028002")


@pytest.fixture
def leader(ground):
    return factories.staff("grid_leader", factories.community())


PEOPLE = {
    # name: (grid, birth, categories)
    "old": (0, {"years": 60}, []),
    "young": (0, {"years": 60, "days": 1}, []),
    "poor": (0, {"years": 30}, ["低保"]),
    "both": (0, {"years": 30}, ["低保", "残疾"]),
    "old poor": (1, {"years": 70}, ["低保"]),
    "unknown": (0, None, ["低保"]),
    "was poor": (0, {"years": 30}, ["-低保"]),
    "gone": (0, {"years": 70}, ["低保"]),
}


@pytest.fixture
def people(ground):
    found = {}
    for name, (grid, born, categories) in PEOPLE.items():
        birth_on = years_ago(born["years"], days=born.get("days", 0)) if born else day(0)
        found[name] = factories.resident(grid=ground[grid], name=name, birth_on=birth_on)
        if born is None:
            Resident.objects.filter(pk=found[name].pk).update(birth_on=None)
        for category in categories:
            until = day(-1) if category.startswith("-") else None
            factories.care_record(
                found[name], factories.care_category(category.lstrip("-")), until=until
            )
    Resident.objects.filter(pk=found["gone"].pk).update(ended_on=day(-1), end_reason="moved")
    return found


def benefit(*categories, **fields):
    number = Benefit.objects.count()
    found = Benefit.objects.create(code=f"X{number}", name=f"补贴{number}", **fields)
    found.categories.set([factories.care_category(name) for name in categories])
    return found


CASES = [
    # categories, what is asked, who is entitled
    ([], {"min_age": 60}, {"old", "old poor"}),
    (["低保"], {}, {"poor", "both", "old poor", "unknown"}),
    (["低保", "残疾"], {}, {"poor", "both", "old poor", "unknown"}),
    (["低保", "残疾"], {"needs_all": True}, {"both"}),
    (["低保"], {"min_age": 60}, {"old poor"}),
    (["低保", "残疾"], {"min_age": 60, "needs_all": True}, set()),
    ([], {}, set()),
    ([], {"needs_all": True}, set()),
]


def seen(leader, people, found, state):
    rows = benefits.persons(leader, Resident.objects.live(), found, state)
    return {one.name for one in rows}


@pytest.mark.parametrize(("categories", "fields", "entitled"), CASES)
def test_the_list_the_sums_and_the_files_name_the_same_people(
    people, leader, ground, categories, fields, entitled
):
    found = benefit(*categories, **fields)
    other = benefit("低保")
    for name, since, until in (
        ("poor", -9, None),
        ("young", -9, 0),
        ("both", -9, -1),
        ("old", 1, None),
    ):
        BenefitRecord.objects.create(
            resident=people[name], benefit=found, since=day(since),
            until=None if until is None else day(until),
        )  # fmt: skip
    BenefitRecord.objects.create(resident=people["gone"], benefit=found, since=day(-9))
    BenefitRecord.objects.create(resident=people["old poor"], benefit=other, since=day(-9))
    got = {"poor", "young"}

    assert seen(leader, people, found, "receiving") == got
    assert seen(leader, people, found, "entitled") == entitled
    assert seen(leader, people, found, "missed") == entitled - got
    counted = benefits.counts(leader, factories.community())
    numbers = (len(got), len(entitled), len(entitled - got))
    assert counted[found.pk] == numbers
    here = benefits.counts(leader, ground[1]).get(found.pk, (0, 0, 0))
    assert here == (0, len(entitled & {"old poor"}), len(entitled & {"old poor"}))
    live = list(Resident.objects.live())
    for one in live:
        one.current_care = list(CareRecord.objects.on(TODAY).filter(resident=one))
    missed = benefits.missed_by(leader, live)
    assert {one.name for one in live if found in missed.get(one.pk, [])} == entitled - got
    blind = factories.staff("assistant", factories.community())
    assert (
        seen(blind, people, found, "entitled") == seen(blind, people, found, "receiving") == set()
    )


def test_which_benefits_are_offered(ground, leader):
    far = factories.district("520602", "碧江区")
    everywhere, ours = benefit(), benefit(district=factories.district())
    benefit(district=far)
    benefit(is_active=False)
    closed = factories.care_category("秘", readers=["supervisor"])
    secret = benefit()
    secret.categories.set([closed])

    assert set(benefits.offered(leader)) == {everywhere, ours}
    assert secret.pk not in benefits.counts(leader, factories.community())


def test_a_benefit_in_words_and_in_an_address(people, leader):
    found = benefit(min_age=60)

    def narrowed(**wanted):
        rows = benefits.narrowed(leader, Resident.objects.live(), wanted)
        return {one.name for one in rows}

    assert narrowed(benefit=str(found.pk), state="entitled") == {"old", "old poor"}
    assert narrowed(benefit=str(found.pk)) == set()
    for wrong in ("x", "9" * 19, "0", "-1"):
        assert narrowed(benefit=wrong, state="entitled") == set()
    assert narrowed(benefit=str(found.pk), state="else") == set()
    assert benefits.in_words({"benefit": "x"}).strip()
    assert benefits.in_words({"benefit": str(found.pk)}).startswith("补贴")
    assert benefits.in_words({"benefit": "9" * 30}).strip()


# Recording


@pytest.fixture
def wang(ground):
    return factories.resident(grid=ground[0], name="王秀兰")


@pytest.fixture
def by(ground):
    return factories.staff("grid_worker", ground[0], full_name="刘芳")


def test_a_benefit_runs_once_at_a_time(wang, by):
    first, other = benefit(), benefit()

    record = benefits.receive(
        wang, first, since=day(-5), by=by, amount=50, source="民政", until=None
    )
    assert (record.since, record.until, record.amount, record.source) == (day(-5), None, 50, "民政")
    with pytest.raises(Refused):
        benefits.receive(wang, first, since=TODAY, by=by)
    benefits.receive(wang, other, since=TODAY, by=by)
    neighbour = factories.resident(grid=wang.grid)
    benefits.receive(neighbour, first, since=TODAY, by=by)
    for until in (day(-6),):
        with pytest.raises(Refused):
            benefits.stop(record, until=until, by=by)
    benefits.stop(record, until=day(-5), by=by, note="搬走")
    record.refresh_from_db()
    assert record.until == day(-5)
    again = benefits.receive(wang, first, since=TODAY, by=by, until=day(9))
    assert again.until == day(9)
    Resident.objects.filter(pk=wang.pk).update(ended_on=TODAY, end_reason="moved")
    wang.refresh_from_db()
    with pytest.raises(Refused):
        benefits.receive(wang, benefit(), since=TODAY, by=by)


@pytest.mark.parametrize(
    ("runs_until", "until", "is_right"),
    [
        (None, 0, True),
        (None, -5, True),
        (None, -6, False),
        (3, 3, True),
        (3, 4, False),
        (3, 2, True),
    ],
)
def test_when_care_may_end(wang, by, runs_until, until, is_right):
    record = care.begin(
        wang, factories.care_category("低保"), since=day(-5), by=by,
        until=None if runs_until is None else day(runs_until),
    )  # fmt: skip

    if is_right:
        care.end(record, until=day(until), by=by)
    else:
        with pytest.raises(Refused):
            care.end(record, until=day(until), by=by)
    stored = CareRecord.objects.get()
    expected = day(until) if is_right else (None if runs_until is None else day(runs_until))
    assert stored.until == expected


def test_care_names_its_source_else_who_wrote_it(wang, by):
    poor, alone = factories.care_category("低保"), factories.care_category("独居")
    assert care.begin(wang, poor, since=day(-5), by=by, source="民政", note="话").source == "民政"
    assert care.begin(wang, alone, since=day(-5), by=by).source == "刘芳"
    with pytest.raises(Refused):
        care.begin(wang, poor, since=TODAY, by=by)
    other = factories.resident(grid=wang.grid)
    assert care.begin(other, poor, since=TODAY, by=by, until=day(5)).until == day(5)
    assert care.begin(other, poor, since=day(6), by=by).until is None


# Plans


def put(person, since=-30, until=None, review=None, **fields):
    return SupportPlan.objects.create(
        resident=person,
        what="代购",
        since=day(since),
        until=None if until is None else day(until),
        review_on=None if review is None else day(review),
        helper_name="邻居",
        **fields,
    )


def test_a_plan_keeps_what_is_said_of_it(wang, by):
    department = factories.department()
    found = support.plan(
        wang, what="代购", since=day(-1), by=by, helper=by, helper_name="居委会",
        department=department, until=day(30), review_on=day(9),
    )  # fmt: skip

    assert [getattr(found, name) for name in (
        "resident", "what", "since", "until", "review_on", "helper", "helper_name", "department",
    )] == [wang, "代购", day(-1), day(30), day(9), by, "居委会", department]  # fmt: skip
    with pytest.raises(Refused):
        support.plan(wang, what="代购", since=TODAY, by=by)
    assert support.plan(wang, what="代购", since=TODAY, by=by, helper=by).helper_name == ""


@pytest.mark.parametrize(
    ("plan", "said", "expected"),
    [
        ({}, {"on": 0, "review_on": 1}, (1, None)),
        ({}, {"on": 0, "review_on": 0}, None),
        ({}, {"on": 0}, (None, None)),
        ({}, {"on": 0, "until": 5, "review_on": 9}, (None, 5)),
        ({}, {"on": 0, "until": -31}, None),
        ({"until": 9}, {"on": 0, "review_on": 3}, (3, 9)),
        ({"until": -1}, {"on": 0, "review_on": 3}, None),
        ({"until": 0}, {"on": 0, "review_on": 3}, (3, 0)),
        ({"until": 9}, {"on": 0, "until": 9}, (None, 9)),
        ({"until": 9}, {"on": 0, "until": 10}, None),
    ],
)
def test_what_a_review_leaves(wang, by, plan, said, expected):
    found = put(wang, review=2, **plan)
    days = {name: day(value) for name, value in said.items()}

    if expected is None:
        with pytest.raises(Refused):
            support.review(found, outcome="好", by=by, **days)
    else:
        support.review(found, outcome="好", by=by, **days)
        stored = SupportPlan.objects.get()
        assert (stored.reviewed_on, stored.outcome) == (days["on"], "好")
        assert (stored.review_on, stored.until) == tuple(
            None if number is None else day(number) for number in expected
        )


@pytest.mark.parametrize(
    ("on", "until", "is_right"),
    [(-30, None, True), (-31, None, False), (0, 0, True), (1, 0, False), (5, None, True)],
)
def test_something_is_given_while_the_plan_runs(wang, by, on, until, is_right):
    found = put(wang, until=until)

    if is_right:
        aid = support.give(found, on=day(on), what="大米", by=by, worth=80)
        assert (aid.plan, aid.given_on, aid.what, aid.worth, aid.by) == (
            found, day(on), "大米", 80, by,
        )  # fmt: skip
    else:
        with pytest.raises(Refused):
            support.give(found, on=day(on), what="大米", by=by)


def test_what_is_to_be_reviewed_by_grid(ground, leader):
    wang, li = (factories.resident(grid=grid) for grid in ground)
    gone = factories.resident(grid=ground[0], ended_on=day(-1))
    late, today, soon = (put(wang, review=number) for number in (-1, 0, 14))
    later, never = put(wang, review=15), put(wang)
    put(wang, until=-1, review=0)
    put(wang, since=1, review=0)
    put(gone, review=0)
    theirs = put(li, review=-3, until=0)

    found = support.due(leader, factories.community(), TODAY)

    assert found.plans == [late, today, soon, theirs]
    assert found.by_grid == [(ground[0], 3, 1), (ground[1], 1, 1)]
    assert (found.total, found.late) == (4, 2)
    everything = support.due(leader, None, TODAY, is_all=True)
    assert set(everything.plans) == {late, today, soon, later, never, theirs}
    assert (everything.total, everything.late) == (6, 2)
    assert support.due(leader, ground[1], TODAY).plans == [theirs]
    assert support.due(factories.staff("assistant"), None, TODAY, is_all=True).plans == []


def test_the_help_of_a_household(wang, by, ground):
    li = factories.resident(grid=ground[0], name="李")
    record = care.begin(wang, factories.care_category("低保"), since=TODAY, by=by)
    wang.current_care, li.current_care = [record], []
    first, second = put(wang, since=-9, review=-1), put(wang, since=-10, review=0)
    put(wang, until=-1)
    for number in range(4):
        support.give(first, on=day(-number), what=f"第{number}", by=by)
    got, missed = benefit(), benefit("低保")
    BenefitRecord.objects.create(resident=wang, benefit=got, since=day(-9), until=TODAY)
    BenefitRecord.objects.create(resident=wang, benefit=missed, since=day(-9), until=day(-1))

    of_wang, of_li = of_household.help_of(by, [wang, li])

    assert (of_wang.person, of_wang.care) == (wang, [record])
    assert [(one, one.is_late) for one in of_wang.plans] == [(second, False), (first, True)]
    assert [one.what for one in of_wang.plans[1].given] == ["第0", "第1", "第2"]
    assert [one.benefit for one in of_wang.benefits] == [got]
    assert of_wang.missed == [missed]
    assert bool(of_wang)
    assert not of_li
    [blind] = of_household.help_of(factories.staff("assistant", ground[0]), [li])
    assert not blind
