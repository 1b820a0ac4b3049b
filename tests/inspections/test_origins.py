"""A report that came from a visit or a patrol is kept where it came from, also when both arrive late."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from inspections import patrols
from inspections.visits import visit_log
from tests import factories

pytestmark = pytest.mark.django_db


def report(client, home, **fields):
    fields = {
        "client_uuid": str(uuid.uuid4()),
        "category": factories.category().pk,
        "grid": home.grid_id,
        "description": "井盖松动",
        "source": "patrol",
        "seen": "1",
    } | fields
    answer = client.post(reverse("cases:report"), fields)
    assert answer.status_code == 302, answer.context["form"].errors
    return Case.objects.latest("pk")


def test_a_report_stands_with_its_patrol(client, home, worker):
    patrol, __ = patrols.log(home.grid, by=worker, day=timezone.localdate(), found_nothing=False)

    case = report(client, home, patrol_key=str(patrol.client_uuid))

    assert [finding.case for finding in patrol.findings.all()] == [case]


def test_a_report_never_stands_with_the_patrol_of_somebody_else(client, home, worker):
    colleague = factories.staff("grid_worker", home.grid)
    patrol, __ = patrols.log(home.grid, by=colleague, day=timezone.localdate(), found_nothing=False)

    report(client, home, patrol_key=str(patrol.client_uuid))

    assert not patrol.findings.exists()


def test_a_report_takes_the_line_of_the_diary_that_says_the_same(client, home, worker):
    visit, __ = visit_log.log_visit(
        home,
        by=worker,
        outcome="met",
        happened_on=timezone.localdate(),
        diary=[visit_log.Matter("井盖松动"), visit_log.Matter("想学用手机")],
    )

    case = report(client, home, household=home.pk, visit_key=str(visit.client_uuid))

    assert [(item.text, item.case) for item in visit.diary_items.order_by("pk")] == [
        ("井盖松动", case),
        ("想学用手机", None),
    ]


def test_a_report_that_says_something_else_gets_a_line_of_its_own(client, home, worker):
    visit, __ = visit_log.log_visit(
        home, by=worker, outcome="met", happened_on=timezone.localdate()
    )

    case = report(client, home, household=home.pk, visit=visit.pk)

    assert visit.diary_items.get().case == case


def test_a_report_in_other_words_takes_the_line_that_it_came_from(client, home, worker):
    visit, __ = visit_log.log_visit(
        home,
        by=worker,
        outcome="met",
        happened_on=timezone.localdate(),
        diary=[visit_log.Matter("咨询医保"), visit_log.Matter("电梯异响")],
    )

    case = report(
        client,
        home,
        visit_key=str(visit.client_uuid),
        line="1",
        description="电梯夜里响",
    )

    lines = dict(visit.diary_items.values_list("text", "case"))
    assert lines == {"咨询医保": None, "电梯异响": case.pk}


@pytest.mark.parametrize("line", ["0", "7"])
def test_a_line_that_is_a_case_already_or_not_there_gets_no_second_case(client, home, worker, line):
    visit, __ = visit_log.log_visit(
        home,
        by=worker,
        outcome="met",
        happened_on=timezone.localdate(),
        diary=[visit_log.Matter("电梯异响")],
    )
    key = str(visit.client_uuid)
    first = report(client, home, visit_key=key, line="0", description="电梯异响")

    second = report(client, home, visit_key=key, line=line, description="路灯不亮")

    assert list(visit.diary_items.order_by("pk").values_list("case", flat=True)) == [
        first.pk,
        second.pk,
    ]
