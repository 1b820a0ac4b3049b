"""顶岗: somebody holds the postings of a colleague who is away, from a day to a day."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Notification, Posting, StandIn
from grids.people import separation
from grids.refusal import Refused
from grids.scope import Scope


@transaction.atomic
def appoint(*, by, staff, stand_in, since, until, reason="", at=None):
    """`stand_in` holds the postings of `staff` on these days (both included); both are told."""
    at = at or timezone.now()
    _check(by, staff, stand_in, since, until, timezone.localdate(at))
    try:
        with transaction.atomic():
            made = StandIn.objects.create(
                district_id=staff.district_id,
                staff=staff,
                stand_in=stand_in,
                since=since,
                until=until,
                reason=reason,
                by=by,
            )
    except IntegrityError:  # somebody else was faster
        raise Refused(_overlap(staff)) from None
    _tell(made, "stand_in", at)
    return made


@transaction.atomic
def end(made, *, by, at=None):
    """The colleague is back: the rights end now. One that has not begun is taken away."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    if made.until < today:
        raise Refused(_("It is over already."))
    _demand_reach(by, made.staff)
    _tell(made, "stand_in_end", at)
    if made.since < today:
        made.until = today - timedelta(days=1)
        made.save(update_fields=["until"])
    else:
        made.delete()


def held_by(staff, day):
    """Whom this person stands in for on a day."""
    return StandIn.objects.on(day).filter(stand_in=staff).select_related("staff")


def absence_of(staff, day):
    return StandIn.objects.on(day).filter(staff=staff).select_related("stand_in").first()


def _check(by, staff, stand_in, since, until, today):
    if until < since:
        raise Refused(_("The last day is before the first one."))
    if until < today:
        raise Refused(_("These days are over."))
    if staff == stand_in:
        raise Refused(_("Nobody stands in for themselves."))
    if not stand_in.is_active:
        raise Refused(_("Whoever stands in has no active account."))
    _demand_reach(by, staff)
    _demand_reach(by, stand_in)
    separation.check_stand_in(by=by, staff=staff, stand_in=stand_in, since=since, until=until)
    then = StandIn.objects.filter(since__lte=until, until__gte=since)
    if then.filter(staff=staff).exists():
        raise Refused(_overlap(staff))
    if then.filter(staff=stand_in).exists():
        raise Refused(_("%(name)s is away then.") % {"name": stand_in})
    if then.filter(stand_in=staff).exists():
        raise Refused(_("%(name)s stands in for somebody then: end that first.") % {"name": staff})


def _demand_reach(by, staff):
    """Nobody hands out what lies outside their own reach: every posting of the person counts."""
    reach = Scope.of(by).reach("staff.edit").districts
    live = Q(until=None) | Q(until__gte=timezone.localdate())
    outside = Posting.objects.filter(live, staff=staff).exclude(grid__district__in=reach)
    if staff.district_id not in reach or outside.exists():
        raise Refused(_("%(name)s is not in your district.") % {"name": staff})


def _overlap(staff):
    return _("Somebody stands in for %(name)s already on these days.") % {"name": staff}


def _tell(made, kind, at):
    words = {
        "staff": made.staff,
        "stand_in": made.stand_in,
        "since": made.since,
        "until": made.until,
    }
    if kind == "stand_in":
        title = _("%(stand_in)s stands in for %(staff)s, %(since)s to %(until)s") % words
    else:
        title = _("%(stand_in)s no longer stands in for %(staff)s") % words
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=person,
                kind=kind,
                title=title[:200],
                body=made.reason,
                url="/inbox/",
                key=f"{kind}:{made.pk}",
                created_at=at,
            )
            for person in (made.staff, made.stand_in)
        ],
        ignore_conflicts=True,
    )
