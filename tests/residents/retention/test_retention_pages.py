"""The pages of retention: who opens them, what they say, what they refuse."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.models import DistrictProfile
from residents.models import Resident, RetentionRule, RetentionRun
from residents.retention import runs
from tests import factories as make
from tests.residents.retention.gone import NAME

LIST = reverse("residents:retention")
DIED = reverse("residents:retention_kind", args=["died"])
ASK = reverse("residents:retention_ask", args=["died"])


@pytest.fixture
def enter(client):
    def log_in(role, grid=None):
        person = make.staff(role, grid or make.district())
        client.force_login(person, "grids.auth.StaffBackend")
        return person

    return log_in


@pytest.fixture
def three(ground):
    DistrictProfile.objects.update_or_create(
        district=make.district(), defaults={"has_three_administrators": True}
    )


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("administrator", 200),
        ("security_administrator", 200),
        ("auditor", 200),
        ("supervisor", 403),
    ],
)
def test_the_list_is_for_administrators_and_the_auditor(client, gone, enter, role, status):
    enter(role)

    assert client.get(LIST).status_code == status
    assert client.get(DIED).status_code == (200 if status == 200 else 404)


@pytest.mark.parametrize(("role", "status"), [("administrator", 302), ("auditor", 404)])
def test_only_who_has_the_right_erases(client, gone, enter, role, status):
    enter(role)

    assert client.post(ASK, {"number": "1"}).status_code == status
    assert RetentionRun.objects.exists() is (status == 302)


def test_an_administrator_of_a_community_alone_erases_nothing_of_the_district(client, gone, enter):
    enter("administrator", make.community())

    assert client.get(LIST).status_code == 403
    assert client.post(ASK, {"number": "1"}).status_code == 404


def test_the_page_says_numbers_and_places_and_no_name(client, gone, enter):
    enter("administrator")

    page = client.get(DIED)

    assert page.context["found"].free == 1
    assert page.context["found"].places == [("公园社区", 1)]
    assert NAME not in page.content.decode()


def test_from_the_page_to_the_record(client, gone, enter):
    boss = enter("administrator")

    wrong = client.post(ASK, {"number": "5"})
    asked = client.post(ASK, {"number": "1"})
    run = RetentionRun.objects.get()
    runs.work(run.pk)
    record = client.get(asked.url)

    assert wrong.status_code == 422
    assert "5" in wrong.context["number_form"].errors["number"][0]
    assert asked.url == reverse("residents:retention_run", args=[run.pk])
    assert (run.asked_by, record.context["run"].done) == (boss, 1)
    assert not Resident.objects.filter(name=NAME).exists()
    assert reverse("residents:retention_run", args=[run.pk]) in client.get(LIST).content.decode()


def test_the_second_person_confirms_on_the_page(client, gone, enter, three):
    enter("administrator")
    address = client.post(ASK, {"number": "1"}).url
    own = client.post(address, {"number": "1"})
    assert own.status_code == 422
    assert RetentionRun.objects.get().state == "waiting"

    other = enter("security_administrator")
    client.post(address, {"number": "1"})

    run = RetentionRun.objects.get()
    assert (run.state, run.decided_by) == ("running", other)


@pytest.mark.parametrize("is_mine", [True, False])
def test_who_asked_takes_it_back_and_the_second_person_says_no(client, gone, enter, three, is_mine):
    enter("administrator")
    address = client.post(ASK, {"number": "1"}).url
    if not is_mine:
        enter("security_administrator")

    client.post(address, {"refuse": "1"})

    assert RetentionRun.objects.get().state == "refused"
    assert Resident.objects.filter(name=NAME).exists()


def rule(**facts):
    return {"months": "24", "basis": "区档案管理办法", "is_on": ""} | facts


def test_the_period_is_changed_and_one_that_is_too_short_refused_in_words(client, gone, enter):
    enter("administrator")
    address = reverse("residents:retention_kind", args=["looks"])

    short = client.post(address, rule(months="3"))
    good = client.post(address, rule(months="24"))

    assert (short.status_code, good.status_code) == (422, 302)
    assert "六个月" in short.content.decode()
    assert RetentionRule.objects.get().months == 24


def test_the_auditor_changes_no_period(client, gone, enter):
    enter("auditor")

    assert client.post(DIED, rule()).status_code == 404
    assert not RetentionRule.objects.exists()


def test_a_second_person_lets_it_run_by_itself(client, gone, enter, three):
    enter("administrator")
    client.post(DIED, rule(is_on="on"))
    on = reverse("residents:retention_on", args=["died"])
    client.post(on)
    assert not RetentionRule.objects.get().is_on

    enter("security_administrator")
    client.post(on)

    assert RetentionRule.objects.get().is_on


def test_progress_ends_with_a_fresh_page(client, gone, enter):
    enter("administrator")
    client.post(ASK, {"number": "1"})
    run = RetentionRun.objects.get()
    address = reverse("residents:retention_progress", args=[run.pk])

    assert "HX-Refresh" not in client.get(address).headers
    runs.work(run.pk)
    assert client.get(address).headers["HX-Refresh"] == "true"


def test_another_district_sees_nothing_of_it(client, gone, enter):
    RetentionRun.objects.create(
        district=make.district(),
        kind="died",
        before=make.LONG_AGO,
        basis="办法",
        state="done",
        asked_at=timezone.now(),
    )
    enter("administrator", make.district("520602", "碧江区"))

    run = RetentionRun.objects.get()
    assert client.get(reverse("residents:retention_run", args=[run.pk])).status_code == 404
    assert client.get(DIED).context["found"].due == 0
