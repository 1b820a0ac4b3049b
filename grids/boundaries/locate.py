"""Point -> unit grid, from memory: one `Locator` per district and process.

A locator is thrown away when a boundary of its district changes: at once in the process that
says `forget`, elsewhere when the stamp of the boundaries is looked at again.
"""

import threading
import time
from dataclasses import dataclass

from django.db.models import Count, Max
from django.utils import timezone

from grids.boundaries.boundaries import Locator
from grids.models import Grid

LOOK_AGAIN_SECONDS = 15.0


@dataclass
class _Entry:
    stamp: tuple
    locator: Locator
    checked_at: float


_entries: dict[int, _Entry] = {}
_lock = threading.Lock()


def locate(district: Grid | int, lon: float, lat: float) -> str | None:
    """The code of the unit grid of a district that holds the place, None outside all of them."""
    return _locator(district if isinstance(district, int) else district.pk).at(lon, lat)


def locate_grid(district: Grid | int, lon: float, lat: float) -> Grid | None:
    code = locate(district, lon, lat)
    return None if code is None else Grid.objects.filter(code=code).first()


def forget(district: Grid | int | None = None) -> None:
    """Read the boundaries anew at the next question; of every district without one given."""
    with _lock:
        if district is None:
            _entries.clear()
        else:
            _entries.pop(district if isinstance(district, int) else district.pk, None)


def _locator(district_id: int) -> Locator:
    entry, now = _entries.get(district_id), time.monotonic()
    if entry is not None and now - entry.checked_at < LOOK_AGAIN_SECONDS:
        return entry.locator
    with _lock:
        stamp = _stamp(district_id)
        entry = _entries.get(district_id)
        if entry is None or entry.stamp != stamp:
            areas = _units(district_id).values_list("code", "boundary")
            entry = _entries[district_id] = _Entry(stamp, Locator(areas), now)
        entry.checked_at = now
        return entry.locator


def _units(district_id):
    units = Grid.objects.units().on(timezone.localdate())
    return units.filter(district=district_id, boundary__isnull=False)


def _stamp(district_id):
    """Changes with any boundary of the district, and at midnight when grids begin or end."""
    seen = _units(district_id).aggregate(latest=Max("boundary_changed_at"), number=Count("pk"))
    return timezone.localdate(), seen["latest"], seen["number"]
