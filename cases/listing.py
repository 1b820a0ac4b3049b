"""Which cases a person looks at: the lists by role, and how each can be narrowed."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Stage
from cases.steps import FINISHED
from grids.models import Grid, Tier
from grids.scope import Scope


@dataclass(frozen=True)
class Show:
    """A list by role: its name, and the rights of which one is needed to be offered it."""

    key: str
    label: str
    rights: tuple = ("case.view", "case.report")
    is_history: bool = False


SHOWS = [
    Show("department", _("My department's"), ("case.handle",)),
    Show("sort", _("To register and dispatch"), ("case.register", "case.dispatch")),
    Show("verify", _("To verify"), ("case.verify",)),
    Show("mine", _("Mine")),
    Show("today", _("End today"), ("case.view",)),
    Show("open", _("All open"), ("case.view",)),
    Show("all", _("All, closed ones too"), is_history=True),
]


def shows_for(staff):
    scope = Scope.of(staff)
    return [show for show in SHOWS if any(scope.has(right) for right in show.rights)]


def rows_of(show, staff, *, now):
    """The cases of a list, within the person's scope."""
    return LISTS[show.key](staff, now)


def _department(staff, now):
    departments = Scope.of(staff).reach("case.handle").departments
    return Case.objects.open().filter(department__in=departments)


def _sort(staff, now):
    # Open says nothing more, but the indexes of open cases know nothing of stages.
    waiting = Case.objects.open().filter(stage__in=[Stage.REPORTED, Stage.REGISTERED])
    return waiting.visible_to(staff, right="dispatch")


def _verify(staff, now):
    waiting = Case.objects.open().filter(stage=Stage.FEEDBACK).exclude(handler=staff)
    return waiting.visible_to(staff, right="verify")


def _mine(staff, now):
    """Reported by me, or in my hands. Each half has an index of its own."""
    reported = Case.objects.open().filter(reporter=staff).values("pk")
    handled = Case.objects.open().filter(handler=staff).values("pk")
    return Case.objects.open().filter(pk__in=reported.union(handled)).visible_to(staff)


def _today(staff, now):
    midnight = datetime.combine(
        timezone.localdate(now) + timedelta(days=1),
        time(),
        timezone.get_current_timezone(),
    )
    return Case.objects.open().filter(due_at__lt=midnight).visible_to(staff)


def _open(staff, now):
    return Case.objects.open().visible_to(staff)


def _all(staff, now):
    return Case.objects.visible_to(staff)


LISTS = {
    "department": _department,
    "sort": _sort,
    "verify": _verify,
    "mine": _mine,
    "today": _today,
    "open": _open,
    "all": _all,
}


NO_DEPARTMENT = "none"


def narrow(rows, *, now, light="", stage="", category="", department="", q=""):
    if light:
        rows = {"red": rows.red, "yellow": rows.yellow, "green": rows.green}[light](
            now=now
        )
    if stage:
        rows = (rows if stage in FINISHED else rows.open()).filter(stage=stage)
    if category:
        rows = rows.filter(category=category)
    if department:
        rows = rows.filter(
            department=None if department == NO_DEPARTMENT else department
        )
    if q:
        words = q.strip()
        rows = rows.filter(
            Q(number__icontains=words)
            | Q(title__icontains=words)
            | Q(address__icontains=words)
        )
    return rows


def in_place(rows, grid):
    """The rows that lie in a grid or below it; a whole district by its own column."""
    if grid.tier == Tier.DISTRICT:
        return rows.filter(district=grid)
    if grid.tier == Tier.CITY:
        return rows.filter(district__parent=grid)
    return rows.filter(grid__in=Grid.objects.history_of(grid))
