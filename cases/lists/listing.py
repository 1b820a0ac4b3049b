"""Which cases a person looks at: the lists by role, and how each can be narrowed."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.lists import narrowing, scope_of_board
from cases.lists.branches import Branches
from cases.models import FINISHED, Case, CaseCheck, CaseHelp, Extension, Pause, Stage
from grids.models import Grid, Tier
from grids.scope import Scope


@dataclass(frozen=True)
class Show:
    """A list by role: its name, and the rights of which one is needed to be offered it."""

    key: str
    label: str | Promise
    rights: tuple = ("case.view", "case.report")
    is_history: bool = False
    is_tab: bool = True  # else only a number of the board or of the trends leads there
    is_counted: bool = True


SHOWS = [
    Show("department", _("My department's"), ("case.handle",)),
    Show("helping", _("We help"), ("case.help",)),
    Show("sort", _("To register and dispatch"), ("case.register", "case.dispatch")),
    Show("returned", _("Sent back"), ("case.dispatch",)),
    Show("verify", _("To verify"), ("case.verify",)),
    Show("extensions", _("Extensions to decide"), ("case.extend",)),
    Show("checks", _("To look at"), ("case.check",)),
    Show("accompanied", _("I stay with"), ("case.solve",)),
    Show("mine", _("Mine")),
    Show("today", _("End today"), ("case.view",)),
    Show("paused", _("Paused"), ("case.pause", "case.handle")),
    Show("open", _("All open"), ("case.view",)),
    Show(
        "all",
        _("All, closed ones too"),
        is_history=True,
        is_counted=False,
    ),
    Show("board", _("On the board"), ("case.board",), is_tab=False),
    Show(
        "counted",
        _("Counted in the figures"),
        ("case.board",),
        is_history=True,
        is_tab=False,
    ),
]


def shows_for(staff):
    scope = Scope.of(staff)
    return [show for show in SHOWS if any(scope.has(right) for right in show.rights)]


def rows_of(show, staff, *, now) -> Branches:
    """The cases of a list, within the person's scope."""
    return LISTS[show.key](staff, now)


def _seen(staff, rows, right="view"):
    return Branches.visible_to(staff, rows, right)


def _department(staff, now):
    departments = Scope.of(staff).reach("case.handle").departments
    return Branches([Case.objects.open().filter(department__in=departments)])


def _helping(staff, now):
    departments = Scope.of(staff).reach("case.help").departments
    asked = CaseHelp.objects.filter(department__in=departments, done_at=None)
    return Branches([_of(asked)])


def _sort(staff, now):
    # Open says nothing more, but the indexes of open cases know nothing of stages.
    waiting = Case.objects.open().filter(stage__in=[Stage.REPORTED, Stage.REGISTERED])
    return _seen(staff, waiting, "dispatch")


def _returned(staff, now):
    """Back at the desk: those of the place, and those that the person is to decide."""
    back = Case.objects.open().filter(stage=Stage.REGISTERED, returns__gt=0)
    ours = _seen(staff, back, "dispatch")
    named = _seen(staff, back.filter(decider=staff))
    return Branches([*ours.parts, *named.parts])


def _verify(staff, now):
    waiting = Case.objects.open().filter(stage=Stage.FEEDBACK).exclude(handler=staff)
    return _seen(staff, waiting, "verify")


def _extensions(staff, now):
    asked = Extension.objects.filter(state=Extension.State.WAITING)
    waiting = _of(asked.exclude(asked_by=staff))
    return Branches([waiting.visible_to(staff, right="extend")])


def _checks(staff, now):
    return _seen(staff, _of(CaseCheck.objects.filter(worker=staff, answered_at=None)))


def _accompanied(staff, now):
    return _seen(staff, Case.objects.open().filter(companion=staff))


def _mine(staff, now):
    """Reported by me, or in my hands. Each half has an index of its own."""
    halves = [{"reporter": staff}, {"handler": staff}]
    found = [_seen(staff, Case.objects.open().filter(**half)) for half in halves]
    return Branches([part for half in found for part in half.parts])


def _today(staff, now):
    midnight = datetime.combine(
        timezone.localdate(now) + timedelta(days=1),
        time(),
        timezone.get_current_timezone(),
    )
    return _seen(staff, Case.objects.open().filter(due_at__lt=midnight))


def _paused(staff, now):
    standing = Pause.objects.filter(ended_at=None, until_at__gt=now)
    return Branches([_of(standing).visible_to(staff)])


def _open(staff, now):
    return _seen(staff, Case.objects.open())


def _all(staff, now):
    # The district lets a whole street be read from the latest on, instead of being sorted.
    return _seen(staff, Case.objects.filter(district__in=Scope.of(staff).district_ids))


def _board(staff, now):
    """What the board counts for the person."""
    return _seen(staff, Case.objects.open().filter(scope_of_board.seen(staff)), "board")


def _counted(staff, now):
    """What the trends count: rejected cases, merged ones among them, are not."""
    scope = Scope.of(staff)
    districts = scope.district_ids | scope.reach("case.board").districts
    filed = Case.objects.filter(district__in=districts).exclude(stage=Stage.REJECTED)
    return _seen(staff, filed.filter(scope_of_board.seen(staff)), "board")


def _of(records):
    """The open cases of rows that hang on a case."""
    return Case.objects.open().filter(pk__in=records.values("case"))


LISTS = {
    "department": _department,
    "helping": _helping,
    "sort": _sort,
    "returned": _returned,
    "verify": _verify,
    "extensions": _extensions,
    "checks": _checks,
    "accompanied": _accompanied,
    "mine": _mine,
    "today": _today,
    "paused": _paused,
    "open": _open,
    "all": _all,
    "board": _board,
    "counted": _counted,
}


def narrow(rows, *, now, light="", stage="", q="", **more):
    """`more`: words of `narrowing.condition`."""
    if light:
        rows = {"red": rows.red, "yellow": rows.yellow, "green": rows.green}[light](now=now)
    if stage:
        rows = (rows if stage in FINISHED else rows.open()).filter(stage=stage)
    if q:
        words = q.strip()
        rows = rows.filter(
            Q(number__icontains=words) | Q(title__icontains=words) | Q(address__icontains=words)
        )
    return rows.filter(narrowing.condition(**more))


def in_place(rows, grid):
    """The rows that lie in a grid or below it; a whole district by its own column."""
    if grid.tier == Tier.DISTRICT:
        return rows.filter(district=grid)
    if grid.tier == Tier.CITY:
        return rows.filter(district__parent=grid)
    return rows.filter(grid__in=Grid.objects.history_of(grid))
