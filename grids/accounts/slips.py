"""Slips with a code: whoever holds one chooses a password for one person, once."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.accounts import passwords
from grids.models import Posting, Slip, Staff
from grids.people import separation
from grids.refusal import Refused
from grids.roles import RIGHTS, Role
from grids.scope import Scope

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud and typed by hand
LENGTH = 16  # 80 bits
READ_AS = str.maketrans("ILO", "110")

# Whose passwords somebody other than an administrator may help with.
HELPED_BY = {
    Role.GRID_LEADER: {Role.GRID_WORKER, Role.ASSISTANT, Role.BUILDING_STEWARD},
    Role.COMMUNITY_STAFF: {Role.GRID_WORKER, Role.ASSISTANT, Role.BUILDING_STEWARD},
    Role.SUPERVISOR: {
        Role.GRID_WORKER,
        Role.ASSISTANT,
        Role.BUILDING_STEWARD,
        Role.GRID_LEADER,
        Role.INFORMATION_OFFICER,
    },
}
# Whoever holds one of these rights gets a new password at the machine only, once they had one.
GUARDED = {"staff.edit", "staff.secure", "access.view", "system.view", "dictionary.edit"}
GUARDED_ROLES = {role for role, rights in RIGHTS.items() if rights & GUARDED}


@dataclass(frozen=True)
class Printed:
    """A slip as it goes to paper; the code stands nowhere else."""

    staff: Staff
    code: str
    kind: str
    expires_at: dt.datetime

    @property
    def address(self):
        return f"{settings.SITE_URL}/first/#{self.code}"

    @property
    def in_fours(self):
        return "-".join(self.code[at : at + 4] for at in range(0, LENGTH, 4))


def people_of(by):
    """Staff for whom `by` may make a slip today: none above the own place and role."""
    found = Staff.objects.filter(pk__in=_in_district(by)) | Staff.objects.filter(pk__in=_led(by))
    found = found.exclude(pk=by.pk)
    return found if settings.DEMO else found.exclude(is_demo=True)


def guarded():
    """The postings of today whose holders nobody helps with a password."""
    return Posting.objects.on(timezone.localdate()).filter(role__in=GUARDED_ROLES)


def never_came(people):
    """Of these, who never chose a password."""
    return people.filter(password__startswith="!")


def make(people, *, by, kind=None, now=None):
    """[Printed]: a new slip for each of them; one that was open before is void."""
    now = now or timezone.now()
    made = [_print(person, kind or _kind(person), now) for person in people]
    keys = [one.staff.pk for one in made]
    with transaction.atomic():
        list(Staff.objects.select_for_update().filter(pk__in=keys).order_by("pk").values("pk"))
        Slip.objects.filter(staff__in=keys, used_at=None, void_at=None).update(void_at=now)
        Slip.objects.bulk_create(_row(one, by, now) for one in made)
        Staff.objects.filter(pk__in=keys, is_active=False).update(is_active=True)
        if made:
            detail = {"what": "slip made", "people": len(made), "staff": keys}
            subject = made[0].staff if len(made) == 1 else Staff
            audit.record(audit.Kind.ACCOUNT, of=subject, by=by, detail=detail)
    return made


def find(code, now=None):
    """The open slip with this code, or None."""
    slips = Slip.objects.open(now or timezone.now()).select_related("staff")
    return slips.filter(code_hash=_hash(code)).first()


def use(slip, password, *, now=None):
    """The person of the slip has chosen a password; the slip is worth nothing from then on."""
    now = now or timezone.now()
    with transaction.atomic():
        if not Slip.objects.open(now).filter(pk=slip.pk).update(used_at=now):
            raise Refused(_("This slip was used or has run out. Ask for a new one."))
        audit.record(
            audit.Kind.ACCOUNT,
            of=slip.staff,
            by=slip.staff,
            detail={"what": "slip used", "kind": slip.kind, "made by": slip.by_id},
        )
        passwords.choose(slip.staff, password, now=now)


def _in_district(by):
    """For administrators: their district's people, but of the guarded roles only the new ones."""
    held = guarded().filter(staff=OuterRef("pk"))
    mine = Staff.objects.visible_to(by, right="secure")
    # A slip opens a closed account, and with it what took two people: see separation.check_account.
    mine = mine.exclude(
        ~Q(password__startswith="!")
        & Exists(separation.held_by_two().filter(staff=OuterRef("pk"))),
        is_active=False,
    )
    return mine.filter(Q(password__startswith="!") | ~Exists(held)).values("pk")


def _led(by):
    """For leaders: people all of whose postings of today lie in the own place and below the own role.

    Where grave rights take two, a leader does not get at them by a new password.
    """
    today, led = Posting.objects.on(timezone.localdate()), Q(pk__in=())
    for role in Scope.of(by).roles & HELPED_BY.keys():
        reach = Scope.of(by).reach("staff.slip", roles=frozenset({role}))
        led |= Q(role__in=HELPED_BY[role]) & (
            Q(grid__in=reach.grids) | Q(grid__district__in=reach.districts)
        )
    mine = today.filter(led, staff__is_active=True)
    mine = mine.exclude(staff__in=separation.held_by_two().values("staff"))
    return mine.exclude(staff__in=today.exclude(led).values("staff")).values("staff")


def _kind(person):
    return Slip.Kind.FORGOTTEN if person.has_usable_password() else Slip.Kind.FIRST


def _print(person, kind, now):
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    hours = settings.SLIP_HOURS[kind]
    return Printed(person, code, kind, now + dt.timedelta(hours=hours))


def _row(printed, by, now):
    return Slip(
        staff=printed.staff,
        kind=printed.kind,
        code_hash=_hash(printed.code),
        by=by,
        made_at=now,
        expires_at=printed.expires_at,
    )


def _hash(code):
    """SHA-256: 80 random bits need no salt and no slow hash."""
    plain = "".join(char for char in code.upper() if char.isalnum()).translate(READ_AS)
    return hashlib.sha256(plain.encode()).digest()
