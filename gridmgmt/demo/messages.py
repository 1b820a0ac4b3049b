"""What lies in the inboxes: the news of the last days about cases that are still open."""

from collections import Counter
from datetime import datetime, timedelta

from cases.models import Case
from gridmgmt.demo.casebook import Draft
from gridmgmt.demo.copying import copy_rows
from gridmgmt.demo.ground import Ground
from grids.models import Notification

DAYS = 14
READ_AFTER = timedelta(days=2)
COLOURS = {1: "蓝色", 2: "黄色", 3: "橙色", 4: "红色"}


def write(ground: Ground, drafts: list[Draft], numbers: list[str], now: datetime) -> int:
    """Messages to those who have to do with a case; older ones have been read."""
    rows = []
    for draft, number in zip(drafts, numbers, strict=True):
        url = Case(number=number).get_absolute_url()
        for recipient, at, kind, title in _news(ground, draft):
            if recipient and now - timedelta(days=DAYS) < at <= now:
                rows.append(
                    {
                        "recipient_id": recipient,
                        "kind": kind,
                        "title": title,
                        "body": f"{number} {draft.address}",
                        "url": url,
                        "is_urgent": draft.standard.is_urgent,
                        "key": f"demo:{number}:{kind}:{at:%Y%m%d%H%M%S}",
                        "created_at": at,
                        "read_at": at + timedelta(hours=3) if now - at > READ_AFTER else None,
                    }
                )
    _leave_unread(rows)
    copy_rows(Notification, rows)
    return len(rows)


def _leave_unread(rows):
    """Everybody's two latest messages wait to be read."""
    rows.sort(key=lambda row: (row["created_at"], row["key"]))
    waiting = Counter()
    for row in reversed(rows):
        waiting[row["recipient_id"]] += 1
        if waiting[row["recipient_id"]] <= 2:
            row["read_at"] = None


def _news(ground, draft):
    """(recipient, moment, kind, title)"""
    at = draft.at
    if draft.stage == "closed" and not draft.is_solved_on_the_spot:
        yield draft.reporter, at["closed"], "closed", f"已结案，请评价：{draft.title}"
    if draft.ended_at:
        return
    if "dispatched" in at:
        yield draft.handler, at["dispatched"], "case", f"新派遣案件：{draft.title}"
    if draft.stage == "feedback":
        yield draft.verifier, at["feedback"], "case", f"待核查：{draft.title}"
    for level, moment in draft.timing.rungs.items() if draft.timing else []:
        if level == 0:
            yield draft.handler, moment, "alarm", f"临近时限：{draft.title}"
        else:
            code = draft.unit.code
            above = ground.leaders.get(code[:12]) if level == 1 else ground.supervisors[code[:9]]
            for person in (draft.handler, draft.dispatcher, above):
                yield person, moment, "slip", f"{COLOURS[level]}督办单：{draft.title}"
