"""The lists by role: what stands in each, for whom, and that each is asked for branch by branch."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import workflow
from cases.lists import listing
from cases.lists.branches import Branches
from cases.models import Case, Stage
from grids.lists.paging import Order
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
NOW = "2026-11-20 14:00"


def titles(person, key, *, when=NOW):
    show = next(show for show in listing.SHOWS if show.key == key)
    person.__dict__.pop("_scope", None)
    rows = listing.rows_of(show, person, now=at(when)).together()
    return sorted(rows.values_list("title", flat=True))


def member(department, role="department_handler"):
    return make.staff(role, department=department)


def test_a_department_that_was_called_to_help_finds_the_case_until_it_is_done(office):
    water = make.department("水务局", line="water")
    helper = member(water)
    case = bring(office, Stage.HANDLING, title="井盖")
    help_ = workflow.ask_help(case, by=office.dispatcher, department=water, task="抽水")

    assert titles(helper, "helping") == ["井盖"]
    assert titles(office.handler, "helping") == []
    workflow.finish_help(help_, by=helper, answer="已抽")
    assert titles(helper, "helping") == []


def test_what_was_sent_back_waits_for_the_dispatcher(office):
    case = bring(office, Stage.HANDLING, title="退回的")
    bring(office, Stage.REGISTERED, title="新立的")
    workflow.send_back(case, by=office.handler, reason="不归我们")

    assert titles(office.dispatcher, "returned") == ["退回的"]
    assert titles(office.worker, "returned") == []
    workflow.dispatch(case, by=office.dispatcher, to=office.department)
    assert titles(office.dispatcher, "returned") == []


def test_the_one_who_decides_finds_it_too(office):
    case = bring(office, Stage.HANDLING, title="退回的")
    workflow.send_back(case, by=office.handler, reason="不归我们")
    Case.objects.filter(pk=case.pk).update(decider=office.clerk)

    assert titles(office.clerk, "returned") == ["退回的"]


def test_the_list_says_who_decides_after_two_returns(client, office):
    case = bring(office, Stage.DISPATCHED)
    for __ in range(2):
        workflow.send_back(case, by=office.handler, reason="不归我们")
        case.refresh_from_db()
        if case.decider is None:
            workflow.dispatch(case, by=office.dispatcher, to=office.department)
    client.force_login(office.dispatcher)

    page = client.get(reverse("cases:list"), {"show": "returned"}).content.decode()

    assert f"由{case.decider.full_name}裁定" in page
    assert "待派遣" not in page


def test_an_extension_waits_for_others_than_who_asked(office):
    case = bring(office, Stage.HANDLING, title="要延期")
    workflow.ask_extension(
        case,
        by=office.head,
        number=2,
        unit="working_days",
        reason="等配件",
        at=at("2026-11-20 10:30"),
    )

    assert titles(office.supervisor, "extensions") == ["要延期"]
    assert titles(office.head, "extensions") == []
    assert titles(office.handler, "extensions") == []


def test_a_worker_who_was_sent_to_look_finds_the_case(office):
    case = report(office, title="去看看")
    check = workflow.ask_check(case, by=office.supervisor, worker=office.colleague)

    assert titles(office.colleague, "checks") == ["去看看"]
    assert titles(office.worker, "checks") == []
    workflow.answer_check(check, by=office.colleague, is_so=True)
    assert titles(office.colleague, "checks") == []


def test_the_worker_who_stays_with_an_urgent_case_finds_it_to_its_end(office):
    case = bring(office, Stage.HANDLING, title="紧急")
    Case.objects.filter(pk=case.pk).update(companion=office.colleague)

    assert titles(office.colleague, "accompanied") == ["紧急"]
    assert titles(office.worker, "accompanied") == []


def test_a_paused_case_is_listed_until_its_pause_has_run_out(office):
    case = bring(office, Stage.HANDLING, title="停着")
    workflow.pause(
        case,
        by=office.supervisor,
        reason="等材料",
        until=at("2026-11-24 09:00"),
        at=at("2026-11-20 10:30"),
    )

    assert titles(office.supervisor, "paused") == ["停着"]
    assert titles(office.supervisor, "paused", when="2026-11-24 09:01") == []


@pytest.mark.parametrize("key", sorted(listing.LISTS))
def test_no_list_shows_a_case_of_another_district(office, key):
    bring(office, Stage.HANDLING)
    report(office)

    for role in ("dispatcher", "grid_worker", "supervisor"):
        stranger = make.staff(role, make.district("520602", "碧江区"))
        assert titles(stranger, key) == []


@pytest.mark.parametrize("key", ["mine", "open", "all", "today"])
def test_a_case_that_several_branches_find_stands_once(client, office, key):
    make.posting(
        office.worker,
        "department_handler",
        office.department.grid,
        department=office.department,
    )
    case = bring(office, Stage.HANDLING)
    Case.objects.filter(pk=case.pk).update(handler=office.worker)
    office.worker.__dict__.pop("_scope", None)
    client.force_login(office.worker)

    answer = client.get(reverse("cases:list"), {"show": key})

    assert len(answer.context["page"].rows) == 1
    assert answer.context["total"] in (1, None)


@pytest.mark.parametrize("who", ["worker", "handler", "leader", "dispatcher"])
def test_branches_are_together_what_is_visible(office, who):
    water = make.department("水务局", line="water")
    for stage in (Stage.REPORTED, Stage.HANDLING, Stage.CLOSED):
        bring(office, stage)
    elsewhere = bring(office, Stage.REGISTERED)
    workflow.dispatch(elsewhere, by=office.dispatcher, to=water)
    workflow.ask_help(elsewhere, by=office.dispatcher, department=office.department, task="协助")
    person = getattr(office, who)

    found = Branches.visible_to(person, Case.objects.all())

    expected = set(Case.objects.visible_to(person).values_list("pk", flat=True))
    assert {case.pk for case in found.together()} == expected
    assert found.count() == len(expected) > 0
    assert sum(found.tally().values()) == len(expected)


def test_pages_over_branches_hold_each_case_once_and_in_order(office):
    water = make.department("水务局", line="water")
    for day in (16, 17, 18, 19):
        if day < 17:
            bring(office, Stage.HANDLING, day=f"2026-11-{day}")
        other = bring(office, Stage.REGISTERED, day=f"2026-11-{day}")
        workflow.dispatch(other, by=office.dispatcher, to=water)
        workflow.ask_help(other, by=office.dispatcher, department=office.department, task="协助")
        other.helps.create(  # called twice: the case still stands once
            department=office.department,
            task="先前",
            asked_by=office.dispatcher,
            asked_at=at(NOW),
            done_by=office.head,
            done_at=at(NOW),
        )
    rows = Branches.visible_to(office.handler, Case.objects.open())
    order, seen, after = Order("due_at"), [], ""

    while True:
        page = order.page(rows, shown=Case.objects.all(), after=after, size=2)
        seen += [case.pk for case in page.rows]
        after = page.after
        if not after:
            break

    everything = Case.objects.order_by("due_at", "id").values_list("pk", flat=True)
    assert seen == list(everything)
    assert len(seen) == 5


@pytest.mark.parametrize(
    "show",
    [
        "department",
        "helping",
        "returned",
        "extensions",
        "checks",
        "accompanied",
        "paused",
    ],
)
def test_a_list_costs_the_same_queries_with_2_cases_and_with_12(client, office, show):
    everything = make.staff("supervisor", make.street())
    make.posting(
        everything,
        "department_head",
        office.department.grid,
        department=office.department,
    )
    make.posting(everything, "grid_leader", make.community())
    water = make.department("水务局", line="water")
    make.posting(everything, "department_head", water.grid, department=water)
    client.force_login(everything)
    counts = []
    for number in (2, 10):
        for __ in range(number):
            _one_in(show, office, everything)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("cases:list"), {"show": show})
        assert answer.context["show"].key == show
        counts.append((len(queries), len(answer.context["page"].rows)))

    (few, two), (many, twelve) = counts
    assert (two, twelve) == (2, 12)
    assert few == many < 30


def _one_in(show, office, person):
    if show == "checks":
        case = report(office)
        case.checks.create(worker=person, asked_by=office.clerk, asked_at=at(NOW))
        return
    case = bring(office, Stage.HANDLING)
    if show == "helping":
        water = make.department("水务局", line="water")
        workflow.ask_help(case, by=office.dispatcher, department=water, task="协助")
    elif show == "returned":
        workflow.send_back(case, by=office.handler, reason="不归我们")
    elif show == "extensions":
        workflow.ask_extension(
            case,
            by=office.head,
            number=1,
            unit="working_days",
            reason="等",
            at=at("2026-11-20 10:30"),
        )
    elif show == "accompanied":
        Case.objects.filter(pk=case.pk).update(companion=person)
    elif show == "paused":
        workflow.pause(
            case,
            by=office.supervisor,
            reason="等",
            until=at("2026-11-24 09:00"),
            at=at("2026-11-20 10:30"),
        )
