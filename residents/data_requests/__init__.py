"""A department asks for named facts of named persons; the street approves part or all (信息申请)."""

from residents.data_requests.answers import (
    answer,
    begin_notice,
    expire,
    lines_for_answer,
    may_answer,
    notice_ends_on,
    notice_lines,
    read,
    refuse,
    waits_for_notice,
)
from residents.data_requests.askable import FACTS, labels_of, offered_facts
from residents.data_requests.asking import Person, ask, withdraw

__all__ = [
    "FACTS",
    "Person",
    "answer",
    "ask",
    "begin_notice",
    "expire",
    "labels_of",
    "lines_for_answer",
    "may_answer",
    "notice_ends_on",
    "notice_lines",
    "offered_facts",
    "read",
    "refuse",
    "waits_for_notice",
    "withdraw",
]
