"""Documents of residents: what their numbers look like, and correcting one that was taken down wrong."""

import re
from datetime import date

import pghistory
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.fields import all_indexes, blind_index
from grids.refusal import Refused
from residents.changing import take_turns, verb
from residents.models import Resident
from residents.people import idnumber

Document = Resident.Document
FIRST_DAY = date(1900, 1, 1)

# What the number of a document looks like that is no ID number; nothing is cut off it.
SHAPES = {
    str(kind): re.compile(pattern)
    for kind, pattern in {
        Document.HM_PASS: r"[HM]\d{8}(\d{2})?",
        Document.TW_PASS: r"[A-Z]?\d{8}|\d{10}[A-Z]?",
        Document.PERMANENT: r"[A-Z]{3}\d{12}",
        Document.PASSPORT: r"[A-Z0-9]{4,30}",
        Document.MILITARY: r".{4,30}",
        Document.BIRTH: r"[A-Z]\d{9}",
        Document.OTHER: r".{3,30}",
    }.items()
}
# Their numbers are ID numbers, which say birth date and sex.
NUMBERED = (Document.ID_CARD, Document.HMT_PERMIT, Document.PERMANENT)


def kind_of_number(text, is_permit):
    """Which document an ID number of 18 characters is of; cards for good begin with 9."""
    if is_permit:
        return str(Document.HMT_PERMIT)
    return str(Document.PERMANENT if text[0] == "9" else Document.ID_CARD)


def read(document, written):
    """(kind, number, birth date or None, sex or "") of a document as written; Refused when it is none.

    An ID number is one, whatever kind was chosen.
    """
    if document == Document.NONE:
        return document, "", None, ""
    try:
        number = idnumber.parse(written, timezone.localdate())
    except idnumber.NotAnIdNumber:
        return _other(document, written)
    return kind_of_number(number.text, number.is_permit), number.text, number.birth_on, number.sex


def shaped(document, written):
    """The number as one of this kind of document has it; "" when it does not look like one."""
    squeezed = "".join(written.split()).upper()
    return squeezed if SHAPES[document].fullmatch(squeezed) else ""


def _other(document, written):
    if document not in SHAPES:
        raise Refused(_("ID number is wrong (digits or check character)"))
    if not (number := shaped(document, written)):
        raise Refused(_("Number does not look like one of this kind of document"))
    return document, number, None, ""


@verb
def correct(resident, document, written, *, birth_on, sex, by, reason):
    """The right document, and what follows from it; True when something differed.

    `written` is the number; "" keeps that of before, and only birth date and sex are put right. They
    follow from an ID number.
    """
    take_turns(resident.district_id)
    resident.refresh_from_db(from_queryset=Resident.objects.select_for_update(of=("self",)))
    facts = {"birth_on": birth_on, "sex": sex or resident.sex}
    if written or document == Document.NONE:
        facts |= _of_document(resident, document, written, facts)
    elif document != resident.document:
        raise Refused(_("Write the number of this document."))
    elif resident.document in NUMBERED and _contradicts(resident, facts):
        raise Refused(_("Birth date and sex follow from the ID number: correct the number."))
    born = facts["birth_on"]
    if born and not FIRST_DAY <= born <= timezone.localdate():
        raise Refused(_("Birth date before 1900 or in the future"))
    changed = [name for name, value in facts.items() if getattr(resident, name) != value]
    if not changed:
        return False
    for name in changed:
        setattr(resident, name, facts[name])
    with pghistory.context(user=by.pk, source="edit", reason=reason):
        resident.save(update_fields=sorted(changed))
    return True


def _contradicts(resident, facts):
    return facts["birth_on"] != resident.birth_on or facts["sex"] != resident.sex


def _of_document(resident, document, written, facts):
    kind, number, born, sex = read(document, written)
    if not number:
        return {"document": kind, "id_sealed": None, "id_index": None, "id_mask": ""}
    others = (
        Resident.objects.live()
        .exclude(pk=resident.pk)
        .filter(district=resident.district_id, document=kind, id_index__in=all_indexes(number))
    )
    if others.exists():
        raise Refused(_("This number is registered for somebody else: compare the two files."))
    same = resident.id_index is not None and bytes(resident.id_index) in all_indexes(number)
    found = {
        "document": kind,
        "birth_on": born or facts["birth_on"],
        "sex": sex or facts["sex"],
    }
    if not same:
        mask = idnumber.mask(number)
        found |= {"id_sealed": number, "id_index": blind_index(number), "id_mask": mask}
    return found
