"""The registers in numbers: a number equals the rows that it opens, and stays in scope."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grids.audit.guard import owner_erases
from grids.models import Grid
from residents import tables
from residents.lists import narrowing
from residents.models import AccessRecord, Resident
from residents.models.exports import Subject
from residents.people import flows
from tests import factories


@pytest.fixture
def community(ground):
    return Grid.objects.get(code="370402001028")


@pytest.fixture
def people(ground):
    """Two households in grid 1, one in grid 2; floating: a woman of 70, a boy of 6."""
    first = factories.household(ground[0], head_name="王秀兰")
    wang = factories.resident(first, name="王秀兰", birth_on=date(1950, 5, 1), kind="floating")
    today = timezone.localdate()
    factories.resident(
        first,
        name="王小宝",
        sex="1",
        birth_on=today.replace(year=today.year - 6, day=1),
        kind="floating",
    )
    factories.resident(factories.household(ground[0], head_name="李建国"), name="李建国", sex="1")
    factories.resident(
        factories.household(ground[1], head_name="张三"),
        name="张三",
        sex="1",
        kind="hmt",
    )
    factories.care_record(wang)
    factories.care_record(wang, factories.care_category("低保"))
    school = factories.premises(
        ground[0], name="小学", kind="institution", head_count=80, employees=75
    )
    factories.premises(ground[1], name="利民超市", head_count=4, employees_from_elsewhere=1)
    factories.licence(school, "食品经营许可证", expires_on=today - timedelta(days=1))
    factories.licence(school, "消防检查合格证", expires_on=today + timedelta(days=45))
    factories.licence(school, "事业单位法人证书")
    factories.stay(wang, came_from="河南省周口市", permit_until=today + timedelta(days=9))
    return wang


COUNTED = {
    "从业人数": "head_count",
    "其中雇员": "employees",
    "其中外来人员": "employees_from_elsewhere",
}


def numbers(table):
    return {label: [cell.value for cell in cells] for label, cells in table.rows}


def of(name, staff, here, **options):
    return tables.tables(name, staff, here, **options)


def rows_behind(staff, cell):
    from django.http import QueryDict

    wanted = narrowing.read(QueryDict(cell.query))
    subject = {
        "residents:people": Subject.RESIDENTS,
        "residents:households": Subject.HOUSEHOLDS,
        "residents:premises": Subject.PREMISES,
        "residents:licences": Subject.LICENCES,
    }[cell.page]
    return narrowing.rows(subject, staff, narrowing.place(staff, wanted), wanted)


def test_residents_and_households_are_counted_by_grid_and_kind(ground, community, people):
    leader = factories.staff("grid_leader", community)

    [table] = of("residents", leader, ground[0].parent)

    assert [str(head) for head in table.heads[:4]] == [
        "住户",
        "居民",
        "户籍人口",
        "流动人口",
    ]
    assert numbers(table)["第1网格"] == [2, 3, 1, 2, 0, 0, 0]
    assert numbers(table)["第2网格"] == [1, 1, 0, 0, 0, 1, 0]
    assert [cell.value for cell in table.total] == [3, 4, 1, 2, 0, 1, 0]


@pytest.mark.parametrize("name", list(tables.TABLES))
@pytest.mark.parametrize("tier", ["district", "street", "community", "base", "unit"])
def test_every_number_equals_the_rows_that_it_opens(ground, community, people, name, tier):
    leader = factories.staff("grid_leader", factories.district("370402"))
    factories.staff("grid_leader", community)
    Resident.objects.filter(name="李建国").update(ended_on=timezone.localdate(), end_reason="moved")
    here = Grid.objects.above(ground[0]).get(tier=tier)

    seen = 0
    for table in of(name, leader, here):
        for title, cells in [*table.rows, ("", table.total)]:
            for head, cell in zip(table.heads, cells, strict=True):
                behind = rows_behind(leader, cell)
                if field := COUNTED.get(str(head)):
                    found = behind.values_list(field, flat=True)
                    assert cell.value == sum(one or 0 for one in found)
                else:
                    assert cell.value == behind.count(), (title, str(head))
                seen += cell.value
    assert seen


def test_premises_are_counted_by_type_with_head_counts(ground, community, people):
    factories.premises(ground[1], name="文具店", head_count=2)
    leader = factories.staff("grid_leader", community)

    by_type, by_grid = of("premises", leader, community)

    assert numbers(by_type) == {
        "机关事业单位": [1, 80, 75, 0],
        "国有企业": [0] * 4,
        "集体企业": [0] * 4,
        "私营企业": [0] * 4,
        "个体工商户": [2, 6, 0, 1],
        "其他": [0] * 4,
    }
    assert [cell.value for cell in by_type.total] == [3, 86, 75, 1]
    assert sum(cell.value for cell in by_grid.total[:1]) == 3


def test_somebody_in_two_care_categories_is_one_person(ground, community, people):
    leader = factories.staff("grid_leader", community)

    summary, by_grid = of("care", leader, ground[0].parent)

    assert numbers(summary) == {"低保": [1, 1], "独居老人": [1, 1]}
    assert [cell.value for cell in summary.total] == [1, 1]
    assert numbers(by_grid)["第1网格"] == [1, 1, 1]


def test_care_is_not_counted_for_those_who_may_not_read_it(
    client, ground, community, people, enter
):
    officer = enter("information_officer", community)

    assert client.get(reverse("residents:tables"), {"table": "care"}).status_code == 404
    assert client.get(reverse("residents:table_excel"), {"table": "care"}).status_code == 404
    answer = client.get(reverse("residents:people"), {"care": "独居老人"})
    assert "王秀兰" not in answer.content.decode()
    assert [cell.value for cell in of("care", officer, community)[0].total] == [0, 0]


def test_who_opens_a_care_number_is_on_record(client, ground, community, people, enter):
    leader = enter("grid_leader", community)

    page = client.get(reverse("residents:people"), {"care": "独居老人"}).content.decode()

    assert "王秀兰" in page
    assert "李建国" not in page
    assert AccessRecord.objects.filter(by=leader, resident=people, field="care").exists()


def test_who_opens_the_households_of_a_category_is_on_record(
    client, ground, community, people, enter
):
    leader = enter("grid_leader", community)
    address = reverse("residents:households")

    client.get(address)
    assert not AccessRecord.objects.exists()
    page = client.get(address, {"care": "独居老人"}).content.decode()

    assert "王秀兰" in page
    assert "李建国" not in page
    [record] = AccessRecord.objects.all()
    assert (record.by, record.resident, record.field) == (leader, people, "care")


def test_numbers_count_only_what_the_reader_may_see(ground, community, people):
    worker = factories.staff("grid_worker", ground[1])

    [table] = of("residents", worker, community)

    assert [cell.value for cell in table.total[:2]] == [1, 1]


def test_a_place_out_of_scope_has_no_table_and_no_list(client, ground, people, enter):
    enter("grid_worker", ground[1])

    for name in ("tables", "table_excel", "people", "households", "premises"):
        answer = client.get(reverse(f"residents:{name}"), {"in": ground[0].pk})
        assert answer.status_code == 404, name


def test_a_department_has_no_tables(client, ground, people):
    department = factories.department()
    client.force_login(factories.staff("department_handler", department=department))

    for name in ("tables", "table_excel", "households"):
        assert client.get(reverse(f"residents:{name}")).status_code == 403


@pytest.mark.parametrize(
    "query",
    [{"table": "believers"}, {"in": "abc"}, {"in": "9" * 30}, {"in": "-1"}],
)
def test_a_made_up_address_is_not_found(client, ground, people, enter, query):
    enter("grid_leader", ground[0])

    assert client.get(reverse("residents:tables"), query).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"table": "flows", "month": "abc"},
        {"table": "flows", "month": "2026-13"},
        {"table": "flows", "month": "0001-01"},
        {"table": "flows", "month": "9999-12"},
    ],
)
def test_a_made_up_month_is_no_error(client, ground, people, enter, query):
    enter("grid_leader", ground[0])

    assert client.get(reverse("residents:tables"), query).status_code == 200
    flow = {"flow": "new", "month": query["month"]}
    assert client.get(reverse("residents:people"), flow).status_code == 200


def test_flows_say_who_came_changed_and_went(ground, community, people):
    leader = factories.staff("grid_leader", community)
    events = flows.events("new", timezone.localdate().replace(day=1)).model
    last_month = timezone.now().replace(day=1) - timezone.timedelta(days=5)
    with owner_erases():
        events.objects.filter(pgh_obj__name__in=["李建国", "张三"]).update(
            pgh_created_at=last_month
        )
    Resident.objects.filter(name="李建国").update(employer="学校")
    Resident.objects.filter(name="李建国").update(employer="医院")
    Resident.objects.filter(name="王小宝").update(employer="无")
    Resident.objects.filter(name="张三").update(ended_on=timezone.localdate(), end_reason="moved")
    Resident.objects.filter(name="张三").update(note="已注销户籍")

    [now] = of("flows", leader, ground[0].parent)
    [before] = of("flows", leader, ground[0].parent, month=flows.months(timezone.localdate())[1])

    assert numbers(now) == {"第1网格": [2, 1, 0], "第2网格": [0, 0, 1]}
    assert numbers(before) == {"第1网格": [1, 0, 0], "第2网格": [1, 0, 0]}
    [gone] = rows_behind(leader, now.total[2])
    assert gone.name == "张三"


def test_an_ending_that_was_taken_back_signs_nobody_off(ground, community, people):
    leader = factories.staff("grid_leader", community)
    ended = {"ended_on": timezone.localdate(), "end_reason": "moved"}
    back = {"ended_on": None, "end_reason": ""}
    for change in (ended, back):
        Resident.objects.filter(name="李建国").update(**change)
    for change in (ended, back, ended):
        Resident.objects.filter(name="张三").update(**change)

    [now] = of("flows", leader, ground[0].parent)

    assert now.total[2].value == 1
    [gone] = rows_behind(leader, now.total[2])
    assert gone.name == "张三"


def test_a_table_is_the_same_in_excel(client, ground, community, people, enter):
    leader = enter("grid_leader", community)

    answer = client.get(reverse("residents:table_excel"), {"table": "premises"})

    book = openpyxl.load_workbook(BytesIO(answer.content))
    [first, heads, *rows] = book.worksheets[0].iter_rows(values_only=True)
    assert str(leader) in first[0]
    assert heads == ("类型", "户数", "从业人数") or heads[0] == "类型"
    assert rows[0][1:] == (1, 80, 75, 0)
    assert rows[-1][1:] == (2, 84, 75, 1)
    assert len(book.worksheets) == 2


@pytest.mark.parametrize("name", list(tables.TABLES))
def test_a_table_costs_the_same_with_few_rows_and_with_many(
    client, ground, community, people, enter, name
):
    enter("grid_leader", community)

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse("residents:tables"), {"table": name}).status_code == 200
        return len(found)

    before = cost()
    for number in range(3, 8):
        grid = factories.unit(f"37040200102800{number}")
        for __ in range(3):
            factories.care_record(factories.resident(grid=grid))
            factories.premises(grid)

    assert cost() <= before


def test_households_are_found_and_listed_with_a_constant_cost(
    client, ground, community, people, enter
):
    enter("grid_leader", community)
    address = reverse("residents:households")
    page = client.get(address, {"q": "王秀"}).content.decode()
    assert "王秀兰" in page
    assert "李建国" not in page

    def cost():
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    before = cost()
    for __ in range(5):
        factories.resident(factories.household(ground[0]))
    assert cost() == before


def sql(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


BELOW = "grid_id IN (SELECT id FROM grids_grid WHERE path LIKE %s)"


def test_the_table_of_premises_says_what_plain_sql_says(ground, community, people):
    for number, kind in enumerate(["state", "private", "private", "other"]):
        factories.premises(ground[number % 2], name=f"企业{number}", kind=kind, head_count=number)
    factories.premises(ground[0], name="已关", kind="state", ended_on=date(2026, 1, 1))
    factories.premises(factories.unit("520602003003001"), name="外地", kind="state")
    leader = factories.staff("grid_leader", community)

    by_type, by_grid = of("premises", leader, community)

    found = {
        kind: [count, heads]
        for kind, count, heads in sql(
            f"SELECT kind, count(*), sum(head_count) FROM residents_premises"
            f" WHERE ended_on IS NULL AND {BELOW} GROUP BY kind",
            f"{community.path}%",
        )
    }
    shown = numbers(by_type)
    assert {
        kind: shown[str(label)][:2]
        for kind, label in tables.premises.Premises.Kind.choices
        if shown[str(label)][0]
    } == found
    assert [cell.value for cell in by_type.total[:2]] == [cell.value for cell in by_grid.total[:2]]


def test_floating_people_are_counted_by_province(ground, community, people):
    for number, origin in enumerate(["河南省南阳市", "上海市嘉定区", "", "乡下"]):
        factories.resident(
            grid=ground[number % 2],
            name=f"外来{number}",
            kind="floating",
            registered_address=origin,
        )
    leader = factories.staff("grid_leader", community)

    by_grid, by_origin = of("floating", leader, community)

    assert numbers(by_origin) == {
        "河南省": [2, 0, 2],
        "上海市": [1, 0, 1],
        "来源不详": [3, 1, 2],
    }
    [[whole]] = sql(
        f"SELECT count(*) FROM residents_resident WHERE kind = 'floating' AND {BELOW}",
        f"{community.path}%",
    )
    assert by_origin.total[0].value == by_grid.total[0].value == whole == 6


def test_permits_that_run_out_are_counted_and_open_their_persons(
    client, ground, community, people, enter
):
    leader = enter("grid_leader", community)
    gone = factories.resident(grid=ground[0], name="过期人", kind="floating")
    factories.stay(gone, permit_until=timezone.localdate() - timedelta(days=3))

    [by_grid, __] = of("floating", leader, community)

    columns = dict(zip(map(str, by_grid.heads), by_grid.total, strict=True))
    assert columns["居住证已过期"].value == columns["居住证30天内到期"].value == 1
    address = f"{reverse('residents:people')}?{columns['居住证已过期'].query}"
    page = client.get(address).content.decode()
    assert "过期人" in page
    assert "王小宝" not in page


def test_licences_are_counted_by_the_days_that_are_left(ground, community, people):
    leader = factories.staff("grid_leader", community)
    today = timezone.localdate()

    by_grid, by_kind = of("licences", leader, community)

    assert [cell.value for cell in by_grid.total] == [1, 0, 1, 1]
    assert numbers(by_kind) == {
        "食品经营许可证": [1, 0, 0, 0],
        "消防检查合格证": [0, 0, 1, 1],
    }
    [row] = sql(
        "SELECT count(*) FILTER (WHERE expires_on < %s),"
        " count(*) FILTER (WHERE expires_on BETWEEN %s AND %s)"
        " FROM residents_licence WHERE ended_on IS NULL",
        today,
        today,
        today + timedelta(days=60),
    )
    assert row == (1, 1)


def test_the_flows_of_the_month_say_what_the_history_says(ground, community, people):
    leader = factories.staff("grid_leader", community)
    people.employer = "新单位"
    people.save(update_fields=["employer"])
    month = flows.months(timezone.localdate())[0]

    [table] = of("flows", leader, community, month=month)

    [[new]] = sql(
        f"SELECT count(DISTINCT pgh_obj_id) FROM residents_residentevent"
        f" WHERE pgh_label = 'insert' AND pgh_created_at >= %s AND {BELOW}",
        month,
        f"{community.path}%",
    )
    assert [cell.value for cell in table.total] == [new, 0, 0]


def test_care_is_counted_at_the_place_that_is_asked_for(ground, community, people):
    leader = factories.staff("community_staff", community)

    here, beside = (of("care", leader, place)[0].total for place in ground)

    assert [cell.value for cell in here] == [1, 1]
    assert [cell.value for cell in beside] == [0, 0]
