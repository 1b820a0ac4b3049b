"""The stay of those who came: what is asked of whom, what is written, when it ends."""

from datetime import date

import pytest
from django.apps import apps

from residents.models import Resident, Stay
from residents.people import stays
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY, LATER = date(2026, 5, 1), date(2027, 5, 1)


@pytest.fixture
def by(db):
    return make.staff("grid_worker")


@pytest.fixture
def wang(db):
    return make.resident(kind="floating", name="王来")


def kept(person):
    return Stay.objects.filter(resident=person).first()


def test_the_form_asks_these_facts_in_this_order_of_these_kinds():
    came, foreign, all_of_them = {"floating", "hmt"}, {"foreign"}, {"floating", "hmt", "foreign"}

    assert list(stays.stay_fields().items()) == [
        ("nationality", foreign),
        ("latin_surname", foreign),
        ("latin_given", foreign),
        ("came_from", came),
        ("reason", all_of_them),
        ("came_on", all_of_them),
        ("leaves_on", all_of_them),
        ("permit", all_of_them),
        ("permit_on", came),
        ("permit_until", all_of_them),
    ]


def test_only_kinds_that_have_a_stay_have_one(wang):
    stay = make.stay(wang)

    assert stays.of(wang) == stay
    wang.kind = "registered"
    assert stays.of(wang) is None
    assert stays.of(make.resident(kind="foreign")) is None


def test_facts_are_recorded_with_their_author_and_only_where_they_differ(wang, by):
    other = make.stay(make.resident(kind="floating"), came_from="青岛")
    facts = {"came_from": "济南", "came_on": DAY, "nationality": "法国"}

    assert stays.record(wang, facts, by=by, reason="来访") is True
    assert stays.record(wang, facts, by=by) is False
    assert stays.record(wang, {"nationality": "法国"}, by=by) is False
    assert stays.record(wang, facts | {"came_on": LATER}, by=by) is True

    found = kept(wang)
    assert (found.came_from, found.came_on, found.nationality) == ("济南", LATER, "")
    events = apps.get_model("residents", "StayEvent").objects.filter(pgh_obj=found)
    said = [event.pgh_context.metadata for event in events.order_by("pgh_id")]
    assert [(one["user"], one["source"], one["reason"]) for one in said] == [
        (by.pk, "edit", "来访"), (by.pk, "edit", ""),
    ]  # fmt: skip
    other.refresh_from_db()
    assert (other.came_from, other.came_on) == ("青岛", None)


def test_nothing_said_makes_no_stay_and_an_emptied_fact_is_a_change(wang, by):
    assert stays.record(wang, {"came_from": "", "came_on": None}, by=by) is False
    assert kept(wang) is None
    make.stay(wang, came_from="济南")
    assert stays.record(wang, {"came_from": ""}, by=by) is True
    assert kept(wang).came_from == ""


def test_only_the_changed_columns_are_written(wang, by):
    stay = make.stay(wang, came_from="济南")
    wang.stay = stay
    Stay.objects.filter(pk=stay.pk).update(permit="residence")

    stays.write(wang, {"came_from": "青岛"})

    assert (kept(wang).came_from, kept(wang).permit) == ("青岛", "residence")


def test_a_person_without_a_stay_has_none_written(by):
    registered = make.resident(kind="registered")

    assert stays.record(registered, {"came_from": "济南"}, by=by) is False
    assert kept(registered) is None


def test_what_is_learnt_fills_only_what_nobody_knew(wang):
    make.stay(wang, came_from="济南")

    assert stays.learn(wang, {"came_from": "青岛", "came_on": DAY, "permit": ""}) is True
    assert (kept(wang).came_from, kept(wang).came_on, kept(wang).permit) == ("济南", DAY, "")
    newcomer = make.resident(kind="hmt")
    assert stays.learn(newcomer, {"came_from": "香港"}) is True
    assert kept(newcomer).came_from == "香港"


def test_a_move_without_a_day_of_leaving_keeps_the_old_one(wang):
    make.stay(wang, leaves_on=DAY)

    stays.stay_on(wang, {"leaves_on": None})
    assert kept(wang).leaves_on == DAY
    stays.stay_on(wang, {"leaves_on": LATER})
    assert kept(wang).leaves_on == LATER


def test_a_stay_ends_with_its_people_and_begins_again_with_them(wang):
    others = [make.resident(kind="floating") for _ in range(2)]
    for one in (wang, *others):
        make.stay(one)
    Stay.objects.filter(resident=others[0]).update(ended_on=DAY)

    stays.close([wang, others[0]], LATER)

    assert [kept(one).ended_on for one in (wang, *others)] == [LATER, DAY, None]
    stays.reopen([wang])
    assert [kept(one).ended_on for one in (wang, *others)] == [None, DAY, None]


@pytest.mark.parametrize(
    ("kinds", "known", "asked"),
    [
        (["registered"], {}, []),
        (["floating"], {}, ["came_from", "reason", "came_on", "leaves_on"]),
        (["foreign"], {}, ["nationality", "reason", "came_on", "leaves_on"]),
        (["floating", "foreign"], {}, ["nationality", "came_from", "reason", "came_on", "leaves_on"]),
        (["floating"], {"came_from": "济南", "leaves_on": DAY}, ["reason", "came_on", "leaves_on"]),
        (["floating"], {"came_from": "济南", "reason": "work", "came_on": DAY}, ["leaves_on"]),
        (["floating", "hmt"], {"came_from": "济南", "reason": "work", "came_on": DAY},
         ["came_from", "reason", "came_on", "leaves_on"]),
    ],
)  # fmt: skip
def test_a_move_asks_what_nobody_has_said_and_until_when(kinds, known, asked):
    people = [make.resident(kind=kind) for kind in kinds]
    if known:
        make.stay(people[0], **known)

    assert stays.asked_on_a_move(people) == asked


def test_facts_of_a_plan_are_read_back_as_they_were():
    facts = {"came_from": "济南", "came_on": DAY, "leaves_on": None, "permit": ""}

    texts = stays.as_text(facts)

    assert texts == {"came_from": "济南", "came_on": "2026-05-01"}
    assert stays.from_text(texts) == {"came_from": "济南", "came_on": DAY}
    assert set(Resident.Kind.values) == {"registered", "floating", "left_behind", "hmt", "foreign"}
