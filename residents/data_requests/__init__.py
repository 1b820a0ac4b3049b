"""A department asks for named facts of named persons; the street approves part or all (信息申请)."""

from residents.data_requests.answers import (
    NoticeRunning,
    Persons,
    Refused,
    answer,
    begin_notice,
    expire,
    lines_for_answer,
    notice_ends_on,
    notice_lines,
    read,
    refuse,
)
from residents.data_requests.asking import Person, ask, withdraw
from residents.data_requests.facts import FACTS, labels_of, offered_facts

__all__ = [
    "FACTS",
    "NoticeRunning",
    "Person",
    "Persons",
    "Refused",
    "answer",
    "ask",
    "begin_notice",
    "expire",
    "labels_of",
    "lines_for_answer",
    "notice_ends_on",
    "notice_lines",
    "offered_facts",
    "read",
    "refuse",
    "withdraw",
]
