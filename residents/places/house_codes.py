"""Codes of dwellings, checked as the district has chosen: not at all, 25 digits, or JGJ/T 246.

JGJ/T 246-2012: 25 digits and a check digit by ISO 7064 MOD 11,10 (pure, over the digits).
"""

import re

from django.utils.translation import gettext as _

from grids.models import DistrictProfile
from grids.models.grid import HouseCodes
from grids.refusal import Refused
from grids.workbooks import spelling

BODY = 25
MOST = 30  # the width of the column
_BETWEEN = re.compile(r"[-_./]")


class WrongHouseCode(Refused):
    """The code cannot be right; the text says why and what to do, `reason` is a key of `reasons`."""

    def __init__(self, text, reason="house_code_digits"):
        super().__init__(text)
        self.reason = reason


def check_of(district_id):
    """How this district checks its codes (a value of `HouseCodes`)."""
    profiles = DistrictProfile.objects.filter(district=district_id)
    return profiles.values_list("house_codes", flat=True).first() or HouseCodes.FREE


def clean(written, how):
    """The code as it is stored: "" for none; WrongHouseCode when `how` does not accept it."""
    code = spelling.code_text(written)
    if how != HouseCodes.FREE:
        code = _BETWEEN.sub("", code)
    return CHECKS[how](code) if code else ""


def check_digit(body):
    """The 26th digit for 25 digits."""
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def _free(code):
    if len(code) > MOST:
        raise WrongHouseCode(
            _("A house code has at most %(most)s characters; this has %(has)s.")
            % {"most": MOST, "has": len(code)},
            "too_long",
        )
    return code


def _25_digits(code):
    _demand_digits(code, BODY)
    return code


def _jgjt_246(code):
    if len(code) == BODY and _is_digits(code):
        raise WrongHouseCode(
            _("The check digit is missing: this house code has 25 digits, 26 are needed.")
        )
    _demand_digits(code, BODY + 1)
    if check_digit(code[:BODY]) != code[BODY]:
        raise WrongHouseCode(
            _(
                "The check digit does not fit: a digit is wrong or two are swapped. Compare with the certificate."
            ),
            "house_code_check",
        )
    return code


def _demand_digits(code, number):
    if not _is_digits(code):
        raise WrongHouseCode(_("A house code has digits only. Take out letters and signs."))
    if len(code) != number:
        raise WrongHouseCode(
            _(
                "A house code has %(right)s digits here; this has %(has)s. Compare with the certificate."
            )
            % {"right": number, "has": len(code)}
        )


def _is_digits(code):
    return code.isascii() and code.isdigit()


CHECKS = {
    HouseCodes.FREE: _free,
    HouseCodes.DIGITS_25: _25_digits,
    HouseCodes.JGJT_246: _jgjt_246,
}
