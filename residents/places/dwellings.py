"""Dwellings by what people call them: building, entrance, room of a unit grid; their facts."""

import pghistory
from django.db import transaction
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.models import Dwelling
from residents.places import doors, house_codes


def find_or_add(grid, *, building="", entrance="", room="", address=""):
    """The dwelling in a building of this grid, or (without a building) at an address.

    Refused when the grid has no building of that name, or several.
    """
    if not building:
        return Dwelling.objects.get_or_create(
            grid=grid,
            building=None,
            address=address,
            defaults={"district_id": grid.district_id},
        )[0]
    found = buildings_named(grid, building)[:2]
    if len(found) != 1:
        raise Refused(_("There is no such building in that grid."))
    return in_building(found[0], entrance, room)


def in_building(building, entrance, room):
    """The dwelling behind this door, however the register spells it, or a new one."""
    if known := behind(building, entrance, room):
        return known
    compound = building.compound.name if building.compound else ""
    room = doors.room(room)
    return Dwelling.objects.get_or_create(
        building=building,
        entrance=entrance,
        room=room,
        defaults={
            "district_id": building.district_id,
            "grid_id": building.grid_id,
            "address": f"{compound}{building.name}{entrance}{room}"[:200],
        },
    )[0]


def buildings_named(grid, written):
    """The buildings of the grid that have this name; else those that spell it otherwise."""
    own = doors.own_words(district=grid.district_id).get(grid.district_id, ())
    name, houses = doors.building(written, own), list(grid.buildings.select_related("compound"))
    exact = [one for one in houses if one.name == written]
    return exact or [one for one in houses if doors.building(one.name, own) == name]


def behind(building, entrance, room):
    """That dwelling, if the register has it; the very spelling comes first."""
    known = list(building.dwellings.order_by("pk"))
    exact = [one for one in known if (one.entrance, one.room) == (entrance, room)]
    wanted = doors.of_dwelling(entrance, room)
    found = exact or [one for one in known if doors.of_dwelling(one.entrance, one.room) == wanted]
    return found[0] if found else None


@transaction.atomic
def correct(dwelling, changes, *, by, reason=""):
    """Write the facts that differ; names of the fields that were changed.

    WrongHouseCode for a new code that the district does not accept; an old one may stay.
    """
    rows = Dwelling.objects.select_for_update(of=("self",))
    dwelling.refresh_from_db(from_queryset=rows)
    changed = [name for name, value in changes.items() if getattr(dwelling, name) != value]
    if "house_code" in changed:
        how = house_codes.check_of(dwelling.district_id)
        changes = changes | {"house_code": house_codes.clean(changes["house_code"], how)}
    for name in changed:
        setattr(dwelling, name, changes[name])
    if changed:
        with pghistory.context(user=by.pk, source="edit", reason=reason):
            dwelling.save(update_fields=changed)
    return changed
