"""Facts that few lists have: of the file, the stay, the household, the dwelling and its owner."""

import json
from datetime import date
from decimal import Decimal

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from residents import vocabulary
from residents.imports.batch import asked, decisions, undo
from residents.imports.people import rare
from residents.models import Dwelling, Household, ImportBatch, ImportConflict, Resident, Stay
from tests import factories
from tests.residents.workbooks import person

DAY = date(2026, 5, 1)
OF_FILE = {
    "曾用名": ("former_name", "王小丫", "王小丫"),
    "籍贯": ("native_place", "山东滕州", "山东滕州"),
    "职业": ("occupation", "教师", "教师"),
    "政治面貌": ("political", "党员", "01"),
    "人户一致": ("lives_where_registered", "户在人不在", "away"),
    "外出去向": ("went_to", "济南市", "济南市"),
}
OF_STAY = {
    "来源地": ("came_from", "河南商丘", "河南商丘"),
    "居住事由": ("reason", "打工", "work"),
    "流入日期": ("came_on", "2026-05-01", DAY),
    "预计离开日期": ("leaves_on", "2027年5月1日", date(2027, 5, 1)),
    "办证类型": ("permit", "居住证", "residence"),
    "办证日期": ("permit_on", "2026.5.1", DAY),
    "居住证有效期至": ("permit_until", "2027-04-30", date(2027, 4, 30)),
}
ABROAD = {
    "国籍": ("nationality", "法国", "法国"),
    "外文姓": ("latin_surname", "MARTIN", "MARTIN"),
    "外文名": ("latin_given", "JEAN", "JEAN"),
    "居住事由": ("reason", "就学", "study"),
}
OF_DWELLING = {
    "房屋用途": ("use", "出租", "rented"),
    "产权性质": ("tenure", "公租房", "public"),
    "房主": ("owner_name", "刘房东", "刘房东"),
    "房东电话": ("owner_phone", "(0632)3312345", "0632-3312345"),
    "建筑面积": ("area", "86.5㎡", Decimal("86.50")),
    "楼层": ("floor", "3层", 3),
}
OF_HOUSEHOLD = {"入住日期": ("arrived_on", "2026-05-01", DAY)}
FLOATING = {"人口类型": "流动人口"}
ALL = [
    (Resident, OF_FILE, {}),
    (Stay, OF_STAY, FLOATING),
    (Stay, ABROAD, {"人口类型": "境外人员"}),
    (Dwelling, OF_DWELLING, {}),
    (Household, OF_HOUSEHOLD, {}),
]


def cells(facts):
    return {head: written for head, (__, written, __) in facts.items()}


def said(facts):
    return {name: value for name, __, value in facts.values()}


def stored(model, facts):
    return model.objects.values(*said(facts)).get()


def unknown(answer):
    return ImportBatch.objects.get(pk=answer["batch"]).result["unknown_values"]


@pytest.fixture
def take(import_rows):
    return lambda *rows, **options: import_rows("residents", list(rows), **options)


@pytest.mark.parametrize(("model", "facts", "besides"), ALL)
@pytest.mark.parametrize("on_conflict", ["theirs", "ours", "ask"])
def test_a_new_person_brings_all_of_them_at_once(take, model, facts, besides, on_conflict):
    row = person(**besides) | cells(facts)

    answer = take(row, on_conflict=on_conflict)
    again = take(row, on_conflict=on_conflict)

    assert (answer["created"], unknown(answer)) == (1, {})
    assert stored(model, facts) == said(facts)
    assert again["unchanged"] == 1
    assert not ImportConflict.objects.exists()


@pytest.mark.parametrize(("model", "facts", "besides"), ALL)
def test_somebody_known_learns_them_and_an_empty_cell_changes_nothing(take, model, facts, besides):
    row = person(**besides)
    take(row)

    dry = take(row | cells(facts), dry_run=True)
    assert dry["changed"] == 1
    assert not model.objects.filter(**said(facts)).exists()
    assert take(row | cells(facts))["changed"] == 1
    assert stored(model, facts) == said(facts)
    assert take(row | dict.fromkeys(cells(facts), ""))["unchanged"] == 1
    assert stored(model, facts) == said(facts)


@pytest.mark.parametrize("head", [*OF_FILE, *OF_STAY, *OF_DWELLING, *OF_HOUSEHOLD])
def test_each_of_them_alone_is_a_change_of_that_fact(take, head):
    facts = OF_FILE | OF_STAY | OF_DWELLING | OF_HOUSEHOLD
    row = person(**({} if head in OF_FILE else FLOATING))
    take(row)

    answer = take(row | {head: facts[head][1]})

    name, __, value = facts[head]
    assert (answer["changed"], unknown(answer)) == (1, {})
    assert rare.FACTS[name].model.objects.filter(**{name: value}).count() == 1


OTHER = {
    "职业": ("occupation", "教师", "医生"),
    "政治面貌": ("political", "01", "群众"),
    "来源地": ("came_from", "河南", "安徽"),
    "流入日期": ("came_on", DAY, "2026-06-01"),
    "入住日期": ("arrived_on", DAY, "2026-06-01"),
    "房屋用途": ("use", "rented", "空置"),
    "建筑面积": ("area", Decimal("60.00"), "70"),
    "房主": ("owner_name", "刘房东", "赵房东"),
}


def known(take, head):
    """A row of somebody of whom the register says something else."""
    name, ours, __ = OTHER[head]
    row = person(**({} if name == "political" else FLOATING))
    take(row)
    found, model = Resident.objects.get(), rare.FACTS[name].model
    if model is Stay:
        factories.stay(found, **{name: ours})
    else:
        model.objects.update(**{name: ours})
    return row


def value_of(name):
    return rare.FACTS[name].model.objects.values_list(name, flat=True).get()


@pytest.mark.parametrize("head", list(OTHER))
def test_where_it_differs_ours_stays_theirs_is_taken_or_somebody_is_asked(take, head):
    name, ours, theirs = OTHER[head]
    row = known(take, head) | {head: theirs}

    assert take(row, on_conflict="ours")["conflicts"] == 1
    assert value_of(name) == ours
    answer = take(row, on_conflict="ask")
    assert (answer["conflicts"], value_of(name)) == (1, ours)
    conflict = ImportConflict.objects.get(batch=answer["batch"])
    assert conflict.field == name
    assert take(row)["changed"] == 1
    assert value_of(name) != ours


@pytest.mark.parametrize("head", list(OTHER))
def test_what_was_asked_is_shown_in_words_and_decided(take, head, ground):
    name, ours, theirs = OTHER[head]
    row = known(take, head) | {head: theirs}
    answer = take(row, on_conflict="ask")
    batch = ImportBatch.objects.get(pk=answer["batch"])
    leader = factories.staff("grid_leader", ground[0])
    [shown] = asked.shown(batch.conflicts.all(), batch, leader)

    done = decisions.decide(batch, "theirs", by=leader, now=batch.created_at)

    assert str(shown["label"]) == vocabulary.labels("residents")[name]
    assert done.decided == 1
    assert value_of(name) != ours
    assert take(row)["unchanged"] == 1


def test_kept_facts_stay_when_somebody_says_so(take, ground):
    row = known(take, "职业") | {"职业": "医生"}
    batch = ImportBatch.objects.get(pk=take(row, on_conflict="ask")["batch"])
    leader = factories.staff("grid_leader", ground[0])

    decisions.decide(batch, "ours", by=leader, now=batch.created_at)

    assert value_of("occupation") == "教师"


def test_a_telephone_of_an_owner_is_hidden_from_who_may_not_read_it(take, ground):
    row = person()
    take(row | {"房主电话": "13811112222"})
    batch = ImportBatch.objects.get(
        pk=take(row | {"房主电话": "13833334444"}, on_conflict="ask")["batch"]
    )
    leader = factories.staff("grid_leader", ground[0])

    [conflict] = batch.conflicts.all()
    values = {
        readable: asked._value(conflict.field, "13833334444", readable, {})
        for readable in (frozenset(), frozenset({"phone"}))
    }

    assert values[frozenset({"phone"})] == "13833334444"
    assert "3333" not in values[frozenset()]
    assert asked.shown([conflict], batch, leader)[0]["field"] == "owner_phone"
    assert "13833334444" not in json.dumps(batch.result)


@pytest.mark.parametrize(
    ("besides", "head", "written", "shown"),
    [
        ({}, "来源地", "河南", {"came_from": {"****": 1}}),
        ({}, "居住事由", "打工", {"reason": {"work": 1}}),
        (FLOATING, "人户一致", "人户一致", {"lives_where_registered": {"together": 1}}),
        ({"人口类型": "境外人员"}, "籍贯", "山东", {"native_place": {"山东": 1}}),
        (FLOATING, "国籍", "法国", {"nationality": {"法国": 1}}),
    ],
)
def test_what_does_not_belong_to_the_kind_is_left_out_and_reported(
    take, besides, head, written, shown
):
    row = person(**besides)

    for answer in (take(row | {head: written}), take(row | {head: written})):
        assert (answer["rejected"], unknown(answer)) == (0, shown)
    assert answer["unchanged"] == 1
    assert not Stay.objects.exists()


def test_who_becomes_one_of_the_floating_population_brings_the_stay_along(take):
    row = person()
    take(row)

    answer = take(row | FLOATING | {"来源地": "河南"})

    assert (answer["changed"], unknown(answer)) == (1, {})
    assert Stay.objects.get().came_from == "河南"


@pytest.mark.parametrize(
    ("head", "written", "shown"),
    [
        ("房屋用途", "说不清", {"use": {"说不清": 1}}),
        ("建筑面积", "约86", {"area": {"约86": 1}}),
        ("入住日期", "2026年5月", {"arrived_on": {"2026年5月": 1}}),
        ("房主电话", "12", {"owner_phone": {"****": 1}}),
        ("职业", "长" * 61, {"occupation": {"长" * 20: 1}}),
        ("政治面貌", "无所谓", {"political": {"无所谓": 1}}),
        ("籍贯", "长" * 61, {"native_place": {"长" * 20: 1}}),
        ("建筑面积", "110101195005010028", {"area": {"1****************8": 1}}),
    ],
)
def test_what_cannot_be_read_refuses_nobody(take, head, written, shown):
    answer = take(person() | {head: written})

    assert (answer["created"], unknown(answer)) == (1, shown)


def test_of_several_rows_of_a_household_the_first_that_says_one_counts(take):
    head = person()
    home = {name: head[name] for name in ("室号", "户号", "户主姓名")}
    rows = [
        head | {"房主": ""},
        person(**home, 与户主关系="子", 姓名="王一") | {"房主": "刘房东"},
        person(**home, 与户主关系="子", 姓名="王二") | {"房主": "赵房东"},
    ]

    assert take(*rows)["created"] == 3
    assert Dwelling.objects.get().owner_name == "刘房东"
    assert take(*rows)["unchanged"] == 3


def test_a_refused_row_says_nothing(take):
    row = person()
    take(row)
    wrong = row | {"性别": "男", "职业": "教师", "房主": "刘房东"}

    assert take(wrong)["rejected"] == 1
    assert (Resident.objects.get().occupation, Dwelling.objects.get().owner_name) == ("", "")


def test_a_household_known_by_its_number_has_its_dwelling(take):
    row = person()
    take(row)
    bare = {name: value for name, value in row.items() if name not in ("楼栋", "单元", "室号")}

    assert take(bare | {"房主": "刘房东"})["changed"] == 1
    assert Dwelling.objects.get().owner_name == "刘房东"


def test_whoever_stays_elsewhere_leaves_the_dwelling_of_the_file_alone(take):
    row = person()
    take(row)
    moved = row | {"室号": "909", "房主": "刘房东"}

    take(moved, on_conflict="ours")

    assert not Dwelling.objects.filter(owner_name="刘房东").exists()


def test_undo_gives_known_people_their_facts_of_before(take):
    row = person(**FLOATING)
    take(row | cells(OF_STAY) | {"房主": "刘房东"})
    second = take(row | {"来源地": "安徽", "房主": "赵房东", "职业": "教师"})

    undo.take_back(ImportBatch.objects.get(pk=second["batch"]), by=None)

    found = Resident.objects.select_related("stay", "household__dwelling").get()
    assert (found.stay.came_from, found.occupation) == ("河南商丘", "")
    assert found.household.dwelling.owner_name == "刘房东"


def test_undo_takes_new_people_back_with_their_stay_and_dwelling(take):
    batch = ImportBatch.objects.get(pk=take(person(**FLOATING) | cells(OF_STAY))["batch"])

    undo.take_back(batch, by=None)

    assert [model.objects.count() for model in (Stay, Resident, Dwelling)] == [0, 0, 0]


def test_somebody_whose_stay_was_changed_since_is_kept_by_the_undo(take):
    batch = ImportBatch.objects.get(pk=take(person(**FLOATING) | cells(OF_STAY))["batch"])
    with pghistory.context(user=None):
        Stay.objects.update(came_from="安徽")

    undo.take_back(batch, by=None)

    assert Stay.objects.get().resident == Resident.objects.get()


def test_a_list_without_them_costs_nothing_and_one_with_them_no_more_by_the_row(take):
    def cost(rows):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            take(*rows)
        return queries.captured_queries

    plain = cost([person()])
    one = cost([person() | {"职业": "教师", "房主": "刘房东"}])
    many = cost([person() | {"职业": "教师", "房主": "刘房东"} for __ in range(30)])

    assert not any("import_rare" in query["sql"] for query in plain if "DROP" not in query["sql"])
    assert any("import_rare_dwelling" in query["sql"] for query in one)
    assert len(many) <= len(one) + 2
