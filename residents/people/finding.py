"""Finding people, households and premises: what the words of the one box may mean.

Each meaning is a step: rows that one index serves, in the order of that index. A page is read
step by step, so that the first rows of a common name cost no more than those of a rare one.
Which index serves which step, and what it costs an import: docs/decisions/0013-finding-names.md
"""

import base64
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Right, Substr
from django.utils import timezone

from grids.fields import SecretError, decrypt, encrypt
from grids.models import Grid, Tier
from grids.scope import Scope
from grids.workbooks.spelling import text
from residents import pinyin
from residents.models import Dwelling, Household, Premises, Resident
from residents.models.households import HAS_LONG_NAME
from residents.people import idnumber, look_ups
from residents.people.showing import SHOWN_DIGITS
from residents.places import addresses, doors

SMALL_TIERS = {Tier.STREET, Tier.COMMUNITY, Tier.BASE, Tier.UNIT}
FEW_GRIDS = 20  # so many are read grid by grid, whatever the words
MOST_DOORS, FEW_OTHERS = 200, 5
_ADDRESS_BAR = "search in an address"
_BY_INITIALS, _BY_HOME = ("initials", "pinyin"), ("household",)
_ROOM = re.compile(r"\d{3,4}")
_END_OF_A_PHONE, _FULL_PHONE = re.compile(r"[0-9]{4,11}"), re.compile(r"1[0-9]{10}")
_NOT_A_LETTER = re.compile(r"[^a-z]+")


@dataclass
class Step:
    """Live residents in scope, in the order of these columns and their key.

    `make` gives the rows; it is asked only when the steps before have not filled the page.
    """

    make: Callable[[], QuerySet]
    order: tuple

    @functools.cached_property
    def rows(self):
        return self.make()


@dataclass(frozen=True)
class Others:
    """The first rows of another register that answer to the words."""

    kind: str
    rows: list

    @property
    def few(self):
        return self.rows[:FEW_OTHERS]

    @property
    def has_more(self):
        return len(self.rows) > FEW_OTHERS


def people(staff, *, words="", here=None):
    """All live residents that `staff` may see and who answer to `words`, in or below `here`."""
    rows = Resident.objects.live()
    if text(words):
        found = [step.rows.order_by().values("pk") for step in steps(staff, words, all=True)]
        keys = found[0].union(*found[1:]) if len(found) > 1 else found[0]
        return rows.filter(pk__in=keys)
    return within(rows, staff, here)


def within(rows, staff, here):
    """Of these rows the ones in or below `here` that `staff` may see."""
    places = {posting.grid_id for posting in Scope.of(staff).postings}
    if here is not None and places == {here.pk}:  # the scope says it already
        return rows.visible_to(staff)
    return inside(rows, here).visible_to(staff)


def inside(rows, here):
    """Of these rows the ones in or below `here`, by the index of the district or of the grids."""
    if here is None or here.tier == Tier.CITY:
        return rows
    if here.tier == Tier.DISTRICT:
        return rows.filter(district=here.pk)
    return rows.filter(grid__in=keys_below(here))


def keys_below(here):
    """As a list, so that the planner knows how many grids it is to read."""
    return list(Grid.objects.below(here).order_by().values_list("pk", flat=True))


def is_small(here):
    """Whether a list of this place is sorted by name; a larger one shows the newest first."""
    return here is not None and here.tier in SMALL_TIERS


def steps(staff, words, all=False):
    """[Step]: the meanings of `words`, the likeliest first; never empty.

    A step never repeats a row of the ones before. Of an address that fits very many doors only
    the first are followed, unless `all` are wanted.
    """
    words = text(words)
    low = _NOT_A_LETTER.sub("", words.lower())
    if number := id_number(words):
        return [Step(partial(_of_number, staff, number), ("name",))]
    if _END_OF_A_PHONE.fullmatch(words):
        others = partial(_at_home, staff, words, all, phone=words)
        return [Step(partial(_of_phone, staff, words), ("name",)), Step(others, _BY_HOME)]
    if addresses.meant_by(staff, words) or any(char.isdigit() for char in words):
        return [Step(partial(_at_home, staff, words, all), _BY_HOME)]
    if low and words.isascii():
        return _of_letters(staff, low)
    return _of_name(staff, "".join(words.split()))


def _of_number(staff, number):
    rows = Resident.objects.live().filter(district__in=Scope.of(staff).district_ids)
    return look_ups.of_number(number, rows.visible_to(staff), by=staff)


def _of_phone(staff, digits):
    """Who sees only the last four digits finds by these, and by no more."""
    rows = _with_phone(staff, digits)
    return look_ups.of_phone(digits, rows, by=staff) if is_full_phone(digits) else rows


def _with_phone(staff, digits):
    """The index knows the last four; longer ends are compared on the rows that it gives."""
    rows = Resident.objects.live().annotate(phone_end=Right("phone", SHOWN_DIGITS))
    rows = rows.filter(
        district__in=Scope.of(staff).district_ids,
        phone_end=digits[-SHOWN_DIGITS:],
        phone__endswith=digits,
    )
    return rows.visible_to(staff) if len(digits) == SHOWN_DIGITS else rows.read_by(staff, "phone")


def _at_home(staff, words, all, phone=""):
    """Who lives in the households and behind the doors that the words name, without this phone."""
    homes = households(staff, words, all).order_by("pk").values_list("pk", flat=True)
    keys = homes.order_by() if all else list(homes[:MOST_DOORS])
    rows = Resident.objects.live().filter(household__in=keys)
    if phone:
        rows = rows.exclude(pk__in=_with_phone(staff, phone).order_by().values("pk"))
    return rows.visible_to(staff)


def _of_name(staff, name):
    """One character begins the name or the given name; more stand anywhere in it."""
    is_long = len(name) > 1
    ways = [
        (Q(name__startswith=name), ("name",)),
        (Q(given__startswith=name), ("given",)),
    ]
    if is_long:
        ways.append((Q(name__contains=name) & HAS_LONG_NAME, ("pinyin",)))
    return _unrepeated(staff, _by_name(staff, is_long), ways)


def _of_letters(staff, letters):
    """Initials, then full pinyin, then a part of a long name: "wxl", "wangxiu", "smith"."""
    rows = _by_name(staff)
    initials = Q(initials__startswith=letters)
    full = _spelt_out(letters)
    inside = Q(pinyin__contains=letters) & HAS_LONG_NAME
    ways = [initials] + ([full] if full else []) + [inside]
    orders = [_BY_INITIALS, _BY_INITIALS, ("pinyin",)]
    return _unrepeated(staff, rows, zip(ways, orders[-len(ways) :], strict=True))


def _spelt_out(letters):
    """The condition on full pinyin, which begins with known initials; empty if it is none."""
    found = Q()
    for one in pinyin.initials_of(letters):
        found |= Q(initials__startswith=one)
    return found and found & Q(pinyin__startswith=letters)


def _unrepeated(staff, rows, ways):
    """A Step for each (condition, order), without what an earlier one gives.

    In few grids one step does: their rows are read once and sorted, whatever the condition.
    """
    if not _serves_many(staff):
        return [_at_once(staff, rows, list(ways))]
    before, found = Q(), []
    for condition, order in ways:
        found.append(Step(partial(_narrowed, staff, rows, condition, before), order))
        before |= condition
    return found


def _at_once(staff, rows, ways):
    either, (__, order) = Q(), ways[0]
    for condition, __ in ways:
        either |= condition
    ranks = [When(condition, then=rank) for rank, (condition, __) in enumerate(ways)]
    rows = rows.annotate(rank=Case(*ranks)).filter(either)
    return Step(partial(rows.visible_to, staff), ("rank", *order))


def _narrowed(staff, rows, condition, before):
    rows = rows.filter(condition)
    return (rows.exclude(before) if before else rows).visible_to(staff)


def _by_name(staff, is_selective=True):
    """Live residents for a search by name.

    A person of few grids is served by the index of each grid. For more, the indexes of the
    district are opened to the planner by naming the district; but never for a single character,
    which would lead through a tenth of the district to somebody who serves an empty street.
    """
    rows = Resident.objects.live().annotate(given=Substr("name", 2))
    is_whole = bool(Scope.of(staff).reach("register.view").districts)
    if is_whole or (is_selective and _serves_many(staff)):
        return rows.filter(district__in=Scope.of(staff).district_ids)
    return rows


def _serves_many(staff):
    reach = Scope.of(staff).reach("register.view")
    return bool(reach.districts) or len(reach.grids) > FEW_GRIDS


# --- households, premises, buildings ------------------------------------------------------


def households(staff, words, all=False):
    """Live households by number, house code or address, as `staff` may see them.

    Of an address without a door only those of the first buildings, unless `all` are wanted.
    """
    words, live = text(words), Household.objects.live()
    district = {"district__in": Scope.of(staff).district_ids}
    door = addresses.meant_by(staff, words)
    if door:
        behind = addresses.dwellings(staff, door, all)
    elif _ROOM.fullmatch(words) and not _serves_many(staff):
        behind = Dwelling.objects.filter(room__in=doors.rooms(doors.room(words))).visible_to(staff)
    else:
        behind = Dwelling.objects.filter(house_code=words.upper(), **district)
    inside = live.filter(dwelling__in=behind.order_by().values("pk"))
    if door:
        return inside.visible_to(staff)
    numbered = live.filter(number=words, **district).visible_to(staff)
    keys = numbered.order_by().values("pk")
    return live.filter(pk__in=keys.union(inside.visible_to(staff).order_by().values("pk")))


def premises(staff, words):
    """Live premises by a part of the name, by code or by social credit code."""
    words, districts = text(words), Scope.of(staff).district_ids
    live = Premises.objects.live()
    ways = [
        live.filter(name__icontains=words),
        live.filter(district__in=districts, code=words.upper()),
        live.filter(district__in=districts, credit_code=words.upper()),
    ]
    first, *rest = (way.visible_to(staff).order_by().values("pk") for way in ways)
    return live.filter(pk__in=first.union(*rest))


def buildings(staff, words):
    """Buildings by number, and by the name of their compound."""
    door = addresses.meant_by(staff, text(words)) or addresses.Door(place=text(words))
    return addresses.buildings(staff, door).select_related("compound", "grid")


def others(staff, words):
    """[Others] besides persons: a few buildings, households and premises."""
    said = text(words)
    door, has_digits = addresses.meant_by(staff, said), any(one.isdigit() for one in said)
    found = []
    names_a_door = door is not None and bool(door.entrance or door.room)
    is_a_word = len(said) > 1 and not has_digits and not said.isascii()
    if (door and not names_a_door) or is_a_word:
        found.append(("buildings", buildings(staff, said).order_by("compound", "pk")))
    if has_digits:
        homes = households(staff, said).select_related("dwelling", "grid")
        found.append(("households", homes.order_by("pk")))
    if len(said) > 1 and not door:
        found.append(("premises", premises(staff, said).order_by("pk")))
    few = [(kind, list(rows[: FEW_OTHERS + 1])) for kind, rows in found]
    return [Others(kind, rows) for kind, rows in few if rows]


# --- words in an address ------------------------------------------------------------------


def sealed(words):
    """The words as they may stand in an address: nobody reads a name in a history or a log."""
    if not words:
        return ""
    secret = encrypt(words, _ADDRESS_BAR)
    return "~" + base64.urlsafe_b64encode(secret).decode().rstrip("=")


def unsealed(value):
    """The words of an address, sealed or plain; "" for a seal that is not ours."""
    if not value.startswith("~"):
        return value
    try:
        body = value[1:] + "=" * (-(len(value) - 1) % 4)
        return decrypt(base64.urlsafe_b64decode(body), _ADDRESS_BAR)
    except (SecretError, ValueError, IndexError):
        return ""


def secret(words):
    """The ID number or the full phone that the words are, or "": each look at one is on record,
    so no list that is kept or printed is found by it."""
    return id_number(words) or (text(words) if is_full_phone(text(words)) else "")


def is_full_phone(words):
    return bool(_FULL_PHONE.fullmatch(words))


def id_number(words):
    """The number that the words are, or ""."""
    try:
        return idnumber.parse(words, timezone.localdate()).text
    except idnumber.NotAnIdNumber:
        return ""
