"""How a printed book is ordered and cut, and until when its file may be fetched."""

from collections import defaultdict
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from residents.exports import book, queue
from residents.exports.book import Group
from residents.models import Household
from residents.models.exports import Export, Subject
from tests import factories

NOW = timezone.now()


def groups(*sizes):
    found, first = [], 1
    for number, size in enumerate(sizes):
        found.append(Group("格", f"{number}号楼", first, list(range(first, first + size))))
        first += size
    return found


def shape(volumes):
    return [[(one.building[0], one.first, one.last) for one in volume] for volume in volumes]


@pytest.mark.parametrize(
    ("sizes", "volumes"),
    [
        ([], [[]]),
        ([3], [[("0", 1, 3)]]),
        ([2, 2], [[("0", 1, 2), ("1", 3, 4)]]),
        ([2, 3], [[("0", 1, 2)], [("1", 3, 5)]]),
        ([4, 1], [[("0", 1, 4)], [("1", 5, 5)]]),
        ([5], [[("0", 1, 4)], [("0", 5, 5)]]),
        ([1, 9], [[("0", 1, 1)], [("1", 2, 5)], [("1", 6, 9)], [("1", 10, 10)]]),
        ([5, 3], [[("0", 1, 4)], [("0", 5, 5), ("1", 6, 8)]]),
        ([5, 4], [[("0", 1, 4)], [("0", 5, 5)], [("1", 6, 9)]]),
    ],
)
def test_a_volume_holds_whole_buildings_where_that_is_possible(monkeypatch, sizes, volumes):
    monkeypatch.setattr(book, "VOLUME", 4)

    found = book.cut(groups(*sizes))

    assert shape(found) == volumes
    assert sum(len(one.keys) for volume in found for one in volume) == sum(sizes)
    index = book._index(found)
    assert [(one["first"], one["last"]) for one in index] == [
        (volume[0][1], volume[-1][2]) for volume in volumes if volume
    ]
    if index:
        assert index[0]["begins"] == "0号楼"
        assert index[-1]["ends"] == f"{len(sizes) - 1}号楼"


def test_numbers_count_as_people_count_and_nothing_comes_last():
    names = ["10号楼", "2号楼", "", "甲", None, "2号楼2单元", "2号楼10单元"]

    found = sorted(names, key=book._natural)

    assert [one for one in found if one and one[0] in "12"] == [
        "2号楼", "2号楼2单元", "2号楼10单元", "10号楼",
    ]  # fmt: skip
    assert [bool(one) for one in found] == [True] * 5 + [False] * 2


def test_the_entries_of_a_book_stand_by_grid_compound_building_and_door(ground):
    homes = {
        "a": factories.dwelling(ground[0], building_name="10号楼", room="101"),
        "b": factories.dwelling(ground[0], building_name="2号楼", entrance="2单元", room="101"),
        "c": factories.dwelling(ground[0], building_name="2号楼", entrance="1单元", room="1001"),
        "d": factories.dwelling(ground[0], building_name="2号楼", entrance="1单元", room="201"),
        "e": factories.dwelling(ground[1], building_name="1号楼", room="101"),
    }
    free = factories.dwelling(ground[0], room="9")
    type(free).objects.filter(pk=free.pk).update(building=None, address="路9号")
    keys = {name: factories.household(home=home).pk for name, home in homes.items()}
    type(free).objects.filter(pk=homes["e"].pk).update(grid=ground[1])
    keys["free"] = factories.household(home=free).pk
    Household.objects.filter(pk=keys["e"]).update(grid=ground[1])
    leader = factories.staff("grid_leader", factories.community())
    export = queue.begin_book(
        by=leader, here=factories.community(), subject=Subject.HOUSEHOLDS, wanted={}, purpose="x",
        is_full=False,
    )  # fmt: skip
    eyes = SimpleNamespace(grid_names={one.pk: one.name for one in ground}, used=defaultdict(set))

    with translation.override("en"):
        found = book.groups_of(export, book.kind_of(Subject.HOUSEHOLDS), eyes)

    name_of = {key: name for name, key in keys.items()}
    said = [
        (one.grid, one.building, one.first, [name_of[key] for key in one.keys]) for one in found
    ]
    assert said == [
        (ground[0].name, "2号楼", 1, ["d", "c", "b"]),
        (ground[0].name, "10号楼", 4, ["a"]),
        (ground[0].name, "Outside of buildings", 5, ["free"]),
        (ground[1].name, "1号楼", 6, ["e"]),
    ]


@pytest.mark.parametrize(
    ("fields", "role", "may"),
    [
        ({}, "grid_leader", True),
        ({"state": "failed"}, "grid_leader", False),
        ({"expires_at": None}, "grid_leader", False),
        ({"expires_at": NOW}, "grid_leader", False),
        ({"expires_at": NOW + timedelta(seconds=1)}, "grid_leader", True),
        ({}, "grid_worker", False),
    ],
)
def test_until_when_and_by_whom_a_file_may_be_fetched(db, fields, role, may):
    made = {"state": "done", "expires_at": NOW + timedelta(days=7)} | fields
    export = Export(by=factories.staff(role), covers=[factories.unit().pk], **made)

    assert queue.may_fetch(export, NOW) is may


@pytest.mark.parametrize(
    ("format", "expected", "is_small"),
    [
        ("excel", 5_000, True), ("excel", 5_001, False), ("book", book.VOLUME, True),
        ("book", book.VOLUME + 1, False),
    ],
)  # fmt: skip
def test_which_files_are_written_at_once(format, expected, is_small):
    assert queue.is_small(Export(format=format, expected=expected)) is is_small
    assert timedelta(days=7) == queue.KEPT


def test_a_new_export_says_what_is_asked_for_and_how_much_it_is(ground):
    for number in range(3):
        factories.resident(grid=ground[0], name=f"王{number}")
    factories.resident(grid=ground[1])
    leader = factories.staff("grid_leader", ground[0])

    export = queue.begin(
        by=leader, here=ground[0], subject=Subject.RESIDENTS, names=["phone", "made_up", "name"],
        wanted={"kind": "registered"}, purpose="核对",
    )  # fmt: skip

    assert (export.by, export.grid, export.district_id, export.subject, export.format) == (
        leader, ground[0], ground[0].district_id, "residents", "excel",
    )  # fmt: skip
    assert (export.columns, export.wanted, export.purpose) == (
        ["phone", "name"], {"kind": "registered"}, "核对",
    )  # fmt: skip
    assert export.expected == 3
    assert export.title == str(Subject.RESIDENTS.label)
    full = queue.begin_book(
        by=leader, here=ground[0], subject=Subject.HOUSEHOLDS,
        wanted={}, purpose="x", is_full=True,
    )  # fmt: skip
    assert (full.columns, full.format) == (["id_number"], "book")
    masked = queue.begin_book(
        by=factories.staff("grid_worker", ground[0]), here=ground[0], subject=Subject.HOUSEHOLDS,
        wanted={}, purpose="x", is_full=True,
    )  # fmt: skip
    assert masked.columns == []
