"""House codes: what each way of checking accepts, and what it says when it does not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from grids.models import DistrictProfile
from grids.models.grid import HouseCodes
from residents.places import house_codes
from residents.places.house_codes import WrongHouseCode, check_digit, clean
from tests import factories

FREE, PLAIN, CHECKED = HouseCodes.FREE, HouseCodes.DIGITS_25, HouseCodes.JGJT_246
BODIES = st.text("0123456789", min_size=25, max_size=25)
SAMPLE = "4403030070020300006000002"


def mod_11_10_is_right(code):
    """ISO 7064 read the other way round: running through all digits must end at 1."""
    product = 10
    for digit in code[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (product + int(code[-1])) % 10 == 1


@given(BODIES)
def test_a_code_with_its_check_digit_is_accepted_as_it_is(body):
    code = body + check_digit(body)

    assert clean(code, CHECKED) == code
    assert mod_11_10_is_right(code)


@given(BODIES, st.integers(0, 25), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body, place, by):
    code = body + check_digit(body)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]

    with pytest.raises(WrongHouseCode):
        clean(wrong, CHECKED)


@given(BODIES, st.integers(0, 23))
def test_two_swapped_neighbours_are_noticed_nearly_always(body, place):
    """MOD 11,10 misses a few pairs of neighbours, as the standard says."""
    assume(body[place] != body[place + 1])
    code = body + check_digit(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    if mod_11_10_is_right(swapped):
        assert clean(swapped, CHECKED) == swapped
    else:
        with pytest.raises(WrongHouseCode):
            clean(swapped, CHECKED)


@given(BODIES)
def test_blanks_hyphens_and_full_width_digits_are_the_same_code(body):
    code = body + check_digit(body)
    spaced = f" {code[:6]}-{code[6:12]} {code[12:]} "
    wide = code.translate({ord("0") + n: ord("０") + n for n in range(10)})

    assert clean(spaced, CHECKED) == clean(wide, CHECKED) == code


@given(BODIES)
def test_25_digits_are_right_where_no_check_digit_is_used(body):
    assert clean(body, PLAIN) == body
    for wrong in (body[:-1], body + "0", body[:-1] + "A"):
        with pytest.raises(WrongHouseCode):
            clean(wrong, PLAIN)


@given(st.text(max_size=80), st.sampled_from(HouseCodes.values))
def test_any_text_is_a_code_or_gets_an_answer_in_words(written, how):
    try:
        code, answer = clean(written, how), ""
    except WrongHouseCode as error:
        code, answer = None, str(error)

    if code is None:
        assert answer
        return
    assert len(code) <= 30
    assert how == FREE or code == "" or code.isdigit()
    assert clean(code, how) == code


def test_nothing_is_a_code_that_nobody_knows_yet():
    assert [clean("", how) for how in HouseCodes.values] == ["", "", ""]


@pytest.mark.parametrize(
    ("written", "how", "says"),
    [
        (SAMPLE, CHECKED, "26"),
        (SAMPLE + "x", CHECKED, "数字"),
        (SAMPLE[:-1], PLAIN, "24"),
        (SAMPLE + str((int(check_digit(SAMPLE)) + 1) % 10), CHECKED, "校验"),
        ("9" * 31, FREE, "30"),
    ],
)
def test_the_answer_says_what_is_wrong(written, how, says):
    from django.utils import translation

    with translation.override("zh-hans"), pytest.raises(WrongHouseCode, match=says):
        clean(written, how)


@pytest.mark.django_db
def test_each_district_chooses_its_check_and_one_without_a_choice_checks_nothing():
    first, second = factories.district("370402"), factories.district("520602", "碧江区")
    DistrictProfile.objects.create(district=first, house_codes=CHECKED)

    assert house_codes.check_of(first.pk) == CHECKED
    assert house_codes.check_of(second.pk) == FREE
