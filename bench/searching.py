"""The one search box over a million persons: whole district, one grid, and a grid where nobody lives."""

from functools import partial

from bench import crowd, ground, server
from bench.contest import Clock, Contest, Target, WrongWork, short

TIMES, PAGE = 7, 50
WAYS = {
    "name": ["王秀", "李玉兰", "秀英", "欣怡", "罗文博", "王"],
    "initials": ["wxy", "lyl", "wangxiuying", "zhaojun"],
    "phone": ["7391", "0913", "4217"],
    "door": ["3号楼1单元101", "幸福小区3号楼1单元101", "2-3-201"],
}
COLUMNS = """
WITH found AS MATERIALIZED (
    SELECT resident.id FROM residents_resident AS resident
    WHERE resident.ended_on IS NULL AND resident.district_id = %(district)s AND {condition} LIMIT 51)
SELECT resident.id, resident.name, relation, sex, birth_on, id_mask, resident.phone,
       dwelling.address, grid.name, resident.household_id
FROM found
JOIN residents_resident AS resident ON resident.id = found.id
JOIN residents_household AS household ON household.id = resident.household_id
JOIN residents_dwelling AS dwelling ON dwelling.id = household.dwelling_id
JOIN grids_grid AS grid ON grid.id = resident.grid_id
"""
# The least that finds the same people by one index: no scope, no second meaning of the words.
BARE = {
    "name": "resident.name LIKE %(begins)s ORDER BY resident.name, resident.id",
    "given": "substring(resident.name, 2) LIKE %(begins)s ORDER BY substring(resident.name, 2), resident.id",
    "initials": "initials LIKE %(begins)s ORDER BY initials, pinyin, resident.id",
    "phone": "right(resident.phone, 4) = %(words)s ORDER BY resident.name, resident.id",
    "door": """household_id = ANY(ARRAY(
        SELECT household.id FROM residents_household AS household
        JOIN residents_dwelling AS dwelling ON dwelling.id = dwelling_id
        WHERE building_id = ANY(%(buildings)s) AND entrance = %(entrance)s AND room = %(room)s))
        ORDER BY household_id, resident.id""",
}


def contests(scale: float) -> list[Contest]:
    persons = max(int(crowd.PERSONS * scale), 2_000)
    stage = partial(server.standing, f"crowd{persons}", partial(crowd.settle, persons))
    target = Target(times_floor=3)
    found = [
        Contest(
            f"search {short(persons)} {way}",
            len(words),
            partial(_ours, stage, words, of_district),
            partial(_plain, stage, way, words),
            partial(_bare, stage, way, words),
            target,
            len(words),
        )
        for way, words in WAYS.items()
    ]
    words = WAYS["name"]
    for name, staff in {
        "of one grid": of_grid,
        "of an empty grid": of_nobody,
    }.items():
        found.append(
            Contest(
                f"search {short(persons)} {name}",
                len(words),
                partial(_ours, stage, words, staff),
                partial(_plain, stage, "name", words),
                partial(_bare, stage, "name", words),
                target,
                len(words),
            )
        )
    return found


def _ours(stage, words, staff_of, clock: Clock):
    """What the page does before it is drawn: the steps, the keys, the rows."""
    from django.http import QueryDict

    from grids.lists.paging import page_of_steps
    from grids.scope import Scope
    from residents.people import finding
    from residents.views.people import rows_of

    class Request:
        GET = QueryDict()

    with stage():
        staff = staff_of()
        Scope.of(staff).reach("register.view")

        def search():
            pages = (page_of_steps(Request, finding.steps(staff, one)) for one in words)
            return [rows_of(page.rows, staff) for page in pages]

        clock.median_of(TIMES, search)
        pages = search()
    if staff_of is of_district and not any(pages):
        raise WrongWork(f"nobody was found by {words}")


def _plain(stage, way, words, clock: Clock):
    """What an admin's search box does."""
    from residents.models import Resident

    column = {
        "name": "name",
        "initials": "pinyin",
        "phone": "phone",
        "door": "household__dwelling__address",
    }[way]
    rows = Resident.objects.filter(ended_on=None).order_by("pk")
    rows = rows.select_related("household__dwelling", "grid").defer("grid__boundary")
    with stage(), clock:
        for one in words:
            list(rows.filter(**{f"{column}__icontains": _as_typed(one)})[: PAGE + 1])


def _as_typed(words):
    return words.replace("2-3-201", "2号楼3单元201")


def _bare(stage, way, words, clock: Clock):
    with stage():
        asked = [_statement(way, one) for one in words]
        clock.median_of(
            TIMES,
            lambda: [ground.run(statement, **values) for statement, values in asked],
        )


def _statement(way, words):
    values = {"district": ground.district().pk, "words": words, "begins": f"{words}%"}
    if way == "door":
        values |= _door(words)
    if way == "name" and words in ("秀英", "欣怡"):
        way = "given"
    if way == "initials" and len(words) > 4:
        letters = {"wangxiuying": "wxy", "zhaojun": "zj"}[words]
        values["begins"] = f"{letters}%"
    return COLUMNS.format(condition=BARE[way]), values


def _door(words):
    from residents.places import addresses

    door = addresses.parse(words)
    buildings = ground.run(
        "SELECT building.id FROM grids_building AS building"
        " JOIN grids_compound AS compound ON compound.id = compound_id"
        " WHERE building.name = %(name)s AND compound.name LIKE %(place)s",
        name=f"{door.building}号楼",
        place=f"%{door.place}%",
    )
    return {
        "buildings": [key for (key,) in buildings],
        "entrance": f"{door.entrance}单元",
        "room": door.room,
    }


# --- who searches ---


def of_district():
    return _staff("crowd-district", "administrator", "district")


def of_grid():
    return _staff("crowd-grid", "grid_worker", "unit")


def of_nobody():
    """A worker of a grid from which everybody moved away."""
    staff = _staff("crowd-empty", "grid_worker", "unit", last=True)
    ground.run(
        "UPDATE residents_resident SET ended_on = %(today)s, end_reason = 'moved'"
        " WHERE grid_id = %(grid)s AND ended_on IS NULL",
        today=ground.TODAY,
        grid=staff.postings.get().grid_id,
    )
    return staff


def _staff(username, role, tier, last=False):
    from grids.models import Grid, Posting, Staff

    grids = Grid.objects.filter(tier=tier, valid_to=None)
    grid = grids.order_by("-code" if last else "code")[0]
    staff, is_new = Staff.objects.get_or_create(
        username=username, defaults={"district_id": grid.district_id}
    )
    if is_new:
        Posting.objects.create(staff=staff, role=role, grid=grid, since=ground.SINCE)
    return staff
