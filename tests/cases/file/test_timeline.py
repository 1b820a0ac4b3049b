"""The story of a case as people read it, and how far it has come."""

import pytest

from cases import workflow
from cases.file import hands, ledger, timeline
from cases.models import Case, CaseEvent, Stage
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
NOW = at("2026-11-20 14:00")


def event(kind, when="2026-11-20 10:00", **fields):
    return CaseEvent(kind=kind, at=at(when), **{"data": {}} | fields)


def said(kind, **data):
    (told,) = timeline.tell(Case(stage=Stage.REPORTED), [event(kind, data=data)])
    return told["what"]


def test_every_kind_of_event_in_a_sentence():
    department = make.department()
    one, two = make.staff(full_name="张三"), make.staff(full_name="李四")
    at_bureau = {"department": department.pk}
    moment = {"until": at("2026-11-24 09:00").isoformat()}
    for kind, data, sentence in [
        ("report", {}, "已上报"),
        ("ask_check", {"worker": one.pk}, "派张三到现场核实"),
        ("answer_check", {"is_so": True}, "现场核实：情况属实"),
        ("answer_check", {"is_so": False}, "现场核实：情况不属实"),
        ("solve", {}, "当场解决"),
        ("register", {}, "已立案"),
        ("reject", {}, "不予立案"),
        ("answer_person", {"result": "answered"}, "已办理并答复本人"),
        ("answer_person", {"result": "closed_not_fixed"}, "不予办理，已向本人说明理由"),
        ("dispatch", at_bureau, "派遣给城市管理局"),
        ("dispatch", {"department": 0}, "派遣给部门"),
        ("decide", at_bureau, "裁定由城市管理局办理"),
        ("accept", at_bureau, "城市管理局接收"),
        ("assign", {"handler": two.pk}, "指派李四承办"),
        ("feed_back", at_bureau, "城市管理局反馈：已处理"),
        ("send_back", at_bureau, "城市管理局退回"),
        ("send_back", at_bureau | {"decider": two.pk}, "城市管理局再次退回，由李四裁定"),
        ("verify", {"result": "fixed"}, "核查通过，结案：已解决"),
        ("verify", {"result": "odd"}, "核查通过，结案："),
        ("verify", {"result": "passed_on", "passed_to": "燃气"}, "核查通过，结案：已移交，移交给燃气"),
        ("verify_failed", {}, "核查未通过，退回部门"),
        ("evaluate", {"rating": 4}, "评价4分"),
        ("reopen", {}, "重新立案"),
        ("ask_help", at_bureau, "请城市管理局协办"),
        ("finish_help", at_bureau, "城市管理局协办完成"),
        ("ask_extension", {"asked": [2, "working_days"]}, "申请延期2工作日"),
        (
            "decide_extension",
            {"granted": True, "number": 2, "unit": "working_days", "due_at": moment["until"]},
            "准予延期2工作日，到期改为11月24日 09:00",
        ),
        ("decide_extension", {"granted": False}, "不予延期"),
        ("decide_extension", {}, "不予延期"),
        ("pause", moment, "暂停计时，最迟到11月24日 09:00"),
        ("pause", {}, "暂停计时，最迟到"),
        ("resume", {}, "恢复计时"),
        ("urge", {}, "催办"),
        ("issue_slip", {"colour": "red"}, "红色督办单"),
        ("answer_slip", {"colour": "blue"}, "已答复蓝色督办单"),
        ("slip_overdue", {"colour": "yellow"}, "黄色督办单逾期未回复"),
        ("merge", {"number": "N7"}, "并入案件N7"),
        ("absorb", {"number": "N7"}, "案件N7并入本案件"),
        ("split", {"number": "N7"}, "拆分出案件N7"),
        ("link", {"number": "N7"}, "与案件N7关联"),
        ("support", {}, "反映同一问题"),
        ("remark", {}, "备注"),
        ("recheck", {"finding": "good"}, "抽查复核：情况属实"),
        ("call_back", {"finding": "unreached"}, "回访：未联系上"),
        ("extend", {"number": 4, "unit": "working_hours", "due_at": moment["until"]},
         "延期4工作时，到期改为11月24日 09:00"),
        ("alarm", {"level": 1}, "预警：已超时限"),
        ("calendar", moment, "工作日历调整，应于 11月24日 09:00 前办结"),
        ("reopen_unfiled", {}, "重新立案"),
        ("unheard", {}, "unheard"),
    ]:  # fmt: skip
        assert said(kind, **data) == sentence, kind


def test_the_newest_stands_first_with_who_said_it_and_to_whom(office):
    case = bring(office, Stage.HANDLING)
    people = [office.clerk.pk, office.leader.pk, 0, "x"]
    story = [
        event("report"),
        event("alarm", data={"level": 0}),
        event("urge", by=office.supervisor, note="快", data={"tell": [office.clerk.pk]}),
        event("remark", by=office.head, note="看", data={"tell": people}),
        event("remark", by=office.head, data={"tell": office.clerk.pk}),
        event("evaluate"),
    ]

    told = timeline.tell(case, story)
    both = f"{office.clerk.full_name}、{office.leader.full_name}"
    assert [(one["kind"], one["who"], one["note"], one["to"], one["now"]) for one in told] == [
        ("evaluate", "居民", "", "", True),
        ("remark", office.head.full_name, "", office.clerk.full_name, False),
        ("remark", office.head.full_name, "看", both, False),
        ("urge", office.supervisor.full_name, "快", "", False),
        ("alarm", "系统", "", "", False),
        ("report", "居民", "", "", False),
    ]
    case.closed_at = NOW
    assert not any(one["now"] for one in timeline.tell(case, story))
    assert timeline.tell(case, []) == []


@pytest.mark.parametrize(
    ("stage", "states"),
    [
        ("reported", "done now todo todo todo todo todo"),
        ("rejected", "done todo todo todo todo todo todo"),
        ("registered", "done done now todo todo todo todo"),
        ("dispatched", "done done done now todo todo todo"),
        ("handling", "done done done now todo todo todo"),
        ("feedback", "done done done done done now todo"),
        ("closed", "done done done done done done now"),
        ("evaluated", "done done done done done done done"),
    ],
)
def test_how_far_it_has_come(stage, states):
    found = timeline.loop_of(Case(stage=stage), [])

    assert [step["state"] for step in found] == states.split()
    assert [str(step["label"]) for step in found] == [
        "上报", "立案", "派遣", "处理", "反馈", "核查", "评价",
    ]  # fmt: skip


def test_each_step_has_the_day_on_which_it_was_done_in_this_run():
    story = [
        event(kind, f"2026-11-{day} 10:00")
        for day, kind in enumerate(
            [
                "report",
                "register",
                "dispatch",
                "assign",
                "feed_back",
                "verify",
                "evaluate",
                "reopen",
                "decide",
                "accept",
            ],
            start=10,
        )
    ]

    def notes(stage, upto=None):
        return [step["note"] for step in timeline.loop_of(Case(stage=stage), story[:upto])]

    first = [f"11月{day}日" for day in range(10, 17)]
    assert notes(Stage.EVALUATED, 7) == first
    assert notes(Stage.CLOSED, 6) == [*first[:6], ""]
    assert notes(Stage.REGISTERED, 8) == [*first[:2], *[""] * 5]
    assert notes(Stage.HANDLING) == [*first[:2], "11月18日", *[""] * 4]
    solved = [event("report", "2026-11-10 10:00"), event("solve", "2026-11-11 10:00")]
    found = timeline.loop_of(Case(stage=Stage.CLOSED), solved)
    assert [step["note"] for step in found] == ["11月10日", "", "", "", "", "11月11日", ""]


def test_hands_follow_the_events_and_nothing_else(office):
    bureau, parks = office.department, make.department("园林局", line="parks")
    names = {one: one.full_name for one in (office.handler, office.head, office.dispatcher)}
    story = [
        event("report", "2026-11-20 09:00", from_stage="", to_stage="reported"),
        event("register", "2026-11-20 09:10", from_stage="reported", to_stage="registered"),
        event("urge", "2026-11-20 09:15", from_stage="registered", to_stage="registered"),
        event("dispatch", "2026-11-20 09:20", from_stage="registered", to_stage="dispatched",
              data={"department": bureau.pk}, note="速办"),
        event("accept", "2026-11-20 09:30", from_stage="dispatched", to_stage="handling",
              by=office.handler, data={"department": parks.pk}),
        event("assign", "2026-11-20 09:40", from_stage="handling", to_stage="handling",
              by=office.handler, data={"handler": office.head.pk}),
        event("feed_back", "2026-11-20 09:50", from_stage="handling", to_stage="feedback",
              by=office.handler),
        event("verify_failed", "2026-11-20 10:00", from_stage="feedback", to_stage="handling"),
        event("send_back", "2026-11-20 10:10", from_stage="handling", to_stage="registered",
              data={"decider": office.dispatcher.pk, "department": bureau.pk}),
        event("decide", "2026-11-20 10:20", from_stage="registered", to_stage="dispatched",
              data={"department": parks.pk}),
        event("merge", "2026-11-20 10:30", from_stage="dispatched", to_stage="rejected"),
        event("reopen", "2026-11-20 10:40", from_stage="closed", to_stage="registered"),
        event("dispatch", "2026-11-20 10:50", from_stage="registered", to_stage="dispatched"),
        event("accept", "2026-11-20 11:10", from_stage="dispatched", to_stage="handling"),
    ]  # fmt: skip
    found = hands.hands_of(story, at("2026-11-20 11:00"))

    minutes = [(hand.stage, hand.holder, hand.length.seconds // 60, hand.note) for hand in found]
    name = bureau.name
    assert minutes == [
        ("reported", "", 10, ""),
        ("registered", "", 10, ""),
        ("dispatched", name, 10, "速办"),
        ("handling", f"{name} · {names[office.handler]}", 10, ""),
        ("handling", f"{name} · {names[office.head]}", 10, ""),
        ("feedback", "", 10, ""),
        ("handling", f"{name} · {names[office.head]}", 10, ""),
        ("registered", names[office.dispatcher], 10, ""),
        ("dispatched", "园林局", 10, ""),
        ("registered", "", 10, ""),
        ("dispatched", "", 10, ""),
    ]
    last = hands.hands_of(story, story[-1].at)
    assert (last[-1].stage, last[-1].holder, last[-1].length.seconds) == ("handling", "", 0)


def reason(case, now):
    case.refresh_from_db()
    return ledger.of(case, at(now)).reason


def test_why_the_light_is_what_it_is(office):
    office.standard.step_limits = {"handling": [1, "working_hours"]}
    office.standard.save()
    case, closed = bring(office, Stage.HANDLING), bring(office, Stage.CLOSED)
    free = report(office)
    Case.objects.filter(pk=free.pk).update(warn_at=None, step_due_at=None)

    assert reason(case, "2026-11-20 11:00") == "11月20日 11:10 起转为临期。"
    assert reason(case, "2026-11-20 11:10") == "本环节应在 11月20日 11:10 前完成。"
    Case.objects.filter(pk=case.pk).update(step_due_at=None)
    assert reason(case, "2026-11-20 15:00") == "时限已用去大半，11月20日 15:30 到期。"
    Case.objects.filter(pk=case.pk).update(step_due_at=at("2026-11-20 15:01"))
    assert reason(case, "2026-11-20 15:00") == "时限已用去大半，11月20日 15:30 到期。"
    assert reason(case, "2026-11-20 15:30") == "时限已于 11月20日 15:30 用完。"
    assert reason(closed, "2026-11-23 15:30") == "11月20日 11:30 结案。"
    assert reason(free, "2026-11-20 15:30") == "尚未开始计时。"


def test_what_was_before_the_limit_is_shown_and_not_counted(office):
    case = bring(office, Stage.HANDLING)
    found = ledger.of(case, at("2026-11-20 11:00"))

    assert bool(found)
    assert (found.light, found.limit_minutes, found.limit_text) == ("green", 240, "4 个工作时")
    assert [
        (line.kind, f"{line.starts_at.astimezone():%M}", line.minutes, line.text) for line in found
    ] == [
        ("before", "00", 0, "已上报"),
        ("step", "00", 5, "已立案"),
        ("step", "05", 5, "已派遣"),
        ("step", "10", 50, "处理中"),
    ]
    assert found.used_minutes == 60
    at_once = report(office, standard=office.standard)
    workflow.register(
        at_once, by=office.supervisor, standard=office.standard, at=at("2026-11-20 09:00")
    )
    assert [line.kind for line in ledger.of(at_once, at("2026-11-20 09:30"))] == ["step"]
