"""One person under two numbers: a wrong one and the right one, or a document before the one of now."""

from dataclasses import replace
from datetime import date, timedelta

import pghistory
import pytest
from django.urls import reverse
from django.utils import timezone

from grids.refusal import Refused
from residents.life import duplicates, two_numbers
from residents.models import HEAD_OF_HOUSEHOLD, Resident, Stay
from residents.people import stays
from tests import factories
from tests.residents.life.test_life import last_reason
from tests.residents.sheets import number_of

BORN, WRONG = date(1958, 3, 12), date(1958, 3, 21)
SOUND = {"name": "王秀兰", "pinyin": "wangxiulan", "initials": "wxl"}
WHY = "见户口簿"
LATE = timezone.now() + timedelta(days=99)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def two(ground):
    """The entry with the history, whose number is wrong, and a new one elsewhere with the right one."""
    home, other = (factories.household(ground[0], head_name=name) for name in ("王秀兰", "李祖"))
    factories.resident(other, name="李祖")
    old = factories.resident(home, birth_on=WRONG, phone="13800001111", **SOUND)
    new = factories.resident(other, birth_on=BORN, relation="51", employer="棉纺厂", **SOUND)
    return old, new


def as_document(person, kind, number="E12345678"):
    Resident.objects.filter(pk=person.pk).update(document=kind, birth_on=BORN)
    return fresh(person)


# Two numbers, one right


def test_the_entry_that_stays_gets_the_right_number_and_what_follows_from_it(two, worker):
    old, new = two
    right = number_of(new)

    duplicates.make_one(old, new, by=worker, number_of=new.pk, reason=WHY)

    found, gone = fresh(old), fresh(new)
    assert (number_of(found), found.birth_on, found.id_mask) == (right, BORN, new.id_mask)
    assert bytes(found.id_index) == bytes(new.id_index)
    assert (found.ended_on, found.employer, found.household) == (None, "棉纺厂", old.household)
    assert (gone.end_reason, number_of(gone), gone.birth_on) == ("merged", number_of(old), WRONG)
    said = last_reason(gone)
    assert (said["user"], WHY in said["reason"]) == (worker.pk, True)


def test_the_number_of_the_entry_that_stays_may_be_the_right_one(two, worker):
    old, new = two

    duplicates.make_one(new, old, by=worker, number_of=new.pk, reason=WHY)

    assert (number_of(fresh(new)), fresh(new).birth_on) == (number_of(new), BORN)
    assert fresh(new).phone == "13800001111"
    assert fresh(old).end_reason == "merged"
    assert fresh(old.household).end_reason == "merged"  # nobody else lives there


@pytest.mark.parametrize("facts", [{}, {"reason": WHY}, {"number": True}, {"number": 0}])
def test_without_a_number_or_a_reason_nothing_happens(two, worker, facts):
    old, new = two
    said = {"reason": facts.get("reason", "")}
    if "number" in facts:
        said["number_of"] = new.pk if facts["number"] else 0
        said["reason"] = "" if facts["number"] else WHY

    with pytest.raises(Refused):
        duplicates.make_one(old, new, by=worker, **said)

    assert (fresh(new).ended_on, number_of(fresh(old))) == (None, number_of(old))


def test_care_goes_on_and_the_household_is_due_for_it(two, worker):
    old, new = two
    factories.care_record(new)

    duplicates.make_one(old, new, by=worker, number_of=new.pk, reason=WHY)

    assert fresh(old).care_records.get().until is None
    assert fresh(new).care_records.get().until == timezone.localdate()


def test_the_head_under_the_wrong_number_hands_over_to_the_entry_that_stays(ground, worker):
    home = factories.household(ground[0], head_name="王秀兰")
    head = factories.resident(home, birth_on=WRONG, relation=HEAD_OF_HOUSEHOLD, **SOUND)
    right = factories.resident(home, birth_on=BORN, relation="99", **SOUND)
    factories.resident(home, name="李某", relation="10")

    duplicates.make_one(right, head, by=worker, number_of=right.pk, reason=WHY)

    assert (fresh(right).relation, fresh(home).head_name) == (HEAD_OF_HOUSEHOLD, "王秀兰")
    duplicates.make_two(right, head, by=worker)
    assert (fresh(right).relation, fresh(head).relation) == ("99", HEAD_OF_HOUSEHOLD)
    assert fresh(head).ended_on is None


def test_the_head_of_others_elsewhere_is_not_left_out(two, worker):
    old, new = two
    factories.resident(old.household, name="李某", relation="10")

    with pytest.raises(Refused):
        duplicates.make_one(new, old, by=worker, number_of=new.pk, reason=WHY)

    assert fresh(old).ended_on is None


# Who may be one


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, True),
        ({"pinyin": "wangxiulian"}, False),
        ({"initials": "wxx"}, False),
        ({"district_id": 0}, False),
        ({"pinyin": "wangxiulian", "home": True, "birth_on": WRONG}, True),
        ({"pinyin": "wangxiulian", "home": True}, False),
        ({"pinyin": "wangxiulian", "birth_on": WRONG}, False),
    ],
)
def test_one_name_or_one_day_in_one_home(two, facts, may):
    old, new = two
    if facts.pop("home", False):
        facts["household_id"] = old.household_id
    vars(new).update(facts)

    assert two_numbers.may_be_one(old, new) is may
    assert not two_numbers.may_be_one(old, old)


def test_the_persons_file_leads_to_those_who_may_be_the_same(client, two, ground, worker):
    old, new = two
    client.force_login(worker)
    far = factories.resident(grid=ground[1], **SOUND)
    twin = factories.resident(old.household, name="王秀莲", birth_on=WRONG)
    other = factories.resident(grid=ground[0], name="赵某")
    address = reverse("residents:same_person", args=[old.pk])
    assert address in client.get(reverse("residents:resident", args=[old.pk])).content.decode()

    page = client.get(address).content.decode()

    for one, stands in ((new, True), (twin, True), (far, False), (other, False), (old, False)):
        link = reverse("residents:duplicate", args=[old.pk, one.pk])
        assert (link in page) is stands, one


def test_the_list_of_a_person_costs_the_same_for_any_number(
    two, ground, worker, django_assert_num_queries
):
    old, _new = two
    two_numbers.candidates(old, worker)
    with django_assert_num_queries(3):
        two_numbers.candidates(old, worker)
    for _ in range(8):
        factories.resident(grid=ground[0], **SOUND)
    with django_assert_num_queries(3):
        assert len(two_numbers.candidates(old, worker)) == 9


def test_the_page_asks_for_the_number_and_the_reason(client, two, worker):
    old, new = two
    client.force_login(worker)
    address = reverse("residents:duplicate", args=[old.pk, new.pk])
    page = client.get(address).content.decode()
    assert (new.id_mask in page, number_of(new) in page) == (True, False)

    assert client.post(address, {"number_of": new.pk}).status_code == 422
    assert client.post(address, {"number_of": 0, "reason": WHY}).status_code == 422
    assert fresh(new).ended_on is None
    client.post(address, {"number_of": new.pk, "reason": WHY})

    assert (fresh(new).end_reason, fresh(old).birth_on) == ("merged", BORN)
    assert address in client.get(reverse("residents:resident", args=[new.pk])).content.decode()
    assert address not in client.get(reverse("residents:resident", args=[old.pk])).content.decode()
    client.post(address)
    assert (fresh(new).ended_on, fresh(old).birth_on) == (None, WRONG)


@pytest.mark.parametrize(
    ("role", "place", "status"), [("grid_worker", 1, 404), ("assistant", 0, 403)]
)
def test_others_find_nobody(client, two, ground, role, place, status):
    client.force_login(factories.staff(role, ground[place]))

    assert client.get(reverse("residents:same_person", args=[two[0].pk])).status_code == status


def test_who_left_is_nobodys_double(client, two, worker):
    old, new = two
    client.force_login(worker)
    Resident.objects.filter(pk=new.pk).update(ended_on=BORN, end_reason="moved")

    assert client.get(reverse("residents:same_person", args=[new.pk])).status_code == 404
    assert client.get(reverse("residents:duplicate", args=[old.pk, new.pk])).status_code == 404


# The way back


def test_both_numbers_are_where_they_were(two, worker):
    old, new = two
    duplicates.make_one(old, new, by=worker, number_of=new.pk, reason=WHY)

    duplicates.make_two(old, new, by=worker)

    for before in two:
        now = fresh(before)
        assert (number_of(now), now.birth_on, now.ended_on) == (
            number_of(before),
            before.birth_on,
            None,
        )


@pytest.mark.parametrize(("hours", "is_late"), [(167, False), (169, True)])
def test_two_numbers_are_taken_apart_for_seven_days(two, worker, hours, is_late):
    old, new = two
    duplicates.make_one(old, new, by=worker, number_of=old.pk, reason=WHY)
    found = two_numbers.merging(fresh(new))

    assert two_numbers.is_too_late(found, found.at + timedelta(hours=hours)) is is_late
    assert not two_numbers.is_too_late(replace(found, is_of_numbers=False), LATE)
    assert not two_numbers.is_too_late(None, LATE)


def test_later_they_stay_one(two, worker, monkeypatch):
    old, new = two
    duplicates.make_one(old, new, by=worker, number_of=old.pk, reason=WHY)
    monkeypatch.setattr(two_numbers, "UNDO", timedelta())

    with pytest.raises(Refused):
        duplicates.make_two(old, new, by=worker)

    assert fresh(new).end_reason == "merged"


def test_a_number_that_was_corrected_since_is_not_overwritten(two, worker):
    old, new = two
    duplicates.make_one(old, new, by=worker, number_of=new.pk, reason=WHY)
    with pghistory.context(source="edit"):
        Resident.objects.filter(pk=old.pk).update(id_index=b"x")

    with pytest.raises(Refused):
        duplicates.make_two(old, new, by=worker)

    assert fresh(new).end_reason == "merged"


def test_an_entry_is_taken_from_the_one_that_it_became_one_with_only(two, ground, worker):
    old, new = two
    third = factories.resident(grid=ground[0], birth_on=BORN, **SOUND)
    duplicates.make_one(old, new, by=worker, number_of=new.pk, reason=WHY)

    with pytest.raises(Refused):
        duplicates.make_two(third, new, by=worker)
    duplicates.make_two(old, new, by=worker)

    assert fresh(new).ended_on is None


# Another document


@pytest.mark.parametrize("documents", [("id_card", "hmt_permit"), ("id_card", "hm_pass"),
                                       ("permanent", "passport"), ("passport", "passport")])  # fmt: skip
def test_one_citizen_under_another_document_may_be_registered_twice(two, worker, documents):
    old, new = map(as_document, two, documents)
    Resident.objects.filter(pk__in=[old.pk, new.pk]).update(phone="")

    assert duplicates.pairs(worker) == [(fresh(old), fresh(new))]


def test_two_id_cards_are_two_people(two, worker):
    for one in two:
        as_document(one, "id_card")

    assert duplicates.pairs(worker) == []


@pytest.mark.parametrize("facts", [{"birth_on": WRONG}, {"pinyin": "wangxiulian"}])
def test_another_document_of_somebody_else_is_no_double(two, worker, facts):
    old, new = as_document(two[0], "passport"), as_document(two[1], "permanent")
    assert duplicates.pairs(worker) == [(old, new)]

    Resident.objects.filter(pk=new.pk).update(**facts)

    assert duplicates.pairs(worker) == []


def test_the_document_of_now_stays(client, two, worker):
    old, new = as_document(two[0], "passport"), as_document(two[1], "permanent")
    client.force_login(worker)
    address = reverse("residents:duplicate", args=[old.pk, new.pk])

    client.post(address, {"number_of": new.pk, "reason": WHY})

    assert (fresh(old).document, fresh(new).document) == ("permanent", "passport")
    assert number_of(fresh(old)) == number_of(new)


def test_what_is_known_of_the_stay_follows(two, worker):
    old, new = as_document(two[0], "passport"), as_document(two[1], "permanent")
    Resident.objects.filter(pk__in=[old.pk, new.pk]).update(kind="foreign")
    Stay.objects.create(resident=new, came_on=BORN)

    duplicates.make_one(fresh(old), fresh(new), by=worker, number_of=new.pk, reason=WHY)

    assert (stays.of(fresh(old)).came_on, stays.of(fresh(old)).ended_on) == (BORN, None)
    assert stays.of(fresh(new)).ended_on == timezone.localdate()
    duplicates.make_two(old, new, by=worker)
    assert stays.of(fresh(new)).ended_on is None
