"""The history of a case speaks in sentences."""

import pytest

from cases.file import timeline
from cases.models import Case, CaseEvent, Stage
from cases.steps.table import LABELS, STEPS

TOLD_OTHERWISE = {"decide_extension", "reopen_unfiled"}


def test_every_step_has_a_sentence():
    told = {"report", "absorb", "alarm", "slip_overdue", "calendar", *STEPS}

    assert told - set(timeline.SENTENCES) - TOLD_OTHERWISE == set()


@pytest.mark.parametrize("kind", [*timeline.SENTENCES, "decide_extension", "unheard"])
def test_an_event_that_says_little_is_told_all_the_same(kind):
    event = CaseEvent(kind=kind, data={})

    assert timeline._sentence(event, timeline._Names([event]))


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("merge", {"number": "370402-2611-00007"}, "并入案件370402-2611-00007"),
        ("answer_check", {"is_so": False}, "现场核实：情况不属实"),
        ("ask_extension", {"asked": [2, "working_days"]}, "申请延期2"),
        ("decide_extension", {"granted": False}, "不予延期"),
        ("verify", {"result": "passed_on", "passed_to": "供电公司"}, "移交给供电公司"),
        ("call_back", {"finding": "unreached"}, "回访：未联系上"),
    ],
)
def test_a_sentence_names_what_matters(kind, data, expected):
    event = CaseEvent(kind=kind, data=data)

    assert expected in timeline._sentence(event, timeline._Names([event]))


def test_every_step_has_a_name():
    assert set(STEPS) <= set(LABELS)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.REPORTED, ["done", "now", *["todo"] * 5]),
        (Stage.REJECTED, ["done", *["todo"] * 6]),
    ],
)
def test_a_rejected_case_waits_at_no_step(stage, expected):
    loop = timeline.loop_of(Case(stage=stage), [])

    assert [step["state"] for step in loop] == expected
