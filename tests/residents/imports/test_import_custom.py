"""Custom fields as columns of the workbooks of residents and of premises."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from residents.imports import engine
from residents.imports.batch import batches, registers, undo
from residents.imports.workbook import columns
from residents.models import (
    CustomField,
    Dwelling,
    Household,
    ImportBatch,
    Premises,
    Resident,
)
from tests import factories
from tests.residents.sheets import run as run_sheet
from tests.residents.sheets import shop
from tests.residents.workbooks import HEADS, person


@pytest.fixture
def clerk(ground):
    return factories.staff("community_staff", ground[0])


@pytest.fixture
def fields(ground):
    return {
        "insurance": factories.custom_field(
            "医疗保险",
            kind="choice",
            choices=["职工医保", "居民医保"],
            key="insurance",
            other_words=["医保"],
        ),
        "land": factories.custom_field("承包地", kind="number", key="land"),
        "secret": factories.custom_field(
            "血型", key="secret", is_sensitive=True, legal_basis="献血法"
        ),
    }


def run(path, clerk, **options):
    return batches.run_file(path, by=clerk, **options)


def test_a_column_with_the_label_or_another_word_fills_the_field(workbook, clerk, fields):
    rows = [
        person(医保="居民医保", 承包地="３.50", 血型="甲"),
        person(医保="商业险", 承包地=""),
        person(),
    ]
    path = workbook(rows, heads=[*HEADS, "医保", "承包地", "血型"])

    said = run(path, clerk)

    assert (said["created"], said["rejected"]) == (3, 0)
    found = sorted(Resident.objects.values_list("facts", flat=True), key=len)
    assert found == [{}, {}, {"insurance": "居民医保", "land": "3.5"}]
    fields["insurance"].refresh_from_db()
    assert fields["insurance"].last_used_on is not None


def test_a_value_of_the_wrong_type_is_reported_as_unknown(workbook, clerk, fields):
    path = workbook([person(医保="商业险")], heads=[*HEADS, "医保"])
    book, found = registers.read(path, by=clerk)

    outcome = engine.run("residents", book, found, reach=None, dry_run=True)

    assert outcome.unknown_values["医疗保险"] == {"商业险": 1}


def test_the_same_file_again_changes_nothing_and_another_value_one_row(workbook, clerk, fields):
    rows = [person(医保="居民医保"), person(医保="职工医保")]
    heads = [*HEADS, "医保"]
    run(workbook(rows, heads=heads), clerk)

    again = run(workbook(rows, heads=heads), clerk)
    rows[1]["医保"] = "居民医保"
    dry = run(workbook(rows, heads=heads), clerk, dry_run=True)
    other = run(workbook(rows, heads=heads), clerk)

    assert (again["unchanged"], again["changed"]) == (2, 0)
    assert (dry["changed"], other["changed"]) == (1, 1)
    assert set(Resident.objects.values_list("facts__insurance", flat=True)) == {"居民医保"}


def test_ours_stay_where_the_file_is_not_to_win(workbook, clerk, fields):
    rows, heads = [person(医保="居民医保")], [*HEADS, "医保", "承包地"]
    run(workbook(rows, heads=heads), clerk)
    rows[0] |= {"医保": "职工医保", "承包地": "2"}

    run(workbook(rows, heads=heads), clerk, on_conflict="ours")

    assert Resident.objects.get().facts == {"insurance": "居民医保", "land": "2"}


def test_an_undo_takes_the_facts_back(workbook, clerk, fields):
    rows, heads = [person(医保="居民医保")], [*HEADS, "医保"]
    run(workbook(rows, heads=heads), clerk)
    rows[0]["医保"] = "职工医保"
    said = run(workbook(rows, heads=heads), clerk)
    undo.take_back(ImportBatch.objects.get(pk=said["batch"]), by=clerk)

    assert Resident.objects.get().facts == {"insurance": "居民医保"}


def test_the_mapping_page_offers_the_fields_and_keeps_a_chosen_one(workbook, clerk, fields):
    path = workbook([person(地="2")], heads=[*HEADS, "地"])
    __, found = registers.read(path, by=clerk)

    [table] = columns.shown(found, {})
    at = next(one["field"].rpartition("-")[2] for one in table["columns"] if one["head"] == "地")
    data = {one["field"]: one["chosen"] for one in table["columns"]}
    chosen, twice = columns.chosen_in(data | {f"column-0-{at}": "fact_land"}, found)

    assert columns.labels_of(*found)["fact_land"] == "承包地"
    assert "fact_secret" not in columns.labels_of(*found)
    assert (chosen["0"][at], twice) == ("fact_land", [])
    book, read = registers.read(path, chosen=chosen, by=clerk)
    engine.run("residents", book, read, reach=None, by_id=clerk.pk)
    assert Resident.objects.get().facts == {"land": "2"}


def test_an_import_without_custom_columns_makes_and_writes_nothing_more(workbook, clerk, ground):
    path = workbook([person()])

    with CaptureQueriesContext(connection) as queries:
        run(path, clerk)

    about = [
        one["sql"] for one in queries if "customfield" in one["sql"] or "import_fact" in one["sql"]
    ]
    assert not CustomField.objects.exists()
    assert not [sql for sql in about if "UPDATE" in sql or "CREATE" in sql]


@pytest.fixture
def of_places(ground):
    """Fields of a household, of its dwelling and of premises."""
    return {
        "net": factories.custom_field("宽带", register="household", kind="yes_no", key="net"),
        "gas": factories.custom_field(
            "燃气", register="dwelling", key="gas", other_words=["燃气类型"]
        ),
        "sign": factories.custom_field("招牌编号", register="premises", key="sign"),
        "secret": factories.custom_field(
            "户内藏品", register="household", key="secret", is_sensitive=True, legal_basis="依法"
        ),
    }


def family(**facts):
    """A head, and a member whose row says the same of their home."""
    head = person() | facts
    same = ("网格编码", "楼栋", "单元", "室号", "户号", "户主姓名")
    return [
        head,
        person(与户主关系="其他") | {name: head[name] for name in same} | facts,
    ]


HOME_HEADS = [*HEADS, "宽带", "燃气类型"]


def test_fields_of_the_household_and_the_dwelling_are_filled_from_the_same_rows(
    workbook, clerk, of_places
):
    rows = [*family(宽带="有", 燃气类型="天然气"), *family(宽带="", 燃气类型="")]

    said = run(workbook(rows, heads=HOME_HEADS), clerk)

    assert said["created"] == 4
    homes = Household.objects.values_list("facts", flat=True)
    assert sorted(homes, key=len) == [{}, {"net": "1"}]
    dwellings = Dwelling.objects.values_list("facts", flat=True)
    assert sorted(dwellings, key=len) == [{}, {"gas": "天然气"}]
    assert not Resident.objects.exclude(facts={}).exists()
    for key in ("net", "gas"):
        of_places[key].refresh_from_db()
        assert of_places[key].last_used_on is not None
    of_places["sign"].refresh_from_db()
    assert of_places["sign"].last_used_on is None


def test_a_fact_of_the_household_changes_the_row_that_speaks_for_it(workbook, clerk, of_places):
    rows = [*family(宽带="有", 燃气类型="天然气"), *family()]
    run(workbook(rows, heads=HOME_HEADS), clerk)

    again = run(workbook(rows, heads=HOME_HEADS), clerk)
    for row in rows[:2]:
        row["宽带"] = "无"
    dry = run(workbook(rows, heads=HOME_HEADS), clerk, dry_run=True)
    ours = run(workbook(rows, heads=HOME_HEADS), clerk, on_conflict="ours")
    theirs = run(workbook(rows, heads=HOME_HEADS), clerk)

    assert again["unchanged"] == 4
    assert (dry["changed"], ours["changed"], theirs["changed"]) == (1, 0, 1)
    assert Household.objects.filter(facts={"net": "0"}).count() == 1


def test_of_rows_that_say_another_thing_of_one_household_the_first_counts(
    workbook, clerk, of_places
):
    rows = family(宽带="有")
    rows[1]["宽带"] = "无"

    run(workbook(rows, heads=HOME_HEADS), clerk)

    assert Household.objects.get().facts == {"net": "1"}


def test_an_undo_takes_the_facts_of_the_household_back(workbook, clerk, of_places):
    rows = family(宽带="有", 燃气类型="煤气")
    run(workbook(rows, heads=HOME_HEADS), clerk)
    for row in rows:
        row |= {"宽带": "无", "燃气类型": "天然气"}
    said = run(workbook(rows, heads=HOME_HEADS), clerk)

    undo.take_back(ImportBatch.objects.get(pk=said["batch"]), by=clerk)

    assert Household.objects.get().facts == {"net": "1"}
    assert Dwelling.objects.get().facts == {"gas": "煤气"}


def test_one_label_in_two_registers_is_the_residents_and_can_be_chosen_otherwise(
    workbook, clerk, of_places
):
    factories.custom_field("宽带", key="own")
    path = workbook([person(宽带="有")], heads=[*HEADS, "宽带"])
    __, found = registers.read(path, by=clerk)

    labels = columns.labels_of(*found)

    assert found[0].columns["fact_own"] == len(HEADS)
    assert labels["fact_own"] == "宽带"
    assert labels["fact_household:net"].startswith("宽带 (")
    assert "fact_household:secret" not in labels
    assert "fact_premises:sign" not in labels
    chosen = {
        "0": {
            str(len(HEADS)): "fact_household:net",
            "0": "grid",
            "7": "name",
            "8": "id_number",
            "1": "building",
            "3": "room",
            "4": "number",
        }
    }
    book, read = registers.read(path, chosen=chosen, by=clerk)
    engine.run("residents", book, read, reach=None, by_id=clerk.pk)
    assert Household.objects.get().facts == {"net": "1"}


def test_fields_of_premises_are_columns_of_their_workbook(workbook, clerk, of_places):
    rows = [shop(招牌编号="A-01"), shop()]
    heads = list(rows[0])
    first = run_sheet(workbook(rows, heads=heads), "premises", by=clerk)

    again = run_sheet(workbook(rows, heads=heads), "premises", by=clerk)
    rows[0]["招牌编号"] = "A-02"
    ours = run_sheet(workbook(rows, heads=heads), "premises", by=clerk, on_conflict="ours")
    dry = run_sheet(workbook(rows, heads=heads), "premises", by=clerk, dry_run=True)
    said = run_sheet(workbook(rows, heads=heads), "premises", by=clerk)

    assert (first["created"], again["unchanged"], ours["unchanged"]) == (2, 2, 2)
    assert (dry["changed"], said["changed"]) == (1, 1)
    facts = Premises.objects.values_list("facts", flat=True)
    assert sorted(facts, key=len) == [{}, {"sign": "A-02"}]
    of_places["sign"].refresh_from_db()
    assert of_places["sign"].last_used_on is not None
    undo.take_back(ImportBatch.objects.get(pk=said["batch"]), by=clerk)
    assert Premises.objects.filter(facts={"sign": "A-01"}).count() == 1


def test_a_wrong_value_for_premises_is_left_out_and_reported(workbook, clerk, of_places):
    factories.custom_field("租期", register="premises", kind="date", key="term")
    rows = [shop(租期="长期")]
    path = workbook(rows, heads=list(rows[0]))
    book, found = registers.read(path, register="premises", by=clerk)

    outcome = engine.run("premises", book, found, reach=None, dry_run=True)

    assert (outcome.created, outcome.rejected) == (1, 0)
    assert outcome.unknown_values["租期"] == {"长期": 1}
