"""Compounds and buildings that an import would add, and which known ones they may mean.

A new name beside a known one is often the same place: 幸福花园 7号楼 where the register has
幸福小区 7号楼. Whoever imports says which it is (`ImportBatch.places`) before anything is written.
"""

from collections import defaultdict

from django.db import connection

from residents.places import doors, near_names

MOST_ASKED, MOST_LISTED, MOST_OFFERED, FEW_NAMES = 200, 30, 5, 6
# {wanted} gives (grid_id, compound, building, row) of what the rows would add.
_NEW = """
SELECT c.id AS community, c.name AS community_name, w.grid_id AS grid, g.name AS grid_name, w.compound, w.building,
       count(DISTINCT w.row) AS rows, min(w.row) AS row, w.compound <> '' AND p.id IS NULL AS is_new_compound
FROM ({wanted}) w JOIN grids_grid g ON g.id = w.grid_id
JOIN grids_grid c ON c.tier = 'community' AND c.code = left(g.code, 12)
LEFT JOIN grids_compound p ON p.community_id = c.id AND p.name = w.compound
GROUP BY c.id, c.name, w.grid_id, g.name, w.compound, w.building, p.id ORDER BY min(w.row), w.building
"""
# What the importer may know of these communities; a compound without buildings too.
_KNOWN = """
SELECT p.community_id, p.name, b.grid_id, g.name, b.name FROM grids_compound p
LEFT JOIN (grids_building b JOIN grids_grid g ON g.id = b.grid_id) ON b.compound_id = p.id
WHERE p.community_id = ANY(%(communities)s) AND (%(everywhere)s OR p.district_id = ANY(%(districts)s)
      OR p.community_id = ANY(%(grids)s) OR b.grid_id = ANY(%(grids)s))
UNION ALL
SELECT c.id, '', b.grid_id, g.name, b.name FROM grids_grid c
JOIN grids_grid g ON g.tier = 'unit' AND left(g.path, length(c.path)) = c.path
JOIN grids_building b ON b.grid_id = g.id AND b.compound_id IS NULL
WHERE c.id = ANY(%(communities)s) AND (%(everywhere)s OR b.district_id = ANY(%(districts)s) OR b.grid_id = ANY(%(grids)s))
"""


def find(wanted, parameters):
    """{"compounds", "buildings": how many; "near": those to be asked about, "others": the first of
    the rest}; {} where nothing is new."""
    with connection.cursor() as cursor:
        cursor.execute(_NEW.format(wanted=wanted), parameters)
        names = [column.name for column in cursor.description]
        new = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        if not new:
            return {}
        communities = sorted({one["community"] for one in new})
        cursor.execute(_KNOWN, parameters | {"communities": communities})
        known = _Known(cursor.fetchall())
    compounds = _compounds([one for one in new if one["is_new_compound"]])
    for one in compounds:
        one["near"] = known.near_compounds(one)[:MOST_OFFERED]
    buildings = [_building(one, known) for one in new if not one["is_new_compound"]]
    every = [*compounds, *buildings]
    return {
        "compounds": len(compounds),
        "buildings": len(new),
        "near": [one for one in every if one["near"]][:MOST_ASKED],
        "others": [one for one in every if not one["near"]][:MOST_LISTED],
    }


def key_of(place):
    """What an answer is about: a compound of a community, or a building of a grid."""
    where = place["grid"] or place["community"]
    return "|".join((place["kind"], str(where or ""), place["compound"], place["building"]))


def renamed(answers):
    """{key: (compound, building or "")} of the answers that say that it is a known one."""
    return {key_of(one): tuple(one["to"]) for one in answers if one["to"]}


def _compounds(new):
    """Of each new compound one line, with its buildings."""
    found = {}
    for one in new:
        line = found.setdefault(
            (one["community"], one["compound"]),
            {
                "kind": "compound",
                "community": one["community"],
                "grid": None,
                "place": one["community_name"],
                "compound": one["compound"],
                "building": "",
                "row": one["row"],
                "rows": 0,
                "buildings": 0,
                "names": [],
                "doors": [],
            },
        )
        line["rows"] += one["rows"]
        line["buildings"] += 1
        line["names"] = [*line["names"], one["building"]][:FEW_NAMES]
        line["doors"].append((one["grid"], one["building"]))
    return list(found.values())


def _building(one, known):
    return {
        "kind": "building",
        "community": one["community"],
        "grid": one["grid"],
        "place": one["grid_name"],
        "compound": one["compound"],
        "building": one["building"],
        "row": one["row"],
        "rows": one["rows"],
        "near": known.near_buildings(one)[:MOST_OFFERED],
    }


class _Known:
    """The compounds ("" for none) and buildings that stand in the register."""

    def __init__(self, rows):
        self.compounds = defaultdict(set)  # {community: names}
        self.of_door = defaultdict(set)  # {(grid, building): compounds}
        self.of_grid = defaultdict(list)  # {grid: (compound, building)}
        self.of_name = defaultdict(
            set
        )  # {(community, compound, building): (grid, its name, building)}
        for community, compound, grid, grid_name, name in rows:
            self.compounds[community].add(compound)
            if grid:
                self.of_door[grid, doors.building(name)].add(compound)
                self.of_grid[grid].append((compound, name))
                spelled = community, compound, doors.building(name)
                self.of_name[spelled].add((grid, grid_name, name))

    def near_compounds(self, line):
        """A compound of nearly this name; else one that has the same building in the same grid."""
        like = {
            name
            for name in self.compounds[line["community"]]
            if near_names.are(name, line["compound"])
        }
        same = {}
        for door in line.pop("doors"):
            for name in self.of_door.get(door, ()):
                same.setdefault(name, []).append(door[1])
        order = [*sorted(like), *sorted(same.keys() - like)]
        return [
            {"compound": name, "building": "", "names": same.get(name, [])[:FEW_NAMES]}
            for name in order
        ]

    def near_buildings(self, one):
        """Of a known compound, or of none: the same number beside it, or nearly the same name."""
        compound, name = one["compound"], one["building"]
        here = self.of_grid[one["grid"]]
        is_first = compound and all(known != compound for known, __ in here)
        found = []
        for known_compound, known in here:
            is_same = known_compound != compound and doors.building(known) == name
            if (is_same and (is_first or not known_compound)) or (
                compound in ("", known_compound) and near_names.are(known, name)
            ):
                found.append({"compound": known_compound, "building": known, "names": []})
        return [*self._in_another_grid(one), *found]

    def _in_another_grid(self, one):
        """The same building of the same compound: the grid of the rows may be wrong."""
        if not one["compound"]:
            return []
        known = self.of_name.get((one["community"], one["compound"], one["building"]), ())
        return [
            {"compound": one["compound"], "building": name, "names": [], "grid": grid_name}
            for __, grid_name, name in sorted(known)
        ]
