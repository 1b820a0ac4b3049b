"""Taking a step on the page of a case: it works, it refuses the wrong person, it refuses bad input."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import workflow
from cases.forms.steps import FORMS
from cases.models import Case, Stage
from tests import factories as make
from tests.cases.file.test_photos import picture
from tests.cases.office import at, bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_before_noon")]

# step -> (stage it starts from, who does it, words that do, words that do not, stage it leads to)
TAKEN = {
    "solve": (
        Stage.REPORTED,
        "worker",
        {"note": "已扶正"},
        {"note": " "},
        Stage.CLOSED,
    ),
    "register": (
        Stage.REPORTED,
        "supervisor",
        {"standard": "the standard"},
        {"standard": "0"},
        Stage.REGISTERED,
    ),
    "reject": (
        Stage.REPORTED,
        "supervisor",
        {"reason": "重复上报"},
        {"reason": ""},
        Stage.REJECTED,
    ),
    "dispatch": (
        Stage.REGISTERED,
        "dispatcher",
        {"to": "the department"},
        {"to": ""},
        Stage.DISPATCHED,
    ),
    "accept": (Stage.DISPATCHED, "handler", {}, None, Stage.HANDLING),
    "send_back": (
        Stage.HANDLING,
        "handler",
        {"reason": "不归我们管"},
        {"reason": ""},
        Stage.REGISTERED,
    ),
    "feed_back": (
        Stage.HANDLING,
        "handler",
        {"note": "已补装"},
        {"note": ""},
        Stage.FEEDBACK,
    ),
    "verify": (
        Stage.FEEDBACK,
        "leader",
        {"passed": "yes"},
        {"passed": "no", "note": ""},
        Stage.CLOSED,
    ),
    "evaluate": (
        Stage.CLOSED,
        "worker",
        {"rating": "4"},
        {"rating": "9"},
        Stage.EVALUATED,
    ),
    "urge": (
        Stage.HANDLING,
        "leader",
        {"note": "请抓紧"},
        {"note": "长" * 501},
        Stage.HANDLING,
    ),
    "pause": (
        Stage.HANDLING,
        "supervisor",
        {"reason": "等配件", "until": "2026-11-21T10:00"},
        {"reason": "等配件", "until": "2026-11-19T10:00"},
        Stage.HANDLING,
    ),
    "ask_extension": (
        Stage.HANDLING,
        "handler",
        {"reason": "下雨", "number": "2", "unit": "working_hours"},
        {"reason": "下雨", "number": "0", "unit": "working_hours"},
        Stage.HANDLING,
    ),
    "ask_check": (
        Stage.REPORTED,
        "supervisor",
        {"worker": "the worker", "question": "看看还在不在"},
        {"worker": ""},
        Stage.REPORTED,
    ),
    "assign": (
        Stage.DISPATCHED,
        "coordinator",
        {"handler": "the handler"},
        {"handler": "the worker"},
        Stage.HANDLING,
    ),
    "ask_help": (
        Stage.HANDLING,
        "handler",
        {"departments": "another department", "task": "配合围挡"},
        {"departments": "another department", "task": ""},
        Stage.HANDLING,
    ),
    "remark": (
        Stage.HANDLING,
        "worker",
        {"text": "居民又来问"},
        {"text": ""},
        Stage.HANDLING,
    ),
    "support": (
        Stage.HANDLING,
        "colleague",
        {"note": "我也看到了"},
        {"note": "长" * 301},
        Stage.HANDLING,
    ),
    "split": (
        Stage.HANDLING,
        "supervisor",
        {"category": "the category", "title": "污水另行处理"},
        {"category": "the category", "title": ""},
        Stage.HANDLING,
    ),
    "issue_slip": (
        Stage.HANDLING,
        "supervisor",
        {"colour": "blue", "text": "请今天办结"},
        {"colour": "pink", "text": "请今天办结"},
        Stage.HANDLING,
    ),
}


def take(client, office, case, step, who, words, *, photos=()):
    known = {
        "the standard": office.standard.pk,
        "the category": office.standard.category_id,
        "the department": office.department.pk,
        "the worker": office.worker.pk,
        "the handler": office.handler.pk,
    }
    if "another department" in words.values():
        known["another department"] = make.department("水务局", line="water").pk
    words = {name: known.get(value, value) for name, value in words.items()}
    client.force_login(who)
    return client.post(
        reverse("cases:step", args=[case.number, step]),
        words | ({"photos": photos} if photos else {}),
    )


@pytest.mark.parametrize("step", TAKEN)
def test_a_step_leads_on_and_back_to_the_case(client, office, step):
    start, who, words, _, end = TAKEN[step]
    case = bring(office, start)

    answer = take(client, office, case, step, getattr(office, who), words)

    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.stage == end
    assert case.events.order_by("id").last().kind == step
    assert case.events.order_by("id").last().by == getattr(office, who)


@pytest.mark.parametrize("step", [step for step in TAKEN if TAKEN[step][3] is not None])
def test_a_bad_form_comes_back_with_its_errors_and_nothing_happens(client, office, step):
    start, who, _, words, _ = TAKEN[step]
    case = bring(office, start)

    answer = take(client, office, case, step, getattr(office, who), words)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "error-summary" in page
    assert 'id="step-form"' in page
    case.refresh_from_db()
    assert (case.stage, case.events.filter(kind=step).exists()) == (start, False)


@pytest.mark.parametrize("step", [step for step in FORMS if step != "answer_slip"])
def test_a_step_needs_its_right_on_this_very_case(client, office, step):
    case = bring(office, Stage.HANDLING)
    auditor = make.staff("auditor", make.district())
    stranger = make.staff("dispatcher", make.district("520602", "碧江区"))

    assert take(client, office, case, step, auditor, {}).status_code == 403
    assert take(client, office, case, step, stranger, {}).status_code == 404
    assert (
        take(client, office, case, step, make.staff("operator", make.district()), {}).status_code
        == 403
    )
    assert Case.objects.get().stage == Stage.HANDLING


def test_a_right_in_one_place_is_no_right_in_another(client, office):
    case = bring(office, Stage.REGISTERED)
    # A worker here who dispatches in another street of the same district.
    make.posting(office.worker, "supervisor", make.street("370402002", "各塔埠街道"))

    assert (
        take(client, office, case, "dispatch", office.worker, {"to": "the department"}).status_code
        == 403
    )


def test_a_step_out_of_turn_is_refused_on_the_page(client, office):
    case = bring(office, Stage.HANDLING)

    answer = take(client, office, case, "dispatch", office.dispatcher, {"to": "the department"})

    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()


def test_who_handled_a_case_cannot_verify_it(client, office):
    make.posting(office.handler, "supervisor", make.street())
    case = bring(office, Stage.FEEDBACK)

    answer = take(client, office, case, "verify", office.handler, {"passed": "yes"})

    assert answer.status_code == 422
    case.refresh_from_db()
    assert case.stage == Stage.FEEDBACK


def test_not_passed_goes_back_to_the_department(client, office):
    case = bring(office, Stage.FEEDBACK)

    answer = take(
        client,
        office,
        case,
        "verify",
        office.leader,
        {"passed": "no", "note": "还在漏水"},
    )

    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.stage == Stage.HANDLING


def test_closing_without_a_fix_needs_a_reason(client, office):
    case = bring(office, Stage.FEEDBACK)
    words = {"passed": "yes", "result": "closed_not_fixed"}

    assert take(client, office, case, "verify", office.leader, words).status_code == 422
    assert (
        take(
            client, office, case, "verify", office.leader, words | {"note": "产权不明"}
        ).status_code
        == 302
    )


def test_feedback_keeps_the_photos_after(client, office):
    case = bring(office, Stage.HANDLING)
    photos = [SimpleUploadedFile(f"{n}.jpg", picture()) for n in range(2)]

    take(
        client,
        office,
        case,
        "feed_back",
        office.handler,
        {"note": "已补装"},
        photos=photos,
    )

    assert list(case.photos.values_list("moment", "by")) == [("after", office.handler.pk)] * 2


def test_a_file_that_is_no_photo_stops_the_step(client, office):
    case = bring(office, Stage.HANDLING)
    photos = [SimpleUploadedFile("发票.pdf", b"%PDF-1.4")]

    answer = take(
        client,
        office,
        case,
        "feed_back",
        office.handler,
        {"note": "已补装"},
        photos=photos,
    )

    assert answer.status_code == 422
    assert "发票.pdf" in answer.content.decode()
    assert "已补装" in answer.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.HANDLING
    assert not case.photos.exists()


def test_a_refused_step_keeps_no_photo(client, office):
    case = bring(office, Stage.FEEDBACK)
    photos = [SimpleUploadedFile("a.jpg", picture())]

    take(
        client,
        office,
        case,
        "feed_back",
        office.handler,
        {"note": "再来一次"},
        photos=photos,
    )

    assert not case.photos.exists()


def test_who_loses_sight_of_a_case_comes_to_the_list(client, office):
    case = bring(office, Stage.HANDLING)

    answer = take(client, office, case, "send_back", office.handler, {"reason": "不归我们管"})

    assert answer.url == reverse("cases:list")


def test_a_closed_case_can_be_reopened_by_who_has_the_right(client, office):
    case = bring(office, Stage.CLOSED)

    assert (
        take(client, office, case, "reopen", office.supervisor, {"reason": ""}).status_code == 422
    )
    assert (
        take(client, office, case, "reopen", office.supervisor, {"reason": "又坏了"}).status_code
        == 302
    )
    case.refresh_from_db()
    assert (case.stage, case.run) == (Stage.REGISTERED, 2)


def test_a_paused_clock_is_resumed_by_one_button(client, office):
    case = bring(office, Stage.HANDLING)
    workflow.pause(case, by=office.supervisor, reason="等配件", until=at("2026-11-21 10:00"))

    client.force_login(office.supervisor)
    page = client.get(case.get_absolute_url())
    assert f"/cases/{case.number}/resume/" in page.content.decode()
    assert take(client, office, case, "resume", office.supervisor, {}).status_code == 302
    assert case.events.order_by("id").last().kind == "resume"


@pytest.fixture
def slip(office):
    case = bring(office, Stage.HANDLING)
    return workflow.issue_slip(case, by=office.supervisor, colour="red", text="请书面说明")


def test_a_slip_is_answered_by_the_department_that_got_it(client, office, slip):
    url = slip.case.get_absolute_url()
    client.force_login(office.handler)
    form = client.get(url, {"step": "answer_slip", "slip": slip.pk})
    assert f'name="slip" value="{slip.pk}"' in form.content.decode()

    assert (
        take(
            client, office, slip.case, "answer_slip", office.handler, {"slip": slip.pk}
        ).status_code
        == 422
    )
    words = {"slip": slip.pk, "text": "配件缺货，周一完成"}
    assert take(client, office, slip.case, "answer_slip", office.handler, words).status_code == 302
    slip.refresh_from_db()
    assert slip.answered_by == office.handler
    assert (
        take(client, office, slip.case, "answer_slip", office.handler, words).status_code == 422
    )  # once


def test_a_slip_is_not_answered_by_somebody_else(client, office, slip):
    words = {"slip": slip.pk, "text": "我来说明"}

    assert take(client, office, slip.case, "answer_slip", office.leader, words).status_code == 403
    other = make.staff("department_handler", department=make.department("水务局", line="water"))
    assert take(client, office, slip.case, "answer_slip", other, words).status_code == 404


def test_the_form_of_a_step_opens_in_the_page_and_only_for_who_may(client, office):
    case = bring(office, Stage.REGISTERED)

    client.force_login(office.dispatcher)
    assert (
        'id="step-form"'
        in client.get(case.get_absolute_url(), {"step": "dispatch"}).content.decode()
    )
    assert (
        'id="step-form"'
        not in client.get(case.get_absolute_url(), {"step": "feed_back"}).content.decode()
    )
    assert (
        'id="step-form"'
        not in client.get(case.get_absolute_url(), {"step": "nonsense"}).content.decode()
    )
    client.force_login(office.worker)
    assert (
        'id="step-form"'
        not in client.get(case.get_absolute_url(), {"step": "dispatch"}).content.decode()
    )


def test_the_department_that_answers_for_it_is_chosen_already(client, office):
    case = bring(office, Stage.REGISTERED)
    client.force_login(office.dispatcher)

    form = client.get(case.get_absolute_url(), {"step": "dispatch"}).context["form"]

    assert form.initial["to"] == office.department.pk


def test_a_step_is_sent_never_fetched(client, office):
    case = bring(office, Stage.HANDLING)
    client.force_login(office.handler)

    assert client.get(reverse("cases:step", args=[case.number, "feed_back"])).status_code == 405
    assert client.post(reverse("cases:step", args=[case.number, "nonsense"])).status_code == 404


def test_a_step_whose_photos_cannot_be_kept_is_not_taken(client, office, settings, tmp_path):
    case = bring(office, Stage.HANDLING)
    settings.MEDIA_ROOT = tmp_path / "full"
    settings.MEDIA_ROOT.write_text("a file where the folder should be")
    photos = [SimpleUploadedFile("a.jpg", picture())]

    with pytest.raises(OSError, match="full"):
        take(
            client,
            office,
            case,
            "feed_back",
            office.handler,
            {"note": "已补装"},
            photos=photos,
        )

    case.refresh_from_db()
    assert (case.stage, case.events.filter(kind="feed_back").exists()) == (
        Stage.HANDLING,
        False,
    )
