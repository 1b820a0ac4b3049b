"""How a case moves from report to evaluation: every step is one of these verbs.

Nothing else writes Case.stage.
"""

from cases.steps.table import BESIDE, LABELS, NEXT, STEPS
from cases.workflow.joint_work import ask_help, finish_help, link, merge, remark, split, support
from cases.workflow.loop import (
    accept,
    answer_person,
    assign,
    decide,
    dispatch,
    feed_back,
    register,
    reject,
    report,
    send_back,
    solve,
    verify,
)
from cases.workflow.obstacles import results_for
from cases.workflow.quality import answer_check, ask_check, call_back, evaluate, recheck, reopen
from cases.workflow.slips import answer_slip, issue_slip
from cases.workflow.steps import holds, steps_for
from cases.workflow.supervision import ask_extension, decide_extension, pause, resume, urge

__all__ = [
    "BESIDE",
    "LABELS",
    "NEXT",
    "STEPS",
    "accept",
    "answer_check",
    "answer_person",
    "answer_slip",
    "ask_check",
    "ask_extension",
    "ask_help",
    "assign",
    "call_back",
    "decide",
    "decide_extension",
    "dispatch",
    "evaluate",
    "feed_back",
    "finish_help",
    "holds",
    "issue_slip",
    "link",
    "merge",
    "pause",
    "recheck",
    "register",
    "reject",
    "remark",
    "reopen",
    "report",
    "results_for",
    "resume",
    "send_back",
    "solve",
    "split",
    "steps_for",
    "support",
    "urge",
    "verify",
]
