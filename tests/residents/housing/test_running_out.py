"""What runs out, by the days that are left; licences and codes on both sides of their days."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from grids.audit import guard
from grids.refusal import Refused
from residents.housing import premises, running_out
from residents.models import Licence, Premises
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, {"expired", "soon"}),
        (0, {"30", "60", "90", "soon"}),
        (30, {"30", "60", "90", "soon"}),
        (31, {"60", "90", "soon"}),
        (60, {"60", "90", "soon"}),
        (61, {"90", "soon"}),
        (90, {"90", "soon"}),
        (91, set()),
        (None, set()),
    ],
)
def test_what_runs_out_by_its_days(days, words):
    today = date(2026, 3, 1)
    last = today + timedelta(days=days) if days is not None else None
    factories.licence(expires_on=last)

    found = {
        word
        for word in ("expired", "soon", "30", "60", "90", "other", "")
        if Licence.objects.filter(running_out.condition("expires_on", word, today)).exists()
    }

    assert found == words
    assert running_out.is_pressing(last, today) is bool(words)
    with translation.override("en"):
        said = running_out.in_words(last, today)
    assert said == {-1: "Expired 1 days ago", 0: "Ends today", 91: "", None: ""}.get(
        days, f"{days} days left"
    )


@pytest.fixture
def by():
    return factories.staff("grid_leader")


@pytest.fixture
def shop():
    return factories.premises(name="利民超市", opened_on=TODAY - timedelta(days=9))


def day(number):
    return TODAY + timedelta(days=number)


@pytest.mark.parametrize(("on", "is_right"), [(1, False), (0, True), (-5, True), (-6, False)])
def test_when_a_licence_may_be_withdrawn(shop, by, on, is_right):
    licence = factories.licence(shop, issued_on=day(-5))

    if is_right:
        premises.withdraw_licence(licence, on=day(on), by=by)
        with pytest.raises(Refused):
            premises.withdraw_licence(licence, on=day(on), by=by)
    else:
        with pytest.raises(Refused):
            premises.withdraw_licence(licence, on=day(on), by=by)
    assert Licence.objects.get().ended_on == (day(on) if is_right else None)


def test_what_was_withdrawn_meanwhile_is_neither_withdrawn_nor_changed(shop, by):
    licence = factories.licence(shop, number="1")
    Licence.objects.update(ended_on=day(-1))

    with pytest.raises(Refused):
        premises.withdraw_licence(licence, on=TODAY, by=by)
    stale = Licence.objects.get()
    stale.ended_on = None
    with pytest.raises(Refused):
        premises.change_licence(stale, {"number": "2"}, by=by)
    Licence.objects.update(ended_on=None, authority="新局")
    assert premises.change_licence(stale, {"number": "2", "authority": "新局"}, by=by) == ["number"]
    assert premises.change_licence(stale, {"number": "2"}, by=by) == []


@pytest.mark.parametrize(("on", "is_right"), [(1, False), (0, True), (-9, True), (-10, False)])
def test_when_premises_may_close(shop, by, on, is_right):
    running, ended = factories.licence(shop, number="1"), factories.licence(shop, number="2")
    Licence.objects.filter(pk=ended.pk).update(ended_on=day(-20))
    other = factories.licence(factories.premises(name="别家"))

    if is_right:
        premises.close(shop, on=day(on), reason="closed", by=by)
    else:
        with pytest.raises(Refused):
            premises.close(shop, on=day(on), reason="closed", by=by)
    ends = dict(Licence.objects.values_list("pk", "ended_on"))
    assert ends == {running.pk: day(on) if is_right else None, ended.pk: day(-20), other.pk: None}
    if is_right:
        premises.bring_back(shop, by=by)
        ends = dict(Licence.objects.values_list("pk", "ended_on"))
        assert ends == {running.pk: None, ended.pk: day(-20), other.pk: None}
        found = Premises.objects.get(pk=shop.pk)
        assert (found.ended_on, found.end_reason) == (None, "")
    with pytest.raises(Refused):
        premises.bring_back(shop, by=by)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], "P0001"),
        (["{}P0007", "{}P0003"], "P0008"),
        (["{}P0007", "{}P00090", "{}Q0099", "x{}P0099", "自编"], "P0008"),
        (["{}P9998"], "P9999"),
        (["{}P9999"], None),
    ],
)
def test_the_next_code_of_a_grid(codes, expected):
    grid, other = factories.unit(), factories.unit("370402001028002")
    for code in codes:
        factories.premises(grid, code=code.format(grid.code), ended_on=TODAY)
    factories.premises(other, code=f"{other.code}P0500")

    if expected is None:
        with pytest.raises(Refused):
            premises.issue_code(grid)
    else:
        assert premises.issue_code(grid) == f"{grid.code}{expected}"
    if expected == "P0001":
        assert premises.issue_code(grid, number=9998) == f"{grid.code}P0001"
        with pytest.raises(Refused):
            premises.issue_code(grid, number=9999 + 1)


def test_what_a_look_leaves(shop, by):
    other = factories.staff("grid_leader")

    for purpose, person in (
        ("file", by),
        ("file", by),
        ("print", by),
        ("print", by),
        ("file", other),
    ):
        premises.note_look(shop, by=person, purpose=purpose)

    looks = sorted(shop.looks.values_list("by", "purpose"))
    assert looks == sorted(
        [(by.pk, "file"), (by.pk, "print"), (by.pk, "print"), (other.pk, "file")]
    )
    with guard.owner_erases():
        shop.looks.update(at=timezone.now() - timedelta(days=1))
    premises.note_look(shop, by=by)
    assert shop.looks.filter(by=by, purpose="file").count() == 2
    assert {(one.district_id, one.grid_id) for one in shop.looks.all()} == {
        (shop.district_id, shop.grid_id)
    }
