"""Dwellings by what people call them: building, entrance, room of a unit grid."""

from residents.models import Dwelling


class UnknownBuilding(ValueError):
    """No building of that name in the grid, or several."""


def find_or_add(grid, *, building="", entrance="", room="", address=""):
    """The dwelling in a building of this grid, or (without a building) at an address."""
    if not building:
        return Dwelling.objects.get_or_create(
            grid=grid,
            building=None,
            address=address,
            defaults={"district_id": grid.district_id},
        )[0]
    found = list(grid.buildings.filter(name=building).select_related("compound")[:2])
    if len(found) != 1:
        raise UnknownBuilding
    [house] = found
    compound = house.compound.name if house.compound else ""
    return Dwelling.objects.get_or_create(
        building=house,
        entrance=entrance,
        room=room,
        defaults={
            "district_id": grid.district_id,
            "grid": grid,
            "address": f"{compound}{building}{entrance}{room}"[:200],
        },
    )[0]
