"""Compounds, buildings, dwellings, households, residents, care and premises of communities."""

import csv
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from gridmgmt.demo import shopkeeping
from gridmgmt.demo.copying import Keys, copy_rows
from gridmgmt.demo.ground import Ground
from gridmgmt.demo.people import Family
from gridmgmt.demo.places import is_village
from grids.fields import blind_index
from grids.models import Building, Compound
from residents import pinyin
from residents.models import (
    CareCategory,
    CareRecord,
    Dwelling,
    Household,
    Licence,
    Premises,
    Resident,
)
from residents.people import idnumber

DATA = Path(__file__).parent / "data"
EMPTY_SHARE = 0.07
BLOCKS = [(2, 5), (3, 6), (3, 5), (4, 6)]  # entrances, floors
DOORS_ON_A_LANDING = 2
# What a dwelling or building is besides follows from its key, not from chance.
AREAS = [58, 64.5, 76, 89.2, 104]
LANDLORDS = ["刘志强", "孙桂兰", "马建军", "徐敏", "高庆华", "曹玉珍", "郭立新"]
RISKS = ["外墙瓷砖脱落", "楼道堆放杂物", "燃气管道老化"]
EVERY_RISK = 9


@dataclass(slots=True)
class Home:
    """A household as later modules need it."""

    key: int
    grid: int
    unit: str
    head: str
    phone: str
    address: str
    is_care: bool
    arrived_on: date


@dataclass
class Registers:
    """Rows of a district, collected and then written table by table, at once or in parts."""

    ground: Ground
    seed: int
    today: date
    newborn_share: float = 0.0  # of the children under one: no ID number yet
    homes: list[Home] = field(default_factory=list)
    buildings_of: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def __post_init__(self):
        self.chance = random.Random(f"registers {self.seed} {self.ground.code}")
        self.keys = Keys(block=5000)
        self.written: Counter = Counter()
        self._numbers: Counter = Counter()
        self.rows: dict = {
            model: []
            for model in (
                Compound,
                Building,
                Dwelling,
                Household,
                Resident,
                CareRecord,
                Premises,
                Licence,
            )
        }
        self._categories = dict(CareCategory.objects.values_list("code", "pk"))
        self._care_codes = set(
            CareCategory.objects.filter(level="care").values_list("code", flat=True)
        )
        self._compounds = _shuffled("compounds.csv", self.chance)
        self._streets = _shuffled("street_names.csv", self.chance)

    def settle(self, community: str, people, households: int, unevenness: float = 0.3):
        """Build the community's units and let so many families move in."""
        units = self.ground.units(community)
        quotas = _quotas(self.chance, households, len(units), unevenness)
        number = 0
        for start in range(0, len(units), 3):  # three unit grids share a compound
            compound = self._compound(community)
            for unit, quota in zip(units[start : start + 3], quotas[start:], strict=False):
                for dwelling in self._dwellings(unit, quota, compound):
                    number += 1
                    if not dwelling["is_empty"]:
                        self._move_in(community, unit, dwelling["row"], next(people), number)

    def open_shops(self, community: str, count: int):
        """Premises in the community's unit grids, on the ground floors."""
        kinds = _shuffled("premises.csv", self.chance)
        units = self.ground.units(community)
        for index in range(count):
            row, unit = kinds[index % len(kinds)], units[index % len(units)]
            building, address = self.chance.choice(self.buildings_of[unit.code])
            shop = index // len(kinds)
            self._numbers[Premises] += 1
            code, key = f"{unit.code}P{index + 1:04d}", self.keys.next(Premises)
            head_count = self.chance.choice(HEAD_COUNTS[row["kind"]])
            what = (code, row["kind"], row["category"])
            self.rows[Premises].append(
                {
                    "id": key,
                    "district_id": self.ground.district,
                    "grid_id": self.ground.keys[unit.code],
                    "building_id": building,
                    "code": code,
                    "name": f"{row['name']}{f'（{shop + 1}店）' if shop else ''}",
                    "kind": row["kind"],
                    "category": row["category"],
                    "head_count": head_count,
                    "responsible_person": self.chance.choice(self.homes).head,
                    "phone": f"19901{self._numbers[Premises]:06d}",
                    "address": f"{address}{self.chance.randint(1, 40)}号商铺",
                    **shopkeeping.facts(*what, head_count, self.today),
                }
            )
            self.rows[Licence] += [
                {"premises_id": key} | licence
                for licence in shopkeeping.licences(*what, self.today)
            ]

    def write(self):
        """Write what was collected since the last time."""
        for model, rows in self.rows.items():
            self.written[model._meta.model_name] += copy_rows(model, rows)
            rows.clear()

    def _compound(self, community):
        key = self.keys.next(Compound)
        name = self._compounds[self._numbers[Compound] % len(self._compounds)]
        self._numbers[Compound] += 1
        street = self._streets[self._numbers[Compound] % len(self._streets)]["name"]
        address = f"{street}{self.chance.randint(2, 180)}号{name['name']}"
        if is_village(community):
            self._numbers[community] += 1
            group = f"{self._numbers[community]}组"
            name = {"name": group, "property_company": ""}
            address = f"{self.ground.places[community].name}{group}"
        self.rows[Compound].append(
            {
                "id": key,
                "district_id": self.ground.district,
                "community_id": self.ground.keys[community],
                "address": address,
                "property_phone": f"0632-33{key % 100000:05d}" if name["property_company"] else "",
                **name,
            }
        )
        return {"key": key, "buildings": 0, "address": address}

    def _dwellings(self, unit, households, compound):
        """Dwellings for so many households, building by building, some of them empty."""
        left = households
        while left > 0:
            in_village = is_village(unit.code)
            entrances, floors = (1, 1) if in_village else self.chance.choice(BLOCKS)
            building, address = self._building(unit, compound, entrances, floors)
            for entrance, room in self._rooms(in_village, entrances, floors):
                if left <= 0:
                    return
                is_empty = self.chance.random() < EMPTY_SHARE
                left -= not is_empty
                row = self._dwelling(unit, building, address, entrance, room)
                row["use"] = "empty" if is_empty else "own"
                yield {"row": row, "is_empty": is_empty}

    def _rooms(self, in_village, entrances, floors):
        """(entrance, room) of a block of flats, or of a row of low houses."""
        if in_village:
            for door in range(1, self.chance.randint(6, 10) + 1):
                yield "", f"{door}号"
            return
        for entrance in range(1, entrances + 1):
            for floor in range(1, floors + 1):
                for door in range(1, DOORS_ON_A_LANDING + 1):
                    yield f"{entrance}单元", f"{floor}{door:02d}"

    def _building(self, unit, compound, entrances, floors):
        compound["buildings"] += 1
        name = f"{compound['buildings']}{'排' if is_village(unit.code) else '号楼'}"
        lon, lat = self.ground.lattice.inside(
            unit.area, self.chance.uniform(0.15, 0.85), self.chance.uniform(0.15, 0.85)
        )
        key = self.keys.next(Building)
        self.rows[Building].append(
            {
                "id": key,
                "district_id": self.ground.district,
                "grid_id": self.ground.keys[unit.code],
                "compound_id": compound["key"],
                "name": name,
                "entrances": entrances,
                "floors": floors,
                "built_in": 1986 + key % 32,
                "has_lift": False,
                "risk_note": "" if key % EVERY_RISK else RISKS[key % len(RISKS)],
                "lon": lon,
                "lat": lat,
            }
        )
        address = f"{compound['address']}{name}"
        self.buildings_of.setdefault(unit.code, []).append((key, address))
        return key, address

    def _dwelling(self, unit, building, address, entrance, room):
        key = self.keys.next(Dwelling)
        row = {
            "id": key,
            "district_id": self.ground.district,
            "grid_id": self.ground.keys[unit.code],
            "building_id": building,
            "entrance": entrance,
            "room": room,
            "address": f"{address}{entrance}{room}{'室' if entrance else ''}",
            "floor": int(room[:-2]) if entrance else None,
            "area": AREAS[key % len(AREAS)],
            "tenure": "private" if entrance else "collective",
            "owner_name": "",
            "owner_phone": "",
        }
        self.rows[Dwelling].append(row)
        return row

    def _move_in(self, community, unit, dwelling, family: Family, number):
        key = self.keys.next(Household)
        dwelling["owner_name"] = family.head.name
        if family.is_floating:
            landlord = dwelling["id"] % len(LANDLORDS)
            dwelling["use"] = "rented"
            dwelling["owner_name"] = LANDLORDS[landlord]
            dwelling["owner_phone"] = f"1990063{landlord:04d}"
        arrived = self.today - timedelta(days=self.chance.randint(30, 6000))
        self.rows[Household].append(
            {
                "id": key,
                "district_id": self.ground.district,
                "grid_id": self.ground.keys[unit.code],
                "dwelling_id": dwelling["id"],
                "community_id": self.ground.keys[community],
                "number": f"{community[6:]}{unit.code[-2:]}{number:05d}",
                "head_name": family.head.name,
                "phone": family.head.phone,
                "arrived_on": arrived,
            }
        )
        for person in family.members:
            self._resident(key, unit, person)
        care = {code for person in family.members for code, __ in person.care}
        self.homes.append(
            Home(
                key,
                self.ground.keys[unit.code],
                unit.code,
                family.head.name,
                family.head.phone,
                dwelling["address"],
                bool(care & self._care_codes),
                arrived,
            )
        )

    def _resident(self, household, unit, person):
        key = self.keys.next(Resident)
        full, initials = pinyin.keys(person.name)
        number = "" if self._is_without_number(person) else person.id_number
        self.rows[Resident].append(
            {
                "id": key,
                "district_id": self.ground.district,
                "grid_id": self.ground.keys[unit.code],
                "household_id": household,
                "relation": person.relation,
                "name": person.name,
                "pinyin": full,
                "initials": initials,
                "document": "id_card" if number else "none",
                "id_sealed": number or None,
                "id_index": blind_index(number) if number else None,
                "id_mask": idnumber.mask(number) if number else "",
                "sex": person.sex,
                "birth_on": person.birth_on,
                "ethnicity": person.ethnicity,
                "education": person.education,
                "marital": person.marital,
                "phone": person.phone,
                "kind": person.kind,
                "registered_address": person.registered_address,
                "employer": person.employer,
            }
        )
        for code, since in person.care:
            self.rows[CareRecord].append(
                {
                    "resident_id": key,
                    "category_id": self._categories[code],
                    "since": since,
                    "source": "网格走访",
                }
            )

    def _is_without_number(self, person):
        return (
            self.newborn_share > 0
            and person.age(self.today) < 1
            and self.chance.random() < self.newborn_share
        )


HEAD_COUNTS = {
    "self_employed": [1, 2, 2, 3, 4],
    "private": [6, 9, 15, 28],
    "institution": [12, 26, 60],
    "state": [18, 35],
    "collective": [8, 22],
    "other": [3, 7],
}


def _quotas(chance, total, parts, unevenness):
    """`total` households over so many unit grids, unevenly, as in life."""
    weights = [chance.uniform(1 - unevenness, 1 + unevenness) for __ in range(parts)]
    quotas = [int(total * weight / sum(weights)) for weight in weights]
    quotas[0] += total - sum(quotas)
    return quotas


def _shuffled(name, chance):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chance.shuffle(rows)
    return rows
