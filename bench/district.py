"""A whole district, a million persons and a million cases, as a template database; contests in it.

Whoever wants to measure at this size uses `clone` (to write) or `standing` (to read, or to write
what the next one empties). The template takes some minutes once, and again when its sources change.
"""

import contextlib
from dataclasses import replace
from functools import partial

from bench import ground, lateness, planning, rounding, server
from bench.contest import Contest, short

COMMUNITIES = 169


def contests(scale: float) -> list[Contest]:
    size = size_of(scale)
    board = f"board {short(size.cases)}/{short(size.open_cases)}"
    return [
        lateness.board(board, size.open_cases, partial(standing, scale)),
        planning.schedules(size.households, partial(_without_schedules, scale)),
        planning.reminders(size.households, partial(standing, scale)),
        *rounding.todays(size.households, partial(standing, scale)),
    ]


def clone(scale: float = 1.0):
    """A copy of one's own; at full size it takes as long as copying 2.6 GB."""
    return server.clone(_kind(scale), partial(fill, scale))


def standing(scale: float = 1.0):
    """One copy for the whole run."""
    return server.standing(_kind(scale), partial(fill, scale))


def size_of(scale: float):
    from gridmgmt.demo.seed import SCALES

    full = SCALES["district"]
    if scale == 1:
        return full
    return replace(
        full,
        households=max(int(full.households * scale), 300),
        persons=max(int(full.persons * scale), 1_050),
        premises=20,
        cases=max(int(full.cases * scale), 1_000),
        open_cases=max(int(full.open_cases * scale), 100),
        communities=min(max(int(COMMUNITIES * scale), 3), COMMUNITIES),
    )


def fill(scale: float):
    from gridmgmt.demo import seed

    seed.seed(now=ground.NOW, seed=ground.SEED, scale=size_of(scale))
    # Demo accounts may not log in here.
    ground.run("UPDATE grids_staff SET is_demo = false")


def _kind(scale):
    return f"district{size_of(scale).households}"


@contextlib.contextmanager
def _without_schedules(scale):
    with standing(scale):
        ground.run("TRUNCATE inspections_schedule CASCADE")
        yield
