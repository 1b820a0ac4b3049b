"""Who died or moved away comes back, or goes, only when somebody says so."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from residents import life
from residents.imports.batch import decisions
from residents.models import Household, ImportBatch, ImportConflict, Resident
from tests import factories
from tests.residents.sheets import run
from tests.residents.workbooks import UNIT, person

DAY = date(2026, 5, 1)
NUMBERS = {name: factories.id_number(date(1940, 3, 1)) for name in ("孙老", "周老", "孙小")}
FAMILY = [("孙老", "户主"), ("周老", "配偶"), ("孙小", "子")]


def row(name, relation, **said):
    home = {"户号": "K1", "室号": "101", "户主姓名": ""}
    return (
        person(
            姓名=name, 公民身份号码=NUMBERS[name], 出生日期="", 性别="", 与户主关系=relation, **home
        )
        | said
    )


def family(**said):
    """The list of the family; `said` {name: more cells of the row}."""
    return [row(name, relation, **said.get(name, {})) for name, relation in FAMILY]


@pytest.fixture
def leader(ground):
    return factories.staff("grid_leader", ground[0])


@pytest.fixture
def known(workbook, leader):
    run(workbook(family()), "residents")


def resident(name):
    return Resident.objects.get(name=name)


def died(name, leader, head=None):
    one = resident(name)
    life.die(one.household, by=leader, on=DAY, member=one, head=head and resident(head))


def decide(answer, what, by):
    batch = ImportBatch.objects.get(pk=answer["batch"])
    return decisions.decide(batch, what, by=by, now=timezone.now())


def live():
    """{name: relation} of those who are here."""
    return dict(Resident.objects.live().values_list("name", "relation"))


@pytest.mark.parametrize("on_conflict", ["theirs", "ours", "ask"])
def test_last_months_list_brings_nobody_back(workbook, known, leader, on_conflict):
    died("孙老", leader, head="周老")
    before = live()

    answer = run(workbook(family()), "residents", on_conflict=on_conflict)

    assert (answer["created"], answer["waiting"], answer.get("asked", 0)) == (0, 1, 1)
    assert live() == before == {"周老": "02", "孙小": "20"}
    assert Household.objects.live().get().head_name == "周老"


def test_a_dry_run_tells_of_the_question_and_keeps_none(workbook, known, leader):
    died("孙老", leader, head="周老")

    assert run(workbook(family()), "residents", dry_run=True).get("asked", 0) == 1
    assert not ImportConflict.objects.exists()


@pytest.mark.parametrize(("decision", "comes_back"), [("theirs", True), ("ours", False)])
def test_a_yes_brings_the_person_back_where_the_row_says(
    workbook, known, leader, decision, comes_back
):
    died("孙小", leader)
    moved = {"户号": "K2", "室号": "202", "与户主关系": "户主"}
    answer = run(workbook(family(孙小=moved)), "residents")

    found = decide(answer, decision, leader)

    assert (found.decided, found.refused) == (1, 0)
    assert (resident("孙小").ended_on is None) is comes_back
    if comes_back:
        home = resident("孙小").household
        assert (home.number, home.dwelling.room, home.head_name) == ("K2", "202", "孙小")


def test_who_left_is_asked_about_and_whoever_was_merged_is_not(workbook, known, leader):
    one = resident("孙小")
    life.leave(one.household, by=leader, on=DAY, members=[one])
    assert run(workbook(family()), "residents", dry_run=True).get("asked", 0) == 1

    Resident.objects.filter(pk=one.pk).update(end_reason="merged")
    assert run(workbook(family()), "residents", dry_run=True).get("asked", 0) == 0


def test_somebody_without_a_number_is_asked_about_too(workbook, known, leader):
    born = person(
        姓名="孙宝",
        公民身份号码="",
        出生日期="2026-01-02",
        与户主关系="孙子",
        户号="K1",
        室号="101",
        户主姓名="",
    )
    run(workbook([*family(), born]), "residents")
    died("孙宝", leader)

    assert run(workbook([*family(), born]), "residents").get("asked", 0) == 1
    assert Resident.objects.filter(name="孙宝").count() == 1


def test_an_old_grid_does_not_tell_who_ended_there(workbook, known, leader, ground):
    """Whoever has nothing to read there is told nothing by a dry run."""
    died("孙小", leader)
    other = factories.staff("grid_leader", ground[1])
    moved = {"网格编码": ground[1].code, "户号": "K9", "室号": "9", "与户主关系": "户主"}

    answer = run(workbook([row("孙小", "户主") | moved]), "residents", by=other, dry_run=True)

    assert (answer["created"], answer.get("asked", 0)) == (1, 0)


# What the file says itself

STATES = [
    ({"人员状态": "死亡", "死亡日期": "2026-05-01"}, ("died", DAY)),
    ({"死亡日期": "2026年5月1日"}, ("died", DAY)),
    ({"人员状态": "死亡"}, ("died", None)),
    ({"是否死亡": "是"}, ("died", None)),
    ({"人员状态": "迁出", "迁出日期": "2026-05-01"}, ("moved", DAY)),
    ({"注销": "已注销"}, ("moved", None)),
    ({"备注": "已去世，2026年3月注销户口"}, ("died", None)),
    ({"备注": "2026年3月迁出"}, ("moved", None)),
]
HERE = [{"人员状态": "正常"}, {"是否死亡": "否"}, {"备注": "丈夫已去世"}, {"死亡日期": ""}]


def with_state(path_rows, workbook):
    heads = list(dict.fromkeys(head for one in path_rows for head in one))
    return workbook(path_rows, heads=heads)


@pytest.mark.parametrize(("said", "expected"), STATES)
def test_somebody_who_is_said_to_be_gone_is_asked_about(workbook, known, leader, said, expected):
    answer = run(with_state(family(孙小=said), workbook), "residents")

    assert (answer.get("asked", 0), answer["created"], answer["waiting"]) == (1, 0, 1)
    assert resident("孙小").ended_on is None
    decide(answer, "theirs", leader)
    gone = resident("孙小")
    reason, day = expected
    assert (gone.end_reason, gone.ended_on) == (reason, day or timezone.localdate())
    again = run(with_state(family(孙小=said), workbook), "residents")
    assert (again.get("asked", 0), again["created"], again["rejected"]) == (0, 0, 0)


@pytest.mark.parametrize("said", [said for said, __ in STATES])
def test_somebody_unknown_who_is_gone_is_no_new_resident(workbook, ground, said):
    answer = run(with_state(family(孙小=said), workbook), "residents")

    assert (answer["created"], answer["rejected_by_reason"]) == (2, {"says_gone": 1})
    assert set(live()) == {"孙老", "周老"}


@pytest.mark.parametrize("said", HERE)
def test_who_is_here_is_here(workbook, ground, said):
    assert run(with_state(family(孙小=said), workbook), "residents")["created"] == 3


def test_a_day_in_the_future_is_no_day(workbook, known, leader):
    soon = (timezone.localdate() + timedelta(days=3)).isoformat()
    answer = run(with_state(family(孙小={"死亡日期": soon}), workbook), "residents")

    assert answer.get("asked", 0) == 0
    assert resident("孙小").grid.code == UNIT


def test_a_refused_death_says_what_is_to_be_done(client, known, leader, workbook):
    answer = run(with_state(family(孙老={"人员状态": "死亡"}), workbook), "residents")
    batch = ImportBatch.objects.get(pk=answer["batch"])
    client.force_login(factories.staff("administrator", factories.district()))
    [asked] = ImportConflict.objects.all()

    page = client.post(
        reverse("residents:decide_import_conflicts", args=[batch.pk]),
        {"decide": f"theirs:fact:{asked.pk}"},
        follow=True,
    )

    assert "请选择新户主" in page.content.decode()
    assert resident("孙老").ended_on is None
