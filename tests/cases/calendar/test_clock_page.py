"""The page to try a limit out, the pages of the calendar, and the schedule that somebody uploads."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from cases import taking_in
from cases.calendar import published, watch, working_days
from cases.limits import recompute, trial
from cases.models import CalendarChange, Stage, Upload, WorkCalendar
from grids.models import Notification
from grids.refusal import Refused
from tests import factories
from tests.cases.office import at, bring, open_office

pytestmark = pytest.mark.django_db

HEAD = "日期,类型,说明\n"


@pytest.fixture
def calendar(db):
    return working_days.ensure_calendar(factories.district())


@pytest.fixture
def boss(client, calendar):
    boss = factories.staff("administrator", factories.district())
    client.force_login(boss)
    return boss


def try_out(calendar, begin, number, unit, pause=None):
    pause = tuple(map(at, pause)) if pause else None
    return trial.try_out(calendar, at(begin), number, unit, pause)


def words(found):
    return [(piece.kind, piece.name, piece.minutes) for piece in found.pieces]


def test_each_stretch_of_a_limit_has_its_name_and_the_minutes_add_up(calendar):
    found = try_out(calendar, "2026-09-30 10:00", 8, "working_hours")

    assert words(found) == [
        ("counted", "", 120),
        ("lunch", "午休", 0),
        ("counted", "", 240),
        ("day_off", "国庆节", 0),
        ("counted", "", 120),
    ]
    assert (found.due_at, found.minutes) == (at("2026-10-08 10:30"), 480)
    assert [piece.total for piece in found.pieces] == [120, 120, 360, 360, 480]


def test_a_weekend_is_called_so_from_whichever_of_its_days_one_begins(calendar):
    for begin in ("2026-11-20 18:00", "2026-11-21 10:00", "2026-11-22 10:00"):
        found = try_out(calendar, begin, 1, "working_hours")
        assert words(found)[0] == ("day_off", "周末", 0)


def test_a_pause_is_left_out_and_moves_the_end(calendar):
    pause = ("2026-11-23 10:00", "2026-11-24 10:00")

    found = try_out(calendar, "2026-11-23 09:00", 4, "working_hours", pause)

    assert found.due_at == at("2026-11-24 14:30")
    assert [word[0] for word in words(found)] == ["counted", "pause", "counted", "lunch", "counted"]
    assert found.minutes == 240


@pytest.mark.parametrize("unit", ["working_hours", "working_days", "urgent_hours", "calendar_days"])
def test_pieces_follow_one_another_from_the_beginning_to_the_end(calendar, unit):
    pause = ("2026-11-26 10:00", "2026-11-27 15:00")

    found = try_out(calendar, "2026-11-24 07:10", 70, unit, pause)

    ends = [at("2026-11-24 07:10"), *[piece.ends_at for piece in found.pieces]]
    assert [piece.starts_at for piece in found.pieces] == ends[:-1]
    assert ends[-1] == found.due_at
    assert sum(piece.minutes for piece in found.pieces) == found.minutes


def test_the_days_of_a_limit_of_days_are_counted_from_the_second(calendar):
    found = try_out(calendar, "2026-11-24 10:00", 2, "working_days")

    days = [piece.day for piece in found.pieces if piece.kind == "counted"]
    assert days == [0, 0, 1, 1, 2, 2]


def test_the_address_keeps_what_was_tried(client, boss, calendar):
    query = {
        "begin": "2026-09-30T15:00",
        "number": "12",
        "unit": "working_hours",
        "calendar": calendar.pk,
    }

    page = client.get(reverse("cases:clock"), query)

    assert page.status_code == 200
    assert "国庆节" in page.content.decode()
    assert page.context["trial"].due_at == at("2026-10-09 10:30")


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "0"},
        {"number": "1999", "unit": "working_days"},
        {"begin": "gestern"},
        {"begin": "2099-01-01T10:00"},
        {"calendar": "0"},
        {"pause_from": "2026-11-24T10:00"},
        {
            "begin": "2026-11-24T10:00",
            "pause_from": "2026-11-23T10:00",
            "pause_to": "2026-11-24T10:00",
        },
        {"pause_from": "2026-11-24T10:00", "pause_to": "2026-11-24T09:00"},
    ],
)
def test_what_cannot_be_tried_is_said(client, boss, wrong):
    page = client.get(reverse("cases:clock"), wrong)

    assert page.status_code == 422
    assert page.context["form"].errors


def test_a_supervisor_may_try_but_not_edit(client, calendar):
    client.force_login(factories.staff("supervisor", factories.street()))

    assert client.get(reverse("cases:clock")).status_code == 200
    assert client.get(reverse("cases:calendar", args=[calendar.pk])).status_code == 404


def test_days_are_edited_by_a_preview_and_a_confirmation(client, boss, calendar):
    soon = timezone.localdate() + timedelta(days=1)
    while not calendar.days.get(day=soon).hours:
        soon += timedelta(days=1)
    address = reverse("cases:calendar", args=[calendar.pk])

    answer = client.post(address, {"first": soon.isoformat(), "kind": "off", "note": "停电"})
    change = CalendarChange.objects.get()
    preview = client.get(answer.url)
    client.post(answer.url, {"do": "make", "seen": preview.context["seen"]})

    change.refresh_from_db()
    assert answer.url == reverse("cases:calendar_change", args=[change.pk])
    assert change.state == "done"
    assert calendar.days.get(day=soon).hours == []
    assert "停电" in client.get(address, {"year": soon.year}).content.decode()


def test_a_change_can_be_dropped(client, boss, calendar):
    days = [{"day": "2026-11-23", "hours": [], "note": "停电"}]
    change = recompute.draw_up(calendar, days, by=boss)

    client.post(reverse("cases:calendar_change", args=[change.pk]), {"do": "drop"})

    change.refresh_from_db()
    assert change.state == "dropped"
    assert calendar.days.get(day=date(2026, 11, 23)).hours != []


def test_a_confirmation_of_an_old_preview_shows_the_new_one(client, boss, calendar):
    days = [{"day": "2026-11-23", "hours": [], "note": "停电"}]
    change = recompute.draw_up(calendar, days, by=boss)

    answer = client.post(reverse("cases:calendar_change", args=[change.pk]), {"seen": "2020-01-01"})

    assert answer.status_code == 422
    assert answer.context["seen"] == recompute.stamp(calendar)


def test_several_days_at_once_by_weekday_with_hours_of_their_own(client, boss, calendar):
    year = timezone.localdate().year + 1
    client.post(
        reverse("cases:calendar", args=[calendar.pk]),
        {
            "first": f"{year}-03-01",
            "last": f"{year}-03-31",
            "weekdays": ["5"],
            "kind": "own",
            "hours": "9:00-12:00",
            "note": "值班",
        },
    )

    days = CalendarChange.objects.get().days
    assert {date.fromisoformat(row["day"]).weekday() for row in days} == {5}
    assert {str(row["hours"]) for row in days} == {"[['09:00', '12:00']]"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": "08:30-25:00"},
        {"hours": "08:30-12:00 11:00-17:00"},
        {"hours": "12:00-08:30"},
        {"hours": ""},
        {"last": "2026-01-01"},
        {"first": ""},
    ],
)
def test_bad_days_are_refused_at_the_form_with_the_day(client, boss, calendar, wrong):
    given = {"first": "2026-11-24", "kind": "own", "hours": "09:00-12:00"} | wrong

    answer = client.post(reverse("cases:calendar", args=[calendar.pk]), given)

    assert answer.status_code == 422
    assert not CalendarChange.objects.exists()
    if wrong.get("hours"):
        assert "2026-11-24" in str(answer.context["form"].errors)


def test_a_department_gets_a_copy_of_the_districts_calendar_once(client, boss, calendar):
    department = factories.department()
    calendar.days.filter(day=date(2026, 11, 24)).update(hours=[], note="停电")

    for _ in range(2):
        client.post(
            reverse("cases:calendar_new"),
            {"department": department.pk, "hours": "8:30-12:00 13:30-17:30"},
        )

    own = WorkCalendar.objects.get(department=department)
    assert own.days.get(day=date(2026, 11, 24)).note == "停电"
    assert own.days.count() == calendar.days.count()


def test_a_department_with_other_hours_sees_what_they_move_first(client, boss, calendar):
    department = factories.department()
    given = {"department": department.pk, "hours": "14:00-18:00，18:30-22:00"}

    answer = client.post(reverse("cases:calendar_new"), given)

    own, change = WorkCalendar.objects.get(department=department), CalendarChange.objects.get()
    assert answer.url == reverse("cases:calendar_change", args=[change.pk])
    assert own.hours == [["14:00", "18:00"], ["18:30", "22:00"]]
    assert {str(row["hours"]) for row in change.days} == {str(own.hours)}
    assert min(row["day"] for row in change.days) > timezone.localdate().isoformat()
    bad = client.post(reverse("cases:calendar_new"), given | {"hours": "14:00-25:00"})
    assert bad.status_code == 422


def test_a_published_schedule_is_read_and_previewed(client, boss, calendar):
    text = HEAD + (
        "2027-01-01~2027-01-03,休,元旦\n2027/2/5至2027/2/11,放假,春节\n"
        "2027年2月13日,班,\n20271231,上午,半天\n,,\n"
    )
    file = SimpleUploadedFile("2027.csv", text.encode("gb18030"))

    answer = client.post(
        reverse("cases:calendar_import", args=[calendar.pk]),
        {"file": file, "is_whole_year": "on"},
    )
    page = client.get(answer.url).content.decode()
    assert "hx-get" in page
    assert "http-equiv" in page
    taking_in.work(Upload.objects.get().pk)

    change = CalendarChange.objects.get()
    found = {row["day"]: row for row in change.days}
    assert client.get(answer.url).url == reverse("cases:calendar_change", args=[change.pk])
    assert not Upload.objects.get().file
    assert len(found) == 365
    assert found["2027-02-05"] == {"day": "2027-02-05", "hours": [], "note": "春节"}
    assert found["2027-02-13"]["hours"] == calendar.hours
    assert found["2027-02-13"]["note"] == "调休上班"
    assert found["2027-12-31"]["hours"] == [["08:30", "12:00"]]


def test_a_workbook_is_read_like_a_text_file(calendar, tmp_path):
    import xlsxwriter

    path = tmp_path / "2027.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["放假安排"])
        sheet.write_row(1, 0, ["日期", "办公时间", "类型", "说明"])
        date_format = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(2, 0, date(2027, 1, 1), date_format)
        sheet.write_row(2, 1, ["", "休", "元旦"])
        sheet.write_row(3, 0, ["2027-12-31", "08:30-11:30", "", "半天"])

    days = published.read_file(str(path), calendar, is_whole_year=False)

    assert days == [
        {"day": "2027-01-01", "hours": [], "note": "元旦"},
        {"day": "2027-12-31", "hours": [["08:30", "11:30"]], "note": "半天"},
    ]


def test_each_bad_row_is_named_and_nothing_is_drawn_up(client, boss, calendar, tmp_path):
    text = HEAD + "2027-02-30,休,\n2027-02-05,也许,\n2027-02-06,休,\n2027-02-06,班,\n"
    file = SimpleUploadedFile("2027.csv", text.encode())

    answer = client.post(reverse("cases:calendar_import", args=[calendar.pk]), {"file": file})
    taking_in.work(Upload.objects.get().pk)

    errors = Upload.objects.get().problems
    assert errors[0] in client.get(answer.url).content.decode()
    assert [error[:5] for error in errors] == ["第 2 行", "第 3 行", "第 5 行"]
    assert not CalendarChange.objects.exists()

    with translation.override("en"), pytest.raises(published.BadRows) as refusal:
        _read(text, calendar, tmp_path)
    assert refusal.value.errors[0] == "Row 2: “2027-02-30” is not a day."


def _read(text, calendar, folder):
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return published.read_file(str(folder / "a.csv"), calendar, is_whole_year=False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"a,b\n1,2\n"),
        ("a.xlsx", b"PK\x03\x04rubbish"),
        ("a.csv", HEAD.encode()),
    ],
)
def test_a_file_that_is_no_schedule_is_refused(client, boss, calendar, name, content):
    answer = client.post(
        reverse("cases:calendar_import", args=[calendar.pk]),
        {"file": SimpleUploadedFile(name, content)},
    )
    taking_in.work(Upload.objects.get().pk)

    [problem] = Upload.objects.get().problems
    assert problem in client.get(answer.url).content.decode()
    assert not CalendarChange.objects.exists()


def test_an_empty_file_is_refused_at_once(client, boss, calendar):
    address = reverse("cases:calendar_import", args=[calendar.pk])

    answer = client.post(address, {"file": SimpleUploadedFile("a.csv", b"")})

    assert answer.status_code == 422
    assert not Upload.objects.exists()


def test_a_year_that_the_installed_package_knows_can_be_taken_over(client, boss, calendar):
    calendar.days.filter(day__year=2026).update(is_provisional=True)
    calendar.days.filter(day=date(2026, 10, 1)).update(hours=calendar.hours, note="")
    address = reverse("cases:calendar_import", args=[calendar.pk])

    assert client.get(address).context["years"] == [2026]
    client.post(address, {"year": "2026"})

    found = {row["day"]: row for row in CalendarChange.objects.get().days}
    assert (found["2026-10-01"]["hours"], found["2026-10-01"]["note"]) == ([], "国庆节")
    assert len(found) == 365
    with pytest.raises(Refused, match="2031"):
        published.read_package(calendar, 2031)


def test_administrators_are_warned_sixty_days_before_the_published_days_end(client, boss, calendar):
    handler = factories.staff("supervisor", factories.district())
    last = working_days.published_until(calendar, timezone.localdate())
    day = at(f"{last - timedelta(days=61)} 09:00")

    assert watch.warn(day) == 0
    assert watch.warn(day + timedelta(days=1)) == 1
    assert watch.warn(day + timedelta(days=2)) == 0

    note = Notification.objects.get(kind="calendar")
    assert note.recipient == boss
    assert last.isoformat() in note.title
    assert not Notification.objects.filter(recipient=handler).exists()


def test_the_warning_is_on_the_pages_until_the_next_year_is_published(
    client, boss, calendar, monkeypatch
):
    monkeypatch.setattr(working_days, "WARN_AHEAD", timedelta(days=800))
    addresses = [reverse("cases:clock"), reverse("cases:calendar", args=[calendar.pk])]

    for address in addresses:
        assert client.get(address).context["runs_out"]
    monkeypatch.setattr(working_days, "WARN_AHEAD", timedelta(days=-800))
    for address in addresses:
        assert client.get(address).context["runs_out"] is None


def test_the_preview_shows_the_first_cases_with_both_ends(client, boss, calendar):
    case = bring(open_office(factories.standard(2, "working_days")), Stage.HANDLING)
    days = [{"day": "2026-11-23", "hours": [], "note": "停电"}]
    change = recompute.draw_up(calendar, days, by=boss)

    page = client.get(reverse("cases:calendar_effect", args=[change.pk]))

    assert [(row.pk, move.due_at) for row, move in page.context["rows"]] == [
        (case.pk, at("2026-11-25 17:30"))
    ]
    assert case.number in page.content.decode()
