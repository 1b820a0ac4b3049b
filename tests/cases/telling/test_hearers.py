"""Who is told of what: every kind of event and every rung, by name, against people posted everywhere."""

from datetime import date

import pytest
from django.urls import reverse

from cases.lateness import escalation
from cases.models import Alarm, Case, CaseEvent, LadderHearer, Stage
from cases.steps import people
from cases.telling import hearers, notices
from grids.models import Notification
from grids.refusal import Refused
from tests import factories as make
from tests.cases.office import at, bring

pytestmark = pytest.mark.django_db
NOW = at("2026-11-20 12:00")
WARN, DUE, HALF = at("2026-11-20 14:30"), at("2026-11-20 15:30"), at("2026-11-20 17:30")
FULL, DOUBLE = at("2026-11-23 10:30"), at("2026-11-23 16:00")


@pytest.fixture
def office(office):
    """With one of each who could be told by mistake: elsewhere, gone, not yet there, of another kind."""
    parks = make.department("园林局", line="parks")
    for role in ("handler", "coordinator", "head"):
        make.staff(f"department_{role}", department=parks)
    here = {
        "grid_worker": office.unit,
        "grid_leader": make.community(),
        "community_staff": make.community(),
        "supervisor": make.street(),
        "dispatcher": make.district(),
    }
    for role, grid in here.items():
        make.staff(role, grid, is_active=False)
        make.staff(role, grid, since=date(2026, 11, 24))
        make.staff(role, grid).postings.update(until="2026-11-19")
    make.staff("grid_worker", make.unit("370402001028002"))
    make.staff("grid_leader", make.community("370402001027"))
    make.staff("grid_leader", make.street())  # leads no community
    make.staff("supervisor", make.street("370402002"))
    make.staff("supervisor", make.district())
    make.staff("dispatcher", make.district("370403"))
    for role in ("assistant", "information_officer", "administrator", "auditor"):
        make.staff(role, make.district())
    office.boss, office.named, office.issuer = make.staff(), make.staff(), make.staff()
    office.decider, office.companion, office.supporter = make.staff(), make.staff(), make.staff()
    return office


def names(office, keys):
    known = {one.pk: name for name, one in vars(office).items() if hasattr(one, "username")}
    return " ".join(sorted(known.get(key, "somebody else") for key in keys))


def case_of(office, stage, **fields):
    case = bring(office, stage)
    fields = {"decider": office.decider} | fields
    if fields.get("is_urgent"):
        fields["companion"] = office.companion
    Case.objects.filter(pk=case.pk).update(**fields)
    case.supporters.create(staff=office.supporter, at=NOW)
    CaseEvent.objects.update(notified_at=NOW)
    case.refresh_from_db()
    return case


def told(office, case, kind, **data):
    event = CaseEvent.objects.create(case=case, kind=kind, at=NOW, by=office.boss, data=data)
    notices.announce(NOW, events=[event.pk])
    rows = Notification.objects.filter(key=f"event:{event.pk}")
    return names(office, rows.values_list("recipient", flat=True))


IN_DEPARTMENT = {
    "report": "clerk leader",
    "ask_check": "named",
    "answer_check": "named",
    "solve": "supporter worker",
    "register": "",
    "answer_person": "supporter worker",
    "reject": "supporter worker",
    "dispatch": "coordinator handler second_handler",
    "decide": "coordinator handler second_handler",
    "accept": "",
    "assign": "handler",
    "feed_back": "clerk leader supervisor",
    "send_back": "decider dispatcher second_handler",
    "verify": "supporter worker",
    "verify_failed": "coordinator handler",
    "evaluate": "",
    "reopen": "dispatcher supervisor",
    "reopen_unfiled": "",
    "ask_help": "named",
    "finish_help": "handler named",
    "ask_extension": "head supervisor",
    "decide_extension": "handler named",
    "pause": "handler",
    "resume": "handler",
    "urge": "coordinator handler second_handler",
    "issue_slip": "coordinator handler head second_handler",
    "answer_slip": "issuer supervisor",
    "slip_overdue": "head issuer supervisor",
    "merge": "handler supporter worker",
    "absorb": "handler",
    "remark": "named",
    "split": "",
    "link": "",
    "support": "",
    "recheck": "",
    "call_back": "",
    "extend": "",
    "alarm": "",
    "calendar": "",
}
# The same of a case that waits at a desk, where it is told to others.
AT_DESK = {
    "dispatch": "",
    "urge": "clerk leader",
    "issue_slip": "",
    "verify_failed": "",
    "ask_extension": "supervisor",
    "slip_overdue": "issuer supervisor",
    "assign": "",
}


def with_slip(office, case):
    slip = case.slips.create(colour="red", issued_at=NOW, issued_by=office.issuer, number="S1")
    other = case.slips.create(colour="red", issued_at=NOW, issued_by=office.head, number="S2")
    assert other.pk != slip.pk
    return {"slip": slip.pk, "tell": [office.named.pk]}


def test_who_hears_of_each_kind_of_event(office):
    case = case_of(office, Stage.HANDLING)
    CaseEvent.objects.filter(kind="dispatch").update(by=office.second_handler)
    data = with_slip(office, case)

    sent_back = {"send_back": told(office, case, "send_back", **data)}
    others = [kind for kind in IN_DEPARTMENT if kind != "send_back"]
    assert sent_back | {kind: told(office, case, kind, **data) for kind in others} == IN_DEPARTMENT
    assert {kind for kind, who in IN_DEPARTMENT.items() if who} == set(hearers.HEARERS)


def test_who_hears_while_it_waits_at_a_desk(office):
    case = case_of(office, Stage.REGISTERED, handler=None, department=office.department)
    data = with_slip(office, case)

    assert {kind: told(office, case, kind, **data) for kind in AT_DESK} == AT_DESK


def test_whoever_stays_with_an_urgent_case_hears_of_every_step(office):
    case = case_of(office, Stage.HANDLING, is_urgent=True)
    street = {"report", "feed_back", "reopen", "ask_extension", "answer_slip", "slip_overdue"}

    for kind in [kind for kind, who in IN_DEPARTMENT.items() if who]:
        found = told(office, case, kind, tell=[]).split()
        assert "companion" in found, kind
        assert ("supervisor" in found) == (kind in street), kind
    assert set(Notification.objects.values_list("is_urgent", flat=True)) == {True}


def test_the_last_dispatch_counts_and_nobody_is_told_of_the_own_step(office):
    case, other = case_of(office, Stage.HANDLING), case_of(office, Stage.HANDLING)
    CaseEvent.objects.filter(kind="dispatch", case=case).delete()
    for who, when in (
        (office.clerk, "11:00"),
        (office.leader, "11:30"),
        (office.colleague, "11:10"),
    ):
        CaseEvent.objects.create(case=case, kind="dispatch", at=at(f"2026-11-20 {when}"), by=who)
    CaseEvent.objects.create(case=other, kind="dispatch", at=NOW, by=office.head)

    assert told(office, case, "send_back") == "decider dispatcher leader"
    assert told(office, case, "remark", tell=[office.boss.pk, office.head.pk]) == "head"


def test_what_a_message_says(office):
    case = case_of(office, Stage.HANDLING, title="井" * 80)
    event = CaseEvent.objects.create(
        case=case, kind="urge", at=NOW, by=office.handler, note="请快办"
    )

    assert notices.announce(DUE, events=[event.pk]) == 2
    rows = Notification.objects.filter(key=f"event:{event.pk}")
    assert names(office, rows.values_list("recipient", flat=True)) == "coordinator second_handler"
    assert set(rows.values_list("kind", "title", "body", "url", "is_urgent", "created_at")) == {
        (
            "case_urge",
            f"催办 {case.number} {'井' * 80}",
            "请快办",
            reverse("cases:detail", args=[case.number]),
            False,
            DUE,
        )
    }
    event.refresh_from_db()
    assert event.notified_at == DUE
    assert notices.announce(DUE, events=[event.pk]) == 0


def test_only_the_events_that_are_asked_for_are_announced_and_all_of_them_in_the_end(
    office, monkeypatch
):
    monkeypatch.setattr(notices, "BATCH", 2)
    case = case_of(office, Stage.HANDLING)
    first, *others = (
        CaseEvent.objects.create(case=case, kind=kind, at=NOW, by=office.boss)
        for kind in ("pause", "resume", "assign", "link", "absorb")
    )

    assert notices.announce(NOW, events=[first.pk]) == 1
    assert CaseEvent.objects.filter(notified_at=None).count() == 4
    assert notices.announce(NOW) == 3
    assert notices.announce(NOW) == 0
    assert Notification.objects.filter(recipient=office.handler).count() == 4
    assert not CaseEvent.objects.filter(pk__in=[one.pk for one in others], notified_at=None)


DEPARTMENT = "coordinator handler second_handler"
LADDER = {
    "handled": [
        DEPARTMENT,
        f"colleague {DEPARTMENT} worker",
        "clerk colleague coordinator handler leader second_handler worker",
        "clerk colleague coordinator handler leader second_handler supervisor worker",
        "clerk colleague coordinator dispatcher handler head leader second_handler supervisor worker",
    ],
    "desk": [
        "clerk leader",
        "clerk colleague leader supervisor worker",
        "clerk colleague leader supervisor worker",
        "clerk colleague leader supervisor worker",
        "clerk colleague dispatcher leader supervisor worker",
    ],
}
MOMENTS = (WARN, DUE, HALF, FULL, DOUBLE)


def heard(office, case, moment, level):
    escalation.sweep(moment)
    rows = Notification.objects.filter(key=f"alarm:{case.pk}:1:{level}")
    return names(office, rows.values_list("recipient", flat=True))


@pytest.mark.parametrize("is_urgent", [False, True])
def test_who_hears_of_each_rung(office, is_urgent):
    handled, desk = case_of(office, Stage.HANDLING), case_of(office, Stage.REGISTERED)
    Case.objects.update(is_urgent=is_urgent)

    for level, moment in enumerate(MOMENTS):
        assert heard(office, handled, moment, level) == LADDER["handled"][level]
        assert heard(office, desk, moment, level) == LADDER["desk"][level]


def own(district, level, role, place, **fields):
    return LadderHearer.objects.create(
        district=district, level=level, role=role, place=place, **fields
    )


def test_a_districts_own_hearers_stand_in_for_those_of_their_rung(office):
    handled, desk = case_of(office, Stage.HANDLING), case_of(office, Stage.REGISTERED)
    here, there = make.district(), make.district("370403")
    own(here, 1, "department_head", "department")
    own(here, 1, "dispatcher", "district", only_at_desk=True)
    own(there, 0, "auditor", "district")

    expected = {
        "handled": [DEPARTMENT, "coordinator handler head second_handler"],
        "desk": ["clerk leader", "clerk dispatcher leader"],
    }
    for level, moment in enumerate((WARN, DUE)):
        assert heard(office, handled, moment, level) == expected["handled"][level]
        assert heard(office, desk, moment, level) == expected["desk"][level]
    assert set(hearers.own_hearers()) == {here.pk, there.pk}
    assert [people.say(one) for one in hearers.own_hearers()[here.pk][1]] == [
        "部门负责人 · 承办部门",
        "派遣员 · 区（仅在未派遣时）",
    ]


def test_the_shipped_ladder_serves_all_districts_that_have_no_own_one(office):
    own(make.district("370403"), 1, "auditor", "district")
    handled = case_of(office, Stage.HANDLING)

    assert heard(office, handled, DUE, 1) == LADDER["handled"][1]


@pytest.mark.parametrize(
    ("role", "place", "is_right"),
    [
        ("department_head", "department", True),
        ("department_handler", "district", False),
        ("supervisor", "department", False),
        ("supervisor", "any", True),
    ],
)
def test_a_role_of_a_department_hears_at_its_department(role, place, is_right):
    if is_right:
        hearers.check_hearer(role, place)
        return
    with pytest.raises(Refused):
        hearers.check_hearer(role, place)


def test_each_rung_tells_those_of_the_rungs_below_it_too():
    shipped = [
        people.HANDLERS,
        people.COORDINATOR,
        people.at_desk(people.LEADER),
        people.at_desk(people.COMMUNITY),
    ]
    mine = people.Hearer("auditor", "district")

    assert hearers.told_at(Alarm.Level.WARN) == shipped
    assert hearers.told_at(Alarm.Level.DUE, {Alarm.Level.DUE: [mine]}) == [*shipped, mine]
    assert hearers.told_at(Alarm.Level.WARN, {Alarm.Level.DUE: [mine]}) == shipped
    assert hearers.told_at(Alarm.Level.DUE, {Alarm.Level.WARN: [people.WORKER]}) == [
        people.WORKER,
        people.at_desk(people.STREET),
    ]
    assert people.HANDLERS in hearers.told_at(Alarm.Level.DOUBLE)


def test_the_own_slips_of_the_rungs():
    assert {level.name: str(colour) for level, colour in hearers.SLIPS.items()} == {
        "DUE": "blue",
        "HALF": "yellow",
        "FULL": "orange",
        "DOUBLE": "red",
    }


def test_people_of_a_case_have_words_of_their_own():
    persons = (
        people.REPORTER, people.HANDLER, people.DISPATCHED_BY, people.ISSUER, people.DECIDER,
        people.COMPANION, people.NAMED, people.SUPPORTERS,
    )  # fmt: skip

    assert len({people.say(one) for one in persons}) == len(people.PERSONS) == 8
