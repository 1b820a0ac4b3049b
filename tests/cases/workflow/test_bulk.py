"""One step on many cases: what it would do, one confirmation, each case by its verb or not at all."""

import pytest
import time_machine
from django.urls import reverse

from cases import workflow
from cases.models import Case, CaseEvent, Responsibility, Stage
from cases.workflow import bulk
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
NOW = "2026-11-20 14:00"


@pytest.fixture
def enter(client, office):
    def as_(who):
        client.force_login(getattr(office, who))
        return client

    return as_


def preview(client, step, cases=(), query="", **more):
    data = {"step": step, "pk": [case.pk for case in cases]} | more
    return client.post(reverse("cases:bulk") + query, data)


def take(client, step, cases, **more):
    data = {"step": step, "pk": [case.pk for case in cases]} | more
    return client.post(reverse("cases:bulk_take"), data)


def result(client):
    return client.get(reverse("cases:bulk_done")).content.decode()


def stages(*cases):
    return [Case.objects.get(pk=case.pk).stage for case in cases]


def answers_for(category, office, department):
    Responsibility.objects.create(
        district_id=office.unit.district_id,
        category=category,
        grid=office.unit,
        department=department,
    )


def urges(case):
    return case.events.filter(kind="urge").count()


def test_the_preview_says_how_many_and_why_not_and_does_nothing(enter, office):
    ready, fresh = bring(office, Stage.REGISTERED), bring(office, Stage.REPORTED)

    answer = preview(enter("dispatcher"), "dispatch", [ready, fresh])

    found = answer.context["found"]
    assert [case.pk for case in found.done] == [ready.pk]
    assert [case.pk for case, __ in found.refused] == [fresh.pk]
    assert [number for __, number in found.reasons()] == [1]
    assert stages(ready, fresh) == [Stage.REGISTERED, Stage.REPORTED]


def test_the_registered_go_to_the_department_and_the_others_stay(enter, office):
    ready, fresh = bring(office, Stage.REGISTERED), bring(office, Stage.REPORTED)
    client = enter("dispatcher")

    answer = take(client, "dispatch", [ready, fresh], to=office.department.pk)

    assert answer.url == reverse("cases:bulk_done")
    assert stages(ready, fresh) == [Stage.DISPATCHED, Stage.REPORTED]
    assert Case.objects.get(pk=ready.pk).department == office.department
    page = result(client)
    assert "已派遣1件" in page
    assert fresh.number in page


def test_each_goes_to_the_department_that_answers_for_it(enter, office):
    water = make.department("水务局", line="water")
    ours, theirs = bring(office, Stage.REGISTERED), bring(office, Stage.REGISTERED)
    other = make.category(code="09099", name="水管破裂")
    Case.objects.filter(pk=theirs.pk).update(category=other)
    answers_for(ours.category, office, office.department)
    answers_for(other, office, water)

    take(enter("dispatcher"), "dispatch", [ours, theirs])

    assert Case.objects.get(pk=ours.pk).department == office.department
    assert Case.objects.get(pk=theirs.pk).department == water


def test_where_nobody_answers_the_case_stays_with_that_reason(enter, office):
    office.standard.default_line = ""
    office.standard.save()
    case = bring(office, Stage.REGISTERED)
    client = enter("dispatcher")

    take(client, "dispatch", [case])

    assert stages(case) == [Stage.REGISTERED]
    assert "没有负责的部门" in result(client)


def test_urging_many_tells_each_department_once(enter, office):
    cases = [bring(office, Stage.HANDLING) for __ in range(3)]
    client, since = enter("supervisor"), at(NOW).isoformat()

    take(client, "urge", cases, note="请尽快处理", since=since)
    take(client, "urge", cases, note="请尽快处理", since=since)

    assert [urges(case) for case in cases] == [1, 1, 1]
    assert "刚刚催办过" in result(client)


def test_urging_anew_is_possible(enter, office):
    case, client = bring(office, Stage.HANDLING), enter("supervisor")
    take(client, "urge", [case], note="一", since=at(NOW).isoformat())

    with time_machine.travel(at("2026-11-20 16:00")):
        later = at("2026-11-20 16:00").isoformat()
        take(client, "urge", [case], note="二", since=later)

    assert urges(case) == 2


def test_all_that_match_are_those_of_the_filter(enter, office):
    red = bring(office, Stage.HANDLING, day="2026-11-18")
    green = report(office, "2026-11-20 13:40")
    workflow.register(
        green,
        by=office.supervisor,
        standard=office.standard,
        at=at("2026-11-20 13:50"),
    )

    answer = preview(enter("supervisor"), "urge", query="?show=open&light=red", all="1")

    assert [case.pk for case in answer.context["found"].done] == [red.pk]
    assert answer.context["total"] == 1


def test_more_than_the_most_are_cut_and_the_page_says_so(enter, office, monkeypatch):
    monkeypatch.setattr(bulk, "AT_MOST", 2)
    cases = [bring(office, Stage.HANDLING, day=f"2026-11-{day}") for day in (19, 17, 18)]

    answer = preview(enter("supervisor"), "urge", query="?show=open", all="1")

    oldest = [cases[1].pk, cases[2].pk]
    assert [case.pk for case in answer.context["found"].done] == oldest
    assert answer.context["is_more"]
    assert "一次最多2件" in answer.content.decode()


def test_a_case_that_moved_meanwhile_is_left_and_named(enter, office):
    case, client = bring(office, Stage.REGISTERED), enter("dispatcher")
    preview(client, "dispatch", [case])
    workflow.dispatch(case, by=office.supervisor, to=office.department)

    take(client, "dispatch", [case], to=office.department.pk)

    assert case.number in result(client)
    assert CaseEvent.objects.filter(case=case, kind="dispatch").count() == 1


def test_cases_outside_the_scope_do_not_exist_here(enter, client, office):
    case = bring(office, Stage.HANDLING)
    client.force_login(make.staff("dispatcher", make.district("520602", "碧江区")))

    answer = preview(client, "urge", [case], query="?show=open")
    assert answer.status_code == 302
    take(client, "urge", [case], note="催", since=at(NOW).isoformat())

    assert urges(case) == 0
    assert case.number not in result(client)


@pytest.mark.parametrize(
    ("who", "step", "status"),
    [
        ("worker", "urge", 403),
        ("handler", "dispatch", 403),
        ("clerk", "urge", 200),
        ("supervisor", "close", 404),
    ],
)
def test_a_step_needs_its_right(enter, office, who, step, status):
    case, client = bring(office, Stage.HANDLING), enter(who)

    assert preview(client, step, [case]).status_code == status
    if status != 200:
        assert take(client, step, [case], note="催").status_code == status


def test_nothing_ticked_goes_back_to_the_list_with_a_word(enter):
    answer = preview(enter("supervisor"), "urge", query="?show=today")

    assert answer.url == "/cases/?show=today"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("urge", {"note": ""}),
        ("urge", {"note": "催", "since": "nonsense"}),
        ("dispatch", {"to": "999999"}),
    ],
)
def test_bad_words_are_refused_in_place(enter, office, step, words):
    case = bring(office, Stage.REGISTERED)

    answer = take(enter("supervisor"), step, [case], **words)

    assert answer.status_code == 422
    assert stages(case) == [Stage.REGISTERED]
    assert urges(case) == 0


@pytest.mark.parametrize(
    ("who", "buttons"),
    [("worker", []), ("dispatcher", ["dispatch", "urge"]), ("handler", [])],
)
def test_the_list_offers_boxes_to_who_can_do_something_with_them(enter, office, who, buttons):
    bring(office, Stage.HANDLING)

    page = enter(who).get(reverse("cases:list"), {"show": "open"}).content.decode()

    assert ('name="pk"' in page) == bool(buttons)
    for step in ("dispatch", "urge"):
        assert (f'name="step" value="{step}"' in page) == (step in buttons)
