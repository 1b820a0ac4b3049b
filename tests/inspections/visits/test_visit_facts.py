"""Facts put right at the door, and what happens when somebody else was quicker."""

import re
import uuid

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from cases import workflow
from grids.roles import RIGHTS, Role
from inspections.models import DiaryItem, FactConflict, Visit
from residents.models import Household, Resident
from residents.people import corrections
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def worker(client):
    person = factories.staff("grid_worker", full_name="王网格")
    client.force_login(person)
    return person


@pytest.fixture
def colleague():
    return factories.staff("community_staff", factories.community(), full_name="李社区")


@pytest.fixture
def home():
    return factories.household(phone="13800001111")


@pytest.fixture
def person(home):
    return factories.resident(home, name="赵大妈", phone="13900002222", employer="纺织厂")


def address(home):
    return reverse("inspections:log_visit", args=[home.pk])


def opened(client, home):
    """The form as a phone has it: every field with its value."""
    page = client.get(address(home))
    _form, diary, offered = (page.context[name] for name in ("form", "diary", "facts"))
    fields = {
        "diary-TOTAL_FORMS": "5",
        "diary-INITIAL_FORMS": "0",
        "outcome": "met",
        "client_uuid": str(uuid.uuid4()),
        "mode": "home",
        "is_unchanged": "on",
        "happened_on": TODAY.isoformat(),
        "note": "",
    }
    for line in diary:
        fields |= {line.add_prefix("text"): "", line.add_prefix("then"): "keep"}
    return fields | {bound.html_name: bound.value() or "" for bound in offered}


def send(client, home, form, **changes):
    return client.post(address(home), form | changes)


def name_of(row, fact):
    return f"fact-r{row.pk}-{fact}" if isinstance(row, Resident) else f"fact-h-{fact}"


def last_event(row):
    events = apps.get_model("residents", f"{type(row).__name__}Event")
    return events.objects.filter(pgh_obj=row.pk).latest("pgh_id")


# --- put right


def test_an_ordinary_visit_changes_no_fact_and_writes_no_history(client, worker, home, person):
    form = opened(client, home)
    assert form[name_of(person, "employer")] == "纺织厂"
    before = last_event(person).pk, last_event(home).pk

    send(client, home, form)

    assert Visit.objects.get().is_unchanged
    assert (last_event(person).pk, last_event(home).pk) == before


def test_facts_are_put_right_at_the_door_with_their_author_and_reason(client, worker, home, person):
    changes = {
        name_of(home, "phone"): "138 0000 3333",
        name_of(person, "employer"): "退休",
        name_of(person, "note"): "耳背",
        name_of(person, "phone"): "",
    }

    answer = send(client, home, opened(client, home), **changes)

    assert answer.url == "/today/"
    home.refresh_from_db()
    person.refresh_from_db()
    assert home.phone == "13800003333"
    assert (person.employer, person.note, person.phone) == ("退休", "耳背", "")
    for row in (home, person):
        said = last_event(row).pgh_context.metadata
        assert (said["user"], said["reason"]) == (worker.pk, "走访时更正")
    assert not FactConflict.objects.exists()


def test_with_a_change_it_is_not_said_that_all_is_as_it_was(client, worker, home, person):
    send(client, home, opened(client, home), **{name_of(person, "note"): "耳背"})

    assert not Visit.objects.get().is_unchanged


def test_the_same_form_sent_twice_writes_once(client, worker, home, person):
    form = opened(client, home) | {name_of(person, "note"): "耳背"}
    send(client, home, form)
    corrections.correct(Resident.objects.get(), {"note": "戴助听器"}, by=worker)

    send(client, home, form)

    person.refresh_from_db()
    assert person.note == "戴助听器"
    assert not FactConflict.objects.exists()


@pytest.mark.parametrize(("fact", "wrong"), [("phone", "1" * 31), ("employer", "长" * 121)])
def test_a_fact_that_is_too_long_comes_back_and_nothing_is_written(
    client, worker, home, person, fact, wrong
):
    answer = send(client, home, opened(client, home), **{name_of(person, fact): wrong})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert wrong in page
    assert re.search(r"<details[^>]*facts-form[^>]* open", page)
    assert not Visit.objects.exists()


def test_the_part_for_changes_is_closed_and_shut_to_who_may_not_correct(
    client, worker, home, person
):
    page = client.get(address(home)).content.decode()
    assert "改一项" in page
    assert not re.search(r"<details[^>]*facts-form[^>]* open", page)

    client.force_login(factories.staff("assistant"))

    assert "改一项" not in client.get(address(home)).content.decode()


def test_who_may_not_read_a_number_does_not_see_it_but_writes_a_new_one(
    client, worker, home, person, monkeypatch
):
    rights = RIGHTS[Role.GRID_WORKER] - {"register.read_phone"}
    monkeypatch.setitem(RIGHTS, Role.GRID_WORKER, rights)
    page = client.get(address(home)).content.decode()
    assert "13900002222" not in page
    assert "*2222" in page
    form = opened(client, home)
    assert form[name_of(person, "phone")] == ""

    send(client, home, form)
    person.refresh_from_db()
    assert person.phone == "13900002222"

    send(client, home, form, client_uuid=uuid.uuid4(), **{name_of(person, "phone"): "13700000000"})
    person.refresh_from_db()
    assert person.phone == "13700000000"


def test_the_mark_of_what_was_there_says_nothing_of_it(client, worker, home, person):
    marks = opened(client, home)["fact-was"]
    assert "13900002222" not in marks
    assert "纺织厂" not in marks

    twin = factories.resident(home, name="赵二", phone="13900002222")

    by_key = dict(pair.split(":") for pair in opened(client, home)["fact-was"].split())
    assert by_key[f"r{twin.pk}-phone"] != by_key[f"r{person.pk}-phone"]


def test_a_fact_of_another_grid_cannot_be_written_through_the_form(client, worker, home, person):
    other = factories.resident(
        factories.household(factories.unit("520602003003001")), phone="13600000000"
    )

    send(client, home, opened(client, home), **{name_of(other, "phone"): "1"})

    other.refresh_from_db()
    assert other.phone == "13600000000"
    assert not FactConflict.objects.exists()
    assert Visit.objects.count() == 1


# --- somebody was quicker


@pytest.fixture
def asked(client, worker, colleague, home, person):
    """The worker's visit with a number that a colleague changed meanwhile."""
    form = opened(client, home)
    corrections.correct(person, {"phone": "13911112222"}, by=colleague, reason="本人来电")
    send(client, home, form, **{name_of(person, "phone"): "13755556666"})
    return FactConflict.objects.get()


def test_a_fact_that_somebody_changed_meanwhile_is_not_overwritten_but_asked_about(
    client, worker, home, person, colleague
):
    form = opened(client, home)
    corrections.correct(person, {"phone": "13911112222"}, by=colleague, reason="本人来电")

    answer = send(
        client,
        home,
        form,
        **{name_of(person, "phone"): "13755556666", name_of(person, "note"): "耳背"},
    )

    visit = Visit.objects.get()
    person.refresh_from_db()
    assert (person.phone, person.note) == ("13911112222", "耳背")
    assert not visit.is_unchanged
    assert answer.url.startswith(reverse("inspections:facts_to_decide", args=[visit.pk]))
    page = client.get(answer.url).content.decode()
    for words in ("13911112222", "13755556666", "李社区", "本人来电", "赵大妈"):
        assert words in page


def test_a_fact_left_alone_is_no_conflict_when_somebody_else_changed_it(
    client, worker, home, person, colleague
):
    form = opened(client, home)
    corrections.correct(person, {"phone": "13911112222"}, by=colleague)

    answer = send(client, home, form)

    assert answer.url == "/today/"
    person.refresh_from_db()
    assert person.phone == "13911112222"


def test_both_wrote_the_same_and_nobody_is_asked(client, worker, home, person, colleague):
    form = opened(client, home)
    corrections.correct(person, {"phone": "13911112222"}, by=colleague)

    answer = send(client, home, form, **{name_of(person, "phone"): "13911112222"})

    assert answer.url == "/today/"
    assert not FactConflict.objects.exists()


def decide(client, conflict, take, **fields):
    page = client.get(reverse("inspections:facts_to_decide", args=[conflict.visit_id]))
    [question] = page.context["questions"]
    where = reverse("inspections:decide_fact", args=[conflict.pk])
    return client.post(where, {"take": take, "seen": question.seen} | fields)


@pytest.mark.parametrize(("take", "phone"), [("theirs", "13911112222"), ("mine", "13755556666")])
def test_one_tap_decides_and_the_other_number_is_forgotten(
    client, worker, person, asked, take, phone
):
    answer = decide(client, asked, take)

    assert answer.url == f"/today/#settled={asked.visit.client_uuid}"
    person.refresh_from_db()
    asked.refresh_from_db()
    assert person.phone == phone
    assert (asked.mine, asked.took_mine, asked.decided_by) == (
        "",
        take == "mine",
        worker,
    )
    page = client.get(reverse("inspections:facts_to_decide", args=[asked.visit_id]))
    assert f'data-settled="{asked.visit.client_uuid}"' in page.content.decode()


def test_a_decision_is_taken_once(client, worker, person, asked):
    where = reverse("inspections:decide_fact", args=[asked.pk])
    decide(client, asked, "theirs")

    client.post(where, {"take": "mine", "seen": ""})

    person.refresh_from_db()
    assert person.phone == "13911112222"


def test_what_changed_again_while_somebody_decided_is_not_overwritten(
    client, worker, colleague, person, asked
):
    person.refresh_from_db()
    page = client.get(reverse("inspections:facts_to_decide", args=[asked.visit_id]))
    [question] = page.context["questions"]
    corrections.correct(person, {"phone": "13999998888"}, by=colleague)

    where = reverse("inspections:decide_fact", args=[asked.pk])
    answer = client.post(where, {"take": "mine", "seen": question.seen})

    assert answer.status_code == 422
    assert "13999998888" in answer.content.decode()
    person.refresh_from_db()
    assert person.phone == "13999998888"
    assert decide(client, asked, "mine").status_code == 302


def test_who_moved_away_meanwhile_is_asked_about_and_not_written(client, worker, home, person):
    form = opened(client, home)
    Resident.objects.filter(pk=person.pk).update(ended_on=TODAY, end_reason="moved")

    send(client, home, form, **{name_of(person, "phone"): "13755556666"})

    [conflict] = FactConflict.objects.all()
    page = client.get(reverse("inspections:facts_to_decide", args=[conflict.visit_id]))
    assert "13755556666" in page.content.decode()
    assert 'value="mine"' not in page.content.decode()
    assert decide(client, conflict, "mine").status_code == 422
    assert decide(client, conflict, "theirs").status_code == 302


def test_a_form_sent_twice_asks_again_until_it_is_decided(client, worker, home, person, colleague):
    form = opened(client, home) | {name_of(person, "note"): "耳背"}
    corrections.correct(person, {"note": "戴助听器"}, by=colleague)
    first = send(client, home, form)

    again = send(client, home, form)

    assert FactConflict.objects.count() == Visit.objects.count() == 1
    assert again.url.split("?")[0] == first.url.split("?")[0]
    decide(client, FactConflict.objects.get(), "theirs")
    assert "/facts/" not in send(client, home, form).url


def test_a_case_of_the_visit_is_raised_after_the_decision(client, worker, home, person, colleague):
    form = opened(client, home) | {
        name_of(person, "note"): "耳背",
        "diary-0-text": "灯坏了",
        "diary-0-then": "case",
    }
    corrections.correct(person, {"note": "戴助听器"}, by=colleague)

    page = client.get(send(client, home, form).url)

    item = reverse("inspections:raise_case", args=[DiaryItem.objects.get().pk])
    assert page.context["next"] == item
    answer = decide(client, FactConflict.objects.get(), "theirs", next=item)
    assert answer.url.startswith(f"{item}#settled=")


def test_the_way_on_never_leads_elsewhere(client, worker, asked):
    answer = decide(client, asked, "theirs", next="https://example.org/")

    assert answer.url.startswith("/today/#")


def test_a_phone_is_told_that_a_fact_waits_and_that_the_visit_is_kept(
    client, worker, home, person, colleague
):
    form = opened(client, home) | {name_of(person, "note"): "耳背"}
    corrections.correct(person, {"note": "戴助听器"}, by=colleague)

    answer = client.post(address(home), form, headers={"X-Queue": str(worker.pk)})

    assert answer.status_code == 201
    assert answer.json()["undecided"] == 1
    assert "/facts/" in answer.json()["url"]


def test_somebody_elses_question_is_not_found(client, worker, asked):
    where = reverse("inspections:decide_fact", args=[asked.pk])
    page = reverse("inspections:facts_to_decide", args=[asked.visit_id])
    client.force_login(factories.staff("grid_worker", factories.unit("370402001028002")))
    assert client.get(page).status_code == 404
    assert client.post(where, {"take": "theirs"}).status_code == 404

    client.force_login(factories.staff("supervisor", factories.street()))
    assert client.post(where, {"take": "theirs"}).status_code == 403


def test_who_neither_visited_nor_keeps_the_register_decides_nothing(client, worker, asked):
    client.force_login(factories.staff("assistant"))
    page = client.get(reverse("inspections:facts_to_decide", args=[asked.visit_id]))
    assert "13755556666" in page.content.decode()  # reads numbers
    assert 'name="take"' not in page.content.decode()

    where = reverse("inspections:decide_fact", args=[asked.pk])
    assert client.post(where, {"take": "theirs"}).status_code == 422
    asked.refresh_from_db()
    assert asked.decided_at is None


def test_numbers_are_hidden_on_the_question_from_who_may_not_read_them(
    client, worker, asked, monkeypatch
):
    rights = RIGHTS[Role.COMMUNITY_STAFF] - {"register.read_phone"}
    monkeypatch.setitem(RIGHTS, Role.COMMUNITY_STAFF, rights)
    client.force_login(factories.staff("community_staff", factories.community()))

    page = client.get(reverse("inspections:facts_to_decide", args=[asked.visit_id]))

    assert "13911112222" not in page.content.decode()
    assert "13755556666" not in page.content.decode()
    assert "2222" in page.content.decode()


def test_an_open_question_stands_on_the_visit_on_today_and_at_the_door(client, worker, home, asked):
    page = reverse("inspections:facts_to_decide", args=[asked.visit_id])
    places = [
        address(home),
        reverse("inspections:visit", args=[asked.visit_id]),
        reverse("inspections:today"),
    ]
    assert all(page in client.get(one).content.decode() for one in places)

    decide(client, asked, "theirs")

    assert not any(page in client.get(one).content.decode() for one in places)


def test_a_fact_of_the_household_is_asked_about_too(client, worker, home, colleague):
    form = opened(client, home)
    row = Household.objects.get(pk=home.pk)
    corrections.correct_household(row, {"phone": "13911112222"}, {}, by=colleague)
    send(client, home, form, **{name_of(home, "phone"): "13755556666"})

    [conflict] = FactConflict.objects.all()
    page = client.get(reverse("inspections:facts_to_decide", args=[conflict.visit_id]))
    assert "李社区" in page.content.decode()
    decide(client, conflict, "mine")

    home.refresh_from_db()
    assert home.phone == "13755556666"


def test_the_file_and_the_open_cases_are_a_tap_away_at_the_door(client, worker, home):
    file = reverse("residents:household", args=[home.pk])
    page = client.get(address(home)).content.decode()
    assert file in page
    assert "#open-cases" not in page

    workflow.report(
        by=worker,
        at=timezone.now(),
        grid=home.grid,
        category=factories.category(),
        title="井盖缺失",
        household=home,
        source="visit",
    )

    assert 'href="#open-cases"' in client.get(address(home)).content.decode()
