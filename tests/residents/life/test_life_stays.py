"""Those who come for a time are asked from where, since when, why and until when; leaving ends it."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from pghistory.models import Context

from residents import life, move_ins
from residents.models import MoveInRequest, Resident, Stay
from residents.people import idnumber
from tests import factories

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)
NEXT_YEAR = TODAY + timedelta(days=365)
ASKED = ["came_from", "reason", "came_on", "leaves_on"]


@pytest.fixture
def worker(ground):
    return factories.staff("grid_worker", ground[0])


@pytest.fixture
def family(ground):
    """A head who is registered here, and a lodger from elsewhere."""
    home = factories.household(ground[0], head_name="李建国")
    head = factories.resident(home, name="李建国", sex="1")
    lodger = factories.resident(home, name="周远", relation="90", kind="floating")
    return home, head, lodger


@pytest.fixture
def browser(client, worker):
    client.force_login(worker)
    return client


def address(home, what):
    return reverse("residents:household_life", args=[home.pk, what])


def newcomer(**facts):
    return {
        "on": TODAY.isoformat(),
        "name": "周芳",
        "relation": "90",
        "sex": "2",
        "kind": "floating",
        "birth_on": "1990-01-01",
        "came_from": "河南省周口市",
        "reason": "work",
        "came_on": "2026-03-01",
        "leaves_on": NEXT_YEAR.isoformat(),
    } | facts


def person(**facts):
    return {
        "name": "周芳",
        "relation": "90",
        "number": None,
        "sex": "2",
        "phone": "",
        "birth_on": date(1990, 1, 1),
        "kind": "floating",
    } | facts


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def versions(stay):
    events = apps.get_model("residents", "StayEvent").objects.filter(pgh_obj=stay.pk)
    return list(events.order_by("pgh_id"))


def test_who_is_registered_here_is_not_asked_for_a_stay(family, browser):
    page = browser.get(address(family[0], "member"))

    fields = page.context["form"].fields
    assert fields["kind"].widget.attrs["data-kind"]
    assert [fields[name].is_asked for name in ASKED] == [False] * 4
    assert fields["came_from"].kinds == "floating hmt"
    assert fields["nationality"].kinds == "foreign"
    assert '<div data-kinds="floating hmt" hidden>' in page.content.decode()
    assert "js/kinds" in page.content.decode()
    birth = browser.get(address(family[0], "birth")).context["form"]
    assert not set(ASKED) & set(birth.fields)


@pytest.mark.parametrize("what", ["member", "arrive"])
def test_a_floating_person_comes_with_the_stay(family, browser, what):
    answer = browser.post(address(family[0], what), newcomer())

    assert answer.status_code == 302
    stay = Stay.objects.get(resident__name="周芳")
    assert (stay.came_from, stay.reason) == ("河南省周口市", "work")
    assert (stay.came_on, stay.leaves_on) == (date(2026, 3, 1), NEXT_YEAR)
    [event] = versions(stay)
    why = Context.objects.get(pk=event.pgh_context_id).metadata
    assert why["source"] == "life"
    file = reverse("residents:resident", args=[stay.resident_id])
    assert "河南省周口市" in browser.get(file).content.decode()


def test_without_a_day_the_stay_begins_when_the_person_comes(family, browser):
    browser.post(address(family[0], "member"), newcomer(came_on=""))

    assert Stay.objects.get(resident__name="周芳").came_on == TODAY


def test_somebody_from_abroad_is_asked_for_the_country_instead(family, browser):
    browser.post(address(family[0], "member"), newcomer(kind="foreign", nationality="韩国"))

    stay = Stay.objects.get(resident__name="周芳")
    assert (stay.nationality, stay.came_from) == ("韩国", "")


@pytest.mark.parametrize(
    "wrong", [{"leaves_on": "2026-02-01"}, {"came_on": "昨天"}, {"reason": "x"}]
)
def test_a_wrong_stay_comes_back_and_one_that_was_not_asked_for_does_not(family, browser, wrong):
    [name] = wrong

    answer = browser.post(address(family[0], "member"), newcomer(**wrong))
    assert answer.status_code == 422
    assert name in answer.context["form"].errors
    answer = browser.post(address(family[0], "member"), newcomer(kind="registered", **wrong))

    assert answer.status_code == 302
    assert not Stay.objects.filter(resident__name="周芳").exists()


def test_what_the_register_knows_of_the_stay_is_not_overwritten(family, worker):
    home, __, lodger = family
    other = factories.household(home.grid, head_name="张三")
    factories.resident(other, name="张三")
    factories.stay(lodger, came_from="江苏省徐州市")
    number = idnumber.parse(lodger.id_sealed, TODAY)
    said = {"came_from": "上海市", "reason": "work"}

    life.add_member(
        other, by=worker, on=TODAY, person=person(name="周远", number=number, stay=said)
    )

    stay = Stay.objects.get(resident=lodger)
    assert (stay.came_from, stay.reason) == ("江苏省徐州市", "work")


def test_leaving_ends_the_stay_and_its_undo_opens_it(family, worker):
    home, __, lodger = family
    stay = factories.stay(lodger, leaves_on=NEXT_YEAR)

    life.leave(home, by=worker, on=YESTERDAY, members=[lodger])
    assert (fresh(stay).ended_on, fresh(stay).leaves_on) == (YESTERDAY, NEXT_YEAR)
    life.bring_back(home, by=worker)

    assert fresh(stay).ended_on is None
    assert [one.ended_on for one in versions(stay)] == [None, YESTERDAY, None]


def test_a_death_ends_the_stay_too_and_others_stay_on(family, worker):
    home, __, lodger = family
    stay = factories.stay(lodger)
    other = factories.stay(factories.resident(home, name="周强", relation="90", kind="hmt"))

    life.die(home, by=worker, on=TODAY, member=lodger)

    assert fresh(stay).ended_on == TODAY
    assert fresh(other).ended_on is None


def test_the_file_says_when_somebody_left(family, worker, browser):
    home, __, lodger = family
    factories.stay(lodger, came_from="河南省周口市")
    life.leave(home, by=worker, on=YESTERDAY, members=[lodger])

    page = browser.get(reverse("residents:resident", args=[lodger.pk]))

    assert "离开日期" in page.content.decode()


def test_a_move_asks_floating_members_for_what_nobody_said_yet(family, browser):
    home, __, lodger = family
    factories.stay(lodger, came_from="河南省周口市", came_on=YESTERDAY, leaves_on=TODAY)

    form = browser.get(address(home, "move")).context["form"]

    assert {name for name in ASKED if name in form.fields} == {"reason", "leaves_on"}
    assert form["leaves_on"].value() == TODAY
    assert "周远" in form.fields["leaves_on"].help_text
    Resident.objects.filter(pk=lodger.pk).update(kind="registered")
    form = browser.get(address(home, "move")).context["form"]
    assert not set(ASKED) & set(form.fields)


def test_a_move_writes_the_stay_of_floating_members_only(family, browser):
    home, __, lodger = family
    place = {"grid": home.grid.name, "address": "光明路9号", "on": TODAY.isoformat()}

    answer = browser.post(
        address(home, "move"),
        place | {"came_from": "河南省", "leaves_on": NEXT_YEAR.isoformat()},
    )

    assert answer.status_code == 302
    stay = Stay.objects.get()
    assert (stay.resident, stay.came_from, stay.leaves_on) == (
        lodger,
        "河南省",
        NEXT_YEAR,
    )


def test_a_move_that_another_grid_answers_keeps_what_was_said(family, worker, ground):
    home, __, lodger = family
    said = {"came_from": "河南省", "leaves_on": NEXT_YEAR}
    life.move(home, by=worker, on=TODAY, grid=ground[1], place={"address": "光明路9号"}, stay=said)
    assert not Stay.objects.exists()

    move_ins.accept(MoveInRequest.objects.get(), by=factories.staff("grid_worker", ground[1]))

    stay = Stay.objects.get()
    assert (stay.resident, stay.leaves_on) == (lodger, NEXT_YEAR)
