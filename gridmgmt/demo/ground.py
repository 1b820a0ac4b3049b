"""The ground of a demo district in the database: grids, departments, staff, postings."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password

from gridmgmt.demo.copying import Keys, copy_rows, new_keys
from gridmgmt.demo.places import Place
from gridmgmt.demo.tiling import Lattice
from grids.models import Department, DistrictProfile, Grid, Posting, Staff
from grids.roles import Role

SINCE = date(2025, 3, 1)
STAFFED = 0.9  # share of unit grids with a worker: the gaps shall be seen

# name, key of its line of work, telephone
DISTRICT_DEPARTMENTS = [
    ("城市管理局", "city_management", "0632-3311001"),
    ("住房和城乡建设局", "housing", "0632-3311002"),
    ("公安分局", "public_security", "0632-3311003"),
    ("交通警察大队", "traffic_police", "0632-3311004"),
    ("消防救援大队", "fire", "0632-3311005"),
    ("民政局", "civil_affairs", "0632-3311006"),
    ("市场监督管理局", "market", "0632-3311007"),
    ("人力资源和社会保障局", "human_resources", "0632-3311008"),
    ("司法局", "judicial", "0632-3311009"),
    ("应急管理局", "emergency", "0632-3311010"),
    ("生态环境分局", "ecology", "0632-3311011"),
    ("供电中心", "power", "0632-3311012"),
]
FEW_DEPARTMENTS = DISTRICT_DEPARTMENTS[:3] + DISTRICT_DEPARTMENTS[5:6]


@dataclass
class Ground:
    """Keys of what was laid, for the modules that build on it."""

    district: int
    lattice: Lattice
    places: dict[str, Place]
    keys: dict[str, int] = field(default_factory=dict)  # grid code -> key
    departments: dict[tuple[str, str], int] = field(default_factory=dict)  # (grid code, line)
    handlers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    workers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    leaders: dict[str, int] = field(default_factory=dict)  # community code -> staff
    clerks: dict[str, int] = field(default_factory=dict)  # community code -> staff
    supervisors: dict[str, int] = field(default_factory=dict)  # street code -> staff
    dispatchers: list[int] = field(default_factory=list)

    def units(self, community: str) -> list[Place]:
        places = self.places.values()
        return [p for p in places if p.tier == "unit" and p.code.startswith(community)]

    def of_tier(self, tier: str) -> list[Place]:
        return [place for place in self.places.values() if place.tier == tier]

    @property
    def code(self) -> str:
        return next(iter(self.places))

    def of_community(self, code: str) -> int:
        """Who answers for a community: its grid leader, else its staff."""
        return self.leaders.get(code) or self.clerks[code]

    def department(self, line: str, code: str) -> int | None:
        """The department of a line for a grid: its street's, else the district's."""
        for owner in (code[:9], code[:6]):
            if (owner, line) in self.departments:
                return self.departments[owner, line]
        return None


def lay(lattice: Lattice, places: list[Place], *, since: date = SINCE) -> Ground:
    """Write the tree, its profile and the departments of a district."""
    keys = dict(zip((p.code for p in places), new_keys(Grid, len(places)), strict=True))
    ground = Ground(keys[places[0].code], lattice, {p.code: p for p in places}, keys)
    paths: dict[str | None, str] = {None: ""}
    rows = []
    for place in places:
        paths[place.code] = f"{paths[place.parent]}{place.code}/"
        rows.append(_grid_row(ground, place, paths[place.code], since))
    copy_rows(Grid, rows)
    DistrictProfile.objects.create(district_id=ground.district)
    _departments(ground)
    return ground


def _grid_row(ground, place, path, since):
    low, high = place.band or (None, None)
    return {
        "id": ground.keys[place.code],
        "parent_id": ground.keys.get(place.parent),
        "tier": place.tier,
        "district_id": ground.district,
        "code": place.code,
        "name": place.name,
        "path": path,
        "kind": place.kind,
        "boundary": place.boundary,
        "band_min": low,
        "band_max": high,
        "valid_from": since,
    }


def _departments(ground):
    streets = ground.of_tier("street")
    district = ground.of_tier("district")[0]
    wanted = DISTRICT_DEPARTMENTS if len(streets) > 1 else FEW_DEPARTMENTS
    planned = [(district.code, f"{district.name}{name}", line, tel) for name, line, tel in wanted]
    for number, street in enumerate(streets, start=1):
        short = street.name.removesuffix("街道").removesuffix("镇")
        seat = "人民政府" if street.name.endswith("镇") else "办事处"
        tel = f"0632-33{number:02d}2"
        planned.append((street.code, f"{street.name}{seat}", "street_office", f"{tel}01"))
        planned.append((street.code, f"{short}社区卫生服务中心", "health", f"{tel}02"))
    keys = new_keys(Department, len(planned))
    rows = []
    for key, (code, name, line, phone) in zip(keys, planned, strict=True):
        ground.departments[code, line] = key
        rows.append(
            {
                "id": key,
                "district_id": ground.district,
                "grid_id": ground.keys[code],
                "name": name,
                "line": line,
                "phone": phone,
            }
        )
    copy_rows(Department, rows)


class Roster:
    """Collects people and their postings of a district, then writes both at once."""

    def __init__(self, ground: Ground, names, seed: int, *, since: date = SINCE):
        self.ground, self.names, self.since = ground, names, since
        self.chance = random.Random(f"roster {seed}")
        self.keys = Keys()
        self.password = make_password(settings.DEMO_PASSWORD)
        self._staff: list[dict] = []
        self._postings: list[dict] = []

    def hire(self, username: str, role: Role, code: str, *, department=None, name=None) -> int:
        full_name, phone = next(self.names)
        key = self.keys.next(Staff)
        self._staff.append(
            {
                "id": key,
                "password": self.password,
                "username": username,
                "full_name": name or full_name,
                "phone": phone,
                "district_id": self.ground.district,
                "is_demo": True,
            }
        )
        self.post(key, role, code, department=department)
        return key

    def post(self, staff: int, role: Role, code: str, *, department=None, building=None):
        self._postings.append(
            {
                "staff_id": staff,
                "role": role,
                "grid_id": self.ground.keys[code],
                "department_id": department,
                "building_id": building,
                "since": self.since,
            }
        )
        if role == Role.DEPARTMENT_HANDLER:
            self.ground.handlers[department].append(staff)
        elif role == Role.GRID_WORKER:
            self.ground.workers[code].append(staff)
        elif role == Role.GRID_LEADER:
            self.ground.leaders[code] = staff
        elif role == Role.COMMUNITY_STAFF:
            self.ground.clerks[code] = staff
        elif role == Role.SUPERVISOR:
            self.ground.supervisors[code] = staff
        elif role == Role.DISPATCHER:
            self.ground.dispatchers.append(staff)

    def fill(self):
        """Ordinary colleagues for every place that has nobody yet, leaving gaps to be seen."""
        ground = self.ground
        for street in ground.of_tier("street"):
            if street.code not in ground.supervisors:
                self.hire(f"d{street.code}", Role.SUPERVISOR, street.code)
        for community in ground.of_tier("community"):
            if community.code not in ground.leaders and self.chance.random() < 0.95:
                self.hire(f"l{community.code}", Role.GRID_LEADER, community.code)
            if community.code not in ground.clerks:
                self.hire(f"c{community.code}", Role.COMMUNITY_STAFF, community.code)
        for unit in ground.of_tier("unit"):
            if not ground.workers[unit.code] and self.chance.random() < STAFFED:
                self.hire(f"w{unit.code}", Role.GRID_WORKER, unit.code)
        for (code, line), key in ground.departments.items():
            if not ground.handlers[key]:
                self.hire(f"k{code}{line}", Role.DEPARTMENT_COORDINATOR, code, department=key)
            self.hire(f"h{code}{line}", Role.DEPARTMENT_HANDLER, code, department=key)

    def write(self):
        copy_rows(Staff, self._staff)
        copy_rows(Posting, self._postings)
