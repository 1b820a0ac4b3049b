"""三员分立: where a district wants it, nobody is administrator, security administrator and auditor
at once, nobody changes the own postings, and grave ones take a second person."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.models import (
    DistrictProfile,
    Grid,
    Notification,
    Posting,
    PostingChange,
    Staff,
    StandIn,
)
from grids.refusal import Refused
from grids.roles import GRAVE, RIGHTS, THREE, Role
from grids.scope import value_at

State = PostingChange.State
COLUMNS = ("staff_id", "role", "duty", "grid_id", "department_id", "building_id", "since", "until")
CONFIRMING = sorted(role for role in Role if "staff.confirm" in RIGHTS[role])


def is_on(district_id):
    return DistrictProfile.objects.filter(
        district=district_id, has_three_administrators=True
    ).exists()


def check(posting, *, by):
    """Refuse what nobody may do alone or at all; `posting` is as it is to be."""
    before = _as_it_stands(posting)
    if not any(is_on(one.grid.district_id) for one in (posting, before) if one):
        return
    if posting.staff_id == by.pk:
        raise Refused(_("Nobody changes their own postings: ask another administrator."))
    if is_on(posting.grid.district_id):
        _check_three(posting)
        _check_absence(posting)


def _as_it_stands(posting):
    return Posting.objects.filter(pk=posting.pk).select_related("grid").first()


def _check_three(posting):
    if posting.role in THREE and (other := _second_hat(posting)):
        raise Refused(
            _("%(name)s is %(role)s already: nobody is two of the three administrators.")
            % {"name": posting.staff, "role": other.get_role_display()}
        )


def _check_absence(posting):
    """Whoever stands in would hold it from its first day, and nobody was asked about that."""
    if not takes_two(posting):
        return
    away = StandIn.objects.filter(staff=posting.staff_id, until__gte=posting.since)
    if posting.until:
        away = away.filter(since__lte=posting.until)
    for one in away.select_related("stand_in"):
        if posting.role == Role.AUDITOR or _would_be_new(
            posting, one.stand_in, one.since, one.until
        ):
            raise Refused(
                _("%(name)s stands in for %(staff)s and would get it too: end that first.")
                % {"name": one.stand_in, "staff": posting.staff}
            )


def check_together(postings):
    """Two new postings of one person, neither of which stands yet, are no way around it."""
    new = [one for one in postings if one.role in THREE and is_on(one.grid.district_id)]
    for one in new:
        if any(one.role != other.role and _overlap(one, other) for other in new):
            raise ValidationError(_("Nobody is two of the three administrators."))


def demand_three(district_id):
    """Before it is switched on: nobody holds two of the roles."""
    if names := who_is_two(district_id):
        raise ValidationError(
            _("These hold two of the three roles: %(names)s.") % {"names": ", ".join(names)}
        )


def _overlap(one, other):
    return (one.until is None or one.until >= other.since) and (
        other.until is None or other.until >= one.since
    )


def check_stand_in(*, by, staff, stand_in, since, until):
    """The postings of whoever is away are held by the stand-in: the same rules for these days."""
    held = Posting.objects.filter(staff=staff, since__lte=until).filter(
        Q(until=None) | Q(until__gte=since)
    )
    for posting in held.select_related("grid"):
        check(Posting(**_as_dict(posting) | {"staff_id": stand_in.pk, "since": since}), by=by)
        if posting.role == Role.AUDITOR and is_on(posting.grid.district_id):
            raise Refused(_("Nobody stands in for an auditor: post a second one."))
        if _would_be_new(posting, stand_in, since, until):
            raise Refused(
                _(
                    "%(name)s would get grave rights from one person alone: ask for a posting"
                    " with a last day, which a second person confirms."
                )
                % {"name": stand_in}
            )


def _would_be_new(posting, stand_in, since, until):
    """Whether standing in gives grave rights to somebody who does not hold such a posting there,
    or over that place, on all these days."""
    if posting.role not in GRAVE or not is_on(posting.grid.district_id):
        return False
    first = max(since, posting.since)
    last = min(until, posting.until or until)
    own = Posting.objects.filter(
        Q(until=None) | Q(until__gte=last),
        Q(building=None) | Q(building=posting.building_id),
        staff=stand_in,
        role=posting.role,
        since__lte=first,
        grid__in=Grid.objects.above(posting.grid),
    )
    return not own.exists()


def _second_hat(posting):
    """Another of the three roles that the person holds on a day of this posting, also for others."""
    days = Q(until=None) | Q(until__gte=posting.since)
    others = Posting.objects.filter(days, role__in=THREE).exclude(role=posting.role)
    away = StandIn.objects.filter(stand_in=posting.staff_id, until__gte=posting.since)
    if posting.until:
        others = others.filter(since__lte=posting.until)
        away = away.filter(since__lte=posting.until)
    holders = Q(staff=posting.staff_id) | Q(staff__in=away.values("staff"))
    return others.filter(holders).exclude(pk=posting.pk).first()


# --- accounts ---


def held_by_two():
    """Postings of today or later that took, or would take, two people."""
    on = DistrictProfile.objects.filter(has_three_administrators=True).values("district")
    live = Q(until=None) | Q(until__gte=timezone.localdate())
    return Posting.objects.filter(live, role__in=GRAVE, grid__district__in=on)


def check_account(person, *, was_active):
    """Opening or closing an account gives and takes what its postings grant."""
    held = held_by_two().filter(staff=person)
    if was_active and not person.is_active and held.filter(role=Role.AUDITOR).exists():
        raise ValidationError(
            _("An auditor's account is not closed by one: end the posting first, which takes two.")
        )
    if person.is_active and not was_active and person.has_usable_password() and held.exists():
        raise ValidationError(
            _(
                "Its postings would stand again by one person alone: end them, open the account,"
                " then ask for them anew, which a second person confirms."
            )
        )


# --- what takes two ---


def takes_two(posting):
    """Whether a second person must confirm it: grave rights that are new, wider or longer, and
    anything about an auditor."""
    before = _as_it_stands(posting)
    if before and before.role == Role.AUDITOR and is_on(before.grid.district_id):
        return True
    if posting.role not in GRAVE or not is_on(posting.grid.district_id):
        return False
    if before is None or posting.role == Role.AUDITOR:
        return True
    was_shorter = before.until is not None and (
        posting.until is None or posting.until > before.until
    )
    is_other = any(
        getattr(before, name) != getattr(posting, name) for name in COLUMNS if name != "until"
    )
    return is_other or was_shorter


@transaction.atomic
def keep(posting, *, by):
    """Save the posting, or ask for it where it takes two. The PostingChange, or None when saved."""
    check(posting, by=by)
    if not takes_two(posting):
        posting.save()
        return None
    asked = PostingChange.objects.create(
        **_as_dict(posting),
        posting_id=posting.pk,
        asked_by=by,
        asked_at=timezone.now(),
    )
    audit.record(
        audit.Kind.PROPOSAL, of=asked.staff, words=asked, by=by, district=posting.grid.district_id
    )
    tell_those_who_confirm(
        asked,
        posting.grid.district_id,
        _("A posting waits for a second person"),
        but=[by.pk, asked.staff_id],
    )
    return asked


@transaction.atomic
def confirm(asked, *, by):
    """The second person says yes: from now on the posting stands."""
    asked = settle(asked, State.CONFIRMED, by=by, may=may_decide, of=asked.staff)
    posting = Posting(pk=asked.posting_id, **_as_dict(asked))
    check(posting, by=by)
    try:
        with transaction.atomic():
            posting.save()
    except IntegrityError as error:
        raise Refused(_("It contradicts a posting that stands already.")) from error
    return posting


@transaction.atomic
def refuse(asked, *, by):
    """The second person says no: nothing changes."""
    settle(asked, State.REFUSED, by=by, may=may_decide, of=asked.staff)


def may_decide(asked, by):
    return asked.state == State.WAITING and by.pk not in (asked.asked_by_id, asked.staff_id)


def settle(asked, state, *, by, may, of=None):
    """Decide a waiting row of one of the tables of what takes two; the row, locked, as it is now.

    `may(asked, by)` says who may; `of` is whom or what the audit names (the row itself).
    """
    asked = type(asked).objects.select_for_update(of=["self"]).get(pk=asked.pk)
    if asked.state != State.WAITING:
        raise Refused(_("Somebody decided it meanwhile."))
    if not may(asked, by):
        raise Refused(_("Another person must decide: neither who asked nor whom it is about."))
    asked.state, asked.decided_by, asked.decided_at = state, by, timezone.now()
    asked.save(update_fields=["state", "decided_by", "decided_at"])
    audit.record(
        audit.Kind.PROPOSAL,
        of=of or asked,
        words=asked,
        by=by,
        result=audit.Result.DONE if state == State.CONFIRMED else audit.Result.REFUSED,
        district=value_at(asked, asked.scope.district),
        detail={"asked_by": asked.asked_by_id},
    )
    return asked


def _as_dict(row):
    return {name: getattr(row, name) for name in COLUMNS}


def tell_those_who_confirm(asked, district_id, title, *, but):
    """A message to each who may decide `asked`, except the keys in `but`."""
    postings = Posting.objects.on(timezone.localdate()).filter(
        role__in=CONFIRMING, grid__district=district_id, staff__is_active=True
    )
    holders = Staff.objects.filter(pk__in=postings.values("staff"))
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=person,
                kind="posting_change",
                title=title,
                body=str(asked),
                url=reverse("grids:posting_changes"),
                key=f"{asked._meta.model_name}-{asked.pk}",
                created_at=asked.asked_at,
            )
            for person in holders.exclude(pk__in=but)
        ]
    )


def waiting(by):
    """Those that wait in the places where `by` confirms, the oldest first."""
    rows = PostingChange.objects.filter(state=State.WAITING).visible_to(by, right="confirm")
    return rows.select_related("staff", "grid", "department", "asked_by").order_by("pk")


def decided(by, number):
    """The latest that were decided."""
    rows = PostingChange.objects.exclude(state=State.WAITING).visible_to(by, right="confirm")
    rows = rows.select_related("staff", "grid", "department", "asked_by", "decided_by")
    return rows.order_by("-decided_at", "-pk")[:number]


def who_is_two(district_id):
    """Names of people who hold two of the three roles today: they must choose before it is on."""
    roles: dict = {}
    rows = Posting.objects.on(timezone.localdate()).filter(
        role__in=THREE, grid__district=district_id
    )
    for posting in rows.select_related("staff"):
        roles.setdefault(posting.staff, set()).add(posting.role)
    return [str(person) for person, held in roles.items() if len(held) > 1]
