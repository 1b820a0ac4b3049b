"""The file of premises (一企一档): opened, corrected, closed, brought back; its licences and looks.

Each verb is one transaction on locked rows; it refuses with a sentence, ends rows and deletes
none, and leaves who and why in the history.
"""

import functools
from datetime import datetime, time

import pghistory
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grids import locks
from grids.refusal import Refused
from residents.changing import take_turns
from residents.models import Licence, Premises, PremisesLook
from residents.places import dwellings

OPENED, PRINTED = "file", "print"
_SERIAL_DIGITS = 4


def verb(function):
    """One transaction; what the database refuses becomes a sentence."""

    @functools.wraps(function)
    def run(*arguments, **options):
        try:
            with transaction.atomic():
                return function(*arguments, **options)
        except IntegrityError as error:
            raise Refused(_sentence(error)) from error

    return run


def _sentence(error):
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    return {
        "licence_once": _("A licence of this kind and number is in the file already."),
        "premises_code_once": _("Other premises have this code now."),
    }.get(name, _("Somebody else changed this file just now. Please look again."))


@verb
def open_file(grid, facts, *, by, room=None, note=""):
    """New premises in a unit grid; the code is issued here. `room` as in `correct`."""
    take_turns(grid.district_id)
    with _because(by, _("Opened"), note):
        facts = _with_dwelling(grid, facts, room)
        return Premises.objects.create(
            district_id=grid.district_id, grid=grid, code=issue_code(grid), **facts
        )


def _with_dwelling(grid, facts, room):
    """The facts with the dwelling that (entrance, room) of their building is."""
    if not facts.get("building") or not room:
        return facts | {"dwelling": None}
    dwelling = dwellings.in_building(facts["building"], *room)
    address = facts.get("address") or dwelling.address
    return facts | {"dwelling": dwelling, "address": address}


def issue_code(grid, number=1):
    """The next free code of a unit grid: its own code, P, four digits. Never issued twice.

    The caller's transaction holds the grid's numbers until it ends; `number` codes in a row
    are the caller's, from the one returned on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.PREMISES_CODES, grid.pk])
    begin = f"{grid.code}P"
    issued = Premises.objects.filter(
        district_id=grid.district_id, code__regex=f"^{begin}[0-9]{{{_SERIAL_DIGITS}}}$"
    )
    last = issued.aggregate(last=Max("code"))["last"]
    serial = int(last.removeprefix(begin)) if last else 0
    if serial + number >= 10**_SERIAL_DIGITS:
        raise Refused(_("All codes of this grid are used."))
    return f"{begin}{serial + 1:0{_SERIAL_DIGITS}d}"


@verb
def correct(premises, grid, facts, *, by, room=None, note=""):
    """Write the facts that differ; their names. What others changed meanwhile stays.

    `room` is (entrance, room) in the building of the facts; a dwelling nobody knew is added.
    The code stays, also in another grid.
    """
    premises = _locked(premises)
    _check_live(premises)
    if grid.district_id != premises.district_id:
        raise Refused(_("This grid lies in another district."))
    with _because(by, "", note):
        facts = _with_dwelling(grid, facts, room) | {"grid": grid}
        changed = {name: value for name, value in facts.items() if getattr(premises, name) != value}
        if changed:
            _save(premises, **changed)
    return list(changed)


@verb
def close(premises, *, on, reason, by, note=""):
    """The premises end, and with them their licences: nothing is due there any more."""
    _check_day(on)
    premises = _locked(premises)
    _check_live(premises)
    if premises.opened_on and on < premises.opened_on:
        raise Refused(_("The day is before the opening."))
    with _because(by, pgettext("premises", "Closed"), note):
        premises.licences.live().update(ended_on=on)
        _save(premises, ended_on=on, end_reason=reason)
    return premises


@verb
def bring_back(premises, *, by, note=""):
    """Undo: the file is open again, with the licences that ended with it."""
    premises = _locked(premises)
    if premises.ended_on is None:
        raise Refused(_("There is nothing to undo."))
    with _because(by, _("Undone"), note):
        premises.licences.filter(ended_on=premises.ended_on).update(ended_on=None)
        _save(premises, ended_on=None, end_reason="")
    return premises


@verb
def add_licence(premises, facts, *, by, note=""):
    premises = _locked(premises)
    _check_live(premises)
    with _because(by, _("Licence entered"), note):
        return Licence.objects.create(premises=premises, **facts)


@verb
def change_licence(licence, changes, *, by, note=""):
    """Write what differs; names of the columns."""
    _locked(licence.premises)
    licence.refresh_from_db(from_queryset=Licence.objects.select_for_update())
    if licence.ended_on is not None:
        raise Refused(_("This licence was withdrawn."))
    changed = {name: value for name, value in changes.items() if getattr(licence, name) != value}
    if changed:
        with _because(by, _("Licence changed"), note):
            _save(licence, **changed)
    return list(changed)


@verb
def withdraw_licence(licence, *, on, by, note=""):
    """It ends before its day, or was replaced by another one."""
    _check_day(on)
    _locked(licence.premises)
    licence.refresh_from_db(from_queryset=Licence.objects.select_for_update())
    if licence.ended_on is not None:
        raise Refused(_("This licence was withdrawn."))
    if licence.issued_on and on < licence.issued_on:
        raise Refused(_("The day is before the issue."))
    with _because(by, _("Licence withdrawn"), note):
        _save(licence, ended_on=on)
    return licence


def note_look(premises, *, by, purpose=OPENED):
    """Who opened the file, once a day; other purposes each time."""
    if purpose == OPENED:
        midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
        seen = premises.looks.filter(by=by, purpose=OPENED, at__gte=midnight)
        if seen.exists():
            return
    PremisesLook.objects.create(
        district_id=premises.district_id,
        grid_id=premises.grid_id,
        premises=premises,
        by=by,
        purpose=purpose,
        at=timezone.now(),
    )


def _locked(premises):
    """The row as it is now; an import of the district waits until we are done."""
    take_turns(premises.district_id)
    return Premises.objects.select_for_update().get(pk=premises.pk)


def _check_live(premises):
    if premises.ended_on is not None:
        raise Refused(_("These premises are closed."))


def _check_day(on):
    if on > timezone.localdate():
        raise Refused(_("The day is in the future."))


def _because(by, why, note):
    reason = " · ".join(part for part in (why, note) if part)
    return pghistory.context(user=by.pk, source="premises", reason=reason)


def _save(row, **changes):
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
