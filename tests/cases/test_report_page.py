"""Reporting: in twenty seconds, once, with what is known already."""

import io
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases import workflow
from cases.forms.report import ReportForm, grids_to_report_in
from cases.models import Case, Stage
from grids.boundaries import locate
from inspections.models import Visit
from tests import factories as make
from tests.cases.file.test_photos import exif_of_a_phone, picture

pytestmark = pytest.mark.django_db
URL = reverse("cases:report")


def square(west, south, side=0.01):
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def worker():
    return make.staff("grid_worker")


def words(**changes):
    return {
        "client_uuid": str(uuid.uuid4()),
        "quick": make.category("占用消防通道", kind="matter").pk,
        "grid": make.unit().pk,
        "description": "三轮车堵住了",
        "address": "2号楼东侧",
        "source": "patrol",
    } | changes


def send(client, person, **changes):
    client.force_login(person)
    return client.post(URL, words(**changes))


def test_a_report_becomes_a_case_with_its_photo(client, worker):
    photo = SimpleUploadedFile("IMG_1.jpg", picture(exif=exif_of_a_phone()))

    answer = send(client, worker, photos=[photo], lon="117.56", lat="34.86", is_urgent="on")

    case = Case.objects.get()
    assert answer.url.startswith(case.get_absolute_url())
    assert (case.title, case.reporter, case.grid, case.source) == (
        "占用消防通道",
        worker,
        make.unit(),
        "patrol",
    )
    assert (case.lon, case.lat, case.is_urgent, case.stage) == (
        117.56,
        34.86,
        True,
        Stage.REPORTED,
    )
    kept = case.photos.get()
    assert kept.moment == "before"
    assert not dict(Image.open(io.BytesIO(kept.file.read())).getexif())


def test_two_taps_make_one_case_with_one_photo(client, worker):
    once = words()
    client.force_login(worker)
    answers = [
        client.post(URL, once | {"photos": [SimpleUploadedFile("a.jpg", picture())]})
        for _ in range(2)
    ]

    assert answers[0].url == answers[1].url
    assert Case.objects.get().photos.count() == 1


def test_the_id_of_somebody_elses_report_is_refused(client, worker):
    once = words()
    send(client, worker, **once)

    assert send(client, make.staff("grid_worker"), **once).status_code == 422
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"quick": ""},
        {"quick": "999999"},
        {"description": " "},
        {"grid": ""},
        {"grid": "999999"},
        {"source": "rumour"},
        {"lon": "east"},
        {"lon": "1e400"},
        {"lat": "91"},
        {"client_uuid": "x"},
        {"household": "999999"},
        {"description": "长" * 1001},
    ],
    ids=str,
)
def test_a_report_that_is_not_complete_comes_back_and_nothing_is_lost(client, worker, changes):
    answer = send(client, worker, address="传达室对面", **changes)

    assert answer.status_code == (404 if "household" in changes else 422)
    if answer.status_code == 422:
        assert "传达室对面" in answer.content.decode()
        assert "error-summary" in answer.content.decode()
    assert not Case.objects.exists()


def test_a_category_that_was_searched_for_stays_picked(client, worker):
    found = make.category("路灯配电箱异常", kind="matter")

    page = send(client, worker, quick=found.pk, grid="").content.decode()

    assert re.search(rf'<input type="radio" name="quick" value="{found.pk}"[^>]* checked', page)


def test_a_form_that_comes_back_says_that_its_photos_did_not(client, worker):
    photo = SimpleUploadedFile("a.jpg", picture())

    assert "照片没有保留" in send(client, worker, quick="", photos=[photo]).content.decode()
    assert "照片没有保留" not in send(client, worker, quick="").content.decode()


@pytest.mark.parametrize("name", ["photos", "after"])
def test_a_file_that_is_no_photo_is_named(client, worker, name):
    answer = send(client, worker, **{name: [SimpleUploadedFile("发票.pdf", b"%PDF-1.4")]})

    assert answer.status_code == 422
    assert "发票.pdf" in answer.content.decode()
    assert not Case.objects.exists()


def test_seven_photos_are_too_many(client, worker):
    photos = [SimpleUploadedFile(f"{n}.jpg", picture(20, 20)) for n in range(7)]

    assert send(client, worker, photos=photos).status_code == 422


def test_a_photo_says_enough(client, worker):
    assert (
        send(
            client,
            worker,
            description="",
            photos=[SimpleUploadedFile("a.jpg", picture())],
        ).status_code
        == 302
    )


def test_solved_on_the_spot_is_closed_and_counted(client, worker):
    after = [SimpleUploadedFile("b.jpg", picture())]

    send(client, worker, is_solved="on", after=after)

    case = Case.objects.get()
    assert (case.stage, case.result, case.handler) == (Stage.CLOSED, "fixed", worker)
    assert case.photos.get().moment == "after"


def test_who_may_not_solve_is_not_asked_and_not_believed(client):
    assistant = make.staff("assistant")
    client.force_login(assistant)
    assert "is_solved" not in client.get(URL).content.decode()

    send(client, assistant, is_solved="on")

    assert Case.objects.get().stage == Stage.REPORTED


def test_solving_on_the_spot_outside_ones_own_grid_is_refused_whole(client, worker):
    other = make.unit("370402001028002")

    answer = send(client, worker, grid=other.pk, is_solved="on")

    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_a_problem_next_door_is_reported_all_the_same(client, worker):
    neighbours = make.unit("370402001028002")

    assert send(client, worker, grid=neighbours.pk).status_code == 302
    case = Case.objects.get()
    assert client.get(case.get_absolute_url()).status_code == 200  # the reporter follows it


def test_nobody_reports_into_another_district(client, worker):
    assert send(client, worker, grid=make.unit("520602003003001").pk).status_code == 422


def test_who_may_not_report_is_forbidden(client):
    for role in ("auditor", "operator", "administrator"):
        client.force_login(make.staff(role, make.district()))
        assert client.get(URL).status_code == 403
        assert client.post(URL, words()).status_code == 403
    assert not Case.objects.exists()


def test_the_only_grid_is_chosen_already(client, worker):
    client.force_login(worker)

    assert client.get(URL).context["form"].initial["grid"] == make.unit().pk


def test_from_a_visit_nothing_known_is_asked_again(client, worker):
    home = make.household(make.unit(), head_name="王秀兰")
    client.force_login(worker)

    page = client.get(URL, {"household": home.pk, "visit": 1, "source": "visit"})

    initial = page.context["form"].initial
    assert (initial["grid"], initial["address"], initial["source"]) == (
        home.grid_id,
        home.dwelling.address,
        "visit",
    )
    assert "王秀兰" in page.content.decode()
    send(client, worker, household=home.pk, source="visit")
    assert Case.objects.get().household == home


def test_a_household_elsewhere_is_not_found(client, worker):
    home = make.household(make.unit("370402001027001"), head_name="李建国")
    client.force_login(worker)

    assert client.get(URL, {"household": home.pk}).status_code == 404
    assert client.get(URL, {"household": "x"}).status_code == 404
    assert send(client, worker, household=home.pk).status_code == 404
    assert not Case.objects.exists()


def test_what_i_report_often_comes_first(client, worker):
    rare, often = (
        make.category("路灯异常", kind="matter"),
        make.category("暴露垃圾", kind="matter"),
    )
    for category in (rare, often, often):
        send(client, worker, quick=category.pk, seen="1")

    picks = client.get(URL).context["form"].picks

    assert picks[:2] == [often, rare]


def test_the_place_where_i_stand_is_a_grid(client, worker):
    mine, other = make.unit(), make.unit("370402001028002")
    for grid, west in ((mine, 117.50), (other, 117.51)):
        grid.boundary = square(west, 34.80)
        grid.save()
    locate.forget()
    client.force_login(worker)

    def ask(**query):
        return client.get(reverse("cases:report_place"), query)

    assert ask(lon=117.505, lat=34.805).json() == {
        "grid": mine.pk,
        "name": mine.name,
        "is_mine": True,
    }
    assert ask(lon=117.515, lat=34.805).json() == {
        "grid": other.pk,
        "name": other.name,
        "is_mine": False,
    }
    assert ask(lon=0, lat=0).json()["grid"] is None
    assert ask(lon="nan", lat="inf").status_code == 400
    assert ask(lon="east").status_code == 400
    client.force_login(make.staff("auditor", make.district()))
    assert ask(lon=117.505, lat=34.805).status_code == 403
    locate.forget()


def test_the_form_costs_the_same_with_many_categories_and_grids(client):
    leader = make.staff("grid_leader", make.community())
    client.force_login(leader)
    counts = []
    for number in (3, 20):
        for each in range(number):
            make.category(f"类别{number}-{each}", kind="matter")
            make.unit(f"370402001028{number + each:03d}")
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        counts.append(len(queries))

    assert counts[0] == counts[1] < 20


def test_a_report_from_a_visit_becomes_a_line_of_its_diary(client, worker):
    home = make.household(make.unit())
    mine, other = (
        Visit.objects.create(
            district_id=home.district_id,
            grid=home.grid,
            household=home,
            visitor=person,
            outcome="met",
            happened_on=timezone.localdate(),
            logged_at=timezone.now(),
        )
        for person in (worker, make.staff("grid_worker", make.unit("370402001027001")))
    )

    send(client, worker, household=home.pk, visit=mine.pk)

    assert mine.diary_items.get().case == Case.objects.get()
    assert not other.diary_items.exists()


def test_a_visit_that_is_not_mine_to_log_keeps_its_diary(client, worker):
    there = make.unit("370402001027001")
    home = make.household(there)
    visit = Visit.objects.create(
        district_id=home.district_id,
        grid=there,
        household=home,
        visitor=make.staff("grid_worker", there),
        outcome="met",
        happened_on=timezone.localdate(),
        logged_at=timezone.now(),
    )

    send(client, worker, visit=visit.pk)

    assert Case.objects.exists()
    assert not visit.diary_items.exists()


# What is known while a report is written

ALIKE = reverse("cases:report_alike")


def ask(client, person, **query):
    client.force_login(person)
    return client.get(ALIKE, query)


@pytest.fixture
def blocked():
    """A fire lane that is blocked, reported a moment ago by a colleague."""
    return workflow.report(
        by=make.staff("grid_worker"),
        grid=make.unit(),
        category=make.category("占用消防通道", kind="matter"),
        title="占用消防通道",
        source="patrol",
    )


def test_what_was_reported_nearby_is_shown_while_one_writes(client, worker, blocked):
    here = {"quick": blocked.category.pk, "grid": blocked.grid.pk}

    page = ask(client, worker, **here).content.decode()
    assert blocked.number in page
    assert reverse("cases:step", args=[blocked.number, "support"]) in page
    other = make.category("暴露垃圾", kind="matter")
    assert blocked.number not in ask(client, worker, **here | {"quick": other.pk}).content.decode()


def test_what_one_may_not_see_is_not_shown_as_the_same(client, blocked):
    elsewhere = make.staff("grid_worker", make.unit("370402001028002"))
    here = {"quick": blocked.category.pk, "grid": blocked.grid.pk}

    page = ask(client, elsewhere, **here).content.decode()

    assert blocked.number not in page


@pytest.mark.parametrize(
    "query", [{}, {"quick": "x"}, {"grid": "999999"}, {"lon": "east", "lat": "91"}]
)
def test_a_half_written_report_is_no_error(client, worker, blocked, query):
    answer = ask(client, worker, **query)

    assert answer.status_code == 200
    assert blocked.number not in answer.content.decode()


def test_the_way_of_a_matter_is_said_before_it_is_sent(client, worker):
    standard = make.standard(
        2,
        "working_hours",
        of=make.category("路灯异常", kind="matter"),
        loop="community",
    )
    here = {"quick": standard.category.pk, "grid": make.unit().pk}

    assert "社区（小循环）" in ask(client, worker, **here).content.decode()
    urgent = ask(client, worker, **here, is_urgent="on").content.decode()
    assert "街道（大循环）" in urgent


def test_without_scripts_the_question_is_asked_once(client, worker, blocked):
    once = words(quick=blocked.category.pk)
    client.force_login(worker)

    answer = client.post(URL, once)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert blocked.number in page
    assert 'name="seen" value="1"' in page
    assert Case.objects.count() == 1
    assert client.post(URL, once | {"seen": "1"}).status_code == 302
    assert Case.objects.count() == 2
    assert client.post(URL, once).status_code == 302  # sent again: the same report
    assert Case.objects.count() == 2


def test_adding_oneself_keeps_what_was_typed_and_the_photo(client, worker, blocked):
    photo = SimpleUploadedFile("a.jpg", picture())
    client.force_login(worker)

    answer = client.post(
        reverse("cases:step", args=[blocked.number, "support"]),
        words(photos=[photo], description="还是堵着"),
    )

    assert answer.status_code == 302
    supporter = blocked.supporters.get()
    assert (supporter.staff, supporter.note) == (worker, "还是堵着")
    assert blocked.photos.get().moment == "before"
    assert Case.objects.count() == 1


def test_after_the_report_the_page_says_number_hands_and_time(client, worker):
    client.force_login(worker)

    page = client.post(URL, words(), follow=True).content.decode()

    case = Case.objects.get()
    assert 'role="status" data-draft-done="case-report"' in page
    for text in (case.number, "现由谁办", "公园社区", "最迟受理"):
        assert text in page


# --- in whose name ----------------------------------------------------------------


def test_a_handler_elsewhere_reports_only_where_the_right_is_held():
    """The right to report comes from the bureau here; the other district gives only handling."""
    person = make.staff("department_coordinator", department=make.department())
    other = make.unit("110101001001001")
    bureau = make.department("东城城管", make.district("110101"))
    make.posting(person, "department_handler", bureau.grid, department=bureau)
    here = make.unit()

    def errors(grid):
        typed = {name: str(value) for name, value in words(grid=grid.pk).items()}
        return ReportForm(typed, staff=person).errors

    assert errors(here) == {}
    assert set(errors(other)) == {"grid"}
    assert set(grids_to_report_in(person)) == {here}


def test_what_only_a_department_lets_somebody_report_is_handed_down_by_it():
    """Other postings that do not let report change nothing about that."""
    person = make.staff("department_coordinator", department=make.department())
    make.posting(person, "auditor", make.district())
    worker = make.staff("grid_worker")

    def source(by):
        return workflow.report(
            grid=make.unit(), category=make.category(), title="井盖", source="patrol", by=by
        ).source

    assert source(person) == "department"
    assert source(worker) == "patrol"
