"""Do the areas below a parent cover it, completely and once?

Pure, like `boundaries`. Faults are found exactly, in degrees, and measured in square metres;
the tolerance then decides which are worth a person's time. `shapely.coverage_is_valid` alone
does not do: it sees overlaps, but never a missing piece.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from grids.boundaries.boundaries import area_m2, shape_of

DEFAULT_TOLERANCE_M2 = 100.0
GAP, HOLE, OVERLAP, STRAY = "gap", "hole", "overlap", "stray"


@dataclass(frozen=True)
class Fault:
    """One place that is wrong. `codes` are the areas next to it or in it."""

    kind: str
    area_m2: float
    lon: float
    lat: float
    codes: tuple[str, ...]

    def as_dict(self) -> dict:
        return {
            **asdict(self),
            "codes": list(self.codes),
            "area_m2": round(self.area_m2, 3),
        }


@dataclass
class Coverage:
    """Faults above the tolerance, largest first, and how much below it was passed over."""

    areas: int
    tolerance_m2: float
    faults: list[Fault] = field(default_factory=list)
    ignored: int = 0
    ignored_m2: float = 0.0

    @property
    def is_complete(self) -> bool:
        return not self.faults

    def of_kind(self, kind: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.kind == kind]

    def total_m2(self, kind: str) -> float:
        return sum(fault.area_m2 for fault in self.of_kind(kind))


def check_coverage(
    children: Iterable[tuple[str, Any]],
    *,
    parent: Any = None,
    exclusions: Iterable[Any] = (),
    tolerance_m2: float = DEFAULT_TOLERANCE_M2,
) -> Coverage:
    """Gaps, interior holes, overlaps and strays of `children` = (code, boundary).

    Boundaries are GeoJSON geometries or shapely polygons. Without a parent only holes and
    overlaps can be known. Declared exclusions (a lake, a barracks) are not missing. A fault of
    no more than `tolerance_m2` is counted as ignored; 0 reports every one.
    """
    import shapely

    codes, polygons = _sorted_shapes(children)
    tree = shapely.STRtree(polygons)
    union = _union(polygons)
    outline = None if parent is None else shape_of(parent)
    excluded = shapely.union_all([shape_of(area) for area in exclusions])

    pieces = [(OVERLAP, part, pair) for part, pair in _overlaps(polygons, tree)]
    holes = _holes(union).difference(excluded)
    if outline is not None:
        holes = holes.intersection(outline)
    pieces += [(HOLE, part, None) for part in _parts(holes)]
    if outline is not None:
        pieces += _missing_and_stray(outline, union, excluded)
    report = Coverage(areas=len(codes), tolerance_m2=tolerance_m2)
    for kind, part, pair in pieces:
        _add(report, kind, part, [codes[i] for i in _touched(pair, part, tree)])
    report.faults.sort(key=lambda fault: (-fault.area_m2, fault.codes))
    return report


def _sorted_shapes(children):
    ordered = sorted((code, shape_of(boundary)) for code, boundary in children)
    return [code for code, __ in ordered], [polygon for __, polygon in ordered]


def _union(polygons):
    import shapely

    if shapely.coverage_is_valid(polygons):
        return shapely.coverage_union_all(polygons)
    return shapely.union_all(polygons)


def _holes(union):
    import shapely

    rings = [ring for part in _parts(union) for ring in part.interiors]
    # An area that lies in another's hole fills it.
    return shapely.union_all([shapely.Polygon(ring) for ring in rings]).difference(union)


def _overlaps(polygons, tree):
    """(piece, pair of indexes); only areas whose edges do not match are compared."""
    import numpy as np
    import shapely

    suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(polygons)))
    if not len(suspects):
        return []
    inputs, found = tree.query(np.asarray(polygons)[suspects], predicate="intersects")
    meetings = zip(suspects[inputs], found, strict=True)
    pairs = sorted({(min(a, b), max(a, b)) for a, b in meetings if a != b})
    return [
        (part, pair)
        for pair in pairs
        for part in _parts(polygons[pair[0]].intersection(polygons[pair[1]]))
    ]


def _missing_and_stray(outline, union, excluded):
    import shapely

    # Holes were reported by themselves: what is left of a gap touches the parent's edge.
    missing = outline.difference(shapely.union_all([union, excluded, _holes(union)]))
    stray = union.difference(outline)
    return [(GAP, part, None) for part in _parts(missing)] + [
        (STRAY, part, None) for part in _parts(stray)
    ]


def _parts(geometry) -> list:
    """The polygons of anything; lines and points have no area."""
    if geometry.is_empty:
        return []
    if geometry.geom_type == "Polygon":
        return [geometry]
    return [part for piece in getattr(geometry, "geoms", []) for part in _parts(piece)]


def _touched(pair, part, tree):
    return pair if pair is not None else sorted(tree.query(part, predicate="intersects"))


def _add(report, kind, part, codes):
    size = area_m2(part)
    if size <= report.tolerance_m2 and report.tolerance_m2 > 0:
        report.ignored += 1
        report.ignored_m2 += size
        return
    place = part.representative_point()
    report.faults.append(Fault(kind, size, round(place.x, 7), round(place.y, 7), tuple(codes)))
