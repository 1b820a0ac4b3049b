"""The page of the day, /today/, beside the schedules of a whole district."""

from functools import partial

from bench import ground, planning
from bench.contest import Clock, Contest, Target, WrongWork, short
from bench.pages import session_of
from bench.serving import ask_all, serving

PAGES, WARM = 40, 4
FEW = 16
CONSTANT = f"<= {FEW} statements whoever asks"
# All households of a grid but the one that is due first moved away.
EMPTIED = """
UPDATE residents_household SET ended_on = %(today)s, end_reason = 'moved'
WHERE grid_id = %(grid)s AND ended_on IS NULL AND id <> (
    SELECT household.id FROM residents_household AS household
    JOIN inspections_schedule AS schedule ON schedule.household_id = household.id
    WHERE grid_id = %(grid)s AND ended_on IS NULL ORDER BY next_due_on LIMIT 1)
"""


def todays(households, stage) -> list[Contest]:
    """Of the workers of a full grid and of one where nearly nobody lives, and of a leader.

    The baseline reads household after household; the floor reads the same rows by one statement,
    without log-in, scope, care, last visits, campaigns, appointments and patrols.
    """
    count = PAGES if households > 10_000 else 4
    name = f"list {short(households)} today"
    readers = {"": worker, " of an empty grid": of_nobody, " of a leader": leader}
    return [
        Contest(
            name + whose,
            count,
            partial(_ask, stage, reader, count, "gridmgmt.wsgi:application", _ours),
            partial(_ask, stage, reader, count, "bench.bare:application", partial(_bare, "each")),
            partial(
                _ask, stage, reader, count, "bench.bare:application", partial(_bare, "at-once")
            ),
            Target(times_floor=1.67, promises=(CONSTANT,)),
            count,
        )
        for whose, reader in readers.items()
    ]


def _ask(stage, reader, count, application, request_of, clock: Clock):
    from django.utils import timezone

    with planning.planned(stage, timezone.localdate()):
        staff = reader()
        request = request_of(staff)
        if request_of is _ours:
            clock.promise(CONSTANT, _statements_of(staff) <= FEW)
        with serving(application) as address:
            ask_all(address, [request] * WARM, 200)
            with clock:
                ask_all(address, [request] * count, 200)


def _statements_of(staff):
    """How many statements the round of somebody takes, with what he or she may see."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from grids.models import Staff
    from inspections.visits import rounds

    reader = Staff.objects.get(pk=staff.pk)
    with CaptureQueriesContext(connection) as found:
        todays = rounds.todays_round(reader, timezone.localdate())
    if not todays.homes + todays.calls:
        raise WrongWork(f"today: nobody is to be visited by {staff.username}")
    return len(found)


def _ours(staff):
    from django.urls import reverse

    return "GET", reverse("inspections:today"), session_of(staff), None


def _bare(way, staff):
    return "GET", f"/today/{way}/?path={staff.postings.get().grid.path}", {}, None


# --- who asks ---


def worker():
    """Of the grid with the most households."""
    return _posted("today-worker", "grid_worker", _by_size()[0])


def leader():
    return _posted("today-leader", "grid_leader", _by_size()[0], tier="community")


def of_nobody():
    """A worker of a grid from which all but one household moved away."""
    staff = _posted("today-empty", "grid_worker", _by_size()[1])
    ground.run(EMPTIED, today=ground.TODAY, grid=staff.postings.get().grid_id)
    return staff


def _by_size():
    rows = ground.run(
        "SELECT grid_id FROM residents_household WHERE ended_on IS NULL"
        " GROUP BY grid_id ORDER BY count(*) DESC, grid_id LIMIT 2"
    )
    return [key for (key,) in rows]


def _posted(username, role, unit, tier="unit"):
    """Somebody who is posted to a unit grid, or to the grid of a tier above it; made once."""
    from grids.models import Grid, Posting, Staff

    grid = Grid.objects.above(Grid.objects.get(pk=unit)).get(tier=tier)
    staff, is_new = Staff.objects.get_or_create(
        username=username, defaults={"district_id": grid.district_id}
    )
    if is_new:
        Posting.objects.create(staff=staff, role=role, grid=grid, since=ground.SINCE)
    return staff
