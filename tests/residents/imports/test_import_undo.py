"""Undo of an import: everything of before, except what somebody did since."""

from datetime import timedelta

import pghistory
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from grids.jobs import queue as jobs
from grids.jobs.lease import Lease, LeaseLost
from grids.models import Building, Compound
from inspections.cadence import schedules
from inspections.models import Schedule, Visit
from residents.imports.batch import batches, queue, undo
from residents.models import (
    CareRecord,
    Dwelling,
    Household,
    ImportBatch,
    MoveInRequest,
    Resident,
)
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, person

TABLES = [
    "grids_compound",
    "grids_building",
    "residents_dwelling",
    "residents_household",
    "residents_resident",
    "residents_carerecord",
    "residents_moveinrequest",
    "residents_premises",
]


def contents():
    """Every row of every register table, as it reads."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT t.* FROM {table} t ORDER BY id")
            found[table] = [
                tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
                for row in cursor.fetchall()
            ]
    return found


def run(path, **options):
    return ImportBatch.objects.get(pk=batches.run_file(path, **options)["batch"])


def somebody_changes(residents):
    """In a context of its own, as every request has; a test is one transaction."""
    with pghistory.context(source="test"):
        residents.update(phone="13900000000")


def take_back(batch, by=None):
    assert queue.ask_undo(batch, by=by, now=timezone.now())
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "undone", batch.error
    return batch.result["undone"]


def families(count):
    """`count` households of two or three, some under care."""
    rows = []
    for number in range(count):
        head = person(特殊群体类别="低保户" if number % 5 == 0 else "", 小区="公园小区")
        rows.append(head)
        for __ in range(1 + number % 2):
            other = person(
                与户主关系="其他",
                小区="公园小区",
                特殊群体类别="独居老人" if number % 7 == 0 else "",
            )
            same = ("网格编码", "楼栋", "单元", "室号", "户号", "户主姓名")
            rows.append(other | {name: head[name] for name in same})
    return rows


HEADS = [
    "网格编码",
    "小区",
    "楼栋",
    "单元",
    "室号",
    "户号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "公民身份号码",
    "性别",
    "出生日期",
    "民族",
    "文化程度",
    "联系电话",
    "特殊群体类别",
    "工作单位",
]


def test_the_first_import_of_2000_rows_is_taken_back_entirely(ground, workbook):
    before = contents()
    rows = families(800)
    batch = run(workbook(rows, heads=HEADS))
    assert batch.result["created"] == len(rows) == 2000
    assert Compound.objects.exists()

    answer = take_back(batch)

    assert contents() == before
    assert (answer["removed"], answer["restored"], answer["left"]) == (2000, 0, 0)
    assert (batch.state, batch.undone_by) == ("undone", None)


def test_an_import_over_a_register_gives_every_row_its_contents_of_before(ground, workbook):
    rows = families(60)
    run(workbook(rows, heads=HEADS))
    before = contents()
    changed = [
        row
        | {"工作单位": "学校", "特殊群体类别": "残疾人", "网格编码": OTHER_UNIT, "楼栋": "9号楼"}
        if number % 2
        else row
        for number, row in enumerate(rows)
    ]
    by_household = {row["户号"]: row for row in changed if row["与户主关系"] == "户主"}
    for row in changed:  # a household lives in one place
        head = by_household[row["户号"]]
        row |= {name: head[name] for name in ("网格编码", "楼栋")}
    batch = run(workbook(changed + families(20), heads=HEADS))
    assert batch.result["changed"] > 50
    assert contents() != before

    answer = take_back(batch)

    assert contents() == before
    assert answer["left"] == 0
    assert answer["removed"] == batch.result["created"]


def test_somebody_who_moved_goes_back_and_the_old_household_lives_again(ground, workbook):
    row = person(网格编码=OTHER_UNIT)
    run(workbook([row]))
    before = contents()
    moved = person() | {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}
    batch = run(workbook([moved]))
    assert Household.objects.get(number=row["户号"]).end_reason == "moved"

    take_back(batch)

    assert contents() == before


def test_a_number_learnt_from_the_import_is_forgotten(ground, workbook):
    head = person()
    baby = head | {
        "姓名": "王小宝",
        "与户主关系": "子",
        "公民身份号码": "",
        "出生日期": "2026-10-01",
    }
    run(workbook([head, baby]))
    before = contents()
    number = factories.id_number(timezone.datetime(2026, 10, 1).date(), "2")
    batch = run(workbook([head, baby | {"公民身份号码": number}]))
    assert batch.result["changed"] == 1

    take_back(batch)

    assert contents() == before


def test_rows_changed_since_stay_and_are_listed(ground, workbook):
    rows = [person() for __ in range(6)]
    batch = run(workbook(rows))
    kept = Resident.objects.order_by("pk").first()
    somebody_changes(Resident.objects.filter(pk=kept.pk))

    answer = take_back(batch)

    assert answer["rows"] == [{"kind": "resident", "id": kept.pk, "why": "changed"}]
    assert list(Resident.objects.values_list("pk", "phone")) == [(kept.pk, "13900000000")]
    assert Household.objects.get() == kept.household
    assert Dwelling.objects.get() == kept.household.dwelling
    assert Building.objects.count() == 1


def test_a_change_since_by_another_import_stays(ground, workbook):
    row, other = person(), person()
    first = run(workbook([row, other]))
    run(workbook([row | {"工作单位": "学校"}]))

    answer = take_back(first)

    assert (answer["removed"], answer["left"]) == (1, 1)
    assert Resident.objects.get().employer == "学校"


def test_two_imports_are_taken_back_one_after_the_other(ground, workbook):
    row = person()
    empty = contents()
    first = run(workbook([row]))
    between = contents()
    second = run(workbook([row | {"工作单位": "学校"}]))

    take_back(second)
    assert contents() == between

    answer = take_back(first)
    assert answer["left"] == 1  # taking the second one back changed the row once more
    assert contents() == between != empty


def test_schedules_of_the_system_neither_count_nor_block(ground, workbook):
    before = contents()
    batch = run(workbook(families(20), heads=HEADS))
    schedules.plan_all(timezone.localdate())
    schedule = Schedule.objects.first()
    today = timezone.localdate()
    schedule.reminders.create(due_on=today, stage="due", announced_at=timezone.now())
    assert Schedule.objects.count() >= 20

    answer = take_back(batch)

    assert contents() == before
    assert answer["left"] == Schedule.objects.count() == 0


def test_a_household_that_was_visited_stays_with_its_members(ground, workbook):
    batch = run(workbook(families(3), heads=HEADS))
    home = CareRecord.objects.first().resident.household
    Visit.objects.create(
        district_id=home.district_id,
        grid_id=home.grid_id,
        household=home,
        outcome="met",
        visitor=factories.staff("grid_worker", ground[0]),
        happened_on=timezone.localdate(),
        logged_at=timezone.now(),
    )
    members = set(home.residents.values_list("pk", flat=True))
    care = CareRecord.objects.filter(resident__in=members).count()

    answer = take_back(batch)

    assert set(Resident.objects.values_list("pk", flat=True)) == members
    assert CareRecord.objects.count() == care > 0
    assert {row["why"] for row in answer["rows"]} == {"used"}
    assert answer["left"] == len(members) + 1


def test_members_do_not_end_in_another_grid_than_their_household(ground, workbook):
    head = person()
    child = head | {
        "姓名": "王小丽",
        "与户主关系": "女",
        "公民身份号码": factories.id_number(),
        "出生日期": "",
    }
    child["性别"] = "男" if int(child["公民身份号码"][16]) % 2 else "女"
    run(workbook([head, child]))
    batch = run(workbook([head | {"网格编码": OTHER_UNIT, "室号": "909"}]))
    somebody_changes(Resident.objects.filter(name="王小丽"))

    take_back(batch)

    assert set(Resident.objects.values_list("grid", flat=True)) == {ground[1].pk}
    assert Household.objects.get().grid == ground[1]


def test_move_in_requests_that_nobody_answered_are_withdrawn(ground, workbook):
    row = person(网格编码=OTHER_UNIT)
    run(workbook([row]))
    leader = factories.staff("grid_leader", ground[0])
    before = contents()
    claim = person() | {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}
    batch = run(workbook([claim]), by=leader)
    assert MoveInRequest.objects.count() == 1

    take_back(batch, by=leader)

    assert contents() == before


def test_rows_that_left_the_persons_area_stay(ground, workbook):
    leader = factories.staff("grid_leader", ground[0])
    batch = run(workbook([person()]), by=leader)
    stranger = factories.staff("grid_leader", ground[1])

    answer = take_back(batch, by=stranger)

    assert [row["why"] for row in answer["rows"]] == ["outside", "outside"]
    assert Resident.objects.count() == 1


def care_of_one_who_lived_here(workbook, leader):
    """The import of a care category, and nothing else, for somebody who was there before."""
    row = person()
    run(workbook([row]))
    batch = run(workbook([row | {"特殊群体类别": "低保户"}], heads=HEADS[:16]), by=leader)
    assert (batch.result["changed"], CareRecord.objects.count()) == (1, 1)
    return batch


def test_a_care_record_goes_while_its_person_is_in_the_area(ground, workbook):
    leader = factories.staff("grid_leader", ground[0])
    batch = care_of_one_who_lived_here(workbook, leader)

    take_back(batch, by=leader)

    assert not CareRecord.objects.exists()


def test_a_care_record_of_somebody_who_left_the_area_stays(ground, workbook):
    leader = factories.staff("grid_leader", ground[0])
    batch = care_of_one_who_lived_here(workbook, leader)
    with pghistory.context(source="test"):
        Resident.objects.update(grid=ground[1])
        Household.objects.update(grid=ground[1])

    take_back(batch, by=leader)

    assert CareRecord.objects.count() == 1


def test_the_history_says_who_took_it_back(ground, workbook):
    leader = factories.staff("grid_leader", ground[0])
    batch = run(workbook([person()]), by=leader)

    take_back(batch, by=leader)

    event = apps.get_model("residents", "ResidentEvent").objects.latest("pgh_id")
    assert event.pgh_label == "delete"
    assert event.pgh_context.metadata["undoes"] == batch.pk
    assert event.pgh_context.metadata["user"] == leader.pk


def test_an_import_is_taken_back_once_and_within_seven_days(ground, workbook):
    batch = run(workbook([person()]))
    later = batch.finished_at + timedelta(days=7)

    assert not queue.ask_undo(batch, by=None, now=later)
    assert queue.ask_undo(batch, by=None, now=later - timedelta(seconds=1))
    assert not queue.ask_undo(batch, by=None, now=timezone.now())


def test_after_the_undo_the_same_file_can_be_imported_again(ground, workbook):
    path = workbook(families(5), heads=HEADS)
    first = run(path)
    take_back(first)

    again = run(path)

    assert again.result["created"] == first.result["created"]


def test_the_number_of_statements_does_not_grow_with_the_rows(
    ground, workbook, django_assert_max_num_queries
):
    batch = run(workbook(families(100), heads=HEADS))

    with django_assert_max_num_queries(66):
        take_back(batch)


# In the browser


@pytest.fixture
def imported(ground, client, workbook):
    leader = factories.staff("grid_leader", ground[0])
    client.force_login(leader)
    content = workbook([person(), person(姓名="王留下")]).read_bytes()
    client.post(
        reverse("residents:import_new"),
        {"file": SimpleUploadedFile("底册.xlsx", content)},
    )
    batch = ImportBatch.objects.get()
    queue.work(batch.pk)
    queue.confirm(batch)
    queue.work(batch.pk)
    return batch


def test_undo_in_the_browser_asks_first_and_lists_what_stays(imported, client):
    page = reverse("residents:import_detail", args=[imported.pk])
    assert "data-confirm" in client.get(page).content.decode()
    somebody_changes(Resident.objects.filter(name="王留下"))

    answer = client.post(reverse("residents:import_undo", args=[imported.pk]))
    assert "停止撤销" in client.get(answer.url).content.decode()
    queue.work(imported.pk)

    text = client.get(answer.url).content.decode()
    assert "王留下" in text
    assert "之后有人修改" in text
    assert reverse("residents:import_undo", args=[imported.pk]) not in text
    assert Resident.objects.count() == 1


def test_an_old_import_has_no_undo(imported, client):
    ImportBatch.objects.update(finished_at=timezone.now() - timedelta(days=8))

    answer = client.post(reverse("residents:import_undo", args=[imported.pk]), follow=True)

    assert "7 天" in answer.content.decode()
    assert Resident.objects.count() == 2


def test_nobody_takes_back_somebody_elses_import(imported, client, ground):
    address = reverse("residents:import_undo", args=[imported.pk])
    client.force_login(factories.staff("grid_leader", ground[1]))
    assert client.post(address).status_code == 404

    client.force_login(factories.staff("grid_worker", ground[0]))
    assert client.post(address).status_code == 404
    assert Resident.objects.count() == 2


def test_an_undo_waits_for_a_worker_and_says_how_far_it_is(imported, client):
    answer = client.post(reverse("residents:import_undo", args=[imported.pk]))

    assert ImportBatch.objects.forgotten(timezone.now()) == [imported.pk]
    page = client.get(answer.url).content.decode()
    assert "等待" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    told = []
    imported.refresh_from_db()
    with transaction.atomic():
        undo.take_back(imported, by=None, tell=lambda *said: told.append(said))
        transaction.set_rollback(True)
    assert [phase for phase, *__ in dict.fromkeys(told)][:2] == ["undo_finding", "undo_deciding"]
    done, total = told[-1][1:]
    assert 0 < done <= total
    ImportBatch.objects.update(
        leased_until=timezone.now() + timedelta(minutes=1),
        progress={"phase": "undo_taking_back", "rows": done, "total": total},
    )
    assert f"{done} / {total}" in client.get(answer.url).content.decode()


def test_an_undo_that_is_stopped_takes_nothing_back(imported, client):
    client.post(reverse("residents:import_undo", args=[imported.pk]))
    mine = queue.claim(imported.pk)

    answer = client.post(reverse("residents:import_cancel", args=[imported.pk]), follow=True)
    with pytest.raises(LeaseLost), Lease(mine) as lease:
        queue.take_back(mine, lease)

    assert "撤销已停止" in answer.content.decode()
    imported.refresh_from_db()
    assert (imported.state, imported.undone_by) == ("done", None)
    assert Resident.objects.count() == 2


def test_an_undo_that_loses_two_workers_leaves_the_import_as_it_was(imported, client):
    client.post(reverse("residents:import_undo", args=[imported.pk]))
    ended = ImportBatch.objects.get().finished_at
    for __ in range(jobs.ATTEMPTS):
        assert queue.claim(imported.pk) is not None
        ImportBatch.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    queue.work(imported.pk)

    imported.refresh_from_db()
    assert (imported.state, imported.error) == ("done", "worker_lost")
    assert imported.finished_at == ended
    assert Resident.objects.count() == 2
    page = client.get(reverse("residents:import_detail", args=[imported.pk]))
    assert "未撤销" in page.content.decode()
    assert queue.ask_undo(imported, by=None, now=timezone.now())
    queue.work(imported.pk)
    assert not Resident.objects.exists()


def test_an_undo_that_would_contradict_the_register_of_today_does_nothing(ground, workbook):
    row = person(网格编码=OTHER_UNIT)
    run(workbook([row]))
    moved = person() | {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}
    batch = run(workbook([moved]))
    # Somebody else took the number of the household that ended.
    run(workbook([person(网格编码=OTHER_UNIT, 户号=row["户号"])]))
    before = contents()

    queue.ask_undo(batch, by=None, now=timezone.now())
    queue.work(batch.pk)

    batch.refresh_from_db()
    assert (batch.state, batch.error) == ("done", "cannot_undo")
    assert contents() == before
