"""Which door the cells of a row say: in parts or in one cell, in the words of its district."""

from django.db import connection

from residents.imports import new_places
from residents.places import doors, doors_in_sql

# Rooms of which the register has two, with zeros before the number and without.
_TWINS = f"""
SELECT x.grid_id, {doors_in_sql.building("b.name")}, {doors_in_sql.entrance("x.entrance")}, x.room
FROM residents_dwelling x JOIN grids_building b ON b.id = x.building_id
WHERE {doors_in_sql.SPELLED_OTHERWISE.format(x="x")} AND x.room ~ '{doors.LEADING_ZEROS}'
  AND EXISTS (SELECT FROM residents_dwelling y WHERE y.building_id = x.building_id AND y.entrance = x.entrance
              AND y.room = regexp_replace(x.room, '{doors.LEADING_ZEROS}', ''))
"""  # noqa: S608  constants of our own


class Doors:
    """What an import has to know of doors before it reads: words of districts, rooms with zeros,
    and `places`, what its sender said of places that the register does not know.
    """

    def __init__(self, places=()):
        self.own, self._renamed = doors.own_words(), new_places.renamed(places)
        with connection.cursor() as cursor:
            cursor.execute(_TWINS)
            self._twins = set(cursor.fetchall())

    def marks(self):
        """What would make the same cells another door."""
        return sorted(self.own.items()), sorted(self._twins)

    def read(self, place, compound, building, entrance, room, address=""):
        """(compound, building, entrance, room) as the register has them; "" for what is not said.

        A cell that says the whole door counts where the others are empty or say the same.
        """
        own = self.own.get(place.district_id, ()) if place else ()
        if not (building and room and len(room) < 4 and room[0] != "0" and not own):
            building = doors.building(building, own) if own else building
            building, entrance, room = _parts(building, entrance, room, address, own)
        if self._renamed and place:
            compound, building = self._rename(place, compound, building)
        if (
            room[:1] == "0"
            and (place and place.grid_id, building, entrance, room) not in self._twins
        ):
            room = doors.without_zeros(room)
        return compound, building, entrance, room

    def _rename(self, place, compound, building):
        """The known place that these words mean, as the sender of the file said."""
        for where in (place.community_id, ""):
            if found := self._renamed.get(f"compound|{where}|{compound}|"):
                compound = found[0]
        return self._renamed.get(
            f"building|{place.grid_id}|{compound}|{building}", (compound, building)
        )


def _parts(building, entrance, room, address, own):
    said = building, entrance, room
    if building and room:
        found = doors.in_one(room, own)
        if found and found[0] == building and entrance in ("", found[1]):
            return found
        both = None if entrance else doors.entrance_and_room(room)
        return (building, *both) if both else said
    return doors.in_one(building or room or address, own) or said
