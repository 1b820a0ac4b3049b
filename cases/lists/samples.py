"""Cases drawn by lot that wait: for a second look on the ground, or for a call to who reported."""

from django.utils.translation import gettext_lazy as _

from cases.models import Sample
from grids.scope import Scope

K = Sample.Kind
TITLES = {K.RECHECK: _("To re-check"), K.CALL_BACK: _("To call back")}
RIGHTS = {K.RECHECK: "case.recheck", K.CALL_BACK: "case.call_back"}


def kinds_for(staff):
    return [kind for kind, right in RIGHTS.items() if Scope.of(staff).has(right)]


def waiting(kind, staff):
    """Samples that this person may look at; nobody checks the own work. By key: first drawn first."""
    rows = Sample.objects.filter(kind=kind, done_at=None)
    rows = rows.exclude(case__handler=staff)
    return rows.visible_to(staff, right=RIGHTS[kind].partition(".")[2]).order_by("pk")
