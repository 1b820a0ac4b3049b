"""Point -> unit grid, against a loop over all boundaries and the bare index of the geometry library."""

import functools
import random

from bench import ground, server
from bench.contest import Clock, Contest, Target, WrongWork, short

POINTS = 10_000
SLICE = 500


def contests(scale: float) -> list[Contest]:
    count = max(int(POINTS * scale), 100)
    part = min(count, SLICE)
    return [
        Contest(
            f"locate {short(count)}",
            count,
            functools.partial(_ours, count),
            functools.partial(_loop, part),
            functools.partial(_bare_tree, count),
            Target(ms_each=0.05),
            part,
        )
    ]


def _ours(count, clock: Clock):
    from grids.boundaries import locate

    with server.standing("ground", ground.lay_ground):
        district, points = ground.district().pk, _points(count)
        locate.forget()
        locate.locate(district, *points[0])
        with clock:
            found = [locate.locate(district, lon, lat) for lon, lat in points]
    _check(found, points)


def _loop(count, clock: Clock):
    import shapely

    areas, points = _areas(), _points(count)
    found = []
    with clock:
        for lon, lat in points:
            point = shapely.Point(lon, lat)
            found.append(next((code for code, area in areas if area.contains(point)), None))
    _check(found, points)


def _bare_tree(count, clock: Clock):
    import shapely

    points = _points(count)
    tree = shapely.STRtree([area for _, area in _areas()])
    with clock:
        for lon, lat in points:
            tree.query(shapely.Point(lon, lat), predicate="intersects")


@functools.cache
def _areas():
    """(code, polygon) of the unit grids, as the template's generator draws them."""
    from gridmgmt.demo import places
    from grids.boundaries.boundaries import shape_of

    _, found = places.plan_district(ground.SEED)
    units = [place for place in found if place.tier == "unit"]
    return [(place.code, shape_of(place.boundary)) for place in units]


@functools.cache
def _points(count):
    import shapely

    chance = random.Random(f"points {count}")
    west, south, east, north = shapely.total_bounds([area for _, area in _areas()])
    return [(chance.uniform(west, east), chance.uniform(south, north)) for _ in range(count)]


def _check(found, points):
    if len(found) != len(points) or found.count(None) > len(points) / 5:
        raise WrongWork("points were not found in any unit grid")
