from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.people import idnumber

TODAY = date(2026, 11, 22)
REASONS = {idnumber.CHECKSUM, idnumber.BIRTH, idnumber.FUTURE, idnumber.SCIENTIFIC}
bodies = st.builds(
    lambda region, born, order: f"{region}{born:%Y%m%d}{order:03d}",
    st.integers(110000, 839999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
numbers = bodies.map(lambda body: body + idnumber.check_character(body))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("440524188001010014", "440524188001010014"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("'11010519491231002X", "11010519491231002X"),
        ("‘11010519491231002X", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105491231002", "11010519491231002X"),
    ],
)
def test_every_spelling_of_a_number_is_the_same_number(written, number):
    assert idnumber.parse(written, TODAY).text == number


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("110105194912310021", idnumber.CHECKSUM),
        ("11010519491231002", idnumber.CHECKSUM),
        ("1101051949123100XX", idnumber.CHECKSUM),
        ("", idnumber.CHECKSUM),
        ("无", idnumber.CHECKSUM),
        ("²10105194912310021", idnumber.CHECKSUM),
        ("1.10105E+17", idnumber.SCIENTIFIC),
        ("1.10105194912310E+17", idnumber.SCIENTIFIC),
        ("110105194913310029", idnumber.BIRTH),
        ("110105202611230025", idnumber.FUTURE),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(written, reason):
    if reason in (idnumber.BIRTH, idnumber.FUTURE):
        written = written[:17] + idnumber.check_character(written)
    with pytest.raises(idnumber.NotAnIdNumber) as refused:
        idnumber.parse(written, TODAY)
    assert refused.value.reason == reason


def test_an_unknown_region_does_not_refuse_a_right_number():
    body = "99999919800101123"

    assert idnumber.parse(body + idnumber.check_character(body), TODAY)


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_known(prefix):
    body = f"{prefix}19900101123"

    assert idnumber.parse(body + idnumber.check_character(body), TODAY).is_permit


def test_the_mask_shows_first_and_last_only():
    assert idnumber.mask("370802200304094614") == "3****************4"


@given(numbers)
def test_birth_and_sex_stand_in_the_number(number):
    found = idnumber.parse(number, TODAY)

    assert f"{found.birth_on:%Y%m%d}" == number[6:14]
    assert found.sex == ("1" if int(number[16]) % 2 else "2")


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(number, place, shift):
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]

    with pytest.raises(idnumber.NotAnIdNumber):
        idnumber.parse(wrong, TODAY)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_a_number_of_15_digits_is_raised_to_18(born, order):
    short = f"370402{born:%y%m%d}{order:03d}"

    found = idnumber.parse(short, TODAY)

    assert found.text == idnumber.raise_to_18(short)
    assert found.birth_on == born


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text):
    assert _answer(text) in {*REASONS, 18}


def _answer(text):
    try:
        return len(idnumber.parse(text, TODAY).text)
    except idnumber.NotAnIdNumber as refused:
        return refused.reason
