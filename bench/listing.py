"""A page of the list of people, deep down a million of them, and of a grid where few live or nobody."""

from functools import partial

from bench import crowd, searching, server
from bench.contest import Clock, Contest, Target, short
from bench.pages import session_of
from bench.serving import ask_all, serving

PAGES, SLICE, WARM = 24, 3, 2  # a numbered page this deep takes seconds


def contests(scale: float) -> list[Contest]:
    persons = max(int(crowd.PERSONS * scale), 2_000)
    depth, count = persons // 2, max(int(PAGES * scale), 8)
    stage = partial(server.standing, f"crowd{persons}", partial(crowd.settle, persons))
    readers = {
        "residents": searching.of_district,
        "residents of one grid": searching.of_grid,
        "residents of an empty grid": searching.of_nobody,
    }
    return [
        Contest(
            f"list {short(persons)} {name}",
            count,
            partial(_ask, stage, count, "gridmgmt.wsgi:application", partial(_ours, depth, reader)),
            partial(_ask, stage, SLICE, "bench.bare:application", partial(_numbered, depth)),
            partial(_ask, stage, count, "bench.bare:application", partial(_after, depth)),
            Target(times_floor=1.67),
            SLICE,
        )
        for name, reader in readers.items()
    ]


def _ask(stage, count, application, request_of, clock: Clock):
    with stage():
        request = request_of()
        with serving(application) as address:
            ask_all(address, [request] * WARM, 200)
            with clock:
                ask_all(address, [request] * count, 200)


def _ours(depth, reader):
    from django.urls import reverse

    after = f"?after={depth}" if reader is searching.of_district else ""
    return "GET", reverse("residents:people") + after, session_of(reader()), None


def _numbered(depth):
    return "GET", f"/people/page/?page={depth // 50 + 1}", {}, None


def _after(depth):
    return "GET", f"/people/after/?after={depth}", {}, None
