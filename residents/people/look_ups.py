"""Looking somebody up by a secret: an ID number, or a telephone number in full.

Whoever holds the card finds the person; whoever guesses does not. Each look-up is on record with
hit or miss and counts for the hour. A few numbers in a row, in a day or of one birth date that
nobody here has, and look-ups stop for that person; the auditor is told. A number that is entered
in the register afterwards was no guess.
"""

from datetime import timedelta
from itertools import takewhile

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.fields import all_indexes, blind_index
from grids.models import Staff
from grids.refusal import Refused
from grids.scope import Scope
from grids.templatetags.office import office_time
from residents import notices
from residents.models import AccessRecord, LookUpStop, Resident
from residents.models.access import SEARCH

ID_NUMBER, PHONE = f"{SEARCH}id_number", f"{SEARCH}phone"
PURPOSE = "search"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = timedelta(days=30)  # so long tries of one birth date are added up


_REGISTERED = Exists(
    Resident.objects.live().filter(district=OuterRef("district"), id_index=OuterRef("asked"))
)


class Closed(PermissionDenied):
    """No look-ups now, in words; `until` when. A page that does not catch it answers 403."""

    def __init__(self, text, until):
        super().__init__(text)
        self.until = until


def of_number(number, rows, *, by):
    """Those of `rows` (in scope) who have this ID number (18 digits). Raises Closed."""
    rows = rows.filter(
        document__in=["id_card", "hmt_permit", "permanent"], id_index__in=all_indexes(number)
    )
    return _on_record(
        ID_NUMBER, blind_index(number), rows, by, near=blind_index(f"born {number[6:14]}")
    )


def of_phone(digits, rows, *, by):
    """Those of `rows`, whose phones `by` reads, that end with this full number. Raises Closed."""
    return _on_record(PHONE, blind_index(f"phone {digits}"), rows, by)


def check(number, district_id, *, by):
    """Before somebody is entered: whether the number lives in the district is learnt by it."""
    of_number(number, Resident.objects.live().filter(district=district_id), by=by)


def release(stop, *, by):
    """An auditor lets go before the hours are over."""
    running = LookUpStop.objects.filter(pk=stop.pk, released_at=None, until__gt=timezone.now())
    if stop.staff_id == by.pk or not running.update(released_by=by, released_at=timezone.now()):
        raise Refused(_("This stop has ended already, or it is your own."))


def stopped(now):
    """The stops that hold."""
    return LookUpStop.objects.filter(released_at=None, until__gt=now)


@transaction.atomic
def _on_record(field, asked, rows, by, near=None):
    place = _place_of(by)
    if place is None:
        return rows.none()
    # One after the other for each person: two at once must not share the last try.
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)
    now, mine = timezone.now(), AccessRecord.objects.filter(by=by, asked__isnull=False)
    _check_open(by, now)
    if near is not None:
        _check_birth(mine, by, near, now)
    found = list(rows.only("pk", "district", "grid"))
    if not _was_asked(mine, asked, found, now):
        _check_hour(mine, now)
        same = {"by": by, "field": field, "at": now, "asked": asked, "near": near}
        AccessRecord.objects.bulk_create(_records(found, place, same))
        _audit(field, found, place, by)
        if not found and near is not None:
            _stop_whoever_guesses(mine, by, near, now, place)
    return rows


def _place_of(by):
    """Where a miss is written down: the first place at which the person has the register."""
    scope = Scope.of(by)
    roles = scope.roles_with("register.view")
    places = (posting.grid for posting in scope.postings if posting.role in roles)
    return next((place for place in places if place.district_id), None)


def _was_asked(mine, asked, found, now):
    """Whether the same was asked with the same answer just now: a page that is opened again."""
    same = mine.filter(asked=asked, at__gt=now - HOUR)
    return (
        same.filter(resident__in=found).exists() if found else same.filter(resident=None).exists()
    )


def _records(found, place, same):
    """One for each hit, or one at the reader's own place for a miss."""
    same = same | {"purpose": PURPOSE}
    if not found:
        return [AccessRecord(district_id=place.district_id, grid=place, **same)]
    return [
        AccessRecord(district_id=one.district_id, grid_id=one.grid_id, resident=one, **same)
        for one in found
    ]


def _audit(field, found, place, by):
    for row in found or [place]:
        audit.record(
            audit.Kind.LOOK_UP,
            of=row,
            by=by,
            result=audit.Result.HIT if found else audit.Result.MISS,
            detail={"by": field.removeprefix(SEARCH)},
        )


def _check_open(by, now):
    stop = stopped(now).filter(staff=by).order_by("-until").first()
    if stop is not None:
        words = _(
            "Look-ups by ID number or phone are stopped for you until %(moment)s: too many found"
            " nobody. The auditor was told and can let you go on. Names and addresses still find."
        )
        raise Closed(words % {"moment": office_time(stop.until)}, stop.until)


def _check_birth(mine, by, near, now):
    """Of one birth date only so many numbers in a month, whatever the hours of a stop."""
    if _tries_of_one_birth(mine, by, near, now) >= settings.LOOK_UP_MISSES_OF_ONE_BIRTH:
        words = _(
            "You tried several numbers of this birth date: only the auditor can let you go on."
        )
        raise Closed(words, now + MONTH)


def _check_hour(mine, now):
    last = mine.filter(at__gt=now - HOUR).order_by("-at").values_list("at", flat=True)
    last = list(last[: settings.LOOK_UPS_PER_HOUR])
    if len(last) >= settings.LOOK_UPS_PER_HOUR:
        until = last[-1] + HOUR
        words = _("So many look-ups by ID number or phone in an hour: go on at %(moment)s.")
        raise Closed(words % {"moment": office_time(until)}, until)


def _stop_whoever_guesses(mine, by, near, now, place):
    if why := _guessing(mine, by, near, now):
        stop = LookUpStop.objects.create(
            district_id=place.district_id,
            grid=place,
            staff=by,
            why=why,
            since=now,
            until=now + timedelta(hours=settings.LOOK_UP_STOP_HOURS),
        )
        audit.record(audit.Kind.ALARM, of=place, by=by, words=stop.get_why_display())
        notices.announce_look_up_stop(stop)


def _guessing(mine, by, near, now):
    """Why these look-ups look like guesses, or None. What an earlier stop counted is forgotten."""
    if _tries_of_one_birth(mine, by, near, now) >= settings.LOOK_UP_MISSES_OF_ONE_BIRTH:
        return LookUpStop.Why.ONE_BIRTH
    last = LookUpStop.objects.filter(staff=by).order_by("-since").first()
    since = max(now - DAY, last.since) if last else now - DAY
    tried = mine.filter(field=ID_NUMBER, at__gt=since).annotate(was_right=_REGISTERED)
    if tried.filter(was_right=False, resident=None).count() >= settings.LOOK_UP_MISSES_IN_A_DAY:
        return LookUpStop.Why.IN_A_DAY
    latest = tried.order_by("-pk").values_list("resident", "was_right")
    row = takewhile(lambda one: one == (None, False), latest[: settings.LOOK_UP_MISSES_IN_A_ROW])
    return LookUpStop.Why.IN_A_ROW if len(list(row)) >= settings.LOOK_UP_MISSES_IN_A_ROW else None


def _tries_of_one_birth(mine, by, near, now):
    """How many numbers of it found nobody since an auditor last let go."""
    free = LookUpStop.objects.filter(staff=by, released_at__gt=now - MONTH).order_by("-released_at")
    since = free.values_list("released_at", flat=True).first() or now - MONTH
    tried = mine.filter(near=near, at__gt=since, resident=None).annotate(was_right=_REGISTERED)
    return tried.filter(was_right=False).values("asked").distinct().count()
