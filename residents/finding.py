"""Finding people: by name, initials, full ID number, end of a phone, or a piece of an address."""

import re

from django.db.models import Q
from django.db.models.functions import Right
from django.utils import timezone

from grids.fields import blind_index
from grids.models import Grid, Tier
from grids.scope import Scope
from residents import idnumber
from residents.models import Dwelling, Resident
from residents.register_import.values import text

SMALL_TIERS = {Tier.COMMUNITY, Tier.BASE, Tier.UNIT}
_ADDRESS = re.compile(r"\d.*(号|楼|栋|幢|单元|室|门)|小区|路|街|村")
_PHONE_END = re.compile(r"\d{4}")
_LETTERS = re.compile(r"[a-z]+")


def people(staff, *, words="", here=None):
    """Live residents that `staff` may see and who answer to `words`, in or below the grid `here`."""
    rows = Resident.objects.live().visible_to(staff)
    words = text(words)
    if words:
        return rows.filter(_condition(staff, words))
    if here is not None and here.tier in SMALL_TIERS:
        return rows.filter(grid__in=Grid.objects.below(here).values("pk"))
    if here is not None and here.tier == Tier.STREET:
        return rows.filter(grid__in=Grid.objects.below(here).values("pk"))
    return (
        rows.filter(district=here.district_id)
        if here is not None and here.district_id
        else rows
    )


def is_small(here):
    """Whether a list of this place is sorted by name; a larger one shows the newest first."""
    return here is not None and here.tier in SMALL_TIERS


def _condition(staff, words):
    number = id_number(words)
    if number:
        districts = Scope.of(staff).district_ids
        return Q(
            district__in=districts,
            document__in=["id_card", "hmt_permit"],
            id_index=blind_index(number),
        )
    if _PHONE_END.fullmatch(words):
        return Q(pk__in=_with_phone_end(staff, words))
    if _LETTERS.fullmatch(words.lower()):
        low = words.lower()
        return Q(initials__startswith=low) | Q(pinyin__startswith=low)
    if _ADDRESS.search(words):
        dwellings = Dwelling.objects.visible_to(staff).filter(
            address__contains=words.replace(" ", "")
        )
        return Q(household__dwelling__in=dwellings.values("pk")) | Q(
            household__number=words
        )
    if words.isdecimal():
        return Q(household__number=words) | Q(household__dwelling__room=words)
    return (
        Q(name__contains=words.replace(" ", ""))
        if re.search(r"[^\x00-\x7f]", words)
        else Q(name__icontains=words)
    )


def _with_phone_end(staff, words):
    """Served by the index on (district, last four digits)."""
    districts = Scope.of(staff).district_ids
    ends = Resident.objects.annotate(phone_end=Right("phone", 4))
    return ends.filter(district__in=districts, phone_end=words).values("pk")


def id_number(words):
    """The number that the words are, or ""."""
    try:
        return idnumber.parse(words, timezone.localdate()).text
    except idnumber.NotAnIdNumber:
        return ""
