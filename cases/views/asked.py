"""Which list of cases an address asks for, and its order: the list, the bulk steps and the workbook
read it alike. Open ones come by their limit, with closed ones the newest first."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cases.forms.filters import CaseFilter
from cases.lists import listing
from cases.lists.branches import Branches
from cases.views import place
from grids.lists.paging import Order
from grids.models import Grid
from grids.scope import Scope

URGENT_FIRST, LATEST_FIRST = Order("due_at"), Order("reported_at", is_descending=True)


@dataclass
class Asked:
    shows: list
    show: listing.Show
    grid: Grid | None
    form: CaseFilter
    rows: Branches
    tally: dict | None  # of the list before it is narrowed; None for all that ever were
    now: datetime

    @property
    def order(self):
        return LATEST_FIRST if self.show.is_history else URGENT_FIRST

    @property
    def total(self):
        """How many there are; None where that is too much to count."""
        if not self.show.is_counted:
            return None
        is_whole = self.tally is not None and self.form.is_valid()
        if is_whole and not self.form.chosen:
            return sum(self.tally.values())
        return self.rows.count()

    def words(self):
        """What narrows the list, in words."""
        place = [self.grid.name] if self.grid is not None else []
        return [*place, *self.form.words().values()]


def asked(request) -> Asked:
    scope = Scope.of(request.user)
    scope.demand("case.view", "case.report")
    now, shows = timezone.now(), listing.shows_for(request.user)
    wanted = request.GET.get("show")
    show = next((show for show in shows if show.key == wanted), shows[0])
    every = listing.rows_of(show, request.user, now=now)
    grid = place.chosen(request)
    if grid is not None:
        every = every.each(lambda rows: listing.in_place(rows, grid))
    tally = None if show.is_history else every.tally()
    form = CaseFilter(request.GET, tally=tally, districts=scope.district_ids)
    rows = every.each(lambda rows: _narrowed(rows, form, now))
    return Asked(shows, show, grid, form, rows, tally, now)


def _narrowed(rows, form, now):
    if not form.is_valid():
        return rows.none()
    return listing.narrow(rows, now=now, **form.chosen)
