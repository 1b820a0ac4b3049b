"""A person asks about the own data: checked at the desk, done, answered in words, within the limit."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from cases import workflow
from cases.models import Case, OwnDataRequest, Stage
from cases.own_data import asking
from gridmgmt import dictionaries
from grids.models import AuditEntry
from grids.refusal import Refused
from residents.models import AccessRecord, Export, Resident, RetentionRun
from residents.people import looks
from residents.retention import runs
from residents.retention.forgetting import ERASED
from tests import factories as make

NAME = "诸葛问询"


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """A test is one transaction, of which the thread that renews a lease sees nothing."""
    from grids.jobs import lease

    monkeypatch.setattr(lease, "BEAT_SECONDS", 60)


@pytest.fixture
def clerk(db, client):
    dictionaries.seed()
    person = make.staff("community_staff", make.community())
    client.force_login(person, "grids.auth.StaffBackend")
    return person


@pytest.fixture
def person(clerk):
    found = make.resident(
        make.household(make.unit(), head_name=NAME), name=NAME, phone="13877665544"
    )
    make.care_record(found, make.care_category("矫正", is_guarded=True), note="保密事项")
    return found


def category(code):
    from cases.models import Category

    return Category.objects.get(kind="own_data", code=code)


def filed(clerk, code):
    """Reported at the desk and registered: the limit runs."""
    kind = category(code)
    case = workflow.report(
        by=clerk, grid=make.unit(), category=kind, title=kind.name, source="hotline"
    )
    workflow.register(case, by=clerk, standard=kind.standards.get())
    return case


def page(case, part=""):
    name = f"cases:own_data{part}"
    return reverse(name, args=[case.number])


def identify(client, case, who, **facts):
    sent = {"name": NAME, "how": "id_card", "resident": who.pk if who else "0"} | facts
    return client.post(page(case), sent)


def answer(case, clerk, *, is_granted=True, words="已当面答复"):
    workflow.answer_person(case, by=clerk, is_granted=is_granted, answer=words)
    case.refresh_from_db()
    return case


def test_the_limit_is_fifteen_working_days(clerk):
    case = filed(clerk, "01001")

    assert (case.standard.limit_number, case.standard.limit_unit) == (15, "working_days")
    assert case.due_at is not None


def test_who_asks_is_found_in_the_register_and_on_record(client, clerk, person):
    case = filed(clerk, "01001")

    asked_which = client.post(page(case), {"name": NAME, "how": "id_card"})
    identify(client, case, person)

    assert asked_which.status_code == 422
    assert person.id_mask in asked_which.content.decode()
    row = OwnDataRequest.objects.get()
    assert (row.resident, row.checked_how, row.checked_by, row.wish) == (
        person,
        "id_card",
        clerk,
        "copy",
    )
    entry = AuditEntry.objects.filter(kind="request").latest("pk")
    assert entry.words == case.number
    assert NAME not in str(entry.words) + str(entry.detail)


def test_somebody_who_is_not_in_the_register_is_answered_too(client, clerk):
    case = filed(clerk, "01001")
    client.post(page(case), {"name": "无名氏", "how": "known"})

    answer(case, clerk, is_granted=False, words="底册中没有您的信息")

    assert (case.stage, case.result) == (Stage.CLOSED, "closed_not_fixed")


def test_nobody_is_answered_before_it_is_checked_who_asks(client, clerk, person):
    case = filed(clerk, "01004")
    with pytest.raises(Refused):
        answer(case, clerk)

    identify(client, case, person)

    assert answer(case, clerk).result == "answered"


def test_the_case_leads_to_who_asks_first_and_then_to_the_answer(client, clerk, person):
    case = filed(clerk, "01004")
    to_identity, to_answer = f'btn--primary" href="{page(case)}"', "?step=answer_person#step"

    before = client.get(case.get_absolute_url()).content.decode()
    identify(client, case, person)
    after = client.get(case.get_absolute_url()).content.decode()

    assert (to_identity in before, to_answer in before) == (True, False)
    assert (to_identity in after, to_answer in after) == (False, True)
    assert "?step=dispatch#step" not in before + after


def test_an_ordinary_case_is_not_answered_that_way(clerk):
    kind = make.category("井盖缺失")
    case = workflow.report(
        by=clerk, grid=make.unit(), category=kind, title="井盖", source="hotline"
    )
    workflow.register(case, by=clerk, standard=make.standard(of=kind))

    assert "answer_person" not in workflow.steps_for(case, clerk)
    assert client_status(clerk, case) == 404


def client_status(clerk, case):
    from django.test import Client

    other = Client()
    other.force_login(clerk, "grids.auth.StaffBackend")
    return other.get(page(case)).status_code


# --- the copy ---


def cells(response):
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
    return {sheet.title: str(list(sheet.values)) for sheet in book}


def test_the_copy_holds_all_that_is_stored_and_says_who_made_it(client, clerk, person):
    case = filed(clerk, "01001")
    identify(client, case, person)

    sheets = cells(client.post(page(case, "_copy")))

    assert {"照护", "谁看过"} <= sheets.keys()
    assert "起始日期" in sheets["照护"]
    assert "证件号码" in sheets["谁看过"]
    everything = str(sheets)
    assert "id_number" not in everything
    for word in (NAME, "13877665544", "保密事项", str(clerk), case.number):
        assert word in everything, word
    number = Resident.objects.get(pk=person.pk).id_sealed.reveal()
    assert number in everything
    export = Export.objects.get()
    assert (export.subject, export.by, case.number in export.purpose) == ("own_data", clerk, True)
    assert AccessRecord.objects.filter(resident=person, field=looks.ID_NUMBER, by=clerk).exists()
    assert answer(case, clerk).own_data_request.copy == export


def test_a_copy_is_promised_only_when_it_was_made(client, clerk, person):
    case = filed(clerk, "01001")
    identify(client, case, person)

    with pytest.raises(Refused):
        answer(case, clerk)
    assert answer(case, clerk, is_granted=False, words="受托书不齐").stage == Stage.CLOSED


def test_who_does_not_read_all_of_it_makes_no_copy(client, clerk, person):
    case = filed(clerk, "01001")
    identify(client, case, person)
    client.force_login(make.staff("grid_leader", make.community()), "grids.auth.StaffBackend")

    answer = client.post(page(case, "_copy"))

    assert answer.status_code == 302
    assert not Export.objects.exists()


# --- putting right, deleting ---


def test_a_correction_is_promised_only_when_the_register_was_put_right(client, clerk, person):
    case = filed(clerk, "01002")
    identify(client, case, person)
    # The database writes all of a test at one moment: before anybody was checked.
    OwnDataRequest.objects.update(checked_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Refused):
        answer(case, clerk)

    Resident.objects.filter(pk=person.pk).update(employer="新单位")

    assert answer(case, clerk).result == "answered"


def gone(person):
    Resident.objects.filter(pk=person.pk).update(ended_on=timezone.localdate(), end_reason="moved")
    type(person.household).objects.filter(pk=person.household_id).update(
        ended_on=timezone.localdate(), end_reason="moved"
    )


def test_who_lives_here_is_not_deleted_and_told_why(client, clerk, person):
    case = filed(clerk, "01003")
    identify(client, case, person)

    told = client.post(page(case, "_erase"), follow=True).content.decode()

    assert "依法" in told
    assert not RetentionRun.objects.exists()
    assert Resident.objects.filter(name=NAME).exists()


def test_who_has_left_is_deleted_at_once_and_the_request_forgets_the_name(client, clerk, person):
    gone(person)
    case = filed(clerk, "01003")
    identify(client, case, person)

    client.post(page(case, "_erase"))
    with pytest.raises(Refused):
        answer(case, clerk)
    runs.work(RetentionRun.objects.get().pk)
    answer(case, clerk, words="已清除")

    assert Resident.objects.get(pk=person.pk).name == ERASED
    row = OwnDataRequest.objects.get()
    assert (row.resident, row.is_granted, row.answer) == (None, True, "已清除")
    assert row.name != NAME


def test_a_hold_of_the_law_refuses_the_deletion_with_its_reason(client, clerk, person):
    gone(person)
    Case.objects.create(
        district_id=person.district_id,
        grid_id=person.grid_id,
        category=make.category(),
        title="井盖缺失",
        number="370402-2611-00009",
        source="visit",
        reported_at=timezone.now(),
        stage_since=timezone.now(),
        household=person.household,
    )
    case = filed(clerk, "01003")
    identify(client, case, person)

    told = client.post(page(case, "_erase"), follow=True).content.decode()

    assert "未办结的案件" in told
    assert Resident.objects.filter(name=NAME).exists()


# --- who ---


@pytest.mark.parametrize(
    ("role", "status"), [("grid_leader", 200), ("community_staff", 200), ("grid_worker", 403)]
)
def test_requests_are_for_who_registers_cases(client, clerk, person, role, status):
    case = filed(clerk, "01001")
    client.force_login(make.staff(role, make.unit()), "grids.auth.StaffBackend")

    assert client.get(page(case)).status_code == status


def test_people_elsewhere_are_not_offered(client, clerk, person):
    far = make.resident(make.household(make.unit("370402001029001")), name=NAME)

    assert set(asking.candidates(clerk, NAME)) == {person}
    assert far.pk != person.pk


def test_who_asks_is_put_on_record_once(client, clerk, person):
    case = filed(clerk, "01001")
    identify(client, case, person)

    with pytest.raises(Refused):
        asking.identify(case, name="别人", resident=None, how="known", note="", by=clerk)
