"""What every step in the life of a household stands on: locked rows, refusals, history."""

import functools
from dataclasses import dataclass

import pghistory
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from residents.models import Dwelling, Household, Lease, Resident
from residents.register_import.engine import LOCK_CLASS

HEAD = "02"  # GB/T 4761


class Refused(ValueError):
    """The register does not allow it; the text says why and what to do."""


@dataclass(frozen=True)
class Done:
    household: Household | None
    message: str


def verb(function):
    """One transaction; what the database refuses becomes a sentence."""

    @functools.wraps(function)
    def run(*arguments, **options):
        try:
            with transaction.atomic():
                return function(*arguments, **options)
        except IntegrityError as error:
            raise Refused(sentence(error)) from error
        except OperationalError as error:
            if isinstance(error.__cause__, DeadlockDetected):
                raise Refused(sentence(error)) from error
            raise

    return run


def sentence(error):
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    return {
        "household_number_once_in_community": _(
            "Another household of the community has this household number."
        ),
        "household_once_in_dwelling": _("A household with this head is in that dwelling already."),
        "resident_lives_once_in_district": _(
            "This person lives in another household now. Look there first."
        ),
        "resident_without_document_once": _(
            "Somebody with this name and birth date is a member already."
        ),
        "lease_once": _(
            "A lease of this dwelling with this tenant and first day is there already."
        ),
        "lease_period": _("The last day is before the first."),
    }.get(name, _("Somebody else changed this household just now. Please look again."))


def take_turns(district_id):
    """An import of the district holds this lock alone; forms share it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK_CLASS, district_id])


def lock(*households):
    """Fresh rows in the order given; locked in the order of their keys, with their members."""
    take_turns(households[0].district_id)
    keys = [household.pk for household in households]
    rows = Household.objects.select_for_update(of=("self",)).order_by("pk")
    found = {row.pk: row for row in rows.select_related("dwelling", "grid").filter(pk__in=keys)}
    list(Resident.objects.select_for_update().filter(household__in=keys).order_by("pk"))
    locked = [found[key] for key in keys]
    return locked if len(locked) > 1 else locked[0]


def members(household):
    return list(household.residents.live().order_by("pk"))


def head_of(household, members):
    named = [one for one in members if one.name == household.head_name]
    return next((one for one in named if one.relation == HEAD), next(iter(named), None))


def one_of(members, member):
    """The locked row of this member; the choice may be older than the register."""
    found = next((one for one in members if one.pk == member.pk), None)
    if found is None:
        raise Refused(_("%s is not a member any more.") % member.name)
    return found


def make_head(household, member):
    save(household, head_name=member.name, phone=member.phone or household.phone)
    save(member, relation=HEAD)


def check_day(on):
    if on > timezone.localdate():
        raise Refused(_("The day is in the future."))


def check_live(*households):
    if any(household.ended_on is not None for household in households):
        raise Refused(_("The household is closed."))


def community_of(grid):
    return type(grid).objects.above(grid).get(tier="community")


def new_household(dwelling, head_name, number, phone, on):
    return Household.objects.create(
        district_id=dwelling.district_id,
        grid_id=dwelling.grid_id,
        dwelling=dwelling,
        community=community_of(dwelling.grid),
        number=number,
        head_name=head_name,
        phone=phone,
        arrived_on=on,
    )


def vacate(dwelling):
    """Whether the tenants of a lease that ran out have left is answered once nobody lives there."""
    living = Household.objects.live().filter(dwelling=dwelling)
    if dwelling.use == Dwelling.Use.LAPSED and not living.exists():
        save(dwelling, use=Dwelling.Use.EMPTY)


def ask_again(household):
    """They live there after all: the question of their lease stands again."""
    dwelling = household.dwelling
    leases = Lease.objects.filter(household=household, dwelling=dwelling)
    if dwelling.use == Dwelling.Use.EMPTY and leases.lapsed().exists():
        save(dwelling, use=Dwelling.Use.LAPSED)


def because(by, why, note):
    reason = " · ".join(part for part in (why, note) if part)
    return pghistory.context(user=by.pk, source="life", reason=reason)


def save(row, **changes):
    """Write these columns only; what others changed meanwhile stays."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
