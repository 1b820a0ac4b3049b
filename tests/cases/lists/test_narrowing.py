"""What a list is narrowed by, against the same words applied to one case after the other in Python."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.utils import timezone

from cases.lists import listing, narrowing, samples, saved, scope_of_board
from cases.lists.branches import Branches
from cases.models import SOLVED, Case, SavedView, Stage
from grids.models import Grid
from grids.tree import add_grid
from tests import factories as make
from tests.cases.office import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
NOW = at("2026-11-20 14:00")
MIDNIGHTS = [at("2026-11-19 00:00"), at("2026-11-20 00:00")]
EDGES = [moment + timedelta(seconds=n) for moment in MIDNIGHTS for n in (-1, 0)]


def case(**fields):
    """A row as it stands, without a way that led there."""
    grid = fields.pop("grid", None) or make.unit()
    fields = {
        "grid": grid,
        "district_id": grid.district_id,
        "category": make.category(),
        "title": "井盖",
        "source": "patrol",
        "reported_at": EDGES[0],
        "stage_since": EDGES[0],
        "number": f"N{Case.objects.count():05}",
    } | fields
    if fields.get("stage") in SOLVED:
        fields["result"] = "fixed"
    return Case.objects.create(**fields)


def keys(rows):
    return set(rows.values_list("pk", flat=True))


def of(condition):
    return keys(Case.objects.filter(condition))


@pytest.fixture
def several(db):
    noise, parks = make.category("噪声"), make.department("园林局", line="parks")
    common = {"loop": "grid", "closing_light": ""}
    for n, moment in enumerate(EDGES):
        case(reported_at=moment, due_at=EDGES[3 - n], **common)
        case(closed_at=moment, stage=Stage.CLOSED, closing_light="red" if n % 2 else "green")
    case(category=noise, source="hotline", is_urgent=True, loop="street", department=parks)
    case(category=noise, department=make.department(), loop="district")
    case(is_urgent=True, closed_at=EDGES[0], closing_light="yellow", stage=Stage.EVALUATED)
    return list(Case.objects.all())


def test_each_word_narrows_by_its_own_column(several):
    parks = make.department("园林局", line="parks")
    noise = make.category("噪声")
    for words, holds in [
        ({}, lambda one: True),
        ({"category": noise.pk}, lambda one: one.category_id == noise.pk),
        ({"loop": "street"}, lambda one: one.loop == "street"),
        ({"source": "hotline"}, lambda one: one.source == "hotline"),
        ({"urgent": "1"}, lambda one: one.is_urgent),
        ({"department": parks.pk}, lambda one: one.department_id == parks.pk),
        ({"department": "none"}, lambda one: one.department_id is None),
        ({"closing": "late"}, lambda one: one.closing_light == "red"),
        ({"closing": "on_time"}, lambda one: one.closing_light != "red"),
        (
            {"category": noise.pk, "urgent": "1", "loop": "street"},
            lambda one: one.category_id == noise.pk and one.is_urgent,
        ),
        ({"category": "", "loop": "", "urgent": "", "due_since": None}, lambda one: True),
    ]:
        expected = {one.pk for one in several if holds(one)}
        assert of(narrowing.condition(**words)) == expected, words
        assert 0 < len(expected) <= len(several)


@pytest.mark.parametrize("column", ["reported", "closed", "due"])
def test_days_hold_from_midnight_to_midnight_of_the_office(several, column):
    days = [None, date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
    for since, until in product(days, days):
        words = {f"{column}_since": since, f"{column}_until": until}

        def holds(one, since=since, until=until):
            moment = getattr(one, f"{column}_at")
            day = moment and timezone.localdate(moment)
            if not day:
                return not since and not until
            return (not since or day >= since) and (not until or day <= until)

        assert of(narrowing.condition(**words)) == {one.pk for one in several if holds(one)}, words


def test_a_day_begins_at_midnight_of_the_office():
    assert narrowing.midnight(date(2026, 11, 20)) == at("2026-11-20 00:00")


def test_lights_stages_and_words_narrow_a_list():
    red = case(due_at=NOW, title="井盖缺失")
    yellow = case(due_at=NOW + timedelta(seconds=1), warn_at=NOW, address="光明路 3 号")
    green = case(due_at=NOW + timedelta(days=1), warn_at=NOW + timedelta(days=1), number="X-7")
    waiting = case(stage=Stage.HANDLING, title="路灯")
    closed = case(stage=Stage.CLOSED, closed_at=NOW, closing_light="red", title="路灯")

    def found(**words):
        return keys(listing.narrow(Case.objects.all(), now=NOW, **words))

    assert found() == {one.pk for one in (red, yellow, green, waiting, closed)}
    assert found(light="red") == {red.pk}
    assert found(light="yellow") == {yellow.pk}
    assert found(light="green") == {green.pk, waiting.pk}
    assert found(stage="handling") == {waiting.pk}
    assert found(stage="closed") == {closed.pk}
    assert found(q=" 路灯 ") == {waiting.pk, closed.pk}
    assert found(q="光明") == {yellow.pk}
    assert found(q="x-7") == {green.pk}
    assert found(q="井盖", light="red") == {red.pk}
    assert found(q="路灯", urgent="1") == set()


def test_a_place_holds_what_lies_below_it_and_what_it_carries_on():
    here, street = make.unit(), make.street()
    other = make.unit("370402002001001")
    city = add_grid(
        parent=None, tier="city", code="370400", name="枣庄市", valid_from=make.LONG_AGO
    )
    Grid.objects.filter(pk=make.district().pk).update(parent=city)
    elsewhere = make.unit("370403001028001")
    one, two, far = case(grid=here), case(grid=other), case(grid=elsewhere)

    def found(grid):
        return keys(listing.in_place(Case.objects.all(), Grid.objects.get(pk=grid.pk)))

    assert found(city) == found(make.district()) == {one.pk, two.pk}
    assert found(street) == found(here) == {one.pk}
    assert found(other) == {two.pk}
    assert found(make.district("370403")) == {far.pk}


SHOWN = {
    "worker": "verify checks accompanied mine today open all",
    "leader": "sort returned verify checks accompanied mine today paused open all board counted",
    "handler": "department helping mine today paused open all board counted",
    "head": "department helping extensions mine today paused open all board counted",
    "coordinator": "department helping mine today paused open all board counted",
    "supervisor": "sort returned verify extensions checks mine today paused open all board counted",
    "dispatcher": "sort returned verify extensions checks mine today paused open all board counted",
    "clerk": "sort returned verify checks accompanied mine today open all board counted",
}


def test_who_is_offered_which_list(office):
    for who, shown in SHOWN.items():
        offered = [show.key for show in listing.shows_for(getattr(office, who))]
        assert sorted(offered) == sorted(shown.split()), who
    steward = make.staff("building_steward", building=make.building())
    assert [show.key for show in listing.shows_for(steward)] == ["mine", "all"]
    assert listing.shows_for(make.staff()) == []


def test_how_the_lists_are_shown():
    by_key = {show.key: show for show in listing.SHOWS}

    assert set(by_key) == set(listing.LISTS)
    assert [key for key, show in by_key.items() if show.is_history] == ["all", "counted"]
    assert [key for key, show in by_key.items() if not show.is_tab] == ["board", "counted"]
    assert [key for key, show in by_key.items() if not show.is_counted] == ["all"]


@pytest.fixture
def crowd(office):
    """One case of each kind that a list tells apart, by its title; all of one unit grid."""
    unit, parks = office.unit, make.department("园林局", line="parks")
    rows = {
        "fresh": {"reporter": office.worker},
        "filed": {"stage": Stage.REGISTERED, "due_at": at("2026-11-20 23:59")},
        "returned": {"stage": Stage.REGISTERED, "returns": 1, "due_at": at("2026-11-21 00:00")},
        "named": {"stage": Stage.REGISTERED, "returns": 2, "decider": office.head,
                  "reporter": office.head},
        "ours": {"stage": Stage.HANDLING, "department": office.department,
                 "handler": office.handler, "companion": office.colleague},
        "theirs": {"stage": Stage.DISPATCHED, "department": parks},
        "done": {"stage": Stage.FEEDBACK, "department": office.department,
                 "handler": office.leader},
        "closed": {"stage": Stage.CLOSED, "closed_at": NOW, "department": office.department,
                   "due_at": NOW, "reporter": office.worker, "companion": office.colleague},
        "rejected": {"stage": Stage.REJECTED, "closed_at": NOW, "reporter": office.worker},
    }  # fmt: skip
    made = {title: case(grid=unit, title=title, **fields) for title, fields in rows.items()}
    asked = {"asked_by": office.supervisor, "asked_at": NOW}
    for title, department, done_at in (
        ("theirs", office.department, None),
        ("ours", parks, None),
        ("named", office.department, NOW),
        ("closed", office.department, None),
    ):
        made[title].helps.create(department=department, task="协助", done_at=done_at, **asked)
    for title, worker, answered_at in (
        ("fresh", office.colleague, None),
        ("filed", office.colleague, NOW),
        ("returned", office.worker, None),
        ("closed", office.colleague, None),
    ):
        made[title].checks.create(worker=worker, answered_at=answered_at, **asked)
    for title, state, by in (
        ("ours", "waiting", office.handler),
        ("theirs", "granted", office.handler),
        ("done", "waiting", office.supervisor),
        ("closed", "waiting", office.handler),
    ):
        made[title].extensions.create(
            run=1,
            number=1,
            unit="working_days",
            reason="等",
            state=state,
            asked_by=by,
            asked_at=NOW,
        )
    for title, until, ended_at in (
        ("ours", NOW + timedelta(seconds=1), None),
        ("done", NOW, None),
        ("filed", NOW + timedelta(days=1), NOW),
        ("closed", NOW + timedelta(days=1), None),
    ):
        made[title].pauses.create(
            reason="等", approved_by=office.supervisor, started_at=EDGES[0], until_at=until,
            ended_at=ended_at, due_before=NOW,
        )  # fmt: skip
    return office


ALL = "fresh filed returned named ours theirs done"


@pytest.mark.parametrize(
    ("who", "key", "titles"),
    [
        ("handler", "department", "ours done"),
        ("leader", "department", ""),
        ("handler", "helping", "theirs"),
        ("supervisor", "sort", "fresh filed returned named"),
        ("supervisor", "returned", "returned named"),
        ("head", "returned", "named"),
        ("supervisor", "verify", "done"),
        ("leader", "verify", ""),  # whoever handled it does not look at it
        ("clerk", "verify", "done"),
        ("supervisor", "extensions", "ours"),
        ("dispatcher", "extensions", "ours done"),
        ("colleague", "checks", "fresh"),
        ("worker", "checks", "returned"),
        ("colleague", "accompanied", "ours"),
        ("worker", "mine", "fresh"),
        ("handler", "mine", "ours"),
        ("supervisor", "today", "filed"),
        ("supervisor", "paused", "ours"),
        ("supervisor", "open", ALL),
        ("handler", "open", "ours theirs done named"),
        ("supervisor", "all", ALL + " closed rejected"),
        ("handler", "all", "ours theirs done closed named"),
        ("head", "all", "ours theirs done closed named"),
        ("supervisor", "board", ALL),
        ("handler", "board", "ours done"),
        ("supervisor", "counted", ALL + " closed"),
    ],
)
def test_what_stands_in_a_list(crowd, who, key, titles):
    show = next(show for show in listing.SHOWS if show.key == key)
    rows = listing.rows_of(show, getattr(crowd, who), now=NOW)

    found = [one.title for one in rows.together()]
    assert sorted(found) == sorted(titles.split())
    assert rows.count() == len(found)
    assert sum(rows.tally().values()) == len(found)


def test_a_tally_counts_by_category_and_department(crowd):
    crowded = Branches.visible_to(crowd.supervisor, Case.objects.open())
    kind, ours = make.category().pk, crowd.department.pk
    parks = make.department("园林局", line="parks").pk

    assert crowded.tally() == {(kind, None): 4, (kind, ours): 2, (kind, parks): 1}
    assert Branches([]).tally() == {}
    assert (Branches([]).count(), list(Branches([]).together())) == (0, [])
    narrowed = crowded.each(lambda rows: rows.filter(department=ours))
    assert (narrowed.count(), narrowed.tally()) == (2, {(kind, ours): 2})


def test_samples_wait_for_whoever_may_look_and_did_not_handle_it(crowd):
    rows = {one.title: one for one in Case.objects.all()}
    for title, kind, done_at in (
        ("closed", "recheck", None),
        ("done", "recheck", None),
        ("ours", "recheck", NOW),
        ("theirs", "call_back", None),
    ):
        rows[title].samples.create(kind=kind, drawn_on=date(2026, 11, 20), done_at=done_at)

    def waiting(kind, who):
        return [one.case.title for one in samples.waiting(kind, getattr(crowd, who))]

    assert waiting("recheck", "supervisor") == ["closed", "done"]
    assert waiting("recheck", "leader") == ["closed"]  # "done" is the leader's own work
    assert waiting("call_back", "supervisor") == ["theirs"]
    assert waiting("call_back", "leader") == []
    assert samples.kinds_for(crowd.supervisor) == ["recheck", "call_back"]
    assert samples.kinds_for(crowd.leader) == ["recheck"]
    assert samples.kinds_for(crowd.worker) == []


def test_a_query_is_kept_in_order_without_what_passes():
    assert saved.tidy("q=&b=2&a=1&after=x&before=y&pk=1&pk=2&csrfmiddlewaretoken=z&b=&b=3") == (
        "a=1&b=2&b=3"
    )
    assert saved.tidy("after=1") == ""


def test_what_is_offered_to_be_kept(office):
    who, page = office.supervisor, SavedView.Page.LIST
    saved.keep(by=who, page=page, name="红", query="light=red")
    saved.keep(by=office.leader, page=page, name="黄", query="light=yellow")

    found = saved.around(who, page, "q=&light=yellow&after=3")
    assert (found["page"], found["query"]) == (page, "light=yellow")
    assert [(view.name, view.is_current, view.url) for view in found["views"]] == [
        ("红", False, "/cases/?light=red")
    ]
    on = saved.around(who, page, "light=red")
    assert (on["query"], on["views"][0].is_current) == ("", True)
    assert saved.around(who, page, "light=green", is_offered=False)["query"] == ""
    for n in range(18):
        saved.keep(by=who, page=page, name=f"第{n}", query=f"q={n}")
    assert saved.around(who, page, "light=green")["query"] == "light=green"
    saved.keep(by=who, page=page, name="满", query="q=满")
    assert saved.around(who, page, "light=green")["query"] == ""
    assert saved.around(make.staff("operator", make.district()), page, "a=1") is None
    assert {view.district_id for view in saved.own(who)} == {make.district().pk}
    assert saved.address(SavedView.Page.BOARD, "") == "/board/"


def test_which_part_of_the_cases_somebody_steers(office):
    """Against the rights, one case after the other; each case in one share only."""
    far, beyond = make.unit("370402002001001"), make.unit("370403001028001")
    parks = make.department("园林局", line="parks")
    abroad = make.department("城市管理局", make.district("370403"))
    both = make.staff("supervisor", make.street())
    make.posting(both, "department_head", parks.grid, department=parks)
    wide = make.staff("dispatcher", make.district())
    make.posting(wide, "supervisor", make.street("370403001"))
    make.posting(wide, "department_head", abroad.grid, department=abroad)
    make.posting(wide, "department_head", parks.grid, department=parks)
    for grid in (office.unit, far):
        for department in (None, office.department, parks):
            case(grid=grid, department=department)
    case(grid=beyond, department=abroad)
    case(grid=make.unit("370403002028001"), department=abroad)
    case(grid=make.unit("370403002028001"))
    everything = list(Case.objects.select_related("grid"))
    people = [office.supervisor, office.leader, office.dispatcher, office.handler, both, wide]
    for person in [*people, office.worker]:
        reach = scope_of_board.Scope.of(person).reach("case.board")

        def steers(one, place, reach=reach):
            return (place is None or one.grid.path.startswith(place.path)) and (
                one.district_id in reach.districts
                or one.grid_id in reach.grids
                or one.department_id in reach.departments
            )

        for place in (None, make.district(), make.street(), far, make.district("370403")):
            place = place and Grid.objects.get(pk=place.pk)
            shares = scope_of_board.shares(person, place)
            found = [
                pk
                for share in shares
                for pk in Case.objects.filter(share).values_list("pk", flat=True)
            ]
            assert sorted(found) == sorted(one.pk for one in everything if steers(one, place))
    assert scope_of_board.shares(office.worker, None) == []


def test_which_boards_somebody_may_open(office):
    abroad = make.department("城市管理局", make.district("370403"))
    foreign = make.unit("370403001028001")
    helper = make.staff("department_head", department=abroad)
    district = set(Grid.objects.filter(district=make.district()))

    assert set(scope_of_board.places(office.dispatcher)) == district
    assert set(scope_of_board.places(office.handler)) == district
    below = {grid for grid in district if grid.path.startswith(make.street().path)}
    assert set(scope_of_board.places(office.supervisor)) == below
    assert foreign in scope_of_board.places(helper)
    assert not set(scope_of_board.places(helper)) & district
    assert not scope_of_board.places(office.worker)
    assert scope_of_board.own_place(office.worker) is None
    assert scope_of_board.own_place(office.supervisor) == make.street()
    make.posting(office.supervisor, "dispatcher", make.district())
    make.posting(office.supervisor, "grid_worker", office.unit)
    assert scope_of_board.own_place(office.supervisor) == make.district()
    assert scope_of_board.districts(office.handler) == {make.district().pk}
    assert scope_of_board.districts(helper) == {make.district("370403").pk}


def test_a_city_steers_sums_and_reads_what_another_posting_shows(office):
    city = add_grid(
        parent=None, tier="city", code="370400", name="枣庄市", valid_from=make.LONG_AGO
    )
    Grid.objects.filter(pk=make.district().pk).update(parent=city)
    mayor = make.staff("dispatcher", city, district=make.district())
    mine, theirs = case(grid=office.unit), case(grid=make.unit("370402002001001"))
    held = case(grid=make.unit("370402002001001"), department=office.department)

    assert of(scope_of_board.seen(mayor)) == set()
    assert of(scope_of_board.seen(office.dispatcher)) == {mine.pk, theirs.pk, held.pk}
    assert scope_of_board.districts(mayor) == {make.district().pk}
    make.posting(mayor, "supervisor", make.street())
    assert of(scope_of_board.seen(mayor)) == {mine.pk}
    make.posting(mayor, "department_head", make.district(), department=office.department)
    assert of(scope_of_board.seen(mayor)) == {mine.pk, held.pk}
    make.posting(mayor, "auditor", make.district())
    assert of(scope_of_board.seen(mayor)) == {mine.pk, theirs.pk, held.pk}
