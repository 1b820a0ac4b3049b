"""Several people on one case, on its page: checks, help, more time, two returns, cases that belong together."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import workflow
from cases.models import AnswerTemplate, Case, CaseFile, Sample, Stage
from cases.telling import notices
from grids.models import Notification
from tests import factories as make
from tests.cases.file.test_photos import picture
from tests.cases.office import bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_before_noon")]


@pytest.fixture
def water(office):
    return make.department("水务局", line="water")


@pytest.fixture
def plumber(water):
    return make.staff("department_handler", department=water)


def take(client, case, step, who, **words):
    client.force_login(who)
    return client.post(reverse("cases:step", args=[case.number, step]), words)


def look(client, case, who, **query):
    client.force_login(who)
    answer = client.get(case.get_absolute_url(), query)
    return answer, answer.content.decode()


# A check before filing


@pytest.fixture
def asked(office):
    case = report(office, by=office.clerk)
    workflow.ask_check(case, by=office.supervisor, worker=office.worker, question="车还在吗")
    return case


def test_the_worker_who_was_sent_finds_the_question_as_the_next_thing(client, office, asked):
    answer, page = look(client, asked, office.worker)

    assert answer.context["primary"]["step"] == "answer_check"
    assert "车还在吗" in page
    assert look(client, asked, office.supervisor)[0].context["primary"]["step"] == ("register")


def test_what_the_worker_saw_is_kept_with_its_photo(client, office, asked):
    photo = SimpleUploadedFile("a.jpg", picture())

    answer = take(
        client, asked, "answer_check", office.worker, is_so="no", note="车已开走", photos=[photo]
    )

    assert answer.status_code == 302
    check = asked.checks.get()
    assert (check.is_so, check.note) == (False, "车已开走")
    assert asked.photos.get().moment == "before"
    assert "情况不属实" in look(client, asked, office.supervisor)[1]


def test_not_so_needs_words(client, office, asked):
    answer = take(client, asked, "answer_check", office.worker, is_so="no")

    assert answer.status_code == 422
    assert "note" in answer.context["form"].errors
    assert asked.checks.get().answered_at is None


def test_a_colleague_does_not_answer_for_the_one_who_was_sent(client, office, asked):
    answer = take(client, asked, "answer_check", office.colleague, is_so="yes")

    assert answer.status_code == 422
    assert asked.checks.get().answered_at is None


def test_only_people_who_work_there_can_be_sent(client, office):
    case = report(office)
    stranger = make.staff("grid_worker", make.unit("370402001027001"))

    form = look(client, case, office.supervisor, step="ask_check")[0].context["form"]

    offered = set(form.fields["worker"].queryset)
    assert {office.worker, office.colleague, office.leader} <= offered
    assert not {stranger, office.handler} & offered


# Help


def test_several_departments_are_called_at_once(client, office, water):
    case = bring(office, Stage.HANDLING)
    fire = make.department("消防大队", line="fire")

    take(client, case, "ask_help", office.handler, departments=[water.pk, fire.pk], task="配合围挡")

    assert set(case.helps.values_list("department", flat=True)) == {water.pk, fire.pk}


def test_a_helper_sees_the_task_and_answers_it(client, office, water, plumber):
    case = bring(office, Stage.HANDLING)
    workflow.ask_help(case, by=office.handler, department=water, task="关水闸")

    answer, page = look(client, case, plumber)
    assert answer.context["primary"]["step"] == "finish_help"
    assert "关水闸" in page
    form = look(client, case, plumber, step="finish_help")[0].context["form"]
    assert (
        take(
            client, case, "finish_help", plumber, help=form.initial["help"], answer="已关闸"
        ).status_code
        == 302
    )

    page = look(client, case, office.handler)[1]
    assert "已关闸" in page
    assert "水务局协办完成" in page


def test_a_helper_does_not_answer_for_another_department(client, office, water, plumber):
    case = bring(office, Stage.HANDLING)
    fire = make.department("消防大队", line="fire")
    workflow.ask_help(case, by=office.handler, department=water, task="关水闸")
    other = workflow.ask_help(case, by=office.handler, department=fire, task="待命")

    answer = take(client, case, "finish_help", plumber, help=other.pk, answer="好了")

    assert answer.status_code == 422
    other.refresh_from_db()
    assert other.done_at is None


def test_the_department_that_leads_is_told_what_feeding_back_waits_for(client, office, water):
    case = bring(office, Stage.HANDLING)
    workflow.ask_help(case, by=office.handler, department=water, task="关水闸")

    answer, page = look(client, case, office.handler)

    assert answer.context["primary"] is None
    assert "协办全部完成后" in page


# More time, pauses


def test_more_time_is_decided_on_the_page_by_who_may(client, office):
    case = bring(office, Stage.HANDLING)
    workflow.ask_extension(
        case, by=office.handler, number=2, unit="working_hours", reason="配件未到"
    )
    before = case.due_at

    answer, page = look(client, case, office.supervisor)
    assert answer.context["primary"]["step"] in ("decide_extension", "verify")
    assert "配件未到" in page
    assert "decide_extension" not in str(look(client, case, office.handler)[0].context["menu"])
    assert (
        take(client, case, "decide_extension", office.supervisor, granted="no").status_code == 422
    )
    take(client, case, "decide_extension", office.supervisor, granted="yes")

    case.refresh_from_db()
    assert case.due_at > before
    assert "准予延期2" in look(client, case, office.handler)[1]


def test_a_pause_says_its_cap_and_keeps_it(client, office):
    case = bring(office, Stage.HANDLING)

    page = look(client, case, office.supervisor, step="pause")[1]
    assert "最长15天" in page
    answer = take(
        client, case, "pause", office.supervisor, reason="等配件", until="2026-12-06T10:00"
    )

    assert answer.status_code == 422
    assert "until" in answer.context["form"].errors


# Two returns


def test_after_two_returns_both_reasons_stand_side_by_side(client, office, water, plumber):
    case = bring(office, Stage.HANDLING)
    workflow.send_back(case, by=office.handler, reason="归水务管")
    workflow.dispatch(case, by=office.supervisor, to=water)
    workflow.send_back(case, by=plumber, reason="归城管管")
    case.refresh_from_db()

    answer, page = look(client, case, case.decider)

    assert [side.reason for side in answer.context["sides"]] == ["归水务管", "归城管管"]
    assert [side.department for side in answer.context["sides"]] == [
        "城市管理局",
        "水务局",
    ]
    assert answer.context["primary"]["step"] == "decide"
    assert f"由{case.decider.full_name}裁定" in page
    assert take(client, case, "decide", case.decider, to=water.pk, note="").status_code == 422
    take(client, case, "decide", case.decider, to=water.pk, note="以水务为主")
    assert "裁定由水务局办理" in look(client, case, case.decider)[1]


# Cases that belong together


def test_a_merge_shows_the_other_case_before_it_is_done(client, office):
    case, other = report(office, title="重复的"), report(office, title="先报的")

    asked = take(client, case, "merge", office.supervisor, into=other.number, note="")
    assert asked.status_code == 200
    assert "先报的" in asked.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.REPORTED

    sure = {"into": other.number, "sure": other.number}
    assert take(client, case, "merge", office.supervisor, **sure).status_code == 302
    case.refresh_from_db()
    assert (case.stage, case.merged_into) == (Stage.REJECTED, other)
    assert "先报的" in look(client, case, office.supervisor)[1]
    assert "重复的" in look(client, other, office.supervisor)[1]


def test_sure_of_one_case_is_not_sure_of_another(client, office):
    case, one, two = (report(office, title=name) for name in ("甲", "乙", "丙"))

    take(client, case, "merge", office.supervisor, into=two.number, sure=one.number)

    case.refresh_from_db()
    assert case.merged_into is None


@pytest.mark.parametrize("step", ["merge", "link"])
def test_a_case_that_one_does_not_see_is_no_case(client, office, step):
    case = report(office)
    far = make.unit("520602003003001")
    stranger = make.staff("grid_worker", far)
    hidden = report(office, by=stranger, grid=far, title="秘密")
    name = {"merge": "into", "link": "other"}[step]

    for number in (hidden.number, case.number, "nonsense"):
        answer = take(client, case, step, office.supervisor, **{name: number})
        assert answer.status_code == 422
        assert name in answer.context["form"].errors
        assert "秘密" not in answer.content.decode()


def test_linked_and_split_cases_name_each_other(client, office):
    case, other = report(office, title="主件"), report(office, title="另一件")
    take(client, case, "link", office.supervisor, other=other.number, note="同一条路")
    take(
        client,
        case,
        "split",
        office.supervisor,
        category=office.standard.category_id,
        title="分出来的",
    )

    page = look(client, case, office.supervisor)[1]
    for words in ("另一件", "同一条路", "分出来的"):
        assert words in page
    part = Case.objects.get(title="分出来的")
    assert "主件" in look(client, part, office.supervisor)[1]


def test_kin_that_one_may_not_see_is_not_named(client, office, plumber, water):
    case, other = bring(office, Stage.HANDLING), report(office, title="秘密案件")
    workflow.link(case, by=office.supervisor, other=other)
    workflow.ask_help(case, by=office.handler, department=water, task="关水闸")

    assert "秘密案件" not in look(client, case, plumber)[1]


def test_cases_nearby_and_of_the_household_are_offered_to_who_sees_them(
    client, office, plumber, water
):
    home = make.household(office.unit)
    case = bring(office, Stage.HANDLING, lon=117.56, lat=34.86, household=home)
    report(office, title="十米外的", lon=117.5601, lat=34.86)
    report(office, title="一公里外的", lon=117.571, lat=34.86)
    report(office, title="同户的", household=home)
    workflow.ask_help(case, by=office.handler, department=water, task="关水闸")

    near = look(client, case, office.supervisor)[0].context["near"]

    assert [other.title for other in near] == ["十米外的", "同户的"]
    assert look(client, case, plumber)[0].context["near"] == []


# Remarks, attachments, ready texts, samples


def test_a_remark_is_written_for_colleagues_who_may_see_the_case(client, office, plumber):
    case = bring(office, Stage.HANDLING)

    form = look(client, case, office.worker, step="remark")[0].context["form"]
    offered = set(form.fields["mentions"].queryset)
    assert {office.handler, office.supervisor, office.clerk} <= offered
    assert not {plumber, office.worker} & offered
    words = {"text": "请看一下", "mentions": [office.head.pk]}
    take(client, case, "remark", office.worker, **words)
    notices.announce(timezone.now())

    told = Notification.objects.filter(kind="case_remark")
    assert [(note.recipient, note.body) for note in told] == [(office.head, "请看一下")]
    assert f"提醒：{office.head.full_name}" in look(client, case, office.worker)[1]
    assert (
        take(client, case, "remark", office.worker, text="x", mentions=[plumber.pk]).status_code
        == 422
    )


def test_an_attachment_is_saved_never_shown_and_only_for_who_sees_the_case(client, office, plumber):
    case = bring(office, Stage.HANDLING)
    paper = SimpleUploadedFile("方案.exe", b"%PDF-1.7 ...")
    take(client, case, "remark", office.handler, text="方案见附件", attachments=[paper])

    kept = CaseFile.objects.get()
    assert kept.name == "方案.pdf"
    url = reverse("cases:file", args=[kept.pk])
    answer = client.get(url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 ..."
    assert "方案.pdf" in look(client, case, office.worker)[1]
    client.force_login(plumber)
    assert client.get(url).status_code == 404
    client.force_login(make.staff("operator", make.district()))
    assert client.get(url).status_code == 403


def test_a_ready_text_of_the_category_is_offered_and_filled_in(client, office):
    case = bring(office, Stage.HANDLING)
    fields = {"district_id": case.district_id, "step": "feed_back"}
    mine = AnswerTemplate.objects.create(name="已修复", text="已现场修复。", **fields)
    AnswerTemplate.objects.create(
        name="别类的", text="x", category=make.category("乱堆物料"), **fields
    )
    AnswerTemplate.objects.create(
        name="别区的", text="x", step="feed_back", district=make.district("520602", "碧江区")
    )

    answer, page = look(client, case, office.handler, step="feed_back")
    assert [text.name for text in answer.context["ready"]] == ["已修复"]
    assert 'data-ready-text="已现场修复。"' in page
    filled = look(client, case, office.handler, step="feed_back", text=mine.pk)[1]
    assert "已现场修复。</textarea>" in filled


def test_what_is_drawn_is_looked_at_by_somebody_else_and_can_begin_again(client, office):
    case = bring(office, Stage.CLOSED)
    Sample.objects.create(case=case, kind="call_back", drawn_on="2026-11-20")

    answer, page = look(client, case, office.clerk)
    assert "call_back" in str(answer.context["primary"]) + str(answer.context["menu"])
    assert "抽中回访" in page
    assert take(client, case, "call_back", office.clerk, finding="bad").status_code == 422
    take(client, case, "call_back", office.clerk, finding="bad", note="还在漏")

    case.refresh_from_db()
    assert (case.stage, case.run) == (Stage.REGISTERED, 2)
    assert "回访：未解决" in look(client, case, office.clerk)[1]


def test_passed_on_says_to_whom(client, office):
    case = bring(office, Stage.FEEDBACK)
    words = {"passed": "yes", "result": "passed_on"}

    answer = take(client, case, "verify", office.leader, **words)
    assert answer.status_code == 422
    assert "passed_to" in answer.context["form"].errors
    take(client, case, "verify", office.leader, **words, passed_to="市供电公司")

    assert "市供电公司" in look(client, case, office.supervisor)[1]


# The page as a whole


def test_a_case_with_everything_on_it_costs_no_more_than_one_with_a_little(client, office):
    client.force_login(office.supervisor)
    counts = []
    for number in (1, 6):
        case = bring(office, Stage.HANDLING, lon=117.56, lat=34.86)
        for n in range(number):
            name = f"第{number}{n}局"
            helper = make.department(name, line=name)
            workflow.ask_help(case, by=office.handler, department=helper, task="配合")
            other = report(office, lon=117.56, lat=34.86)
            workflow.link(case, by=office.supervisor, other=other)
            workflow.support(case, by=make.staff("grid_worker"), note="我也看到")
            workflow.remark(case, by=office.worker, text="请看", mentions=[office.handler])
        with CaptureQueriesContext(connection) as queries:
            assert client.get(case.get_absolute_url()).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] < 45


def test_a_case_is_printed_with_its_steps_and_room_for_signatures(client, office):
    case = bring(office, Stage.FEEDBACK, description="盖板不见了")
    url = reverse("cases:print", args=[case.number])

    client.force_login(office.supervisor)
    page = client.post(url, {"purpose": "归档"}).content.decode()
    for words in (
        case.number,
        "盖板不见了",
        "派遣给城市管理局",
        "已补装",
        "核查人签名",
    ):
        assert words in page
    client.force_login(make.staff("dispatcher", make.district("520602", "碧江区")))
    assert client.get(url).status_code == 404
    client.force_login(make.staff("operator", make.district()))
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("step", ["feed_back", "remark", "ask_extension"])
def test_a_fresh_form_does_not_say_that_photos_were_lost(client, office, step):
    case = bring(office, Stage.HANDLING)

    assert "照片没有保留" not in look(client, case, office.handler, step=step)[1]
