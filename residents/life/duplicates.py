"""One person, registered twice: found by the sound of the name, birth date and end of the phone;
made one again. Two numbers of one person: `two_numbers`."""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import because, save, take_turns, verb
from residents.custom_fields import custom_fields
from residents.life import ground, two_numbers
from residents.life.ground import Done
from residents.models import (
    HEAD_OF_HOUSEHOLD,
    BenefitRecord,
    CareRecord,
    Resident,
    SupportPlan,
)
from residents.models.lasting import EndReason
from residents.people import stays
from residents.people.heads import head_of, is_without_head, make_head

FILLED = [
    "phone",
    "ethnicity",
    "education",
    "marital",
    "registered_address",
    "employer",
    "note",
    "former_name",
    "native_place",
    "political",
    "occupation",
]
PLAN_FACTS = [
    "helper_id",
    "helper_name",
    "department_id",
    "review_on",
    "reviewed_on",
    "outcome",
]
ID_CARD = Resident.Document.ID_CARD
KEY = ("district", "initials", "pinyin", "birth_on")
MOST = 100


def pairs(staff):
    """[(kept, left out)] of live residents that `staff` may edit; the first ones by name."""
    rows = Resident.objects.live().visible_to(staff, right="edit").order_by()
    keys = {key: [] for key in _names_twice(rows)[:MOST]}
    alike = rows.filter(
        initials__in={initials for __, initials, *__ in keys},
        pinyin__in={pinyin for *__, pinyin, __ in keys},
        birth_on__in={born for *__, born in keys},
    )
    for one in alike.select_related("household__dwelling"):
        if (key := _key(one)) in keys:
            keys[key].append(one)
    found = [pair for same in keys.values() for pair in _pairs_of(sorted(same, key=_standing))]
    return found[:MOST]


def _names_twice(rows):
    """The `_key`s that several rows have, not all of them with an ID card."""
    same = {name: OuterRef(name) for name in KEY}
    others = rows.filter(**same).exclude(pk=OuterRef("pk"))
    found = rows.filter(Exists(others)).exclude(birth_on=None)
    # Both kinds are few, and have an index of their own.
    without = found.filter(id_index=None).values_list(*KEY)
    other = found.exclude(document=ID_CARD).filter(id_index__isnull=False).values_list(*KEY)
    return without.union(other).order_by("pinyin", "birth_on", "district")


def are_alike(one, other):
    """Whether two rows may be one person.

    An ID card and another document, or two of those, may be of one person: a passport before the
    residence card, a pass before the permit. Two ID cards are two people.
    """
    return (
        _sound_alike(one, other)
        and one.birth_on is not None
        and not (_has_id_card(one) and _has_id_card(other))
        and (not one.phone or not other.phone or one.phone[-4:] == other.phone[-4:])
    )


def _has_id_card(one):
    return bool(one.id_index) and one.document == ID_CARD


def is_merged_into(kept, left_out):
    if left_out.end_reason != EndReason.MERGED:
        return False
    found = two_numbers.merging(left_out)
    return found.kept == kept.pk if found else _sound_alike(kept, left_out)


def gains(kept, left_out):
    """{field: value} that the kept row learns from the other one."""
    return {
        name: getattr(left_out, name)
        for name in FILLED
        if getattr(left_out, name) and not getattr(kept, name)
    }


@verb
def make_one(kept, left_out, *, by, number_of=None, reason=""):
    """Keep one row, filled up from the other; the other ends as merged.

    With a `reason` also two who merely may be one; `number_of` is the key of the row whose number
    stays, where both have one.
    """
    kept, left_out = _lock(kept, left_out)
    _check(kept, left_out, number_of, reason)
    home, today = left_out.household, timezone.localdate()
    others = [one for one in ground.members(home) if one.pk != left_out.pk]
    is_head = bool(others) and head_of(home, [*others, left_out]) == left_out
    if is_head and kept.household_id != home.pk:
        raise Refused(_("This person is the head of another household: change that head first."))
    with because(
        by, _("Registered twice"), reason, **_way_back(kept, left_out, number_of, is_head)
    ):
        if changes := gains(kept, left_out):
            save(kept, **changes)
        if facts := _facts_of_both(kept, left_out):
            save(kept, facts=facts)
        _copy_care(kept, left_out, today)
        _copy_help(kept, left_out, today)
        stays.pass_on(left_out, kept, today)
        save(left_out, ended_on=today, end_reason=EndReason.MERGED)
        if number_of == left_out.pk:
            two_numbers.swap(kept, left_out)
        if is_head:
            make_head(home, kept)
        if not others:
            save(home, ended_on=today, end_reason=EndReason.MERGED)
    return Done(kept.household, _("The two entries are one now."))


def _check(kept, left_out, number_of, reason):
    may_be_one = are_alike(kept, left_out) or (reason and two_numbers.may_be_one(kept, left_out))
    if kept.ended_on or left_out.ended_on or not may_be_one:
        raise Refused(_("These two are no longer alike. Please look again."))
    if left_out.id_index and not (reason and number_of in (kept.pk, left_out.pk)):
        raise Refused(_("Keep the one with the ID number."))


def _way_back(kept, left_out, number_of, is_head):
    """For the history; see `two_numbers.Merging`."""
    number = "other" if number_of == left_out.pk else "own" if left_out.id_index else ""
    return {"kept": kept.pk, "number": number, "relation": kept.relation if is_head else None}


def _facts_of_both(kept, left_out):
    """What both know by custom fields; where both know it, the kept row is right."""
    new = {key: said for key, said in left_out.facts.items() if key not in kept.facts}
    return custom_fields.sealed_for(kept, new, left_out) | kept.facts


@verb
def make_two(kept, left_out, *, by):
    """Undo: the left out row lives again, with the kept one where its household is closed for another
    reason; what the kept row learned it keeps."""
    kept, left_out = _lock(kept, left_out)
    if not is_merged_into(kept, left_out):
        raise Refused(_("There is nothing to undo."))
    home, found = left_out.household, two_numbers.merging(left_out)
    if two_numbers.is_too_late(found, timezone.now()):
        raise Refused(_("Two numbers that became one can be taken apart for 7 days."))
    if found and found.is_swapped and not two_numbers.has_still(kept, found):
        raise Refused(_("The number was corrected since: put both right in their files."))
    is_reopened = home.end_reason == EndReason.MERGED and home.ended_on == left_out.ended_on
    lives_in = home if is_reopened or home.ended_on is None else kept.household
    ground.check_live(*([] if is_reopened else [lives_in]))
    with because(by, _("Undone"), ""):
        if found and found.is_swapped:
            two_numbers.swap(kept, left_out)
        if found and found.relation is not None:
            _give_head_back(home, kept, left_out, found.relation)
        for rows in (
            left_out.care_records,
            left_out.benefit_records,
            left_out.support_plans,
        ):
            rows.filter(until=left_out.ended_on).update(until=None)
        stays.reopen([left_out], left_out.ended_on)
        if is_reopened:
            save(home, ended_on=None, end_reason="")
        is_head = left_out.relation == HEAD_OF_HOUSEHOLD
        may_lead = is_head and is_without_head(lives_in.pk, left_out.name)
        save(
            left_out,
            ended_on=None,
            end_reason="",
            household=lives_in,
            grid_id=lives_in.grid_id,
            relation="" if is_head and not may_lead else left_out.relation,
        )
    return Done(lives_in, _("Undone: they are in the register again."))


def _give_head_back(home, kept, left_out, relation):
    """Where the one kept is still the head only because of the other."""
    home = ground.lock(home)
    if head_of(home, ground.members(home)) == kept:
        save(home, head_name=left_out.name)
        save(kept, relation=relation)


def _sound_alike(one, other):
    return one.pk != other.pk and _key(one) == _key(other)


def _key(one):
    """小 and 晓 are one sound: names are heard before they are written."""
    return one.district_id, one.initials, one.pinyin, one.birth_on


def _standing(resident):
    """Who has an ID number is kept, else who is in the register longer."""
    return resident.id_index is None, resident.pk


def _pairs_of(same):
    first, *rest = same
    return [(first, other) for other in rest if are_alike(first, other)]


def _lock(*residents):
    take_turns(residents[0].district_id)
    rows = Resident.objects.select_for_update(of=("self",)).select_related("household")
    keys = [one.pk for one in residents]
    found = {row.pk: row for row in rows.filter(pk__in=keys).order_by("pk")}
    return [found[key] for key in keys]


def _copy_help(kept, left_out, today):
    """Benefits and plans that run go on at the kept row, from the same day."""
    for record in left_out.benefit_records.filter(until=None):
        facts = {
            "since": record.since,
            "amount": record.amount,
            "source": record.source,
        }
        BenefitRecord.objects.get_or_create(
            resident=kept, benefit_id=record.benefit_id, until=None, defaults=facts
        )
    for plan in left_out.support_plans.filter(until=None):
        SupportPlan.objects.get_or_create(
            resident=kept,
            what=plan.what,
            since=plan.since,
            until=None,
            defaults={name: getattr(plan, name) for name in PLAN_FACTS},
        )
    for rows in (left_out.benefit_records, left_out.support_plans):
        running = rows.filter(until=None, since__lte=today)
        running.update(until=today)


def _copy_care(kept, left_out, today):
    """Open care categories go on at the kept row, from the same day."""
    for record in left_out.care_records.filter(until=None):
        CareRecord.objects.get_or_create(
            resident=kept,
            category_id=record.category_id,
            until=None,
            defaults={
                "since": record.since,
                "source": record.source,
                "note": record.note,
            },
        )
        record.until = max(record.since, today)
        record.save(update_fields=["until"])
