"""三员分立 is switched off by two: one person asks, a second one confirms. Switching on takes one."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.models import DistrictProfile, SettingChange
from grids.people import separation
from grids.refusal import Refused

State = SettingChange.State


@transaction.atomic
def ask(district_id, *, by):
    """The SettingChange that waits from now on."""
    try:
        with transaction.atomic():
            asked = SettingChange.objects.create(
                district_id=district_id, asked_by=by, asked_at=timezone.now()
            )
    except IntegrityError:
        raise Refused(_("It waits for a second person already.")) from None
    audit.record(audit.Kind.PROPOSAL, of=asked, words=asked, by=by, district=district_id)
    separation.tell_those_who_confirm(
        asked, district_id, _("A setting waits for a second person"), but=[by.pk]
    )
    return asked


@transaction.atomic
def confirm(asked, *, by):
    asked = separation.settle(asked, State.CONFIRMED, by=by, may=may_decide)
    # A district without a profile has no such rule.
    for profile in DistrictProfile.objects.select_for_update().filter(district=asked.district_id):
        profile.has_three_administrators = False
        profile.save(update_fields=["has_three_administrators"])


@transaction.atomic
def refuse(asked, *, by):
    separation.settle(asked, State.REFUSED, by=by, may=may_decide)


def may_decide(asked, by):
    return asked.state == State.WAITING and by.pk != asked.asked_by_id


def waiting(by):
    rows = SettingChange.objects.filter(state=State.WAITING).visible_to(by, right="confirm")
    return rows.select_related("district", "asked_by").order_by("pk")


def decided(by, number):
    rows = SettingChange.objects.exclude(state=State.WAITING).visible_to(by, right="confirm")
    rows = rows.select_related("district", "asked_by", "decided_by")
    return rows.order_by("-decided_at", "-pk")[:number]
