"""Invented boundaries that tile: streets, communities, base and unit grids.

All areas are rectangles of one bent and jittered lattice and name every lattice point on their
edge, so neighbours share each vertex and the parents are exactly the union of their children.
"""

import math
import random
from dataclasses import dataclass
from itertools import pairwise

DIGITS = 7
SMALLEST = 2  # lattice cells along a unit grid's side


@dataclass(frozen=True)
class Frame:
    """Where the lattice lies: centre, size in degrees, points."""

    lon: float
    lat: float
    width: float
    height: float
    columns: int
    rows: int
    bend: float = 0.035
    jitter: float = 0.22


@dataclass(frozen=True)
class Area:
    """A rectangle [x0, x1] x [y0, y1] of lattice points; y grows to the south."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0


class Lattice:
    """Lattice points as (lon, lat), and outlines of rectangles as GeoJSON."""

    def __init__(self, frame: Frame, seed: int):
        self.frame = frame
        chance = random.Random(f"lattice {seed}")
        self._points = [
            [self._point(x, y, chance) for x in range(frame.columns + 1)]
            for y in range(frame.rows + 1)
        ]

    def whole(self) -> Area:
        return Area(0, 0, self.frame.columns, self.frame.rows)

    def boundary(self, area: Area) -> dict:
        points = self._points
        south = [points[area.y1][x] for x in range(area.x0, area.x1)]
        east = [points[y][area.x1] for y in range(area.y1, area.y0, -1)]
        north = [points[area.y0][x] for x in range(area.x1, area.x0, -1)]
        west = [points[y][area.x0] for y in range(area.y0, area.y1)]
        ring = [*south, *east, *north, *west]
        return {"type": "Polygon", "coordinates": [[list(p) for p in [*ring, ring[0]]]]}

    def inside(self, area: Area, right: float, down: float) -> tuple[float, float]:
        """A place in the area, `right` and `down` of it between 0 and 1."""
        x, y = area.x0 + right * area.width, area.y0 + down * area.height
        column, row = min(int(x), area.x1 - 1), min(int(y), area.y1 - 1)
        corners = [self._points[row + j][column + i] for j in (0, 1) for i in (0, 1)]
        u, v = x - column, y - row
        weights = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v]
        lon, lat = (
            sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True))
            for axis in (0, 1)
        )
        return round(lon, DIGITS), round(lat, DIGITS)

    def _point(self, x, y, chance):
        frame = self.frame
        u, v = x / frame.columns, y / frame.rows
        bend_u = frame.bend * (math.sin(5.1 * v + 0.6) + 0.5 * math.sin(11 * u + 3 * v))
        bend_v = frame.bend * (math.sin(4.3 * u + 1.9) + 0.5 * math.cos(9 * v - 2 * u))
        dx = chance.uniform(-frame.jitter, frame.jitter) / frame.columns
        dy = chance.uniform(-frame.jitter, frame.jitter) / frame.rows
        lon = frame.lon + frame.width * (u + bend_u + dx - 0.5)
        lat = frame.lat - frame.height * (v + bend_v + dy - 0.5)
        return round(lon, DIGITS), round(lat, DIGITS)


def split(area: Area, needs: list[tuple[int, int]], weights: list[float]) -> list[Area]:
    """One rectangle for each of `weights`, in order, side by side or one below the other.

    `needs` = the columns and rows that each rectangle must at least have, in cells.
    """
    if len(weights) == 1:
        return [area]
    half = _middle(weights)
    share = sum(weights[:half]) / sum(weights)
    parts = _cut(area, share, needs[:half], needs[half:])
    return split(parts[0], needs[:half], weights[:half]) + split(
        parts[1], needs[half:], weights[half:]
    )


def share_out(area: Area, weights: list[float], *, across: str) -> list[Area]:
    """The area in strips from west to east ("x") or from north to south ("y")."""
    if across == "x":
        steps = _steps(area.x0, area.x1, weights)
        return [Area(a, area.y0, b, area.y1) for a, b in pairwise(steps)]
    steps = _steps(area.y0, area.y1, weights)
    return [Area(area.x0, a, area.x1, b) for a, b in pairwise(steps)]


def divide(area: Area, units_by_base: list[int]) -> list[tuple[Area, list[Area]]]:
    """Base grids are strips from north to south, unit grids their pieces from west to east."""
    strips = share_out(area, list(map(float, units_by_base)), across="y")
    return [
        (strip, share_out(strip, [1.0] * units, across="x"))
        for strip, units in zip(strips, units_by_base, strict=True)
    ]


def _middle(weights):
    half, total = 0.0, sum(weights)
    for index, weight in enumerate(weights[:-1], start=1):
        half += weight
        if half >= total / 2 - weight / 2:
            return index
    return len(weights) - 1


def _cut(area, share, first, second):
    """Cut across the longer side, but leave both sides room for what must fit in."""
    for across in sorted(("x", "y"), key=lambda axis: axis == ("x" if _is_tall(area) else "y")):
        low = area.x0 if across == "x" else area.y0
        high = area.x1 if across == "x" else area.y1
        least, most = (
            low + _room(first, area, across),
            high - _room(second, area, across),
        )
        if least <= most:
            at = min(max(round(low + share * (high - low)), least), most)
            if across == "x":
                return Area(low, area.y0, at, area.y1), Area(at, area.y0, high, area.y1)
            return Area(area.x0, low, area.x1, at), Area(area.x0, at, area.x1, high)
    raise ValueError(f"{len(first) + len(second)} areas do not fit into {area}")


def _is_tall(area):
    return area.height > area.width


def _room(needs, area, across):
    """Cells that `needs` take along an axis, packed into the other one's length."""
    columns, rows = max(need[0] for need in needs), max(need[1] for need in needs)
    if across == "x":
        return columns * math.ceil(len(needs) / max(1, area.height // rows))
    return rows * math.ceil(len(needs) / max(1, area.width // columns))


def _steps(low, high, weights):
    """Cut points from low to high in proportion to the weights, each step >= SMALLEST."""
    total, points, done = sum(weights), [low], 0.0
    for index, weight in enumerate(weights[:-1], start=1):
        done += weight
        at = round(low + (high - low) * done / total)
        rest = SMALLEST * (len(weights) - index)
        points.append(max(min(at, high - rest), points[-1] + SMALLEST))
    return [*points, high]
