"""Dwellings by what people call them: building, entrance, room of a unit grid; their facts."""

import pghistory
from django.db import transaction
from django.utils.translation import gettext as _

from grids.refusal import Refused
from residents.models import Dwelling
from residents.places import house_codes


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
    found = list(grid.buildings.filter(name=building).select_related("compound")[:2])
    if len(found) != 1:
        raise Refused(_("There is no such building in that grid."))
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
