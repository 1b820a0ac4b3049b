"""Which facts belong to which kind of resident (GB/T 31000), and the stay of those who came."""

from typing import Any

import pghistory
from django.db import transaction

from residents.models import Resident, Stay

Kind = Resident.Kind
CAME = [
    "came_from",
    "reason",
    "came_on",
    "leaves_on",
    "permit",
    "permit_on",
    "permit_until",
]
FOREIGN = [
    "nationality",
    "latin_surname",
    "latin_given",
    "reason",
    "came_on",
    "leaves_on",
    "permit",
    "permit_until",
]
STAY = {Kind.FLOATING: CAME, Kind.HMT: CAME, Kind.FOREIGN: FOREIGN}
# What somebody who comes is asked at once; the papers can wait for the person's file.
ON_COMING = ["nationality", "came_from", "reason", "came_on", "leaves_on"]
# Facts of the person's own row that not every kind has; the others belong to all.
ONLY = {
    "ethnicity": set(Kind) - {Kind.FOREIGN},
    "native_place": set(Kind) - {Kind.FOREIGN},
    "political": {Kind.REGISTERED, Kind.FLOATING, Kind.LEFT_BEHIND},
    "lives_where_registered": {Kind.REGISTERED, Kind.LEFT_BEHIND},
    "went_to": {Kind.REGISTERED, Kind.LEFT_BEHIND},
    "registered_address": set(Kind) - {Kind.FOREIGN},
}


def stay_fields():
    """Every field of a stay with the kinds that it belongs to, in the order of the forms."""
    names = dict.fromkeys([*FOREIGN[:3], *CAME])
    return {name: {kind for kind in STAY if name in STAY[kind]} for name in names}


def belongs(name, kind):
    """Whether a fact of the person or of the stay is asked of this kind of resident."""
    kinds = ONLY.get(name) or stay_fields().get(name)
    return kinds is None or kind in kinds


def of(resident):
    """The stay of a resident whose kind has one, else None."""
    return getattr(resident, "stay", None) if resident.kind in STAY else None


@transaction.atomic
def record(resident, facts, *, by, reason=""):
    """Write the facts of the stay that belong to the kind and differ; True when some did."""
    with pghistory.context(user=by.pk, source="edit", reason=reason):
        return write(resident, facts)


def learn(resident, facts):
    """Write only what the register does not know yet; the caller keeps the history."""
    stay = of(resident)
    return write(
        resident,
        {name: value for name, value in facts.items() if value and not getattr(stay, name, None)},
    )


def stay_on(resident, facts):
    """On a move: learn what was not known, and until when the person stays now."""
    until = {"leaves_on": facts["leaves_on"]} if facts.get("leaves_on") else {}
    learn(resident, facts)
    write(resident, until)


def write(resident, facts):
    """Like `record`; the caller holds the transaction and keeps the history."""
    wanted = {name: value for name, value in facts.items() if name in STAY.get(resident.kind, ())}
    if not wanted:
        return False
    stay = Stay.objects.select_for_update().filter(resident=resident).first()
    if stay is None and not any(wanted.values()):
        return False
    stay = stay or Stay(resident=resident)
    changed = [name for name, value in wanted.items() if getattr(stay, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(stay, name, wanted[name])
    if stay.pk:
        stay.save(update_fields=changed)
    else:
        stay.save()
    return True


def close(residents, on):
    """They have left: their stays end with that day."""
    Stay.objects.filter(resident__in=residents, ended_on=None).update(ended_on=on)


def pass_on(left_out, kept, on):
    """One person's two entries: what only the other one knew of the stay; it ends there."""
    stay = of(left_out)
    if stay is not None:
        names = STAY.get(kept.kind, ())
        learn(kept, {name: getattr(stay, name) for name in names})
        close([left_out], on)


def reopen(residents, since=None):
    """They are back, so they had not left; `since`: whose stay ended on that day."""
    rows = Stay.objects.filter(resident__in=residents).exclude(ended_on=None)
    rows = rows if since is None else rows.filter(ended_on=since)
    rows.update(ended_on=None)


def asked_on_a_move(residents):
    """Of members who stay for a time: what nobody has said yet, and until when they stay now."""
    known = [(one, of(one)) for one in residents if one.kind in STAY]
    return [
        name
        for name in ON_COMING
        if any(
            name in STAY[one.kind] and (name == "leaves_on" or not getattr(stay, name, None))
            for one, stay in known
        )
    ]


def as_text(facts):
    """For a plan that another grid answers later; `from_text` reads it back."""
    return {name: str(value) for name, value in facts.items() if value}


def from_text(texts):
    fields: dict[str, Any] = {one.name: one for one in Stay._meta.concrete_fields}
    return {name: fields[name].to_python(said) for name, said in texts.items()}
