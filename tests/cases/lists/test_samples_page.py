"""What was drawn by lot: the list for the way, the list for the telephone, and the way into the case."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import workflow
from cases.models import Sample, Stage
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]


def solved(office, by=None, **fields):
    case = report(office, "2026-11-18 09:00", **fields)
    workflow.solve(case, by=by or office.worker, note="已清理", at=at("2026-11-18 09:10"))
    return case


def draw(case, kind="recheck"):
    return Sample.objects.create(case=case, kind=kind, drawn_on=timezone.localdate())


def shown(client, person, page="rechecks"):
    client.force_login(person)
    answer = client.get(reverse(f"cases:{page}"))
    return [sample.title for sample in answer.context["page"].rows]


def test_what_was_drawn_waits_for_others_than_who_solved_it(client, office):
    draw(solved(office, by=office.clerk, title="小广告"))

    assert shown(client, office.leader) == ["小广告"]
    assert shown(client, office.clerk) == []


def test_the_two_kinds_do_not_mix(client, office):
    draw(solved(office, title="小广告"))
    draw(bring(office, Stage.CLOSED, title="井盖"), "call_back")

    assert shown(client, office.leader) == ["小广告"]
    assert shown(client, office.supervisor, "call_backs") == ["井盖"]


def test_what_was_looked_at_is_gone_from_the_list(client, office):
    sample = draw(solved(office))
    workflow.recheck(sample, by=office.leader, finding="good")

    assert shown(client, office.leader) == []


def test_nobody_sees_what_was_drawn_elsewhere(client, office):
    draw(solved(office))
    draw(bring(office, Stage.CLOSED), "call_back")
    stranger = make.staff("supervisor", make.district("520602", "碧江区"))

    assert shown(client, stranger) == []
    assert shown(client, stranger, "call_backs") == []


@pytest.mark.parametrize(
    ("who", "page", "status"),
    [
        ("leader", "rechecks", 200),
        ("worker", "rechecks", 403),
        ("worker", "call_backs", 403),
        ("handler", "rechecks", 403),
        ("clerk", "call_backs", 200),
    ],
)
def test_each_list_needs_its_right(client, office, who, page, status):
    client.force_login(getattr(office, who))

    assert client.get(reverse(f"cases:{page}")).status_code == status


def test_a_row_opens_the_form_of_the_case(client, office):
    case = solved(office)
    draw(case)
    client.force_login(office.leader)

    page = client.get(reverse("cases:rechecks")).content.decode()
    form = client.get(f"{case.get_absolute_url()}?step=recheck")

    assert f'href="{case.get_absolute_url()}?step=recheck#step"' in page
    assert form.context["step"] == "recheck"


def test_a_call_back_list_says_whom_to_call(client, office):
    office.worker.phone = "0632-3312345"
    office.worker.save()
    draw(bring(office, Stage.CLOSED), "call_back")
    client.force_login(office.dispatcher)

    page = client.get(reverse("cases:call_backs")).content.decode()

    assert str(office.worker) in page
    assert "0632-3312345" in page


def test_the_list_costs_the_same_with_2_and_with_20(client, office):
    client.force_login(office.leader)
    counts = []
    for number in (2, 18):
        for __ in range(number):
            draw(solved(office))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("cases:rechecks"))
        counts.append(len(queries))

    assert counts[0] == counts[1] < 20


def test_the_lists_stand_among_the_tabs(client, office):
    client.force_login(office.supervisor)

    page = client.get(reverse("cases:list")).content.decode()

    assert reverse("cases:rechecks") in page
    assert reverse("cases:call_backs") in page
