"""The invented families."""

from datetime import date
from itertools import islice

import pytest

from gridmgmt.demo.people import families
from residents.people.idnumber import parse

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def people():
    return [person for family in _take(600) for person in family.members]


def _take(count, seed=7):
    return list(islice(families(seed, TODAY), count))


def test_the_same_seed_and_day_give_the_same_families():
    assert _take(30) == _take(30)
    assert _take(30) != _take(30, seed=8)


def test_id_numbers_are_valid_and_say_the_same_birth_date_and_sex(people):
    for person in people:
        number = parse(person.id_number, TODAY)
        assert (number.birth_on, number.sex) == (person.birth_on, person.sex)


def test_no_id_number_occurs_twice_nor_in_the_sample_registers(people):
    numbers = [person.id_number for person in people]

    assert len(set(numbers)) == len(numbers)
    assert not any(number.startswith("370802") for number in numbers)


def test_telephone_numbers_show_that_they_are_invented(people):
    assert all(person.phone == "" or person.phone.startswith("199000") for person in people)


def test_ages_in_a_family_are_possible():
    for family in _take(600):
        for person in family.members:
            age, head = person.age(TODAY), family.head.age(TODAY)
            if person.relation in {"20", "30"}:
                assert head - age >= 18
            if person.relation in {"51", "52"}:
                assert age - head >= 18
            if person.relation == "10":
                assert abs(age - head) <= 8
            if person.marital == "20":
                assert age >= 20


def test_a_family_has_one_head_who_comes_first():
    for family in _take(300):
        assert [member.relation for member in family.members].count("02") == 1
        assert family.head.relation == "02"


def test_about_one_household_in_eight_is_under_care():
    found = [any(person.care for person in family.members) for family in _take(3000)]

    assert 0.09 <= sum(found) / len(found) <= 0.16
