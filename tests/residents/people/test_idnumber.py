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
numbers = bodies.map(lambda body: body + _check(body))


def _check(body):
    """As GB 11643 says it: powers of two, not a table of weights."""
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


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
        *((f"11010519491231002{x}", "11010519491231002X") for x in "ｘＸ×ΧХ"),
        *(
            (f"110105{mark}19491231{mark}002X", "11010519491231002X")
            for mark in "\t\r\n\u00a0\u3000\u200b\u200e\u200f\ufeff'‘’＇`\"“”-"
        ),
        ("37040218500101002" + _check("37040218500101002"), None),
        ("11010520261122002" + _check("11010520261122002"), None),  # born today
    ],
)
def test_every_spelling_of_a_number_is_the_same_number(written, number):
    assert idnumber.parse(written, TODAY).text == (number or written)


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
        ("1E17", idnumber.SCIENTIFIC),
        ("1.1e+17", idnumber.SCIENTIFIC),
        ("1.1E", idnumber.CHECKSUM),
        ("11010549123100", idnumber.CHECKSUM),
        ("110105491331002", idnumber.BIRTH),
        ("110105184912310029", idnumber.BIRTH),
        ("110105194913310029", idnumber.BIRTH),
        ("110105202611230025", idnumber.FUTURE),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(written, reason):
    if reason in (idnumber.BIRTH, idnumber.FUTURE):
        written = written if len(written) == 15 else written[:17] + _check(written[:17])
    with pytest.raises(idnumber.NotAnIdNumber) as refused:
        idnumber.parse(written, TODAY)
    assert refused.value.reason == reason


def test_an_unknown_region_does_not_refuse_a_right_number():
    body = "99999919800101123"

    assert idnumber.parse(body + _check(body), TODAY)
    assert not idnumber.parse(body + _check(body), TODAY).is_permit


@pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_known(prefix):
    body = f"{prefix}19900101123"

    assert idnumber.parse(body + _check(body), TODAY).is_permit


@pytest.mark.parametrize(
    ("number", "mask"),
    [("370802200304094614", "3****************4"), ("abc", "a*c"), ("ab", "**"), ("", "**")],
)
def test_the_mask_shows_first_and_last_only(number, mask):
    assert idnumber.mask(number) == mask


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

    assert found.text == f"{short[:6]}19{short[6:]}" + _check(f"{short[:6]}19{short[6:]}")
    assert found.birth_on == born


def test_a_number_that_is_read_from_tables_says_what_it_says_alone():
    """Of each part of the number every digit, at each place; nothing that is not plainly right."""
    bodies = {
        f"{'37040219500501' if place < 14 else '37040219901231'}002"[:place]
        + digit
        + "37040219500501002"[place + 1 :]
        for place in range(17)
        for digit in "0123456789"
    }
    right = [body + _check(body) for body in sorted(bodies)]
    odd = ["", None, 370402195005010027.0, "37040219500501002", "3704021950050100277", right[0] + "X",
           "37040２195005010027", "+70402195005010027", right[5][:17] + ("0" if right[5][17] != "0" else "1"),
           "37040218491231002" + _check("37040218491231002"),
           "37040220261123002" + _check("37040220261123002")]  # fmt: skip
    edge = [body + _check(body) for body in ("37040218500101002", "37040220261122001")]

    for written, said in zip(
        [*right, *edge], idnumber.Tables(TODAY).read([*right, *edge]), strict=True
    ):
        assert said == _said(written), written
    assert idnumber.Tables(TODAY).read(odd) == [None] * len(odd)


def _said(number):
    """(whether a permit, birth, sex), by the places of the digits; None for a birth that is none."""
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    if not date(1850, 1, 1) <= birth <= TODAY:
        return None
    return number[:2] in ("81", "82", "83"), str(birth), "12"[int(number[16]) % 2 == 0]


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text):
    assert _answer(text) in {*REASONS, 18}


def _answer(text):
    try:
        return len(idnumber.parse(text, TODAY).text)
    except idnumber.NotAnIdNumber as refused:
        return refused.reason
