"""Pages by key: every row once, in order, forwards and backwards, whatever stands in the address."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import F
from django.test import RequestFactory

from grids.lists import paging
from grids.models import Notification, Posting
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def asked(**query):
    return RequestFactory().get("/list", query)


@pytest.fixture
def person(db):
    return factories.staff("grid_worker")


def put(person, title, *, read=None, created=0):
    return Notification.objects.create(
        recipient=person,
        kind="case",
        title=title,
        key=title,
        created_at=NOON + timedelta(hours=created),
        read_at=None if read is None else NOON + timedelta(hours=read),
    )


@pytest.fixture
def five(person):
    return [put(person, title) for title in "abcde"]


def titles(rows):
    return "".join(row.title for row in rows)


# By a whole number


@pytest.mark.parametrize("of_few", [False, True])
@pytest.mark.parametrize(
    ("descending", "after", "size", "found", "has_next", "has_previous"),
    [
        (False, None, 2, "ab", True, False),
        (False, 1, 2, "cd", True, True),
        (False, 3, 2, "e", False, True),
        (False, 2, 2, "de", False, True),
        (False, 4, 2, "", False, True),
        (False, None, 5, "abcde", False, False),
        (False, None, 4, "abcd", True, False),
        (True, None, 2, "ed", True, False),
        (True, 3, 2, "cb", True, True),
        (True, 1, 2, "a", False, True),
    ],
)
def test_the_rows_after_a_key(five, of_few, descending, after, size, found, has_next, has_previous):
    rows = Notification.objects.order_by("-pk" if descending else "pk")
    query = {} if after is None else {"after": five[after].pk}

    page = paging.page_by_key(
        asked(kind="x", **query), rows, descending=descending, size=size, of_few=of_few
    )

    assert titles(page.rows) == found
    assert page.previous_url == ("?kind=x" if has_previous else "")
    assert page.next_url == (f"?kind=x&after={page.rows[-1].pk}" if has_next else "")


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 19, "²"])
def test_a_key_that_is_none_begins_at_the_top(five, after):
    rows = Notification.objects.order_by("pk")

    assert titles(paging.page_by_key(asked(after=after), rows, size=2).rows) == "ab"


def test_another_key_and_the_longest_number(five):
    rows = Notification.objects.annotate(turn=-F("pk")).order_by("turn")

    page = paging.page_by_key(asked(), rows, key="turn", size=2)

    assert titles(page.rows) == "ed"
    assert page.next_url == f"?after={-five[3].pk}"
    last = paging.page_by_key(asked(after="9" * 18), Notification.objects.order_by("pk"))
    assert (last.rows, last.next_url) == ([], "")
    assert paging.SIZE == 50


def test_an_address_keeps_the_other_words():
    request = asked(after="5", q="王", page="x")

    assert paging.address(request) == "?q=%E7%8E%8B&page=x"
    assert paging.address(request, after="7") == "?q=%E7%8E%8B&page=x&after=7"
    assert paging.address(request, page="y", new="z") == "?q=%E7%8E%8B&page=y&new=z"


# Step by step


@dataclass
class Step:
    rows: object
    order: tuple


def steps(person):
    first, second = [
        Step(Notification.objects.filter(kind=kind), ("title",)) for kind in ("one", "two")
    ]
    for kind, names in (("one", "cab"), ("two", "fde")):
        for name in names:
            Notification.objects.filter(pk=put(person, name).pk).update(kind=kind)
    return [first, second]


def walked(said, size):
    """The titles of every page, by the addresses of the next ones."""
    title_of = dict(Notification.objects.values_list("pk", "title"))
    pages, request = [], asked()
    while request:
        page = paging.page_of_steps(request, said, size)
        pages.append("".join(title_of[key] for key in page.rows))
        after = page.next_url.rpartition("after=")[2].replace("%7E", "~")
        request = asked(after=after) if page.next_url else None
    return pages


@pytest.mark.parametrize(
    ("size", "pages"),
    [
        (1, ["a", "b", "c", "d", "e", "f"]),
        (2, ["ab", "cd", "ef"]),
        (3, ["abc", "def"]),
        (4, ["abcd", "ef"]),
        (6, ["abcdef"]),
        (9, ["abcdef"]),
    ],
)
def test_steps_follow_each_other_without_a_gap(person, size, pages):
    assert walked(steps(person), size) == pages


def test_rows_of_the_same_title_come_by_their_key(person):
    rows = [put(person, title) for title in "abcd"]
    Notification.objects.update(kind="one", title="a")

    said = [Step(Notification.objects.all(), ("title",))]
    page = paging.page_of_steps(asked(after=f"0~{rows[1].pk}"), said, 5)

    assert page.rows == [rows[2].pk, rows[3].pk]


@pytest.mark.parametrize("after", ["", "x", "0~999999999", "0~x", "~", "x~1"])
def test_a_place_in_the_steps_that_is_none_begins_at_its_step(person, after):
    said = steps(person)

    found = paging.page_of_steps(asked(after=after), said, 2).rows

    assert found == list(said[0].rows.order_by("title").values_list("pk", flat=True)[:2])
    second = paging.page_of_steps(asked(after="1~"), said, 9).rows
    assert second == list(said[1].rows.order_by("title").values_list("pk", flat=True))
    assert paging.page_of_steps(asked(after="9~1"), said, 2).rows == []


# By a day


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_every_row_of_a_day_stands_on_one_page(person, is_descending, size):
    for number in range(4):
        factories.posting(
            person, "assistant", factories.unit(), since=date(2026, 5, 1 + number // 2),
            duty=str(number),
        )  # fmt: skip
    rows = Posting.objects.filter(role="assistant")
    expected = [str(number) for number in range(4)]

    found, after = [], ""
    while True:
        part, after = paging.page_by_day(
            rows, "since", after=after, is_descending=is_descending, size=size
        )
        found += [row.duty for row in part]
        assert len(part) <= size
        if not after:
            break

    assert found == (expected[::-1] if is_descending else expected)
    for odd in ("x", "2026-05-01", "2026-13-01~1", "2026-05-01~x"):
        assert len(paging.page_by_day(rows, "since", after=odd)[0]) == 4


# By a moment, both ways


class Parts:
    """Rows that come from several queries, as those of a list do."""

    def __init__(self, rows):
        self.rows = rows

    def each(self, change):
        return Parts(change(self.rows))

    def first(self, number, *order):
        return [row.pk for row in self.rows.order_by(*order)[:number]]


@pytest.fixture
def moments(person):
    """a and b at the same moment, c later, d and e at none."""
    for title, read in (("a", 1), ("b", 1), ("c", 2), ("d", None), ("e", None)):
        put(person, title, read=read)


UP, DOWN = paging.Order("read_at"), paging.Order("read_at", is_descending=True)


@pytest.mark.parametrize(
    ("order", "size", "pages"),
    [
        (UP, 1, ["a", "b", "c", "d", "e"]),
        (UP, 2, ["ab", "cd", "e"]),
        (UP, 3, ["abc", "de"]),
        (UP, 4, ["abcd", "e"]),
        (UP, 5, ["abcde"]),
        (UP, 9, ["abcde"]),
    ],
)
def test_a_list_forwards_and_backwards(moments, order, size, pages):
    everything = Notification.objects.all()
    rows = Parts(everything)

    forwards, stretch = [], order.page(rows, shown=everything, size=size)
    assert stretch.before == ""
    forwards.append(titles(stretch.rows))
    while stretch.after:
        stretch = order.page(rows, shown=everything, after=stretch.after, size=size)
        forwards.append(titles(stretch.rows))
        assert stretch.before
    assert forwards == pages

    backwards = [titles(stretch.rows)]
    while stretch.before:
        stretch = order.page(rows, shown=everything, before=stretch.before, size=size)
        backwards.insert(0, titles(stretch.rows))
        assert stretch.after
    assert "".join(backwards) == "abcde"
    assert all(len(one) <= size for one in backwards)


@pytest.mark.parametrize(("size", "pages"), [(1, ["c", "b", "a"]), (2, ["cb", "a"]), (3, ["cba"])])
def test_a_list_that_goes_down(moments, size, pages):
    shown = Notification.objects.exclude(read_at=None)
    rows = Parts(shown)

    found, stretch = [], DOWN.page(rows, shown=shown, size=size)
    found.append(titles(stretch.rows))
    while stretch.after:
        stretch = DOWN.page(rows, shown=shown, after=stretch.after, size=size)
        found.append(titles(stretch.rows))
    assert found == pages
    back = DOWN.page(rows, shown=shown, before=stretch.before, size=size)
    assert titles(back.rows) == (pages[-2] if len(pages) > 1 else "cba")


def test_the_keys_of_the_pages_are_moments_and_ids(moments):
    everything = Notification.objects.all()
    rows, first = Parts(everything), Notification.objects.get(title="a")

    stretch = UP.page(rows, shown=everything, size=1)

    assert stretch.after == f"{first.read_at.isoformat()}~{first.pk}"
    without = Notification.objects.get(title="d")
    assert titles(UP.page(rows, shown=everything, after=f"-~{without.pk}").rows) == "e"
    before_none = UP.page(rows, shown=everything, before=f"-~{without.pk}", size=9)
    assert (titles(before_none.rows), before_none.before, bool(before_none.after)) == (
        "abc",
        "",
        True,
    )
    last = Notification.objects.get(title="e")
    assert titles(UP.page(rows, shown=everything, before=f"-~{last.pk}", size=2).rows) == "cd"


@pytest.mark.parametrize("edge", ["x", "2026-05-01~1", "2026-05-01T10:00:00~1", "-~x", "~1"])
def test_an_edge_that_is_none_begins_at_the_top(moments, edge):
    everything = Notification.objects.all()

    for side in ({"after": edge}, {"before": edge}):
        stretch = UP.page(Parts(everything), shown=everything, size=2, **side)
        assert (titles(stretch.rows), stretch.before, bool(stretch.after)) == ("ab", "", True)


def test_beyond_the_last_row_there_is_nothing(moments):
    everything = Notification.objects.all()
    last = Notification.objects.get(title="e")

    stretch = UP.page(Parts(everything), shown=everything, after=f"-~{last.pk}")

    assert (stretch.rows, stretch.before, stretch.after) == ([], "", "")


def test_the_first_rows_and_only_those_that_are_shown(moments):
    everything = Notification.objects.all()
    rows = Parts(everything)

    assert titles(UP.first(rows, 3, shown=everything)) == "abc"
    assert titles(DOWN.first(Parts(everything.exclude(read_at=None)), 2, shown=everything)) == "cb"
    assert titles(UP.first(rows, 3, shown=everything.exclude(title="b"))) == "ac"
