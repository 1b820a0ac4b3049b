"""Messages: one's own, newest first, nobody else's."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.messages import inbox
from grids.models import Notification
from tests import factories as make

pytestmark = pytest.mark.django_db


def message(person, key="k", **fields):
    return Notification.objects.create(
        recipient=person,
        key=key,
        kind="note",
        title=fields.pop("title", "走访提醒"),
        created_at=fields.pop("created_at", timezone.now()),
        **fields,
    )


def test_the_inbox_shows_only_my_messages(client):
    me, other = make.staff("grid_worker"), make.staff("grid_worker")
    message(me, title="给我的")
    message(other, title="给别人的")
    client.force_login(me, "grids.auth.StaffBackend")

    page = client.get(reverse("grids:inbox")).content.decode()

    assert "给我的" in page
    assert "给别人的" not in page


def test_opening_a_message_marks_it_read_and_leads_to_its_matter(client):
    me = make.staff("grid_worker")
    found = message(me, url="/inbox/")
    client.force_login(me, "grids.auth.StaffBackend")

    answer = client.post(reverse("grids:open_message", args=[found.pk]))

    found.refresh_from_db()
    assert answer.url == "/inbox/"
    assert found.read_at is not None


def test_the_message_of_somebody_else_is_not_found(client):
    found = message(make.staff("grid_worker"))
    client.force_login(make.staff("grid_worker"), "grids.auth.StaffBackend")

    assert client.post(reverse("grids:open_message", args=[found.pk])).status_code == 404


def test_paging_shows_every_message_once():
    me = make.staff()
    moment = timezone.now()
    for number in range(inbox.PAGE * 2 + 1):
        message(me, key=str(number), created_at=moment)

    seen, before = [], None
    while True:
        rows, before = inbox.page_of(me, before=before)
        seen += [row.pk for row in rows]
        if before is None:
            break

    assert len(seen) == len(set(seen)) == inbox.PAGE * 2 + 1


def test_marking_all_as_read_leaves_nothing_unread(client):
    me = make.staff("grid_worker")
    message(me)
    client.force_login(me, "grids.auth.StaffBackend")

    client.post(reverse("grids:read_all"))

    assert not Notification.objects.of(me).unread().exists()
