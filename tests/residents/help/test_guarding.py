"""Which care categories are guarded: one person sets it, two take it off."""

import pytest
from django.db import Error, transaction
from django.urls import reverse

from grids.models import AuditEntry, DistrictProfile
from residents.models import CareCategory, GuardChange
from tests import factories as make

PAGE = reverse("residents:guarded")


@pytest.fixture
def enter(client):
    def log_in(role):
        person = make.staff(role, make.district())
        client.force_login(person, "grids.auth.StaffBackend")
        return person

    return log_in


@pytest.fixture
def secret(ground):
    return make.care_category("矫正", is_guarded=True)


@pytest.fixture
def three(ground):
    DistrictProfile.objects.update_or_create(
        district=make.district(), defaults={"has_three_administrators": True}
    )


def off(client, category):
    return client.post(reverse("residents:guard", args=[category.pk]), {"off": "1"})


def is_guarded(category):
    return CareCategory.objects.get(pk=category.pk).is_guarded


@pytest.mark.parametrize(
    ("role", "status"),
    [("administrator", 200), ("security_administrator", 200), ("community_staff", 403)],
)
def test_the_page_is_for_administrators(client, secret, enter, role, status):
    enter(role)

    assert client.get(PAGE).status_code == status


@pytest.mark.parametrize(("role", "may"), [("administrator", True), ("auditor", False)])
def test_who_keeps_dictionaries_guards_a_category_alone(client, secret, enter, role, may):
    enter(role)
    other = make.care_category("戒毒")

    answer = client.post(reverse("residents:guard", args=[other.pk]))

    assert answer.status_code == (302 if may else 404)
    assert is_guarded(other) is may


def test_without_three_administrators_one_takes_the_guard_off_on_record(client, secret, enter):
    boss = enter("administrator")

    off(client, secret)

    assert not is_guarded(secret)
    entry = AuditEntry.objects.filter(kind="dictionary").latest("pk")
    assert (entry.by, entry.detail) == (boss, {"is_guarded": False})


def test_with_three_a_second_person_confirms_it(client, secret, enter, three):
    enter("administrator")
    off(client, secret)
    asked = GuardChange.objects.get()
    decide = reverse("residents:guard_decide", args=[asked.pk])
    client.post(decide, {"confirm": ""})
    assert is_guarded(secret)

    other = enter("security_administrator")
    assert "矫正" in client.get(PAGE).content.decode()
    client.post(decide, {"confirm": ""})

    asked.refresh_from_db()
    assert not is_guarded(secret)
    assert (asked.is_confirmed, asked.decided_by) == (True, other)


def test_the_second_person_may_say_no(client, secret, enter, three):
    enter("administrator")
    off(client, secret)
    enter("security_administrator")

    client.post(reverse("residents:guard_decide", args=[GuardChange.objects.get().pk]), {})

    assert is_guarded(secret)
    assert GuardChange.objects.get().is_confirmed is False


def test_the_database_wants_another_person(client, secret, enter, three):
    boss = enter("administrator")
    off(client, secret)

    with pytest.raises(Error, match="guard_change_takes_two"), transaction.atomic():
        GuardChange.objects.update(decided_by=boss)


def test_the_dictionary_page_cannot_take_it_off(client, secret, enter):
    enter("administrator")
    address = reverse("admin:residents_carecategory_change", args=[secret.pk])

    client.post(
        address, {"code": secret.code, "name": "矫正", "level": "care", "other_words": "[]"}
    )

    assert is_guarded(secret)
