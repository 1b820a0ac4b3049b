"""The place that somebody looks at: chosen within the scope, else that of the widest posting."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from grids.models import Grid
from grids.people import here
from tests import factories as make

pytestmark = pytest.mark.django_db


def request(person, **session):
    return SimpleNamespace(user=person, session=session)


@pytest.fixture
def places():
    for code in ("370402001028001", "370402001028002", "370402001029001"):
        make.unit(code)


@pytest.mark.parametrize(
    ("postings", "code"),
    [
        ([], None),
        (["370402001028001"], "370402001028001"),
        (["370402001028002", "370402001028001"], "370402001028001"),
        (["370402001028001", "370402001028"], "370402001028"),
        (["370402001028", "370402001"], "370402001"),
        (["370402001", "370402"], "370402"),
        (["370402001028B01", "370402001028001"], "370402001028B01"),
    ],
)
def test_without_a_choice_it_is_the_widest_posting(places, postings, code):
    person = make.staff()
    for one in postings:
        make.posting(person, "grid_leader", Grid.objects.get(code=one))

    found = here.grid_of(request(person))

    assert (found.code if found else None) == code


def test_a_grid_in_scope_is_chosen_and_kept_and_one_outside_is_none(places):
    leader = make.staff("grid_leader", make.community())
    first, outside = make.unit(), make.unit("370402001029001")
    asked = request(leader)

    here.choose(asked, first.pk)

    assert asked.session == {"place": first.pk}
    assert here.grid_of(asked) == first
    with pytest.raises(Grid.DoesNotExist):
        here.choose(asked, outside.pk)
    assert here.grid_of(request(leader, place=outside.pk)) == make.community()
    assert here.grid_of(request(leader, place=0)) == make.community()


def test_it_is_looked_up_once_for_a_request(places, django_assert_num_queries):
    asked = request(make.staff("grid_leader", make.community()))
    here.grid_of(asked)

    with django_assert_num_queries(0):
        here.grid_of(asked)


def codes(grids):
    return [one.code for one in grids]


@pytest.mark.parametrize(
    ("posted", "at", "crumbs", "choices"),
    [
        ("370402", "370402001028", ["370402", "370402001", "370402001028"],
         ["370402001028001", "370402001028002"]),
        ("370402001028", "370402001028", ["370402001028"], ["370402001028001", "370402001028002"]),
        ("370402001028", "370402001028001", ["370402001028", "370402001028001"], []),
        ("370402001028001", "370402001028001", ["370402001028001"], []),
        ("370402", "370402", ["370402"], ["370402001"]),
    ],
)  # fmt: skip
def test_the_way_down_from_the_top_of_the_scope(places, posted, at, crumbs, choices):
    person = make.staff("grid_leader", Grid.objects.get(code=posted))
    ended = make.unit("370402001028003")
    Grid.objects.filter(pk=ended.pk).update(valid_to=timezone.localdate())

    said = here.describe(request(person, place=Grid.objects.get(code=at).pk))

    shown = [code for code in codes(said["crumbs"]) if "B" not in code]
    assert said["here"].code == at
    assert shown == crumbs
    below = codes(said["choices"])
    assert below == choices or below == [f"{at}B01"]
    assert ended.code not in below


def test_without_a_posting_there_is_no_way():
    assert here.describe(request(make.staff())) == {"crumbs": [], "choices": []}
