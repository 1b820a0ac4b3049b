"""Which passwords are refused: names, repetitions, sequences, words of the office, those of before."""

import functools
import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from grids.accounts import passwords
from residents import pinyin

ENOUGH = 5  # different characters; as many are left when sequences are taken out
RUN = 4  # so many in a row are a sequence
ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz"]
# As names in pinyin begin; nine of ten people have one of these.
SURNAMES = frozenset(
    re.findall(
        "[a-z]+",
        """wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo
        liang song zheng xie han tang feng yu dong xiao cheng cao yuan deng fu shen zeng
        peng lu su jiang cai jia ding wei xue ye yan pan du dai xia zhong tian ren fan fang
        shi yao tan liao zou xiong jin hao kong bai cui kang mao qiu qin gu hou shao meng
        long wan duan lei qian yin yi chang qiao lai gong
        """,
    )
)
OFFICE = re.compile(
    r"password|passw0rd|admin|gridmgmt|wangge|shequ|woaini|5201314|1314520|iloveyou|qwe123|abc123"
    r"|a1b2c3|zhongguo|china|letmein|welcome",
    re.IGNORECASE,
)

YEARS_AND_SIGNS = re.compile(r"(?:19|20)\d\d|[\W_]")


class _Rule:
    """Django's words for a rule of passwords; `refuses` says whether, `why` says the reason."""

    def validate(self, password, user=None):
        if self.refuses(password, user):
            raise ValidationError(self.get_help_text(), code="password_refused")

    def get_help_text(self):
        return self.why()

    def why(self):
        raise NotImplementedError

    def refuses(self, password, user):
        raise NotImplementedError


class LongEnough(_Rule):
    def why(self):
        return _("At least %(number)s characters.") % {"number": settings.PASSWORD_LENGTH}

    def refuses(self, password, user):
        return len(password) < settings.PASSWORD_LENGTH


class NoName(_Rule):
    def why(self):
        return _("No name, in characters or pinyin, no user name and no telephone number.")

    def refuses(self, password, user):
        plain, letters = password.casefold(), _letters(password)
        own = [one for one in _names_of(user) if len(one) >= 3]
        if any(one in plain or one[::-1] in plain for one in own):
            return True
        return len(password) - len(letters) <= 8 and _reads_like_a_name(letters)


class NoRepetition(_Rule):
    def why(self):
        return _("At least five different characters, and no part over and over again.")

    def refuses(self, password, user):
        plain = password.casefold()
        return len(set(plain)) < ENOUGH or re.fullmatch(r"(.{1,6})\1+.{0,3}", plain) is not None


class NoSequence(_Rule):
    def why(self):
        return _("No rows of the keyboard, of the alphabet or of numbers.")

    def refuses(self, password, user):
        return len(_without_runs(password.casefold())) < ENOUGH


class NoOfficeWord(_Rule):
    def why(self):
        return _("No word that others try first, like password, admin or wangge.")

    def refuses(self, password, user):
        left = YEARS_AND_SIGNS.sub("", OFFICE.sub("", password))
        return len(left) < ENOUGH and OFFICE.search(password) is not None


class NotBefore(_Rule):
    def why(self):
        return _("None of your last passwords.")

    def refuses(self, password, user):
        return passwords.was_before(user, password)


def _names_of(user):
    """Own name, pinyin, user name, telephone, in small letters."""
    if user is None:
        return []
    reading, _initials = pinyin.keys(user.full_name)
    mail = (user.email or "").partition("@")[0]
    names = (user.username, user.full_name, reading, user.phone, mail)
    return [name.casefold() for name in names if name]


def _letters(text):
    return "".join(char for char in text.casefold() if char.isascii() and char.isalpha())


@functools.cache
def _syllables():
    return {reading for reading in pinyin._readings().values() if set(reading) & set("aeiouv")}


def _reads_like_a_name(letters):
    """A surname and one or two syllables: wangxiufen."""
    return any(
        letters[:end] in SURNAMES and _is_split(letters[end:], most=2)
        for end in range(2, min(6, len(letters)) + 1)
    )


def _is_split(letters, most):
    if not letters:
        return most < 2
    if not most:
        return False
    return any(
        letters[:end] in _syllables() and _is_split(letters[end:], most - 1)
        for end in range(1, min(6, len(letters)) + 1)
    )


def _without_runs(text):
    """What is left when pieces of rows, forwards and backwards, are taken out."""
    for row in [*ROWS, *(row[::-1] for row in ROWS)]:
        for size in range(len(row), RUN - 1, -1):
            for at in range(len(row) - size + 1):
                text = text.replace(row[at : at + size], "")
    return text
