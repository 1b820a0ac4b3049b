"""What leaves the house of a message: kinds, numbers and links, and why a sending failed."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from grids.messages import inbox, outward
from grids.models import Notification
from tests import factories as make


def message(title="超过时限 370402-2611-00001 王秀兰家漏水", kind="case_alarm", url="/cases/1/"):
    return Notification(title=title, kind=kind, url=url)


@pytest.mark.parametrize(
    ("title", "kind", "said"),
    [
        ("超过时限 370402-2611-00001 王秀兰家漏水", "case_alarm", "超过时限 370402-2611-00001"),
        ("督办 370402-D2611-0001 王秀兰", "case_slip", "督办 370402-D2611-0001"),
        ("超过时限 370402-2611-00001 王", "visits_due", None),
        ("超过时限 370402-2611-00001 王", "lease", "Message"),
        ("王秀兰家漏水", "case_alarm", "Message"),
        ("王5秀兰 370402-2611-00001", "case_alarm", "Message"),
        ("x" * 41 + " 370402-2611-00001", "case_alarm", "Message"),
        ("今日走访 3 户", "visits_overdue", None),
    ],
)
def test_only_our_own_words_and_the_number_leave(title, kind, said):
    with translation.override("en"):
        assert outward.line_of(message(title, kind)) == (said or title)


def test_the_subject_of_one_of_several_and_of_none():
    with translation.override("en"):
        assert outward.subject_of([]) == "Test message"
        assert outward.subject_of([message()]) == "超过时限 370402-2611-00001"
        assert outward.subject_of([message(), message()]) == "2 messages"


@pytest.mark.parametrize(
    ("site", "url", "link"),
    [
        ("https://grid.cn", "/cases/1/", "https://grid.cn/cases/1/"),
        ("https://grid.cn/", "/cases/1/", "https://grid.cn/cases/1/"),
        ("https://grid.cn/", "", "https://grid.cn/inbox/"),
    ],
)
def test_where_a_message_leads(settings, site, url, link):
    settings.SITE_URL = site

    assert outward.link_to(message(url=url)) == link


@pytest.mark.django_db
def test_the_inbox_in_pages_without_a_gap_and_its_reading():
    mine, other = make.staff("grid_worker"), make.staff("grid_worker")
    now = timezone.now()

    def put(number, person=mine):
        return Notification.objects.create(
            recipient=person, kind="x", title="x", key=str(number),
            created_at=now - timedelta(minutes=number // 2),
        )  # fmt: skip

    rows = [put(number) for number in range(inbox.PAGE + 2)]
    theirs = put(0, other)
    newest_first = sorted(rows, key=lambda row: (row.created_at, row.pk), reverse=True)

    first, key = inbox.page_of(mine)
    second, end = inbox.page_of(mine, before=key)

    assert first == newest_first[: inbox.PAGE]
    assert key == newest_first[inbox.PAGE - 1].pk
    assert (second, end) == (newest_first[inbox.PAGE :], None)
    assert inbox.page_of(mine, before=theirs.pk)[0] == first
    Notification.objects.filter(pk__in=[one.pk for one in second]).delete()
    assert inbox.page_of(mine)[1] is None
    inbox.read(first[0])
    read_at = Notification.objects.get(pk=first[0].pk).read_at
    inbox.read(first[0])
    assert Notification.objects.get(pk=first[0].pk).read_at == read_at
    assert inbox.read_all(mine) == inbox.PAGE - 1
    assert inbox.read_all(mine) == 0
    assert Notification.objects.get(pk=theirs.pk).read_at is None
