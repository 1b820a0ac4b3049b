import io
from datetime import timedelta

import pytest
import python_calamine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.cadence import schedules
from inspections.models import Schedule
from inspections.visits import unseen
from residents.models import Export
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def leader(client):
    person = factories.staff("grid_leader", factories.community())
    client.force_login(person)
    return person


def late(days, grid=None, **fields):
    home = factories.household(grid, **fields)
    schedules.plan_all(TODAY)
    home.schedules.filter(rule__mode="home").update(next_due_on=TODAY - timedelta(days=days))
    return home


def test_grids_are_listed_with_their_overdue_households_the_fullest_first(leader):
    late(3)
    second = factories.unit("370402001028002")
    late(9, second)
    late(1, second).schedules.update(last_done_on=TODAY - timedelta(days=400))
    late(5, factories.unit("370402001027001"))
    late(-5)

    rows = list(unseen.by_grid(leader, TODAY))

    assert [(row["grid"], row["households"], row["never"]) for row in rows] == [
        (second.pk, 2, 1),
        (factories.unit().pk, 1, 1),
    ]
    assert rows[0]["oldest"] == TODAY - timedelta(days=9)


def test_a_number_opens_its_households_the_longest_first(client, leader):
    late(3, head_name="三天户")
    late(9, head_name="九天户")

    assert "逾期9天" in client.get("/visits/overdue/").content.decode()
    page = client.get("/visits/overdue/", {"grid": factories.unit().pk}).content.decode()

    assert page.index("九天户") < page.index("三天户")


@pytest.mark.parametrize(
    ("role", "place", "leads_to"),
    [
        ("grid_leader", "community", "/visits/log/"),
        ("supervisor", "street", "/households/"),
        ("dispatcher", "district", ""),
    ],
)
def test_a_row_leads_where_the_reader_may_go(client, role, place, leads_to):
    late(3, head_name="三天户")
    client.force_login(factories.staff(role, getattr(factories, place)()))

    page = client.get("/visits/overdue/", {"grid": factories.unit().pk}).content.decode()

    table = page.split("<tbody>")[1].split("</tbody>")[0]
    assert leads_to in table
    assert ("<a " in table) == ("三天户" in table) == bool(leads_to)


def test_a_grid_out_of_scope_is_not_found(client, leader):
    other = factories.unit("370402001027001")

    assert client.get("/visits/overdue/", {"grid": other.pk}).status_code == 404
    assert client.get("/visits/overdue/", {"grid": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("supervisor", 200), ("grid_worker", 200), ("operator", 403)]
)
def test_only_who_may_see_visits_sees_who_was_not_seen(client, role, status):
    client.force_login(factories.staff(role))

    assert client.get("/visits/overdue/").status_code == status


def test_a_call_that_is_late_is_not_a_person_unseen(leader):
    home = late(-100)
    Schedule.objects.filter(household=home, rule__mode="call").update(
        next_due_on=TODAY - timedelta(days=5)
    )

    assert list(unseen.by_grid(leader, TODAY)) == []


def test_when_everybody_was_seen_the_page_says_so(client, leader):
    assert "都按时走访了" in client.get("/visits/overdue/").content.decode()


def test_care_categories_are_counted_for_those_who_may_read_them(client, leader):
    home = late(3)
    category = factories.care_category()
    factories.care_record(factories.resident(home), category)
    schedules.plan_all(TODAY)
    home.schedules.filter(rule__mode="home").update(next_due_on=TODAY - timedelta(days=3))
    late(4)

    [row] = unseen.by_category(leader, TODAY)

    assert (row["category"], row["households"], row["never"]) == (category.pk, 1, 1)
    page = client.get("/visits/overdue/", {"category": category.pk})
    assert [one.household for one in page.context["schedules"]] == [home]
    supervisor = factories.staff("supervisor", factories.street())
    assert unseen.by_category(supervisor, TODAY) == []
    client.force_login(supervisor)
    page = client.get("/visits/overdue/", {"category": category.pk})
    assert page.context["schedules"] == []


def test_who_was_only_tried_is_told_apart(client, leader):
    tried, never = late(3), late(4)
    tried.schedules.update(attempts=3, last_done_on=TODAY - timedelta(days=300))

    page = client.get("/visits/overdue/", {"why": "attempts"})

    assert [one.household for one in page.context["schedules"]] == [tried]
    sums = client.get("/visits/overdue/").context
    assert (sums["households"], sums["never"], sums["attempts"]) == (2, 1, 1)
    page = client.get("/visits/overdue/", {"why": "never"})
    assert [one.household for one in page.context["schedules"]] == [never]


def test_a_long_list_goes_on_where_the_last_page_ended(leader):
    homes = [late(days) for days in (9, 5, 5, 5, 2)]
    rows = unseen.missing(leader, TODAY)

    found, after = [], ""
    for _ in range(3):
        page, after = unseen.page_of(rows, after=after, size=2)
        found += [row.household for row in page]

    assert found == homes
    assert after == ""


def test_a_district_lists_the_fullest_grids_and_says_how_many_more(client, leader, monkeypatch):
    monkeypatch.setattr(unseen, "FULLEST", 1)
    late(3)
    for _ in range(2):
        late(3, factories.unit("370402001028002"))

    page = client.get("/visits/overdue/")

    assert [row["households"] for row in page.context["grids"]] == [2]
    assert (page.context["households"], page.context["more"]) == (3, 1)
    everybody = client.get("/visits/overdue/", {"why": "late"}).context["schedules"]
    assert len(everybody) == 3


def test_from_here_one_gets_to_the_map_and_to_the_hour_of_the_digest(client, leader):
    page = client.get("/visits/overdue/").content.decode()

    assert 'href="/map/?show=unseen"' in page
    assert 'href="/today/digest/"' in page


def test_the_list_asks_as_often_for_many_households_as_for_few(client, leader):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get("/visits/overdue/", {"why": "late"})
        return len(captured)

    late(3)
    queries()
    few = queries()
    for _ in range(6):
        late(3)

    assert queries() == few


def test_the_workbook_holds_the_rows_of_the_page(client, leader):

    late(3, head_name="三天户")
    late(9, head_name="=九天户")

    answer = client.post("/visits/overdue/excel/", {"purpose": "报街道"})

    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(b"".join(answer.streaming_content))
    )
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[2:]] == ["=九天户", "三天户"]
    assert str(leader) in rows[0][0]
    assert Export.objects.get().rows == 2
