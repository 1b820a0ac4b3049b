"""Who was entered by mistake (a birth, a new member, a new household) is taken out again. The row
stays, with the reason, and can be brought back."""

from datetime import timedelta

from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.changing import verb
from residents.life import going, ground
from residents.life.ground import Done
from residents.models.lasting import EndReason

DAYS = timedelta(days=7)


def entered_lately(household, now):
    """Live members that somebody entered by hand, not longer ago than that."""
    events = apps.get_model("residents", "ResidentEvent").objects
    rows = events.filter(pgh_obj__in=household.residents.live().order_by().values("pk"))
    rows = rows.filter(pgh_label="insert", pgh_created_at__gte=now - DAYS)
    by_hand = rows.filter(pgh_context__metadata__source="life")
    return household.residents.live().filter(pk__in=by_hand.values("pgh_obj"))


@verb
def take_out(household, *, by, member, note, head=None):
    """`note` is the reason; `head` the new head where the head was the mistake and others stay."""
    household = ground.lock(household)
    if not note:
        raise Refused(_("Say why it was a mistake."))
    if not entered_lately(household, timezone.now()).filter(pk=member.pk).exists():
        raise Refused(
            _("Only who was entered by hand in the last 7 days is taken out as a mistake.")
        )
    today, why = timezone.localdate(), _("Entered by mistake")
    household, is_over = going.end(
        household, [member], EndReason.MISTAKE, today, head, by, why, note
    )
    return Done(
        household,
        _("Taken out; nobody is left and the household is closed.") if is_over else _("Taken out."),
    )
