"""What stands around a case on its page: kin, neighbours, helpers, texts; and who could do what."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from cases import workflow
from cases.file import dossier, nearby, people
from cases.models import AnswerTemplate, Case, CaseEvent, Responsibility, Stage
from grids.models import Grid
from grids.tree import add_grid
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
NOW = at("2026-11-20 14:00")


def parks():
    return make.department("园林局", line="parks")


def events_of(case):
    return list(case.events.order_by("at", "id"))


def page(case, person):
    return dossier.of(Case.objects.get(pk=case.pk), events_of(case), person)


def test_what_the_story_speaks_of_is_shown_and_nothing_of_another_case(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    plain = page(other, office.supervisor)
    water = make.department("水务局", line="water")
    for each in (case, other):
        first, second = (
            workflow.ask_help(each, by=office.head, department=one, task="协助", at=at(when))
            for one, when in ((parks(), "2026-11-20 10:30"), (water, "2026-11-20 10:20"))
        )
        workflow.ask_extension(
            each, by=office.handler, number=2, unit="working_days", reason="等", at=NOW
        )
        each.supporters.create(staff=office.clerk, at=NOW)
        each.supporters.create(staff=office.leader, at=NOW - timedelta(days=1))
        CaseEvent.objects.create(case=each, kind="support", at=NOW, by=office.clerk)
        for when in ("2026-11-20 09:10", "2026-11-20 09:20"):
            each.checks.create(
                worker=office.colleague, asked_by=office.clerk, asked_at=at(when), answered_at=NOW
            )
        CaseEvent.objects.create(case=each, kind="ask_check", at=NOW, by=office.clerk)
        each.samples.create(kind="recheck", drawn_on=date(2026, 11, 20))
    workflow.finish_help(second, by=office.head, answer="已抽", at=NOW)

    found = page(other, office.supervisor)
    assert found["helps"] == [second, first]
    assert (found["helps_done"], page(case, office.supervisor)["helps_done"]) == (1, 0)
    assert found["check"].asked_at == at("2026-11-20 09:20")
    assert found["extension"].asked_by == office.handler
    assert found["extension"].unit_label == "工作日"
    assert [one.staff for one in found["supporters"]] == [office.leader, office.clerk]
    assert found["samples"] == []  # of an open case nobody is asked
    assert plain == {
        "helps": [], "helps_done": 0, "check": None, "extension": None, "samples": [],
        "supporters": [], "files": [], "sides": [], "kin": [], "near": [],
    }  # fmt: skip


def test_of_a_closed_case_the_samples_that_wait_are_shown_and_no_extension(office):
    case, other = bring(office, Stage.CLOSED), bring(office, Stage.CLOSED)
    waiting = case.samples.create(kind="recheck", drawn_on=date(2026, 11, 20))
    case.samples.create(kind="call_back", drawn_on=date(2026, 11, 20), done_at=NOW)
    other.samples.create(kind="recheck", drawn_on=date(2026, 11, 20))
    fields = {
        "run": 1,
        "number": 1,
        "unit": "working_days",
        "asked_by": office.handler,
        "asked_at": NOW,
    }
    case.extensions.create(**fields)

    assert page(case, office.supervisor)["samples"] == [waiting]
    assert dossier.waiting_extension(case) is None
    opened = bring(office, Stage.HANDLING)
    opened.extensions.create(state="granted", **fields)
    assert dossier.waiting_extension(opened) is None
    row = opened.extensions.create(**fields)
    assert dossier.waiting_extension(opened) == row


def test_both_reasons_stand_there_while_somebody_decides(office):
    case = bring(office, Stage.DISPATCHED)
    case.decider = office.dispatcher
    story = [
        SimpleNamespace(kind=kind, note=note, by=by, at=NOW, data={"department": department})
        for kind, note, by, department in (
            ("send_back", "旧", office.head, parks().pk),
            ("reopen", "", office.head, None),
            ("send_back", "一", office.handler, parks().pk),
            ("dispatch", "", office.head, parks().pk),
            ("send_back", "二", None, office.department.pk),
            ("remark", "三", office.head, None),
        )
    ]

    def shown(events=story, **fields):
        state = {"decider": office.dispatcher, "department": None, "closed_at": None} | fields
        for name, value in state.items():
            setattr(case, name, value)
        return [
            (side.department, side.reason, side.who, side.at)
            for side in dossier.sides(case, events)
        ]

    second = (office.department.name, "二", "", NOW)
    assert shown() == [("园林局", "一", office.handler.full_name, NOW), second]
    assert shown(story[3:]) == [second]
    assert [side[1] for side in shown([story[0], *story[2:]])] == ["一", "二"]
    assert shown(decider=None) == shown(department=parks()) == shown(closed_at=NOW) == []


def test_kin_are_told_apart_and_only_what_one_sees_is_there(office):
    case, linked, earlier = report(office), report(office), report(office)
    whole, goes_on, stranger = report(office), report(office), report(office)
    far = report(office, grid=make.unit("370402002001001"))
    merged, part = report(office), report(office)
    Case.objects.filter(pk=merged.pk).update(merged_into=case)
    Case.objects.filter(pk=part.pk).update(split_from=case)
    case.split_from, case.merged_into = whole, goes_on
    for one, other, note in ((case, linked, "同楼"), (case, far, "远"), (linked, stranger, "别")):
        one.links.create(other=other, by=office.supervisor, at=NOW, note=note)
    case.links.create(other=earlier, by=office.supervisor, at=NOW, note="先前")

    def kin(person, told=frozenset({"link", "absorb", "split"})):
        return {other.pk: (other.tie, other.tie_note) for other in dossier.kin(case, told, person)}

    ours = {
        linked.pk: ("link", "同楼"),
        earlier.pk: ("link", "先前"),
        whole.pk: ("whole", ""),
        goes_on.pk: ("goes_on", ""),
        merged.pk: ("merged", ""),
        part.pk: ("part", ""),
    }
    assert kin(office.supervisor) == ours
    assert kin(office.dispatcher) == ours | {far.pk: ("link", "远")}
    two = {whole.pk: ("whole", ""), goes_on.pk: ("goes_on", "")}
    assert kin(office.supervisor, frozenset()) == two
    assert set(kin(office.supervisor, frozenset({"absorb"}))) == {merged.pk, *two}
    assert set(kin(office.supervisor, frozenset({"split"}))) == {part.pk, *two}
    found = {other.pk: other.tie for other in dossier.kin(linked, {"link"}, office.supervisor)}
    assert found == {case.pk: "link", stranger.pk: "link"}
    assert dossier.kin(stranger, set(), office.supervisor) == []


def test_neighbours_within_fifty_metres_and_then_the_family(office, monkeypatch):
    home = make.household()
    point = {"lon": 117.5, "lat": 34.8}
    case = report(office, household=home, **point)
    near = report(office, household=home, lon=117.5, lat=34.8 + 20 / 111_195)
    nearer = report(office, lon=117.5, lat=34.8 + 10 / 111_195)
    family = bring(office, Stage.CLOSED, day="2026-11-19", household=home)
    hidden = report(office, grid=make.unit("370402002001001"), household=home)
    assert hidden.pk

    found = dossier.near(case, office.supervisor)
    assert [other.pk for other in found] == [nearer.pk, near.pk, family.pk]
    assert [other.metres for other in found[:2]] == [10, 20]
    assert [other.pk for other in dossier.near(case, office.dispatcher)][-1] == family.pk
    monkeypatch.setattr(dossier, "FEW", 1)
    assert [other.pk for other in dossier.near(case, office.supervisor)] == [nearer.pk, near.pk]


def test_ready_texts_of_the_district_for_the_step(office):
    case = report(office)

    def text(name, step="feed_back", category=None, district=None):
        return AnswerTemplate.objects.create(
            district=district or make.district(), step=step, name=name, text=f"{name}。",
            category=category,
        )  # fmt: skip

    common, earlier, own = text("乙"), text("丁甲"), text("丙", category=case.category)
    others = [
        text("丁", step="reject"),
        text("戊", category=make.category("噪声")),
        text("己", district=make.district("370403")),
    ]

    assert dossier.ready_texts(case, "feed_back") == [own, earlier, common]
    assert dossier.ready_text(case, "feed_back", str(common.pk)) == "乙。"
    for key in [*(str(one.pk) for one in others), "", None, "x", "999999999"]:
        assert dossier.ready_text(case, "feed_back", key) == ""


def test_who_sees_a_case_its_departments_first(office):
    case = bring(office, Stage.HANDLING)
    case.helps.create(
        department=parks(), task="协助", asked_by=office.head, asked_at=NOW, done_at=NOW
    )
    gardener = make.staff("department_handler", department=parks(), full_name="甲园丁")
    both = make.staff("community_staff", make.community(), full_name="乙两职")
    make.posting(both, "grid_leader", office.unit)
    make.staff("department_handler", department=make.department("水务局", line="water"))
    make.staff("grid_leader", make.community("370402001027"))
    make.staff("grid_leader", make.community(), is_active=False)
    make.staff("grid_leader", make.community(), since=date(2026, 11, 21))
    make.staff("building_steward", building=make.building())
    make.staff("operator", make.district())
    city = add_grid(
        parent=None, tier="city", code="370400", name="枣庄市", valid_from=make.LONG_AGO
    )
    Grid.objects.filter(pk=make.district().pk).update(parent=city)
    make.staff("dispatcher", city, district=make.district())

    found = people.who_see(Case.objects.get(pk=case.pk))
    theirs = [office.handler, office.second_handler, office.coordinator, office.head, gardener]
    assert set(list(found)[:5]) == {one.pk for one in theirs}
    assert list(found)[4] == gardener.pk
    own = [office.worker, office.colleague, both, office.leader, office.clerk]
    assert set(found) == {one.pk for one in [*theirs, *own, office.supervisor, office.dispatcher]}
    assert found[both.pk] == "乙两职 · 网格长"  # the posting nearest to the case
    assert found[office.dispatcher.pk].startswith(f"{office.dispatcher.full_name} · ")
    assert list(found)[-1] == office.dispatcher.pk


def test_who_could_look_and_who_could_handle(office):
    case = bring(office, Stage.HANDLING)
    assistant = make.staff("assistant", make.street())
    make.staff("grid_worker", make.unit("370402001028002"))
    make.staff("grid_worker", office.unit, is_active=False)
    make.staff("department_handler", department=parks())
    make.staff("department_handler", department=office.department, is_active=False)

    assert set(people.who_could_look(case)) == {
        office.worker, office.colleague, office.leader, office.clerk, assistant,
    }  # fmt: skip
    handlers = list(people.who_could_handle(case))
    assert set(handlers) == {office.handler, office.second_handler, office.coordinator, office.head}
    assert [one.full_name for one in handlers] == sorted(one.full_name for one in handlers)
    assert people.departments_of(office.handler, "case.handle") == {office.department.pk}
    assert people.departments_of(office.worker, "case.handle") == set()


def test_which_departments_could_help(office):
    case, other = bring(office, Stage.HANDLING), bring(office, Stage.HANDLING)
    here = make.department("街道办", make.street())
    water, asked = make.department("水务局", line="water"), parks()
    make.department("外街", make.street("370402002"))
    for where, department, done_at in (
        (case, asked, None),
        (case, water, NOW),
        (other, here, None),
    ):
        where.helps.create(
            department=department, task="协助", asked_by=office.head, asked_at=NOW, done_at=done_at
        )

    assert list(people.who_could_help(case)) == [here, water]
    assert set(people.who_could_help(other)) == {water, asked}


def test_what_may_be_the_same_is_shown_to_who_reports(office):
    def alike(person=office.colleague, **more):
        fields = {"category": office.standard.category, "grid": office.unit} | more
        return nearby.alike(person, **fields)

    first, second, third, last = (
        report(office, f"2026-11-20 13:{n}", by=office.clerk) for n in (10, 20, 30, 40)
    )
    second.supporters.create(staff=office.colleague, at=NOW)
    third.supporters.create(staff=office.worker, at=NOW)
    Case.objects.filter(pk=third.pk).update(reporter=office.colleague)

    found = alike()
    assert [case.pk for case in found] == [last.pk, third.pk, second.pk]
    assert [case.is_mine for case in found] == [False, True, True]
    assert first.pk not in {case.pk for case in found}
    assert alike(category=None) == alike(grid=None) == []
    assert alike(make.staff("grid_worker", make.unit("370402001028002"))) == []


@pytest.mark.parametrize(
    ("rows", "is_urgent", "loops", "limits"),
    [
        ([], False, ["street"], []),
        ([], True, ["street"], []),
        ([("grid", 4, {})], False, ["grid"], ["4 工作时"]),
        ([("grid", 4, {})], True, ["street"], ["4 工作时"]),
        ([("grid", 4, {"is_urgent": True})], False, ["street"], ["4 工作时"]),
        (
            [("district", 9, {}), ("grid", 4, {})],
            False,
            ["grid", "district"],
            ["4 工作时", "9 工作时"],
        ),
        ([("district", 9, {}), ("community", 4, {})], True, ["district"], ["4 工作时", "9 工作时"]),
        (
            [("street", n, {}) for n in (5, 4, 3, 2)] + [("street", 4, {})],
            False,
            ["street"],
            ["2 工作时", "3 工作时", "4 工作时"],
        ),
        ([("grid", 4, {"valid_from": date(2026, 11, 21)})], False, ["street"], []),
        ([("grid", 4, {"valid_to": date(2026, 11, 19)})], False, ["street"], []),
        ([("grid", 4, {"valid_from": date(2026, 11, 20)})], False, ["grid"], ["4 工作时"]),
        ([("grid", 4, {"valid_to": date(2026, 11, 20)})], False, ["grid"], ["4 工作时"]),
    ],
)
def test_which_way_a_report_will_go(rows, is_urgent, loops, limits):
    noise, unit = make.category("噪声"), make.unit()
    make.standard(7, of=make.category("犬吠"), loop="community")
    for loop, number, fields in rows:
        make.standard(number, of=noise, loop=loop, default_line="parks", **fields)

    found = nearby.way(noise, unit, is_urgent=is_urgent)
    assert [str(loop) for loop in found["loops"]] == loops
    assert found["limits"] == limits
    assert found["department"] is None


def test_which_department_a_report_will_go_to():
    noise, unit, bureau = make.category("噪声"), make.unit(), make.department()
    make.standard(9, of=noise, default_line="parks")
    make.standard(4, of=noise, default_line="city_management")

    assert nearby.way(noise, unit)["department"] == bureau
    Responsibility.objects.create(
        district_id=unit.district_id, category=noise, grid=unit, department=parks()
    )
    assert nearby.way(noise, unit)["department"] == parks()
