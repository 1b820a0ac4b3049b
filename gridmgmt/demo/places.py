"""The two demo districts as plain rows: areas with codes, names, kinds and boundaries."""

import csv
import random
import re
from dataclasses import dataclass
from pathlib import Path

from gridmgmt.demo.tiling import (
    SMALLEST,
    Area,
    Frame,
    Lattice,
    divide,
    share_out,
    split,
)

DATA = Path(__file__).parent / "data"
DISTRICT, SECOND_DISTRICT = "370402", "520602"
EMPTY_COMMUNITY = "370402001028"  # registers are imported here, so nobody lives in it yet
REGISTERED_COMMUNITIES = ("370402001027", "370402004029", "370402006008")
SECOND_COMMUNITIES = ("520602003003", "520602003004")
BASE_GRIDS, UNIT_GRIDS = 396, 1144
TOWN_WEIGHT = 2.6  # a town's unit grid is so much larger than one in the streets
BASE_BAND, UNIT_BAND = (500, 800), (100, 250)
RESIDENTIAL, VILLAGE = "residential", "village"
OTHER_KINDS = {
    RESIDENTIAL: ["commercial", "institutions", "crowded", "residential"],
    VILLAGE: ["farmland", "woods", "water", "scenic", "industrial"],
}

# From north to south, from west to east; a list of lists is the town in the middle.
LAYOUT = [
    ["370402103", "370402102"],
    [
        "370402104",
        [
            ["370402004", "370402006"],
            ["370402003", "370402001", "370402002", "370402005"],
        ],
        "370402101",
    ],
    ["370402105"],
]


@dataclass(frozen=True)
class Place:
    """One row of the tree. `parent` is a code; `area` is in the lattice of its district."""

    tier: str
    code: str
    name: str
    parent: str | None
    kind: str
    boundary: dict
    area: Area
    band: tuple[int, int] | None = None


def plan_district(seed: int) -> tuple[Lattice, list[Place]]:
    """370402: 11 streets, 170 communities, 396 base and 1,144 unit grids, parents first."""
    frame = Frame(lon=117.56, lat=34.86, width=0.215, height=0.175, columns=180, rows=156)
    streets = _rows("streets.csv", areaCode=DISTRICT)
    communities = _rows("communities.csv", areaCode=DISTRICT)
    sizes = _sizes(communities, seed)
    lattice = Lattice(frame, seed)
    places = [_place(lattice, "district", DISTRICT, "市中区", None, RESIDENTIAL, lattice.whole())]
    members = {
        street["code"]: [row for row in communities if row["streetCode"] == street["code"]]
        for street in streets
    }
    weights = {
        code: sum(_weight(row["code"], sizes) for row in rows) for code, rows in members.items()
    }
    areas = _lay(lattice.whole(), LAYOUT, weights)
    for street in streets:
        code = street["code"]
        places += _street(lattice, street, members[code], areas[code], sizes)
    return lattice, places


def plan_second_district(seed: int) -> tuple[Lattice, list[Place]]:
    """520602: one street with two communities, to prove that one never sees the other."""
    frame = Frame(lon=109.185, lat=27.722, width=0.03, height=0.02, columns=18, rows=12)
    street = _rows("streets.csv", code=SECOND_COMMUNITIES[0][:9])[0]
    members = [_rows("communities.csv", code=code)[0] for code in SECOND_COMMUNITIES]
    sizes = {code: [2, 2] for code in SECOND_COMMUNITIES}
    lattice = Lattice(frame, seed)
    places = [
        _place(
            lattice,
            "district",
            SECOND_DISTRICT,
            "碧江区",
            None,
            RESIDENTIAL,
            lattice.whole(),
        )
    ]
    places += _street(lattice, street, members, lattice.whole(), sizes)
    return lattice, places


def short_name(official: str) -> str:
    """公园社区居委会 -> 公园社区, 铁西居委会 -> 铁西社区, 岳楼村委会 -> 岳楼村."""
    name = re.sub(r"(居民委员会|居委会|村民委员会|(?<=村)委会)$", "", official)
    if official.endswith(("居委会", "居民委员会")):
        return name if name.endswith("社区") else f"{name}社区"
    return name.replace("农村社区", "").rstrip("村") + "村"


def is_village(code: str) -> bool:
    """The last three digits of a statistics code are 200 or more for a villagers' committee."""
    return int(code[9:12]) >= 200


def _rows(name: str, **wanted: str) -> list[dict]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if wanted.items() <= row.items()]
    return sorted(rows, key=lambda row: row["code"])


def _sizes(communities: list[dict], seed: int) -> dict[str, list[int]]:
    """Unit grids of each base grid: 2 to 4, and as many in all as the district has."""
    chance = random.Random(f"sizes {seed}")
    codes = [row["code"] for row in communities]
    larger = [code for code in codes if not is_village(code)]
    three = chance.sample(larger, BASE_GRIDS - 2 * len(codes))
    sizes = {code: [2] * (3 if code in three else 2) for code in codes}
    spare = [(code, index) for code, bases in sizes.items() for index in range(len(bases))] * 2
    chance.shuffle(spare)
    for code, index in spare[: UNIT_GRIDS - 2 * BASE_GRIDS]:
        sizes[code][index] += 1
    return sizes


def _weight(code: str, sizes) -> float:
    return sum(sizes[code]) * (TOWN_WEIGHT if code[6] == "1" else 1.0)


def _lay(area: Area, layout, weights: dict[str, float], *, across: str = "y") -> dict[str, Area]:
    """{street code: area} for a nested layout that alternates rows and columns."""
    if isinstance(layout, str):
        return {layout: area}
    shares = [sum(weights[code] for code in _codes(part)) for part in layout]
    found = {}
    for part, piece in zip(layout, share_out(area, shares, across=across), strict=True):
        found |= _lay(piece, part, weights, across="x" if across == "y" else "y")
    return found


def _codes(layout) -> list[str]:
    return [layout] if isinstance(layout, str) else [c for part in layout for c in _codes(part)]


def _street(lattice, street, members, area, sizes) -> list[Place]:
    code = street["code"]
    kind = VILLAGE if code[6] == "1" else RESIDENTIAL
    places = [_place(lattice, "street", code, street["name"], code[:6], kind, area)]
    needs = [(SMALLEST * max(sizes[m["code"]]), SMALLEST * len(sizes[m["code"]])) for m in members]
    weights = [_weight(member["code"], sizes) for member in members]
    for member, piece in zip(members, split(area, needs, weights), strict=True):
        places += _community(lattice, member, piece, sizes[member["code"]])
    return places


def _community(lattice, row, area, units_by_base) -> list[Place]:
    code, name = row["code"], short_name(row["name"])
    kind = VILLAGE if is_village(code) else RESIDENTIAL
    places = [_place(lattice, "community", code, name, code[:9], kind, area)]
    number = 0
    for index, (strip, units) in enumerate(divide(area, units_by_base), start=1):
        base = f"{code}B{index:02d}"
        places.append(
            _place(
                lattice,
                "base",
                base,
                f"{name}第{index}基础网格",
                code,
                kind,
                strip,
                BASE_BAND,
            )
        )
        for unit in units:
            number += 1
            label, unit_code = f"{name}第{number}网格", f"{code}{number:03d}"
            unit_kind = _unit_kind(kind, unit_code)
            places.append(
                _place(lattice, "unit", unit_code, label, base, unit_kind, unit, UNIT_BAND)
            )
    return places


def _unit_kind(kind: str, code: str) -> str:
    """Mostly homes; here and there a market, offices, fields, a wood."""
    if (
        code[:12] in {EMPTY_COMMUNITY, *REGISTERED_COMMUNITIES}
        or random.Random(code).random() < 0.7
    ):
        return kind
    return random.Random(f"{code} kind").choice(OTHER_KINDS[kind])


def _place(lattice, tier, code, name, parent, kind, area, band=None) -> Place:
    return Place(tier, code, name, parent, kind, lattice.boundary(area), area, band)
