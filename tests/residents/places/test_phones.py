"""Telephone numbers of places and firms: what is taken, how it is kept, and what is sent back."""

import pytest

from residents.places import phones


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", ""),
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0632-5512345", "0632-5512345"),
        ("5512345", "5512345"),
        ("400-800-1234", "400-800-1234"),
        ("12345", "12345"),  # the hotline of the city
        ("13800138000/0632-5512345", "13800138000、0632-5512345"),
    ],
)
def test_a_number_is_kept_in_our_spelling(written, kept):
    assert phones.checked(written) == kept


@pytest.mark.parametrize("written", ["1380013800", "门卫", "13800138000/12"])
def test_a_number_that_nobody_can_call_is_refused_with_what_to_write_instead(written):
    with pytest.raises(phones.WrongPhone) as refusal:
        phones.checked(written)

    assert str(refusal.value) == str(phones.WRONG)
    assert refusal.value.remedy == phones.REMEDY
