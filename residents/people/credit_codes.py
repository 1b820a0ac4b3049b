"""Unified social credit codes (GB 32100), and the citizen ID numbers that pass for one.

One ID number in thirty-one has the check character of a credit code too, and the column of a code
is not sealed: what reads as an ID number is never kept as a code.
"""

from django.utils import timezone

from grids.workbooks import spelling
from residents.people import idnumber


class WrongCreditCode(ValueError):
    pass


def checked(written):
    """The code in its one form, or ""; WrongCreditCode for what cannot be one."""
    from stdnum.cn import uscc

    said = "".join(spelling.code_text(written).split()).replace("-", "").upper()
    if said and (not uscc.is_valid(said) or _is_id_number(said)):
        raise WrongCreditCode
    return said


def is_one(written):
    try:
        return bool(checked(written))
    except WrongCreditCode:
        return False


def _is_id_number(said):
    try:
        idnumber.parse(said, timezone.localdate())
    except idnumber.NotAnIdNumber:
        return False
    return True
