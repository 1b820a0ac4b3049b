"""The board narrowed by what is in the address, kept by name, and taken along as a workbook."""

from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from cases import workflow
from cases.models import Case, Loop, SavedView, Stage
from grids.models import Grid
from tests import factories as make
from tests.cases.office import at, bring, open_office, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_afternoon")]
URL, EXCEL = reverse("cases:board"), reverse("cases:board_excel")


@pytest.fixture
def office():
    """Three open cases of different loops and sources, one of them urgent; three closed."""
    office = open_office()
    bring(office, Stage.HANDLING, day="2026-11-18", source="visit")
    bring(office, Stage.HANDLING, source="hotline", is_urgent=True)
    report(office, "2026-11-20 13:58")
    first, second, late = (
        bring(office, Stage.CLOSED, day=f"2026-11-{day}") for day in (16, 17, 18)
    )
    Case.objects.update(loop=Loop.STREET)
    Case.objects.filter(pk__in=[first.pk, second.pk]).update(loop=Loop.GRID)
    Case.objects.filter(pk=late.pk).update(closing_light="red", loop=Loop.DISTRICT)
    return office


def total(page):
    return sum(lamp["count"] for lamp in page.context["lamps"])


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ({"source": "visit"}, 1),
        ({"source": "check"}, 0),
        ({"urgent": "1"}, 1),
        ({"department": "none"}, 1),
        ({"loop": "street"}, 3),
        ({"loop": "grid"}, 0),
        ({"source": "visit", "urgent": "1"}, 0),
        ({"source": "nonsense"}, 3),
        ({"department": "'"}, 3),
    ],
)
def test_the_address_narrows_the_board_and_its_lists(client, office, words, number):
    client.force_login(office.supervisor)

    page = client.get(URL, words)

    assert total(page) == number
    for lamp in page.context["lamps"]:
        assert client.get(lamp["url"]).context["total"] == lamp["count"]


def test_a_narrowed_board_says_by_what_and_how_to_widen_it(client, office):
    client.force_login(office.supervisor)

    page = client.get(URL, {"source": "visit", "by": "grid", "urgent": "1"})

    assert [label for label, _ in page.context["chips"]] == ["走访", "紧急"]
    (_, wider), *_ = page.context["chips"]
    assert "source" not in wider
    assert "urgent=1" in wider
    assert "by=grid" in wider


def test_the_part_that_refreshes_itself_is_narrowed_too(client, office):
    client.force_login(office.supervisor)
    page = client.get(URL, {"source": "visit"})

    assert client.get(page.context["part_url"]).content.decode() == page.context["part"]


def test_a_narrowed_board_is_kept_under_a_name(client, office):
    client.force_login(office.supervisor)
    page = client.get(URL, {"source": "visit"})

    client.post(
        reverse("cases:saved_keep"),
        {"page": "board", "name": "走访来的", "query": page.context["saved"]["query"]},
    )

    (view,) = SavedView.objects.all()
    (shown,) = client.get(URL).context["saved"]["views"]
    assert (shown.name, view.page) == ("走访来的", "board")
    assert total(client.get(shown.url)) == 1


def test_the_figures_of_30_days_open_exactly_their_cases(client, office):
    client.force_login(office.supervisor)

    shown = client.get(URL).context["settled"]

    assert shown["on_time"][0] == 2
    assert shown["closed"][0] == 3
    assert shown["overdue"][0] == 1
    assert shown["rate"] == "50.0%"
    for number, url in (shown["on_time"], shown["closed"], shown["overdue"]):
        assert client.get(url).context["total"] == number
    assert {loop.value: number for loop, number, _, _ in shown["loops"]} == {
        "grid": 2,
        "district": 1,
    }
    for _loop, number, _share, url in shown["loops"]:
        assert client.get(url).context["total"] == number


def test_what_was_merged_or_rejected_counts_nowhere(client, office):
    bring(office, Stage.REJECTED, day="2026-11-19")
    twin = report(office, "2026-11-20 13:40")
    workflow.reject(twin, by=office.supervisor, reason="重复", at=at("2026-11-20 13:50"))
    client.force_login(office.supervisor)

    page = client.get(URL)

    assert total(page) == 3
    assert page.context["settled"]["closed"][0] == 3


def test_a_city_sees_sums_but_no_case(client, office):
    city = Grid.objects.create(
        code="3704", name="枣庄市", tier="city", path="3704/", valid_from=make.LONG_AGO
    )
    Grid.objects.filter(pk=make.district().pk).update(parent=city, parent_tier="city")
    mayor = make.staff(district=make.district())
    make.posting(mayor, "auditor", city)
    client.force_login(mayor)

    page = client.get(URL)

    assert total(page) == 3
    assert not any(lamp["cases"] or lamp["url"] for lamp in page.context["lamps"])
    assert "/cases/370402" not in page.content.decode()


def test_who_serves_a_city_and_one_community_sees_no_case_of_the_rest(client, office):
    city = Grid.objects.create(
        code="3704", name="枣庄市", tier="city", path="3704/", valid_from=make.LONG_AGO
    )
    Grid.objects.filter(pk=make.district().pk).update(parent=city, parent_tier="city")
    mayor = make.staff("grid_leader", make.community("370402001027", "别处社区"))
    make.posting(mayor, "auditor", city)
    client.force_login(mayor)

    page = client.get(URL)

    assert total(page) == 3
    assert not any(lamp["cases"] for lamp in page.context["lamps"])
    for show in ("board", "counted"):
        answer = client.get(reverse("cases:list"), {"show": show, "grid": "370402"})
        assert "/cases/370402" not in answer.content.decode()


def test_the_workbook_has_a_sheet_for_each_way(client, office):
    client.force_login(office.supervisor)

    answer = client.get(EXCEL, {"source": "visit"})

    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert book.sheetnames == ["按部门", "按网格", "按类别", "按循环"]
    for sheet in book:
        assert [cell.value for cell in sheet[3]][1:] == [1, 0, 0, 1]
