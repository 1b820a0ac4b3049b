"""ONE checker of the telephone numbers of places and firms, for imports and pages."""

import re

from django.utils.translation import gettext_lazy as _

from grids.refusal import Refused
from grids.workbooks import spelling

WRONG = _("Phone number cannot be right")
REMEDY = _("11 digits for a mobile phone; area code and number for a land line.")
_SEVERAL = re.compile(r"[/、,，;；]")
_PHONE = re.compile(
    r"1[3-9]\d{9}(?:-\d{1,6})?|(?:0\d{2,3}-?)?[2-9]\d{6,7}(?:-\d{1,6})?|[48]00-?\d{3}-?\d{4}|1\d{4,5}|9\d{4,5}"
)


class WrongPhone(Refused):
    """`remedy`: what to write instead."""

    remedy = REMEDY


def checked(written):
    """One or several numbers in our spelling, joined by 、; WrongPhone when one cannot be right."""
    said = [spelling.phone(part) for part in _SEVERAL.split(spelling.said(written))]
    said = [one for one in said if one]
    if any(_PHONE.fullmatch(one) is None for one in said):
        raise WrongPhone(WRONG)
    return "、".join(said)
