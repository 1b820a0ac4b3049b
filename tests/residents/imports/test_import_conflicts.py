"""A fact that differs: theirs is taken, ours is kept, or somebody is asked."""

import json

import pghistory
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from residents.imports import engine
from residents.imports.batch import asked, batches, decisions, queue, registers
from residents.models import Household, ImportBatch, ImportConflict, Resident
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, person

OURS, THEIRS, ASK = "ours", "theirs", "ask"


def run(path, **options):
    return batches.run_file(path, **options)


def adds_up(answer):
    return answer["rows"] == sum(
        answer[name] for name in ("created", "changed", "unchanged", "waiting", "rejected")
    )


def facts():
    """The only person's row, as it reads."""
    found = Resident.objects.values().get()
    found["id_sealed"] = bytes(found["id_sealed"])
    return found


@pytest.fixture
def known(ground, workbook):
    """Somebody in the register, without an employer."""
    row = person(联系电话="13800000001", 文化程度="初中")
    run(workbook([row]))
    return row


CHANGES = {
    "name": ({"姓名": "王改名", "户主姓名": "王改名"}, "name"),
    "phone": ({"联系电话": "13900000009"}, "phone"),
    "education": ({"文化程度": "博士"}, "education"),
    "marital": ({"婚姻状况": "离婚"}, "marital"),
    "relation": ({"与户主关系": "配偶"}, "relation"),
    "ethnicity": ({"民族": "回族"}, "ethnicity"),
    "kind": ({"人口类型": "流动人口"}, "kind"),
    "place": ({"网格编码": OTHER_UNIT, "室号": "909"}, "grid_id"),
    "head_name": ({"户主姓名": "王户主", "与户主关系": ""}, None),
}


@pytest.mark.parametrize("field", list(CHANGES))
def test_ours_stays_and_theirs_fills_what_was_empty(known, workbook, field):
    changes = CHANGES[field][0]
    before = facts()
    home = Household.objects.values("grid_id", "dwelling_id", "head_name").get()

    answer = run(workbook([known | changes | {"工作单位": "学校"}]), on_conflict=OURS)

    after = facts()
    assert (answer["changed"], answer["conflicts"], adds_up(answer)) == (1, 1, True)
    assert after["employer"] == "学校"
    assert {name for name in after if after[name] != before[name]} == {"employer"}
    assert Household.objects.values("grid_id", "dwelling_id", "head_name").get() == home
    assert not ImportConflict.objects.exists()


@pytest.mark.parametrize("field", list(CHANGES))
def test_a_row_with_nothing_but_differing_facts_is_unchanged_and_asked_about(
    known, workbook, field
):
    before = facts()

    answer = run(workbook([known | CHANGES[field][0]]), on_conflict=ASK)

    assert (answer["unchanged"], answer["conflicts"], adds_up(answer)) == (1, 1, True)
    assert facts() == before
    conflict = ImportConflict.objects.get()
    assert (conflict.field, conflict.decision, conflict.row) == (field, "waiting", 2)
    assert conflict.resident_id == before["id"]


def test_another_name_under_the_same_number_is_asked_about_in_any_case(known, workbook, leader):
    changes, before = CHANGES["name"][0], facts()
    assert run(workbook([known | changes]), dry_run=True)["asked"] == 1

    answer = run(workbook([known | changes | {"工作单位": "学校"}]))

    assert (answer["asked"], answer["changed"]) == (1, 1)
    assert (facts()["name"], facts()["employer"]) == (before["name"], "学校")
    assert Household.objects.get().head_name == before["name"]
    conflict = ImportConflict.objects.get()
    assert (conflict.field, conflict.theirs_sealed.reveal()) == ("name", "王改名")

    decisions.decide(conflict.batch, "theirs", by=leader, now=timezone.now())
    assert (facts()["name"], Household.objects.get().head_name) == ("王改名", "王改名")


@pytest.mark.parametrize("said", ["王\u00ad秀兰", "王 秀兰", "王·秀兰"])
def test_a_name_that_differs_in_what_is_no_letter_is_a_change(workbook, ground, said):
    row = person(姓名="王秀兰", 户主姓名="")
    run(workbook([row]))
    Resident.objects.update(name=said)

    answer = run(workbook([row]))

    assert (answer["changed"], answer.get("asked", 0)) == (1, 0)
    assert facts()["name"] == "王秀兰"


@pytest.mark.parametrize("field", sorted(CHANGES.keys() - {"name"}))
def test_theirs_is_taken_where_nobody_says_otherwise(known, workbook, field):
    changes, column = CHANGES[field]
    before = facts()

    answer = run(workbook([known | changes]))

    assert answer["changed"] == 1
    assert "conflicts" not in answer
    if column:
        assert facts()[column] != before[column]
    assert not ImportConflict.objects.exists()


# Deciding


@pytest.fixture
def leader(ground):
    return factories.staff("grid_leader", ground[0].parent.parent)


def ask(path, by):
    """Import it, asking about what differs; its batch."""
    return ImportBatch.objects.get(pk=run(path, by=by, on_conflict=ASK)["batch"])


def decide(batch, decision, by, **which):
    return decisions.decide(batch, decision, by=by, now=timezone.now(), **which)


def everything():
    """Person and household, without the keys of new places."""
    person, home = facts(), Household.objects.get(ended_on=None)
    person["household_id"] = person["id_sealed"] = None
    return person, home.head_name, home.phone, home.grid_id, home.dwelling.room


@pytest.mark.parametrize("field", sorted(CHANGES.keys() - {"name"}))
def test_taking_theirs_later_writes_what_taking_theirs_at_once_writes(
    known, workbook, leader, field
):
    path = workbook([known | CHANGES[field][0]])
    with transaction.atomic():
        run(path, by=leader)
        at_once = everything()
        transaction.set_rollback(True)
    batch = ask(path, leader)
    assert everything() != at_once

    answer = decide(batch, THEIRS, leader)

    assert (answer.decided, answer.outside, answer.refused) == (1, 0, 0)
    assert everything() == at_once
    conflict = ImportConflict.objects.get()
    assert (conflict.decision, conflict.decided_by) == (THEIRS, leader)


def test_the_history_says_who_decided_and_which_import_it_came_from(known, workbook, leader):
    batch = ask(workbook([known | {"联系电话": "13900000009"}]), leader)

    decide(batch, THEIRS, leader)

    event = apps.get_model("residents", "ResidentEvent").objects.latest("pgh_id")
    said = event.pgh_context.metadata
    assert (said["user"], said["source"], said["batch"]) == (
        leader.pk,
        "import",
        batch.pk,
    )
    assert event.phone == "13900000009"


def test_keeping_ours_changes_nothing_and_is_not_asked_again(known, workbook, leader):
    batch = ask(workbook([known | {"联系电话": "13900000009"}]), leader)
    before = facts()

    assert decide(batch, OURS, leader).decided == 1
    assert decide(batch, THEIRS, leader).decided == 0

    assert facts() == before


def test_one_row_or_one_field_is_decided_and_no_other(ground, workbook, leader):
    rows = [person(工作单位="矿务局") for __ in range(3)]
    run(workbook(rows))
    changed = [row | {"工作单位": "学校", "文化程度": "博士"} for row in rows]
    batch = ask(workbook(changed), leader)
    assert ImportConflict.objects.count() == 6

    decide(batch, THEIRS, leader, row=2)
    decide(batch, OURS, leader, field="education")

    assert sorted(Resident.objects.values_list("employer", flat=True)) == [
        "学校",
        "矿务局",
        "矿务局",
    ]
    left = decisions.waiting(batch.conflicts)
    assert {(one.row, one.field) for one in left} == {(3, "employer"), (4, "employer")}


def test_nobody_decides_about_a_person_who_left_the_area(known, workbook, leader):
    batch = ask(workbook([known | {"联系电话": "13900000009"}]), leader)
    elsewhere = factories.unit("370402002001001")
    Resident.objects.update(grid=elsewhere)

    answer = decide(batch, THEIRS, leader)
    kept = decide(batch, OURS, leader)

    assert (answer.decided, answer.outside) == (0, 1)
    assert (kept.decided, kept.outside) == (0, 1)
    assert Resident.objects.get().phone == known["联系电话"]
    [shown] = asked.shown(batch.conflicts.all(), batch, leader)
    assert "theirs" not in shown
    assert shown["resident"] is None


def test_a_person_who_left_the_register_is_not_asked_about(known, workbook, leader):
    batch = ask(workbook([known | {"联系电话": "13900000009"}]), leader)
    Resident.objects.update(ended_on=timezone.localdate(), end_reason="died")

    assert not decisions.waiting_for(leader).exists()
    assert decide(batch, THEIRS, leader).decided == 0


def test_values_that_wait_are_sealed(known, workbook, leader):
    ask(workbook([known | {"联系电话": "13900000009"}]), leader)

    with connection.cursor() as cursor:
        cursor.execute("SELECT ours_sealed, theirs_sealed FROM residents_importconflict")
        raw = b"".join(bytes(value) for value in cursor.fetchone())

    assert b"13900000009" not in raw
    assert known["联系电话"].encode() not in raw


@pytest.mark.parametrize(
    ("field", "value", "readable", "shown"),
    [
        ("phone", "13900000009", frozenset(), "····0009"),
        ("phone", "13900000009", frozenset({"phone"}), "13900000009"),
        ("household_phone", "13900000009", frozenset(), "····0009"),
        ("birth_on", "1970-01-02", frozenset(), "1970"),
        ("birth_on", "1970-01-02", frozenset({"birth_on"}), "1970-01-02"),
        ("education", "70", frozenset(), "初中"),
    ],
)
def test_a_reader_sees_no_more_of_a_fact_than_on_the_file(field, value, readable, shown):
    assert asked._value(field, value, readable, {("education", "70"): "初中"}) == shown


def test_the_examples_of_a_dry_run_are_masked(known, workbook, leader):
    other = known | {"联系电话": "13900000009", "姓名": known["姓名"][:2] + "改"}
    book, found = registers.read(workbook([other]))

    outcome = engine.run("residents", book, found, reach=None, dry_run=True)

    assert outcome.conflicts["rows"] == 1
    text = str(outcome.conflicts["examples"])
    assert "13900000009" not in text
    assert known["联系电话"] not in text
    assert known["姓名"] not in text
    assert "'theirs': '**改'" in text


def test_undoing_takes_back_what_was_decided_too(known, workbook, leader):
    before = facts()
    batch = ask(workbook([known | {"联系电话": "13900000009", "工作单位": "学校"}]), leader)
    decide(batch, THEIRS, leader)
    assert facts() != before

    queue.ask_undo(batch, by=leader, now=timezone.now())
    queue.work(batch.pk)

    assert facts() == before
    assert not ImportConflict.objects.exists()


def test_an_edit_between_import_and_decision_is_not_lost_by_an_undo(known, workbook, leader):
    batch = ask(workbook([known | {"联系电话": "13900000009", "工作单位": "学校"}]), leader)
    with pghistory.context(source="test"):
        Resident.objects.update(note="看过户口本")
    decide(batch, THEIRS, leader)

    queue.ask_undo(batch, by=leader, now=timezone.now())
    queue.work(batch.pk)

    batch.refresh_from_db()
    assert facts()["note"] == "看过户口本"
    assert [row["why"] for row in batch.result["undone"]["rows"]] == ["changed"]


def test_the_facts_of_an_import_that_was_undone_cannot_be_decided(known, workbook, leader):
    batch = ask(workbook([known | {"联系电话": "13900000009"}]), leader)
    ImportBatch.objects.filter(pk=batch.pk).update(state="undoing")

    assert decide(batch, THEIRS, leader).decided == 0


def test_a_household_that_would_move_stays_with_its_members_and_newcomers(ground, workbook, leader):
    head = person()
    run(workbook([head]))
    same = {name: head[name] for name in ("户号", "户主姓名", "楼栋", "单元")}
    moved = {"网格编码": OTHER_UNIT, "室号": "909"}
    child = person(与户主关系="子") | same | moved

    answer = run(workbook([head | moved, child]), by=leader, on_conflict=ASK)

    assert (answer["created"], answer["unchanged"], answer["conflicts"]) == (1, 1, 1)
    assert set(Resident.objects.values_list("grid", "household")) == {
        (ground[0].pk, Household.objects.get().pk)
    }
    decide(ImportBatch.objects.latest("pk"), THEIRS, leader)
    assert set(Resident.objects.values_list("grid", flat=True)) == {ground[1].pk}
    assert Household.objects.get().dwelling.room == "909"


def test_somebody_who_would_change_household_stays_until_it_is_decided(ground, workbook, leader):
    one, two = person(), person()
    run(workbook([one, two]))
    joined = (
        one | {name: two[name] for name in ("户号", "户主姓名", "室号")} | {"与户主关系": "配偶"}
    )
    homes = set(Household.objects.values_list("number", "head_name", "ended_on"))

    batch = ask(workbook([joined]), leader)

    assert set(Household.objects.values_list("number", "head_name", "ended_on")) == homes
    decide(batch, THEIRS, leader)
    assert set(Resident.objects.values_list("household__number", flat=True)) == {two["户号"]}


# In the browser


@pytest.fixture
def asked_in_browser(known, workbook, leader, client):
    """Two facts that differ, imported with the choice to be asked."""
    client.force_login(leader)
    changed = known | {"联系电话": "13900000009", "室号": "909"}
    client.post(
        reverse("residents:import_new"),
        {"file": SimpleUploadedFile("四季度.xlsx", workbook([changed]).read_bytes())},
    )
    batch = ImportBatch.objects.latest("pk")
    queue.work(batch.pk)
    page = client.get(reverse("residents:import_detail", args=[batch.pk]))
    assert "2 项与台账不一致" in page.content.decode()
    client.post(reverse("residents:import_confirm", args=[batch.pk]), {"on_conflict": ASK})
    queue.work(batch.pk)
    return batch


def test_facts_are_decided_in_the_browser_one_by_one(asked_in_browser, client, workbook):
    page = reverse("residents:import_conflicts", args=[asked_in_browser.pk])
    assert page in client.get(reverse("residents:imports")).content.decode()
    text = client.get(page).content.decode()
    assert "13900000009" in text
    assert "909" in text
    conflicts = asked_in_browser.conflicts
    phone = conflicts.get(field="phone").pk
    place = conflicts.get(field="place").pk
    address = reverse("residents:decide_import_conflicts", args=[asked_in_browser.pk])

    client.post(address, {"decide": f"ours:fact:{phone}"})
    answer = client.post(address, {"decide": f"theirs:fact:{place}"}, follow=True)

    assert "都已决定" in answer.content.decode()
    found = Resident.objects.select_related("household__dwelling").get()
    assert (found.phone, found.household.dwelling.room) == ("13800000001", "909")
    assert page not in client.get(reverse("residents:imports")).content.decode()


@pytest.mark.parametrize(
    "said", ["", "theirs", "theirs:fact:x", "all:fact:1", "theirs:batch:1", "ours:pk:1"]
)
def test_a_decision_that_nobody_offers_decides_nothing(asked_in_browser, client, said):
    address = reverse("residents:decide_import_conflicts", args=[asked_in_browser.pk])

    assert client.post(address, {"decide": said}).status_code == 302

    assert decisions.waiting(asked_in_browser.conflicts).count() == 2


def test_somebody_elses_conflicts_do_not_exist(asked_in_browser, client, ground):
    client.force_login(factories.staff("grid_leader", ground[1]))
    for name, method in (
        ("import_conflicts", client.get),
        ("decide_import_conflicts", client.post),
    ):
        address = reverse(f"residents:{name}", args=[asked_in_browser.pk])
        assert method(address).status_code == 404


def test_the_list_of_conflicts_costs_the_same_for_any_number(
    ground, workbook, leader, client, django_assert_max_num_queries
):
    client.force_login(leader)
    rows = [person(工作单位="矿务局") for __ in range(40)]
    run(workbook(rows))
    batch = ask(workbook([row | {"工作单位": "学校"} for row in rows]), leader)

    with django_assert_max_num_queries(24):
        page = client.get(reverse("residents:import_conflicts", args=[batch.pk]))

    assert page.content.decode().count("theirs:fact:") == 40


def test_the_command_asks_keeps_or_takes(known, workbook, capsys):
    path = str(workbook([known | {"联系电话": "13900000009"}]))

    for choice, facts_said in (("ours", 1), ("ask", 1), (None, None)):
        flags = ["--on-conflict", choice] if choice else []
        call_command("import_register", path, "--json", *flags)
        assert json.loads(capsys.readouterr().out).get("conflicts") == facts_said

    assert Resident.objects.get().phone == "13900000009"
