"""Trends: what counts when, that every number opens its cases, and what a place sees of it."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import workflow
from cases.board import trends
from cases.models import Case, Stage
from tests import factories as make
from tests.cases.office import at, bring, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
URL, EXCEL = reverse("cases:trends"), reverse("cases:trends_excel")
NOW = at("2026-11-20 14:00")


def close_late(office, day):
    late = bring(office, Stage.FEEDBACK, day=day)
    workflow.verify(late, by=office.leader, passed=True, at=at(f"{day} 17:00"))
    return late


@pytest.fixture
def past(office):
    """October: two closed, one of them late. November: two closed, one overdue, one fresh, one rejected."""
    bring(office, Stage.CLOSED, day="2026-10-20")
    close_late(office, "2026-10-21")
    bring(office, Stage.CLOSED, day="2026-11-18")
    bring(office, Stage.EVALUATED, day="2026-11-19")
    bring(office, Stage.HANDLING, day="2026-11-18")
    report(office, "2026-11-20 13:30")
    bring(office, Stage.REJECTED, day="2026-11-18")
    return office


def numbers(line):
    return line.reported, line.closed, line.on_time, line.overdue


def test_each_case_counts_in_the_month_it_was_reported_and_in_the_one_it_was_closed(
    past,
):
    found = trends.read(past.supervisor, now=NOW)

    assert len(found.periods) == 12
    october, november = found.periods[-2:]
    assert (october.since, october.until) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (november.since, november.until) == (date(2026, 11, 1), date(2026, 11, 20))
    assert numbers(october) == (2, 2, 1, 0)
    assert numbers(november) == (4, 2, 2, 1)
    assert numbers(found.total) == (6, 4, 3, 1)
    assert all(numbers(line) == (0, 0, 0, 0) for line in found.periods[:-2])


def test_the_on_time_rate_counts_what_is_open_and_overdue(past):
    found = trends.read(past.supervisor, now=NOW)

    assert found.periods[-2].rate == 1 / 2
    assert found.periods[-1].rate == 2 / 3
    assert found.periods[0].rate is None


def test_weeks_begin_on_monday_and_a_month_at_midnight_of_the_office(office):
    bring(office, Stage.HANDLING, day="2026-11-15")
    monday = report(office, "2026-11-16 00:30")

    weeks = trends.read(office.supervisor, now=NOW, unit="week").periods

    assert weeks[-1].since == date(2026, 11, 16)
    assert [line.reported for line in weeks[-2:]] == [1, 1]
    Case.objects.filter(pk=monday.pk).update(reported_at=at("2026-11-01 00:30"))
    cache.clear()
    months = trends.read(office.supervisor, now=NOW).periods
    assert [line.reported for line in months[-2:]] == [0, 2]


def test_median_and_80th_percentile_are_days_from_report_to_closing(office):
    for days in (1, 2, 3, 4, 10):
        case = bring(office, Stage.CLOSED, day="2026-11-18")
        Case.objects.filter(pk=case.pk).update(reported_at=case.closed_at - timedelta(days=days))

    found = trends.read(office.supervisor, now=NOW)

    assert (found.total.median, found.total.p80) == (3, 4)
    assert (found.periods[-1].median, found.periods[-1].p80) == (3, 4)


@pytest.mark.parametrize("by", ["department", "grid", "category", "loop"])
def test_the_parts_add_up_to_the_whole(past, by):
    found = trends.read(past.dispatcher, now=NOW, by=by)

    sums = tuple(map(sum, zip(*map(numbers, found.groups), strict=True)))
    assert sums == numbers(found.total) == (6, 4, 3, 1)
    assert all(line.of or by == "department" for line in found.groups)


def test_a_case_whose_grid_was_succeeded_counts_with_the_place_that_carries_it_on(past):
    lines = trends.read(past.dispatcher, now=NOW, by="grid").groups

    assert [line.of.code for line in lines] == ["370402001"]
    lines = trends.read(past.dispatcher, now=NOW, by="grid", place=make.street()).groups
    assert [line.of.code for line in lines] == ["370402001028"]


def test_merged_cases_do_not_count(past):
    before = trends.read(past.supervisor, now=NOW).total
    twin = report(past, "2026-11-20 13:35")
    other = report(past, "2026-11-20 13:36")
    Case.objects.filter(pk=twin.pk).update(
        stage=Stage.REJECTED, merged_into=other.pk, closed_at=NOW
    )
    cache.clear()

    after = trends.read(past.supervisor, now=NOW).total

    assert after.reported == before.reported + 1
    assert after.closed == before.closed


def test_outside_the_scope_there_is_nothing(past):
    stranger = make.staff("supervisor", make.street("520602003", "市中街道"))

    assert numbers(trends.read(stranger, now=NOW).total) == (0, 0, 0, 0)


@pytest.mark.parametrize("by", ["department", "grid", "category", "loop"])
@pytest.mark.parametrize("unit", ["month", "week"])
@pytest.mark.parametrize("who", ["supervisor", "handler"])
def test_every_number_opens_exactly_its_cases(client, past, by, unit, who):
    client.force_login(getattr(past, who))
    page = client.get(URL, {"by": by, "unit": unit})

    rows = [*page.context["periods"], *page.context["groups"], page.context["total"]]
    shown = [(number, url) for row in rows for _, number, url in row["numbers"]]
    assert sum(1 for number, _ in shown if number) > 6
    for number, url in shown:
        if number:
            assert client.get(url).context["total"] == number, url


def test_a_filter_narrows_every_figure_and_its_list(client, past):
    other = make.department("水务局")
    Case.objects.filter(stage=Stage.EVALUATED).update(department=other, source="visit")
    client.force_login(past.supervisor)

    for words in ({"department": other.pk}, {"source": "visit"}):
        page = client.get(URL, words)
        total = page.context["total"]["numbers"]
        assert [number for _, number, _ in total] == [1, 1, 1, 0]
        assert client.get(total[0][2]).context["total"] == 1


def test_the_figures_are_counted_once_in_five_minutes_and_the_page_says_when(client, past):
    client.force_login(past.supervisor)
    client.get(URL)
    report(past, "2026-11-20 13:50")
    with CaptureQueriesContext(connection) as queries:
        page = client.get(URL)

    assert page.context["total"]["numbers"][0][1] == 6
    assert "14:00" in page.content.decode()
    assert not any("percentile_disc" in query["sql"] for query in queries)
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        assert client.get(URL).context["total"]["numbers"][0][1] == 7


def test_the_page_costs_the_same_with_few_cases_and_with_many(client, office):
    client.force_login(office.dispatcher)
    counts = []
    for number in (2, 12):
        for _ in range(number):
            bring(office, Stage.CLOSED, day="2026-11-18")
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, {"by": "grid"})
        counts.append(len(queries))

    assert counts[0] == counts[1] < 40


def test_the_workbook_holds_both_tables(client, past):
    client.force_login(past.supervisor)

    answer = client.get(EXCEL, {"by": "department"})

    book = openpyxl.load_workbook(BytesIO(answer.content))
    periods, groups = book.worksheets
    assert periods.max_row == 2 + 12
    last = [cell.value for cell in periods[14]]
    assert last[:6] == ["2026-11-01 – 2026-11-20", 4, 2, 2, 1, 66.7]
    assert [cell.value for cell in groups[groups.max_row]][1:5] == [6, 4, 3, 1]


def test_the_bars_are_told_apart_without_colour_and_stand_in_a_table_too(client, past):
    client.force_login(past.supervisor)

    page = client.get(URL).content.decode()

    assert page.count('<svg class="chart__bars"') == 3
    assert "chart__bar--hollow" in page
    assert "chart__bar--striped" in page
    assert ' style="' not in page


def test_a_month_without_anything_is_an_invitation_not_an_error(client, office):
    client.force_login(office.supervisor)

    assert "这段时间没有上报或结案的案卷" in client.get(URL).content.decode()


@pytest.mark.parametrize("url", [URL, EXCEL])
def test_trends_need_the_right_to_a_board_and_a_place_in_the_scope(client, office, url):
    client.force_login(office.worker)
    assert client.get(url).status_code == 403
    make.street("370402002", "各塔埠街道")
    client.force_login(office.supervisor)
    assert client.get(url, {"grid": "370402002"}).status_code == 404
