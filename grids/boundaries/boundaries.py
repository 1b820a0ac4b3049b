"""Boundaries of grids: reading GeoJSON, areas in square metres, which grid a point is in.

Everything here is pure. `shapely` is imported inside functions: it costs a process 90 MB,
and most processes never look at a boundary.
Source of the rules: RFC 7946 (GeoJSON), WGS-84 longitude and latitude in degrees.
"""

import math
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from grids.refusal import Refused

MAX_SPAN_DEGREES = 3.0  # about 300 km: no district in a city is wider
COORDINATE_DIGITS = 7  # about 1 cm
ON_THE_LINE_DEGREES = 1e-9  # 0.1 mm: a point that rounding pushed off a shared line
WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")

_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY_2 = 0.0066943799901413165


class BoundaryError(Refused):
    """A boundary that cannot be used. `code` is stable, the text is for the user."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def read_boundary(data: Any, *, max_span: float = MAX_SPAN_DEGREES):
    """The shapely Polygon or MultiPolygon of one GeoJSON geometry or feature."""
    from shapely.geometry import shape

    geometry = _geometry_of(data)
    _check_reference_system(data)
    _check_rings(geometry)
    polygon = shape(geometry)
    _check_degrees([polygon], max_span=max_span)
    _check_valid(polygon)
    return polygon


def read_collection(data: Any, *, max_span: float = MAX_SPAN_DEGREES) -> list[tuple[dict, Any]]:
    """(properties, polygon) of each feature; the extent is that of the whole file."""
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise BoundaryError("not_geojson", _("This is not a GeoJSON feature collection."))
    features = data.get("features")
    if not isinstance(features, list) or not features:
        raise BoundaryError("empty", _("The file holds no areas."))
    _check_reference_system(data)
    areas = []
    for number, feature in enumerate(features, start=1):
        try:
            polygon = read_boundary(feature, max_span=max_span)
        except BoundaryError as error:
            if error.code in WHOLE_FILE_CODES:
                raise
            text = _("Area %(number)d: %(reason)s") % {
                "number": number,
                "reason": error,
            }
            raise BoundaryError(error.code, text) from error
        areas.append((feature.get("properties") or {}, polygon))
    _check_degrees([polygon for __, polygon in areas], max_span=max_span)
    return areas


WHOLE_FILE_CODES = {"planar", "swapped", "reference_system"}


def normalise(data: Any) -> dict:
    """The boundary as we store it: 7 decimals, outer rings counter-clockwise, no height."""
    rounded = to_geojson(read_boundary(data))
    # Rounding point by point keeps shared lines shared; what it flattens is refused here.
    read_boundary(rounded)
    return rounded


def to_geojson(polygon) -> dict:
    """GeoJSON of a shapely polygon, without noise beyond the 7th decimal."""
    from shapely.geometry import mapping
    from shapely.geometry.polygon import orient

    parts = [orient(part) for part in getattr(polygon, "geoms", [polygon])]
    rings = [_rounded(mapping(part)["coordinates"]) for part in parts]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def area_m2(geometry, *, latitude: float | None = None) -> float:
    """Square metres on the WGS-84 ellipsoid, by a cylindrical equal-area projection."""
    import numpy as np
    import shapely

    if geometry.is_empty:
        return 0.0
    __, south, __, north = geometry.bounds
    parallel = math.radians((south + north) / 2 if latitude is None else latitude)
    scale = math.cos(parallel) / math.sqrt(1 - _ECCENTRICITY_2 * math.sin(parallel) ** 2)

    def project(points):
        sines = np.sin(np.radians(points[:, 1]))
        x = _SEMI_MAJOR_M * scale * np.radians(points[:, 0])
        return np.column_stack([x, _SEMI_MAJOR_M * _authalic(sines) / (2 * scale)])

    return float(shapely.transform(geometry, project).area)


def _authalic(sines):
    """q of Snyder, Map Projections (1987), equation 3-12."""
    import numpy as np

    e2, e = _ECCENTRICITY_2, math.sqrt(_ECCENTRICITY_2)
    logarithm = np.log((1 - e * sines) / (1 + e * sines)) / (2 * e)
    return (1 - e2) * (sines / (1 - e2 * sines**2) - logarithm)


class Locator:
    """Which area a point is in: built once from (code, boundary), then 0.01 ms a question.

    A point on a shared line belongs to exactly one area: the one with the lowest code. On the
    line means within 0.1 mm: rounding alone moves a point that far to either side.
    """

    def __init__(self, areas: Iterable[tuple[str, Any]]):
        import shapely

        ordered = sorted((code, shape_of(boundary)) for code, boundary in areas)
        self.codes = [code for code, __ in ordered]
        self._tree = shapely.STRtree([polygon for __, polygon in ordered])

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, lon: float, lat: float) -> str | None:
        """The code of the area at this place, None outside all of them."""
        import shapely

        if not (math.isfinite(lon) and math.isfinite(lat)):
            return None
        point = shapely.Point(lon, lat)
        hits = self._tree.query(point, predicate="dwithin", distance=ON_THE_LINE_DEGREES)
        return self.codes[hits.min()] if len(hits) else None


def shape_of(boundary):
    from shapely.geometry import shape

    return shape(boundary) if isinstance(boundary, dict) else boundary


def _geometry_of(data):
    if isinstance(data, dict) and data.get("type") == "Feature":
        data = data.get("geometry")
    if not isinstance(data, dict) or "type" not in data:
        raise BoundaryError("not_geojson", _("This is not a GeoJSON area."))
    if data["type"] not in {"Polygon", "MultiPolygon"}:
        text = _("An area is a Polygon or MultiPolygon, not a %(type)s.")
        raise BoundaryError("not_an_area", text % {"type": data["type"]})
    return data


def _check_reference_system(data):
    crs = data.get("crs") if isinstance(data, dict) else None
    name = str((crs or {}).get("properties", {}).get("name", "")) if isinstance(crs, dict) else ""
    if name and not name.upper().endswith(WGS84_NAMES):
        text = _("The file is in %(name)s. Export it as WGS-84 longitude and latitude.")
        raise BoundaryError("reference_system", text % {"name": name})


def _check_rings(geometry):
    polygons = geometry.get("coordinates")
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    try:
        rings = [ring for polygon in polygons for ring in polygon]
        if not rings:
            raise BoundaryError("empty", _("The area has no outline."))
        for ring in rings:
            _check_ring(ring)
    except (TypeError, IndexError, KeyError) as error:
        text = _("The coordinates are not lists of [longitude, latitude].")
        raise BoundaryError("not_geojson", text) from error


def _check_ring(ring):
    for position in ring:
        numbers = [position[0], position[1]]
        if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
            raise TypeError(position)
        if not all(math.isfinite(n) for n in numbers):
            raise BoundaryError("not_a_number", _("A coordinate is not a number."))
    if len(ring) < 4:
        raise BoundaryError("too_few_points", _("An outline needs at least three corners."))
    if list(ring[0][:2]) != list(ring[-1][:2]):
        text = _("The outline is not closed: its last point must equal its first.")
        raise BoundaryError("not_closed", text)


def _check_degrees(polygons, *, max_span):
    """Planar coordinates show by their size: too large for degrees, or far too wide."""
    import shapely

    west, south, east, north = shapely.total_bounds(polygons)
    if abs(south) > 90 or abs(north) > 90:
        if max(abs(south), abs(north)) <= 180 and max(abs(west), abs(east)) <= 90:
            text = _("Longitude and latitude are swapped: write [longitude, latitude].")
            raise BoundaryError("swapped", text)
        raise BoundaryError("planar", _planar_text())
    if abs(west) > 180 or abs(east) > 180:
        raise BoundaryError("planar", _planar_text())
    if east - west > max_span or north - south > max_span:
        kilometres = 111 * max((east - west) * math.cos(math.radians(south)), north - south)
        text = _("As degrees these areas would span %(km)d km, more than any district.")
        raise BoundaryError("planar", f"{text % {'km': kilometres}} {_planar_text()}")


def _planar_text():
    return _(
        "The coordinates look planar (metres or drawing units). "
        "Export the file as WGS-84 longitude and latitude in degrees."
    )


def _check_valid(polygon):
    import shapely

    if polygon.is_valid:
        return
    reason, __, rest = shapely.is_valid_reason(polygon).partition("[")
    place = _place(rest.rstrip("]"))
    texts = {
        "Self-intersection": _("The outline crosses itself near %(place)s."),
        "Ring Self-intersection": _("The outline touches itself near %(place)s."),
        "Hole lies outside shell": _("A hole lies outside the area near %(place)s."),
        "Holes are nested": _("One hole lies inside another near %(place)s."),
        "Nested shells": _("Two parts of the area overlap near %(place)s."),
        "Duplicate Rings": _("The same outline occurs twice near %(place)s."),
        "Interior is disconnected": _("Holes cut the area in two near %(place)s."),
        "Too few points in geometry component": _("The outline has no inside near %(place)s."),
    }
    text = texts.get(reason, _("The outline is not valid near %(place)s."))
    raise BoundaryError("self_intersection", text % {"place": place})


def _place(text: str) -> str:
    numbers = text.split()
    return ", ".join(f"{float(n):.6f}" for n in numbers[:2]) if len(numbers) >= 2 else text


def _rounded(rings):
    digits = COORDINATE_DIGITS
    return [[[round(x, digits), round(y, digits)] for x, y, *__ in ring] for ring in rings]
