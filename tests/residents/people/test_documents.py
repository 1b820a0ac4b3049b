"""A number, birth date or sex that was taken down wrong is put right, with what follows from it."""

from datetime import date

import pytest
from django.apps import apps
from django.urls import reverse
from pghistory.models import Context

from grids.fields import blind_index
from grids.refusal import Refused
from residents.models import Resident
from residents.people import documents
from tests import factories

BORN = date(1966, 7, 8)
RIGHT = factories.id_number(BORN, "1")


@pytest.fixture
def shen(ground):
    return factories.resident(grid=ground[0], name="沙大", birth_on=date(1966, 7, 7), sex="2")


def correct(person, by, document="id_card", written="", **facts):
    facts = {"birth_on": person.birth_on, "sex": person.sex, "reason": "看过身份证"} | facts
    return documents.correct(person, document, written, by=by, **facts)


def test_the_right_number_brings_its_birth_date_and_sex(shen, worker):
    assert correct(shen, worker, written=f" {RIGHT[:6]} {RIGHT[6:]}")

    found = Resident.objects.get()
    assert (found.birth_on, found.sex, found.document) == (BORN, "1", "id_card")
    assert found.id_sealed.reveal() == RIGHT
    assert bytes(found.id_index) == blind_index(RIGHT)
    assert found.id_mask == f"{RIGHT[0]}{'*' * 16}{RIGHT[-1]}"
    event = apps.get_model("residents", "ResidentEvent").objects.latest("pgh_id")
    said = Context.objects.get(pk=event.pgh_context_id).metadata
    assert (said["reason"], said["user"]) == ("看过身份证", worker.pk)


def test_the_same_again_is_no_change(shen, worker):
    number = shen.id_sealed

    assert not correct(shen, worker, written=number, birth_on=shen.birth_on)


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ("id_card", RIGHT[:-1] + ("1" if RIGHT[-1] != "1" else "2")),
        ("id_card", "12"),
        ("passport", "!!"),
        ("tw_pass", "1"),
    ],
)
def test_a_wrong_number_is_refused(shen, worker, document, written):
    with pytest.raises(Refused):
        correct(shen, worker, document, written)

    assert Resident.objects.get().birth_on == date(1966, 7, 7)


def test_the_number_of_somebody_else_is_refused(shen, worker, ground):
    other = factories.resident(grid=ground[1], name="别人", number=RIGHT)

    with pytest.raises(Refused):
        correct(shen, worker, written=RIGHT)

    Resident.objects.filter(pk=other.pk).update(ended_on=date(2026, 1, 1), end_reason="moved")
    assert correct(shen, worker, written=RIGHT)


def test_birth_and_sex_alone_are_those_of_people_without_an_id_number(shen, worker):
    with pytest.raises(Refused):
        correct(shen, worker, birth_on=BORN)

    assert correct(shen, worker, "passport", "G1234567", birth_on=BORN, sex="1")
    assert correct(Resident.objects.get(), worker, "passport", birth_on=date(1966, 7, 9), sex="1")
    found = Resident.objects.get()
    assert (found.document, found.birth_on, found.sex) == ("passport", date(1966, 7, 9), "1")


def test_another_kind_of_document_needs_its_number(shen, worker):
    with pytest.raises(Refused):
        correct(shen, worker, "passport")

    assert Resident.objects.get().document == "id_card"


@pytest.mark.parametrize("born", [date(1899, 12, 31), date(2999, 1, 1)])
def test_nobody_was_born_before_1900_or_later_than_today(shen, worker, born):
    with pytest.raises(Refused):
        correct(shen, worker, "passport", "G1234567", birth_on=born)


def test_a_document_that_was_none_goes(shen, worker):
    assert correct(shen, worker, "none")

    found = Resident.objects.get()
    assert (found.document, found.id_sealed, found.id_index, found.id_mask) == (
        "none",
        None,
        None,
        "",
    )


def test_on_the_page(client, shen, ground, enter):
    enter("grid_worker", ground[0])
    address = reverse("residents:edit_document", args=[shen.pk])
    assert address in client.get(reverse("residents:resident", args=[shen.pk])).content.decode()
    data = {"document": "id_card", "number": RIGHT, "birth_on": "1966-07-07", "sex": "2"}

    assert client.post(address, data).status_code == 422  # no reason
    answer = client.post(address, data | {"number": "1", "reason": "看过"})
    assert answer.status_code == 422
    assert client.post(address, data | {"reason": "看过"}).status_code == 302
    assert Resident.objects.get().birth_on == BORN


def test_who_left_is_not_corrected(client, shen, ground, enter):
    enter("grid_worker", ground[0])
    Resident.objects.update(ended_on=date(2026, 1, 1), end_reason="moved")

    assert client.get(reverse("residents:edit_document", args=[shen.pk])).status_code == 404
