"""One person under two numbers, one of them wrong or of before: who it may be, which number stays,
and what the history says of it for the way back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Q
from pghistory.models import Context

from residents.changing import save
from residents.models import Resident
from residents.models.lasting import EndReason

UNDO = timedelta(days=7)
MOST = 20
_OF_DOCUMENT = ["document", "id_sealed", "id_index", "id_mask"]


def may_be_one(one, other):
    """Whether somebody may say that two rows are one person: the name sounds the same, or both were
    born on one day and live in one household. A wrong number often brings a wrong birth date."""
    if one.pk == other.pk or one.district_id != other.district_id:
        return False
    is_one_name = (one.initials, one.pinyin) == (other.initials, other.pinyin)
    is_one_home = one.household_id == other.household_id and one.birth_on is not None
    return is_one_name or (is_one_home and one.birth_on == other.birth_on)


def candidates(resident, staff):
    """Live residents whom `staff` may edit and who may be this one; the same home and day first."""
    rows = Resident.objects.live().visible_to(staff, right="edit")
    rows = rows.filter(district=resident.district_id).exclude(pk=resident.pk)
    named = rows.filter(initials=resident.initials, pinyin=resident.pinyin)
    home = Q(household=resident.household_id, birth_on=resident.birth_on, birth_on__isnull=False)
    found = [*rows.filter(home)[:MOST], *named.order_by("pk")[:MOST]]
    keys = {one.pk for one in found}
    best = Resident.objects.filter(pk__in=keys).select_related("household__dwelling", "grid")
    return sorted(best, key=lambda one: (one.birth_on != resident.birth_on, one.pk))[:MOST]


@dataclass(frozen=True)
class Merging:
    """What the history says of an entry that was left out. `relation`: of the one kept, before the
    one kept became the head; None where it did not."""

    kept: int
    at: datetime
    context: str
    is_swapped: bool
    is_of_numbers: bool
    relation: str | None


def merging(left_out):
    """The Merging by which this entry ended, or None."""
    if left_out.end_reason != EndReason.MERGED:
        return None
    events = apps.get_model("residents", "ResidentEvent").objects
    rows = events.filter(
        pgh_obj=left_out.pk, end_reason=EndReason.MERGED, pgh_context__isnull=False
    )
    for event in rows.order_by("-pgh_id")[:MOST]:
        said = Context.objects.get(pk=event.pgh_context_id).metadata
        if "kept" in said:
            return Merging(
                said["kept"],
                event.pgh_created_at,
                event.pgh_context_id,
                said["number"] == "other",
                said["number"] != "",
                said["relation"],
            )
    return None


def is_too_late(found, now):
    """Of two numbers the way back is open as long as that of an import."""
    return found is not None and found.is_of_numbers and now - found.at > UNDO


def swap(kept, left_out):
    """The number of the other entry, which has ended, and the birth date and sex that follow from it."""
    ours, theirs = _document(kept), _document(left_out)
    save(kept, **theirs)
    save(left_out, **ours)


def has_still(kept, found):
    """Whether the one kept has the number that it got then."""
    events = apps.get_model("residents", "ResidentEvent").objects
    rows = events.filter(pgh_obj=kept.pk, pgh_context=found.context)
    last = rows.order_by("-pgh_id").first()
    return last is not None and _same(last.id_index, kept.id_index)


def _same(one, other):
    return (one and bytes(one)) == (other and bytes(other))


def _document(resident):
    facts = {name: getattr(resident, name) for name in _OF_DOCUMENT}
    # It is sealed for its row.
    facts["id_sealed"] = resident.id_sealed and resident.id_sealed.reveal()
    return facts | {"sex": resident.sex, "birth_on": resident.birth_on}
