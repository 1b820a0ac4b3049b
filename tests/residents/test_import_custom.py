"""Custom fields as columns of the residents' workbooks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from residents.models import CustomField, Resident
from residents.register_import import batches, columns, registers, undo
from tests import factories
from tests.residents.workbooks import HEADS, person


@pytest.fixture
def clerk(ground):
    return factories.staff("community_staff", ground[0])


@pytest.fixture
def fields(ground):
    return {
        "insurance": factories.custom_field(
            "医疗保险", kind="choice", choices=["职工医保", "居民医保"], key="insurance", other_words=["医保"]
        ),
        "land": factories.custom_field("承包地", kind="number", key="land"),
        "secret": factories.custom_field("血型", key="secret", is_sensitive=True, legal_basis="献血法"),
    }  # fmt: skip


def run(path, clerk, **options):
    return batches.run_file(path, by=clerk, **options)


def test_a_column_with_the_label_or_another_word_fills_the_field(
    workbook, clerk, fields
):
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

    outcome = registers.run("residents", book, found, reach=None, dry_run=True)

    assert outcome.unknown_values["医疗保险"] == {"商业险": 1}


def test_the_same_file_again_changes_nothing_and_another_value_one_row(
    workbook, clerk, fields
):
    rows = [person(医保="居民医保"), person(医保="职工医保")]
    heads = [*HEADS, "医保"]
    run(workbook(rows, heads=heads), clerk)

    again = run(workbook(rows, heads=heads), clerk)
    rows[1]["医保"] = "居民医保"
    dry = run(workbook(rows, heads=heads), clerk, dry_run=True)
    other = run(workbook(rows, heads=heads), clerk)

    assert (again["unchanged"], again["changed"]) == (2, 0)
    assert (dry["changed"], other["changed"]) == (1, 1)
    assert set(Resident.objects.values_list("facts__insurance", flat=True)) == {
        "居民医保"
    }


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
    from residents.models import ImportBatch

    undo.take_back(ImportBatch.objects.get(pk=said["batch"]), by=clerk)

    assert Resident.objects.get().facts == {"insurance": "居民医保"}


def test_the_mapping_page_offers_the_fields_and_keeps_a_chosen_one(
    workbook, clerk, fields
):
    path = workbook([person(地="2")], heads=[*HEADS, "地"])
    __, found = registers.read(path, by=clerk)

    [table] = columns.shown(found, {})
    at = next(
        one["field"].rpartition("-")[2]
        for one in table["columns"]
        if one["head"] == "地"
    )
    data = {one["field"]: one["chosen"] for one in table["columns"]}
    chosen, twice = columns.chosen_in(data | {f"column-0-{at}": "fact_land"}, found)

    assert columns.labels_of(*found)["fact_land"] == "承包地"
    assert "fact_secret" not in columns.labels_of(*found)
    assert (chosen["0"][at], twice) == ("fact_land", [])
    book, read = registers.read(path, chosen=chosen, by=clerk)
    registers.run("residents", book, read, reach=None, by_id=clerk.pk)
    assert Resident.objects.get().facts == {"land": "2"}


def test_an_import_without_custom_columns_makes_and_writes_nothing_more(
    workbook, clerk, ground
):
    path = workbook([person()])

    with CaptureQueriesContext(connection) as queries:
        run(path, clerk)

    about = [
        one["sql"]
        for one in queries
        if "customfield" in one["sql"] or "import_fact" in one["sql"]
    ]
    assert not CustomField.objects.exists()
    assert not [sql for sql in about if "UPDATE" in sql or "CREATE" in sql]
