"""A person who is registered twice: found, previewed, made one, and two again."""

from datetime import date

import pytest
from django.urls import reverse

from grids.refusal import Refused
from residents.custom_fields import custom_fields
from residents.life import duplicates
from residents.models import Household, Resident
from residents.people import looks
from tests import factories

BORN = date(2019, 5, 1)
SOUND = {"pinyin": "lixiaobao", "initials": "lxb"}


def child(home, **facts):
    """Somebody without an ID number."""
    return Resident.objects.create(
        district_id=home.district_id,
        grid_id=home.grid_id,
        household=home,
        relation="20",
        document="none",
        sex="1",
        birth_on=BORN,
        name="李小宝",
        **SOUND,
        **facts,
    )


@pytest.fixture
def twins(ground):
    """The same child at the parents', with an ID number, and at the grandparents', without."""
    parents = factories.household(ground[0], head_name="李建国")
    factories.resident(parents, name="李建国", sex="1")
    kept = factories.resident(
        parents, name="李小宝", relation="20", sex="1", birth_on=BORN, **SOUND
    )
    grandparents = factories.household(ground[0], head_name="李大爷")
    factories.resident(grandparents, name="李大爷", sex="1")
    return kept, child(grandparents, phone="13800001111", employer="第一小学")


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_the_pair_is_found_and_the_one_with_the_number_stays(twins, worker):
    assert duplicates.pairs(worker) == [twins]


def test_a_name_that_only_sounds_the_same_is_found_too(twins, worker):
    kept, other = twins
    Resident.objects.filter(pk=other.pk).update(name="李晓保")

    assert duplicates.pairs(worker) == [(kept, other)]


@pytest.mark.parametrize(
    "facts",
    [
        {"pinyin": "lidabao", "initials": "ldb", "name": "李大宝"},
        {"birth_on": date(2018, 5, 1)},
        {"phone": "13800002222"},
        {"ended_on": date(2026, 1, 1), "end_reason": "moved"},
    ],
)
def test_people_who_differ_are_no_pair(twins, worker, facts):
    kept, other = twins
    Resident.objects.filter(pk=kept.pk).update(phone="13800001111")
    assert duplicates.pairs(worker)

    Resident.objects.filter(pk=other.pk).update(**facts)

    assert duplicates.pairs(worker) == []


def test_two_id_numbers_are_two_people(ground, worker):
    for _ in range(2):
        factories.resident(grid=ground[0], name="李小宝", birth_on=BORN)

    assert duplicates.pairs(worker) == []


def test_the_list_costs_the_same_for_any_number_of_pairs(
    twins, ground, worker, django_assert_num_queries
):
    def register_twice(name):
        for number in (None, factories.id_number(BORN)):
            home = factories.resident(grid=ground[0]).household
            one = child(home)
            Resident.objects.filter(pk=one.pk).update(
                name=name,
                document="id_card" if number else "none",
                id_index=number and number.encode(),
                id_sealed=number and b"x",
            )

    duplicates.pairs(worker)
    with django_assert_num_queries(2):
        assert len(duplicates.pairs(worker)) == 1
    for number in range(9):
        register_twice(f"李{number}")
    with django_assert_num_queries(2):
        assert len(duplicates.pairs(worker)) == 10


def test_pairs_of_other_grids_are_not_listed(twins, ground):
    assert duplicates.pairs(factories.staff("grid_worker", ground[1])) == []


def test_the_one_who_stays_learns_what_only_the_other_knew(twins, worker):
    kept, other = twins
    Resident.objects.filter(pk=kept.pk).update(employer="实验小学")
    record = factories.care_record(other)

    duplicates.make_one(kept, other, by=worker)

    assert (fresh(kept).phone, fresh(kept).employer) == ("13800001111", "实验小学")
    assert fresh(kept).care_records.get().since == record.since
    assert fresh(other).end_reason == "merged"
    assert fresh(other.household).ended_on is None
    assert duplicates.pairs(worker) == []


def test_a_sealed_fact_is_sealed_anew_for_who_stays(twins, worker):
    kept, other = twins
    blood, illness = (
        factories.custom_field(label, key=key, is_sensitive=True, legal_basis="x")
        for label, key in (("血型", "b"), ("病史", "h"))
    )
    custom_fields.write(kept, {"h": "哮喘"}, by=worker)
    custom_fields.write(other, {"b": "A型", "h": "无"}, by=worker)

    duplicates.make_one(kept, other, by=worker)

    said = [
        looks.reveal_fact(fresh(kept), one, by=worker, purpose="核对") for one in (blood, illness)
    ]
    assert said == ["A型", "哮喘"]
    assert looks.reveal_fact(fresh(other), blood, by=worker, purpose="核对") == "A型"


def test_a_household_that_is_left_empty_is_closed_and_opened_by_the_undo(twins, ground, worker):
    kept, _ = twins
    alone = child(factories.household(ground[0], head_name="李小宝"))
    record = factories.care_record(alone)

    duplicates.make_one(kept, alone, by=worker)
    assert fresh(alone.household).end_reason == "merged"
    duplicates.make_two(kept, alone, by=worker)

    assert fresh(alone).ended_on is None
    assert fresh(alone.household).ended_on is None
    assert fresh(record).until is None


def test_the_one_with_the_number_is_not_left_out(twins, worker):
    kept, other = twins

    with pytest.raises(Refused):
        duplicates.make_one(other, kept, by=worker)


def test_the_head_of_others_is_not_left_out(twins, ground, worker):
    kept, _ = twins
    home = factories.household(ground[0], head_name="李小宝")
    head = child(home)
    factories.resident(home, name="李某", sex="1")

    with pytest.raises(Refused):
        duplicates.make_one(kept, head, by=worker)

    assert fresh(head).ended_on is None


def test_the_pages_list_preview_merge_and_undo(client, twins, worker):
    kept, other = twins
    client.force_login(worker)
    address = reverse("residents:duplicate", args=[kept.pk, other.pk])
    assert address in client.get(reverse("residents:duplicates")).content.decode()
    assert other.household.dwelling.address in client.get(address).content.decode()

    client.post(address)
    assert fresh(other).end_reason == "merged"
    client.post(address)

    assert fresh(other).ended_on is None
    assert Household.objects.live().count() == 2


@pytest.mark.parametrize(
    ("role", "place", "status"), [("grid_worker", 1, 404), ("assistant", 0, 403)]
)
def test_others_merge_nobody(client, twins, ground, role, place, status):
    client.force_login(factories.staff(role, ground[place]))
    address = reverse("residents:duplicate", args=[one.pk for one in twins])

    assert client.get(address).status_code == status
    assert client.post(address).status_code == status
    assert fresh(twins[1]).ended_on is None


def test_two_who_are_not_alike_have_no_preview(client, twins, worker):
    kept, _other = twins
    client.force_login(worker)
    stranger = factories.resident(kept.household, name="别人")

    address = reverse("residents:duplicate", args=[kept.pk, stranger.pk])

    assert client.post(address).status_code == 404
