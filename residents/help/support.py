"""Help (帮扶): who helps whom with what, until when; what was given; when it is looked at again."""

from dataclasses import dataclass
from datetime import timedelta

import pghistory
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from grids.models import Grid
from grids.refusal import Refused
from residents.changing import verb
from residents.help.care import check_end, check_live
from residents.models import SupportAid, SupportPlan

AHEAD = timedelta(days=14)
LISTED = 200


@verb
def plan(
    resident,
    *,
    what,
    since,
    by,
    helper=None,
    helper_name="",
    department=None,
    until=None,
    review_on=None,
):
    """Somebody (staff, or a name outside the staff) helps this person from a day on."""
    check_live(resident)
    if helper is None and not helper_name:
        raise Refused(_("Say who helps."))
    with pghistory.context(user=by.pk, source="edit"):
        return SupportPlan.objects.create(
            resident=resident,
            what=what,
            since=since,
            until=until,
            review_on=review_on,
            helper=helper,
            helper_name=helper_name,
            department=department,
        )


@verb
def review(found, *, on, outcome, by, review_on=None, until=None):
    """Looked at: what came of it, and when again; `until` closes the plan."""
    found.refresh_from_db(from_queryset=_locked())
    if found.until is not None and found.until < on:
        raise Refused(_("It has ended already."))
    if until is not None:
        check_end(found, until)
    elif review_on is not None and review_on <= on:
        raise Refused(_("The next review is after this one."))
    found.reviewed_on, found.outcome = on, outcome
    found.review_on = None if until is not None else review_on
    found.until = until if until is not None else found.until
    with pghistory.context(user=by.pk, source="edit"):
        found.save(update_fields=["reviewed_on", "outcome", "review_on", "until"])


@verb
def give(found, *, on, what, by, worth=None):
    """Something was given under the plan."""
    if on < found.since or (found.until is not None and on > found.until):
        raise Refused(_("On that day the plan did not run."))
    with pghistory.context(user=by.pk, source="edit"):
        return SupportAid.objects.create(plan=found, given_on=on, what=what, worth=worth, by=by)


def _locked():
    return SupportPlan.objects.select_for_update(of=("self",))


@dataclass
class Due:
    """Plans to be reviewed at a place: the numbers by grid, and the first of them."""

    by_grid: list  # [(Grid, number, of these late)]
    plans: list
    total: int
    late: int


def running(staff, here, today):
    """Plans of people who live here that run today, as far as `staff` reads of care."""
    rows = SupportPlan.objects.on(today).filter(resident__ended_on=None)
    if here is not None:
        below = Grid.objects.below(here).values("pk")
        rows = rows.filter(resident__grid__in=below)
    return rows.readable_by(staff)


def due(staff, here, today, *, is_all=False):
    """What is to be reviewed within two weeks or is late (or all that run), by grid."""
    rows = running(staff, here, today).order_by()
    if not is_all:
        rows = rows.filter(review_on__lte=today + AHEAD)
    late = Count("pk", filter=Q(review_on__lt=today))
    counts = rows.values_list("resident__grid").annotate(Count("pk"), late=late)
    numbers = {grid: (number, of_these) for grid, number, of_these in counts}
    grids = Grid.objects.filter(pk__in=numbers).defer("boundary").order_by("path")
    plans = rows.select_related(
        "resident__household__dwelling", "resident__grid", "helper", "department"
    ).order_by("resident__grid__path", "review_on", "pk")
    return Due(
        [(grid, *numbers[grid.pk]) for grid in grids],
        list(plans[:LISTED]),
        sum(number for number, __ in numbers.values()),
        sum(of_these for __, of_these in numbers.values()),
    )
