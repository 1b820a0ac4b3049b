"""A contest: ours, the baseline and the floor, in turn, several rounds; the median counts."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


class WrongWork(Exception):
    """A side did not do the work that is being timed."""


class Clock:
    """Counts only what happens inside `with clock:`."""

    def __init__(self):
        self.seconds = 0.0
        self.kept: dict[str, bool] = {}

    def __enter__(self):
        self._began = time.perf_counter()

    def __exit__(self, *_):
        self.seconds += time.perf_counter() - self._began

    def median_of(self, times: int, do: Callable[[], object]) -> object:
        """Do it several times and count the median: for what takes a few milliseconds."""
        took = []
        for _ in range(times):
            began = time.perf_counter()
            result = do()
            took.append(time.perf_counter() - began)
        self.seconds += statistics.median(took)
        return result

    def promise(self, what: str, is_kept: bool):
        """Something beside the time that the target asks for."""
        self.kept[what] = self.kept.get(what, True) and is_kept


Side = Callable[[Clock], None]


@dataclass(frozen=True)
class Target:
    times_baseline: float | None = None  # at least so many times as fast
    times_floor: float | None = None  # at most so many times as long
    ms_each: float | None = None
    promises: tuple[str, ...] = ()

    def __str__(self):
        parts = [
            f">= {self.times_baseline:g}x baseline" if self.times_baseline else "",
            f"<= {self.times_floor:g}x floor" if self.times_floor else "",
            f"<= {self.ms_each:g} ms each" if self.ms_each else "",
            *self.promises,
        ]
        return ", ".join(part for part in parts if part)

    def is_met(self, *, ours, baseline, floor, size, kept) -> bool:
        return all(
            (
                not self.times_baseline or baseline >= self.times_baseline * ours,
                not self.times_floor or ours <= self.times_floor * floor,
                not self.ms_each or ours * 1000 / size <= self.ms_each,
                all(kept.get(promise, False) for promise in self.promises),
            )
        )


@dataclass(frozen=True)
class Contest:
    """`baseline_n`: how many of `size` the baseline does; its time is scaled to all of them."""

    name: str
    size: int
    ours: Side
    baseline: Side
    floor: Side
    target: Target
    baseline_n: int


def hold(contest: Contest, rounds: int) -> dict:
    """The row of the table, in the form of bench.json."""
    seconds: dict[str, list[float]] = {"ours": [], "baseline": [], "floor": []}
    kept: dict[str, bool] = {}
    for _ in range(rounds):
        for side, times in seconds.items():
            clock = Clock()
            getattr(contest, side)(clock)
            times.append(clock.seconds)
            for promise, is_kept in clock.kept.items():
                kept[promise] = kept.get(promise, True) and is_kept
    ours, baseline, floor = (statistics.median(times) for times in seconds.values())
    baseline *= contest.size / contest.baseline_n
    return {
        "name": contest.name,
        "size": contest.size,
        "ours_s": round(ours, 6),
        "baseline_s": round(baseline, 6),
        "baseline_n": contest.baseline_n,
        "floor_s": round(floor, 6),
        "vs_baseline": round(baseline / ours, 2),
        "vs_floor": round(ours / floor, 2),
        "target": str(contest.target),
        "met": contest.target.is_met(
            ours=ours, baseline=baseline, floor=floor, size=contest.size, kept=kept
        ),
    }


def short(number: int) -> str:
    """10k, 1M, 250: sizes as they stand in names."""
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit and number % (unit // 10) == 0:
            return f"{number / unit:g}{letter}"
    return str(number)
