"""Cases that belong together: merged, split, linked, supported, helped with; and those close by."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import workflow
from cases.models import (
    Alarm,
    Case,
    CaseHelp,
    CaseLink,
    CaseSupporter,
    Result,
    Stage,
)
from cases.telling import notices
from cases.workflow import joint_work
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, report, told

pytestmark = pytest.mark.django_db

NOON = at("2026-11-20 12:00")


@pytest.fixture
def parks():
    return factories.department("园林局", line="parks")


def test_a_merged_case_ends_and_its_reporter_joins_the_one_that_goes_on(office):
    case, into = report(office), bring(office, Stage.HANDLING, by=office.colleague)

    workflow.merge(case, by=office.leader, into=into, note="同一个井盖", at=NOON)

    case.refresh_from_db()
    assert (case.stage, case.merged_into, case.result) == (Stage.REJECTED, into, "")
    assert into.number in case.result_note
    assert not Alarm.objects.filter(case=case, fired_at=None).exists()
    assert [s.staff for s in into.supporters.all()] == [office.worker]
    assert into.events.latest("id").kind == "absorb"
    assert into.events.latest("id").data["number"] == case.number


def test_whoever_supports_a_merged_case_follows_it_and_nobody_twice(office):
    first, second, third = (report(office) for _ in range(3))
    workflow.support(first, by=office.colleague, note="我也看到", at=NOON)
    workflow.merge(first, by=office.leader, into=second, at=NOON)
    workflow.merge(second, by=office.leader, into=third, at=NOON)

    assert list(third.supporters.values_list("staff", flat=True)) == [office.colleague.pk]
    first.refresh_from_db()
    assert first.merged_into == third  # no chain


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.EVALUATED, Stage.REJECTED])
def test_a_case_is_not_merged_into_one_that_is_finished(office, stage):
    with pytest.raises(Refused):
        workflow.merge(report(office), by=office.leader, into=bring(office, stage), at=NOON)


def test_a_case_is_not_merged_into_itself_nor_out_of_the_persons_place(office):
    case = report(office)
    far = report(office, grid=factories.unit("370402001029001"))

    with pytest.raises(Refused):
        workflow.merge(case, by=office.leader, into=case, at=NOON)
    with pytest.raises(Refused):
        workflow.merge(case, by=office.leader, into=far, at=NOON)
    workflow.merge(case, by=office.supervisor, into=far, at=NOON)


def test_an_urgent_case_does_not_disappear_in_an_ordinary_one(office):
    urgent, ordinary = report(office, is_urgent=True), report(office)

    with pytest.raises(Refused):
        workflow.merge(urgent, by=office.leader, into=ordinary, at=NOON)
    workflow.merge(ordinary, by=office.leader, into=urgent, at=NOON)


def test_who_reported_the_same_hears_how_it_ends(office):
    case, into = report(office), bring(office, Stage.FEEDBACK, by=office.colleague)
    workflow.merge(case, by=office.leader, into=into, at=NOON)
    workflow.verify(into, by=office.supervisor, passed=True, at=NOON)

    notices.announce(NOON)

    assert told("verify") == {office.colleague.pk, office.worker.pk}
    assert told("merge") == {office.worker.pk}


def test_a_part_that_is_split_off_is_a_report_of_its_own(office):
    case = bring(office, Stage.HANDLING, lon=117.5, lat=34.8, address="光明路12号")
    lamp = factories.category("路灯不亮")

    part = workflow.split(case, by=office.supervisor, category=lamp, title="路灯不亮", at=NOON)

    part.refresh_from_db()
    assert (part.stage, part.split_from, part.reporter, part.category) == (
        Stage.REPORTED,
        case,
        office.worker,
        lamp,
    )
    assert (part.lon, part.lat, part.address) == (117.5, 34.8, "光明路12号")
    assert part.number != case.number
    assert part.reported_at == NOON
    assert case.events.latest("id").data["number"] == part.number
    assert Alarm.objects.filter(case=part).exists()


def test_cases_are_linked_once_whichever_comes_first(office):
    first, second = report(office), report(office)

    workflow.link(second, by=office.leader, other=first, note="同一段路", at=NOON)
    with pytest.raises(Refused):
        workflow.link(first, by=office.leader, other=second, at=NOON)
    with pytest.raises(Refused):
        workflow.link(first, by=office.leader, other=first, at=NOON)

    assert CaseLink.objects.get().case == first
    assert {case.events.latest("id").kind for case in (first, second)} == {"link"}


def test_a_case_that_one_does_not_see_is_not_linked(office):
    far = report(office, grid=factories.unit("370402001029001"))

    with pytest.raises(Refused):
        workflow.link(report(office), by=office.leader, other=far, at=NOON)


def test_anybody_who_could_report_it_adds_themselves_once(office):
    case = report(office)
    neighbour = factories.staff("grid_worker", factories.unit("370402001029001"))

    workflow.support(case, by=neighbour, note="这里也看得到", at=NOON)

    assert CaseSupporter.objects.get().staff == neighbour
    for person in (neighbour, office.worker):
        with pytest.raises(Refused):
            workflow.support(case, by=person, at=NOON)


def test_a_remark_tells_those_it_mentions_if_they_see_the_case(office):
    case = bring(office, Stage.HANDLING)
    stranger = factories.staff("grid_leader", factories.community("370402001029"))

    workflow.remark(case, by=office.handler, text="需要配合", mentions=[office.leader], at=NOON)
    with pytest.raises(Refused):
        workflow.remark(case, by=office.handler, text="看", mentions=[stranger])
    notices.announce(NOON)

    assert told("remark") == {office.leader.pk}


def test_a_helping_department_sees_the_case_and_answers(office, parks):
    case = bring(office, Stage.HANDLING)
    helper = factories.staff("department_handler", department=parks)
    assert not Case.objects.visible_to(helper).exists()

    help = workflow.ask_help(case, by=office.handler, department=parks, task="修剪树枝", at=NOON)
    assert Case.objects.visible_to(helper).get() == case
    with pytest.raises(Refused):
        workflow.feed_back(case, by=office.handler, note="好了", at=NOON)
    workflow.finish_help(help, by=helper, answer="已修剪", at=NOON)
    workflow.feed_back(case, by=office.handler, note="好了", at=NOON)
    notices.announce(NOON)

    help.refresh_from_db()
    assert (help.done_by, help.answer) == (helper, "已修剪")
    assert told("ask_help") == {helper.pk}
    assert office.handler.pk in told("finish_help")


def test_who_helped_does_not_verify(office, parks):
    case = bring(office, Stage.HANDLING)
    helper = factories.staff("department_handler", department=parks)
    factories.posting(helper, "supervisor", factories.street())
    help = workflow.ask_help(case, by=office.handler, department=parks, task="修剪", at=NOON)
    workflow.finish_help(help, by=helper, answer="已修剪", at=NOON)
    workflow.feed_back(case, by=office.handler, note="好了", at=NOON)

    assert "verify" not in workflow.steps_for(case, helper, now=NOON)


def test_a_department_is_asked_once_and_not_to_help_itself(office, parks):
    case = bring(office, Stage.HANDLING)
    far = factories.department("县园林局", grid=factories.district("520602", "碧江区"))
    workflow.ask_help(case, by=office.head, department=parks, task="修剪", at=NOON)

    for department in (parks, office.department, far):
        with pytest.raises(Refused):
            workflow.ask_help(case, by=office.head, department=department, task="修剪", at=NOON)
    assert CaseHelp.objects.count() == 1


def test_the_leading_department_calls_a_help_off_and_no_third_one_does(office, parks):
    case = bring(office, Stage.HANDLING)
    third = factories.department("水务局", line="water")
    asked = [
        workflow.ask_help(case, by=office.handler, department=one, task="配合", at=NOON)
        for one in (parks, third)
    ]

    with pytest.raises(Refused):
        workflow.finish_help(
            asked[0],
            by=factories.staff("department_head", department=third),
            answer="好",
        )
    workflow.finish_help(asked[0], by=office.head, answer="不再需要", at=NOON)
    with pytest.raises(Refused):
        workflow.finish_help(asked[0], by=office.head, answer="不再需要", at=NOON)


def test_whoever_leads_from_now_on_does_not_help_as_well(office, parks):
    case = bring(office, Stage.HANDLING)
    help = workflow.ask_help(case, by=office.handler, department=parks, task="修剪", at=NOON)
    workflow.send_back(case, by=office.handler, reason="不归我们管", at=NOON)

    workflow.dispatch(case, by=office.supervisor, to=parks, at=NOON)

    help.refresh_from_db()
    assert help.done_at == NOON


HERE = {"lon": 117.5600, "lat": 34.8600}
IN_30_M = {"lon": 117.5600, "lat": 34.86027}
IN_60_M = {"lon": 117.56066, "lat": 34.8600}


def alike(office, **place):
    place = {"at": NOON} | place
    return list(joint_work.similar(office.standard.category, office.unit, **place))


def test_the_same_matter_within_50_m_and_24_hours_is_similar(office):
    near = report(office, **IN_30_M)
    report(office, **IN_60_M)
    report(office, "2026-11-19 11:59", **HERE)
    other = factories.standard(of=factories.category("路灯不亮"))
    workflow.report(
        by=office.worker,
        grid=office.unit,
        category=other.category,
        title="灯",
        source="patrol",
        at=NOON,
        **HERE,
    )

    assert alike(office, **HERE) == [near]
    assert alike(office, **HERE, at=at("2026-11-21 09:01")) == []


def test_what_is_finished_is_not_similar(office):
    bring(office, Stage.CLOSED, **HERE)

    assert alike(office, **HERE) == []


def test_the_neighbouring_grid_counts_when_it_is_close(office):
    across = report(office, grid=factories.unit("370402001028002"), **IN_30_M)

    assert alike(office, **HERE) == [across]


def test_without_a_point_the_grid_and_the_household_decide(office):
    home = factories.household(office.unit)
    at_home, somewhere = report(office, household=home), report(office)
    report(office, grid=factories.unit("370402001028002"))

    assert alike(office) == [somewhere, at_home]
    assert alike(office, household=home) == [at_home]


def test_nearby_are_the_open_cases_within_50_m_nearest_first(office):
    case = report(office, **HERE)
    near, nearest = report(office, **IN_30_M), report(office, **HERE)
    report(office, **IN_60_M)
    bring(office, Stage.CLOSED, **HERE)
    report(office)

    assert list(joint_work.nearby(case)) == [nearest, near]
    assert [round(found.distance) for found in joint_work.nearby(case)] == [0, 30]
    assert list(joint_work.nearby(report(office))) == []


def test_other_cases_of_the_household(office):
    home = factories.household(office.unit)
    case, other = (report(office, household=home) for _ in range(2))
    report(office)

    assert list(joint_work.of_household(case)) == [other]
    assert list(joint_work.of_household(report(office))) == []


def test_similar_cases_cost_one_query_however_many(office):
    counts = []
    for _ in range(2):
        for _ in range(10):
            report(office, **HERE)
        with CaptureQueriesContext(connection) as queries:
            alike(office, **HERE)
        counts.append(len(queries))

    assert counts == [1, 1]


def test_the_result_fits_the_kind_of_the_matter(office):
    question = factories.standard(of=factories.category("医保怎么办", "inquiry"))
    for standard, result, works in (
        (office.standard, Result.FIXED, True),
        (office.standard, Result.ANSWERED, False),
        (question, Result.ANSWERED, True),
        (question, Result.FIXED, False),
    ):
        case = bring(office, Stage.FEEDBACK)
        Case.objects.filter(pk=case.pk).update(category=standard.category)
        if works:
            workflow.verify(case, by=office.leader, passed=True, result=result, at=NOON)
            assert case.result == result
        else:
            with pytest.raises(Refused):
                workflow.verify(case, by=office.leader, passed=True, result=result, at=NOON)


def test_what_is_passed_on_says_to_whom(office):
    case = bring(office, Stage.FEEDBACK)
    with pytest.raises(Refused):
        workflow.verify(case, by=office.leader, passed=True, result="passed_on", note="x", at=NOON)

    workflow.verify(
        case,
        by=office.leader,
        passed=True,
        result="passed_on",
        passed_to="供电公司",
        at=NOON,
    )

    case.refresh_from_db()
    assert (case.result, case.passed_to) == (Result.PASSED_ON, "供电公司")


def test_who_has_helped_is_not_offered_the_help_of_another_department(office, parks):
    case = bring(office, Stage.HANDLING)
    helpers = {}
    for department in (parks, factories.department("水务局", line="water")):
        help = workflow.ask_help(
            case, by=office.handler, department=department, task="配合", at=NOON
        )
        helpers[factories.staff("department_handler", department=department)] = help
    (done, his), (waiting, _) = helpers.items()

    workflow.finish_help(his, by=done, answer="已修剪", at=NOON)

    assert "finish_help" not in workflow.steps_for(case, done, now=NOON)
    assert "finish_help" in workflow.steps_for(case, waiting, now=NOON)
