"""Which passwords are refused."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from grids.accounts import passwords
from grids.models import AccountPolicy
from tests import factories as make

pytestmark = pytest.mark.django_db

GOOD = "hehua-chi-tang-71"


@pytest.fixture
def person():
    return make.staff("grid_worker", username="laozhang", full_name="张秀英", phone="13806325177")


def is_refused(password, person=None):
    try:
        validate_password(password, person)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "password",
    [
        "83920147",  # numbers alone
        "8392014756",
        "aaaabbbb",
        "aaaaabbbbb",
        "abcabcabcabc",
        "wangxiufen",
        "Wangxiufen1968",
        "zhangwei@888",
        "short-1a",
        "1234567890a",
        "qwertyuiop1",
        "asdfghjkl99",
        "zyxwvutsrq",
        "password2026",
        "wangge2026",
        "Admin@2026",
    ],
)
def test_what_others_try_first_is_refused(password):
    assert is_refused(password)


@pytest.mark.parametrize(
    "password",
    [GOOD, "7 spoons of rain", "tk-Qm4v-98xu", "北风吹过第三个路口的槐树", "maimai.wuyue.34"],
)
def test_what_nobody_guesses_is_taken(password, person):
    assert not is_refused(password, person)


@pytest.mark.parametrize(
    "password",
    [
        "laozhang-tang-71",
        "71-gnahzoal-tang",
        "tang-zhangxiuying-71",
        "tang-张秀英-71-mm",
        "tang-13806325177",
    ],
)
def test_the_own_name_is_refused_in_any_spelling(password, person):
    assert is_refused(password, person)
    assert not is_refused(password, make.staff("grid_worker", username="other1"))


def test_a_password_of_before_does_not_come_back(person):
    passwords.choose(person, GOOD)
    passwords.choose(person, "tk-Qm4v-98xu")

    assert is_refused(GOOD, person)
    assert is_refused("tk-Qm4v-98xu", person)
    assert not is_refused("another-pond-82", person)


def test_a_district_says_how_many_are_remembered(person):
    AccountPolicy.objects.create(district=person.district, passwords_before=1)
    for password in (GOOD, "tk-Qm4v-98xu", "another-pond-82"):
        passwords.choose(person, password)

    assert not is_refused(GOOD, person)
    assert is_refused("tk-Qm4v-98xu", person)
