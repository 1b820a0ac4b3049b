"""Rows of a care workbook: which person, which categories and which record each one means."""

from datetime import date

import pytest
from django.utils import timezone

from residents.models import CareCategory, CareRecord, Resident
from tests import factories
from tests.residents.sheets import number_of, record
from tests.residents.workbooks import OTHER_UNIT, UNIT

POOR, DISABLED, ALONE = "101", "201", "301"


@pytest.fixture
def wang(ground):
    return factories.resident(grid=ground[0])


def outcome(answer):
    return (
        answer["created"],
        answer["changed"],
        answer["unchanged"],
        answer["rejected_by_reason"],
    )


def bare(person, **values):
    return record(person, 认定日期="", 认定单位="") | values


def held(person):
    """{code: [(since, until), ...]}"""
    found = {}
    for one in person.care_records.order_by("since").select_related("category"):
        found.setdefault(one.category.code, []).append((str(one.since), str(one.until)))
    return found


# Whose record


def test_a_person_is_known_by_the_number_among_those_who_live_here(import_rows, ground, wang):
    number = number_of(wang)
    gone = factories.resident(grid=ground[0], ended_on=date(2025, 1, 1))
    far = factories.resident(grid=factories.unit("520602003003001"), number=number)
    leader, far_leader = (factories.staff("grid_leader", one.grid) for one in (wang, far))
    anywhere = record(wang)

    assert outcome(import_rows("care", [record(gone)]))[3] == {"resident_unknown": 1}
    assert outcome(import_rows("care", [anywhere]))[3] == {"resident_ambiguous": 1}
    assert outcome(import_rows("care", [anywhere | {"网格编码": far.grid.code}])) == (1, 0, 0, {})
    assert (wang.care_records.count(), far.care_records.count()) == (0, 1)
    assert outcome(import_rows("care", [anywhere], by=leader)) == (1, 0, 0, {})
    assert wang.care_records.count() == 1
    assert outcome(import_rows("care", [anywhere], by=far_leader)) == (0, 0, 1, {})
    admin = factories.staff("administrator", factories.district())
    # An administrator reads no care, and so learns nothing by a workbook of it.
    assert outcome(import_rows("care", [anywhere], by=admin)) == (0, 0, 0, {"resident_unknown": 1})


def test_a_name_that_agrees_or_is_left_out_says_nothing_against(import_rows, ground):
    people = [factories.resident(grid=ground[0], name=name) for name in ("王一", "王二", "王三")]
    rows = [record(one) for one in people]
    rows[1]["姓名"], rows[2]["姓名"] = "", "王四"

    assert outcome(import_rows("care", rows)) == (2, 0, 0, {"name_contradicts": 1})


def test_a_row_refused_already_keeps_its_reason(import_rows, ground, wang):
    wrong = {"认定日期": "2026-05-01", "终止日期": "2026-04-01"}
    nobody = {"公民身份号码": factories.id_number(date(1931, 5, 1))}

    answer = import_rows(
        "care", [record(wang, **wrong), record(wang, **wrong, **nobody), record(wang)]
    )

    assert outcome(answer) == (1, 0, 0, {"period_wrong": 2})


@pytest.mark.parametrize(
    "written",
    ["110101199003074514", "11010119900307451４", "110101 19900307 4514", "'110101199003074514"],
)
def test_the_number_is_read_as_in_the_register(import_rows, ground, written):
    factories.resident(grid=ground[0], number="110101199003074514", birth_on=date(1990, 3, 7))

    row = {"姓名": "", "公民身份号码": written, "特殊群体类别": "低保户"}

    assert import_rows("care", [row])["created"] == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("G12345678", (1, 0, 0, {})),
        ("g12345678", (1, 0, 0, {})),
        ("G 1234 5678", (1, 0, 0, {})),
        ("G1234567890123", (0, 0, 0, {"resident_unknown": 1})),
        ("G12345678901234", (0, 0, 0, {"id_checksum": 1})),
        ("1G2345678", (0, 0, 0, {"id_checksum": 1})),
        (123456.0, (0, 0, 0, {"id_checksum": 1})),
        (999999999999999.0, (0, 0, 0, {"id_birth": 1})),
        (1e15, (0, 0, 0, {"id_scientific": 1})),
        (-1e15, (0, 0, 0, {"id_scientific": 1})),
        ("1.1010119900307E+17", (0, 0, 0, {"id_scientific": 1})),
        ("", (0, 0, 0, {"value_missing": 1})),
    ],
)
def test_passports_and_what_is_no_number(import_rows, ground, written, expected):
    factories.resident(grid=ground[0], number="G12345678", birth_on=date(1990, 3, 7))

    row = {"姓名": "王秀兰", "公民身份号码": written, "特殊群体类别": "低保户"}

    answer = import_rows("care", [row])

    assert outcome(answer) == expected


# Which categories


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("低保家庭", {POOR}),
        ("低保", {POOR}),
        ("101", {POOR}),
        *((f"低保户{mark}残疾", {POOR, DISABLED}) for mark in "、,，;；/| "),
        ("獨居老人", {ALONE}),
        ("低保、残疾人、独居、低保户、", {POOR, DISABLED, ALONE}),
    ],
)
def test_every_spelling_of_several_categories(import_rows, wang, written, codes):
    assert import_rows("care", [record(wang, 特殊群体类别=written)])["created"] == 1
    assert set(held(wang)) == codes


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("低保户、没有这个词", "category_unknown"),
        ("", "value_missing"),
        ("、", "value_missing"),
        ("无", "value_missing"),
    ],
)
def test_one_word_that_is_none_keeps_the_row_out(import_rows, wang, written, reason):
    answer = import_rows("care", [record(wang, 特殊群体类别=written)])

    assert outcome(answer) == (0, 0, 0, {reason: 1})
    assert held(wang) == {}


def test_a_category_twice_in_a_file_counts_once(import_rows, ground, wang):
    other = factories.resident(grid=ground[0])
    rows = [
        record(wang, 特殊群体类别="低保户、残疾"),
        record(wang, 特殊群体类别="独居"),
        record(wang, 特殊群体类别="独居、高龄"),
        record(wang, 特殊群体类别="空巢", 姓名="别人"),
        record(wang, 特殊群体类别="空巢"),
        record(other, 特殊群体类别="低保户"),
    ]

    answer = import_rows("care", rows)

    assert outcome(answer) == (4, 0, 0, {"duplicate_in_file": 1, "name_contradicts": 1})
    assert set(held(wang)) == {POOR, DISABLED, ALONE, "302"}


def test_a_row_with_old_and_new_categories_changes_and_one_with_old_ones_does_not(
    import_rows, wang
):
    import_rows("care", [record(wang, 特殊群体类别="低保户、独居")])

    again = import_rows("care", [bare(wang, 特殊群体类别="低保户、独居")])
    more = import_rows("care", [bare(wang, 特殊群体类别="低保户、残疾")])

    assert (outcome(again), outcome(more)) == ((0, 0, 1, {}), (0, 1, 0, {}))
    assert {code: len(days) for code, days in held(wang).items()} == {
        POOR: 1, DISABLED: 1, ALONE: 1,
    }  # fmt: skip


# Which record

OVER = ("2020-01-01", "2020-12-31")
RUNNING = ("2022-01-01", "None")
TODAY = "today"


@pytest.mark.parametrize(
    ("before", "since", "until", "expected", "after"),
    [
        # the running one
        ([OVER, RUNNING], "", "", (0, 0, 1, {}), [OVER, RUNNING]),
        ([RUNNING], "2021-06-01", "", (0, 1, 0, {}), [("2021-06-01", "None")]),
        ([RUNNING], "2022-01-01", "2022-01-01", (0, 1, 0, {}), [("2022-01-01", "2022-01-01")]),
        ([RUNNING], "2022-01-01", "2024-05-01", (0, 1, 0, {}), [("2022-01-01", "2024-05-01")]),
        ([OVER, RUNNING], "", "2024-05-01", (0, 1, 0, {}), [OVER, ("2022-01-01", "2024-05-01")]),
        ([OVER, RUNNING], "2019-01-01", "", (0, 1, 0, {}), [("2019-01-01", "None"), OVER]),
        # before it began
        ([RUNNING], "", "2021-12-31", (0, 0, 0, {"period_wrong": 1}), [RUNNING]),
        # the one that began, or ended, on the day that the row says
        ([OVER, RUNNING], *OVER, (0, 0, 1, {}), [OVER, RUNNING]),
        ([OVER, RUNNING], "", OVER[1], (0, 0, 1, {}), [OVER, RUNNING]),
        ([OVER, RUNNING], OVER[0], "2021-06-30", (0, 1, 0, {}),
         [("2020-01-01", "2021-06-30"), RUNNING]),
        ([OVER, RUNNING], "2020-03-01", OVER[1], (0, 1, 0, {}),
         [("2020-03-01", "2020-12-31"), RUNNING]),
        ([OVER], OVER[0], "", (0, 0, 1, {}), [OVER]),
        ([OVER, ("2020-01-01", "2020-06-30")], *OVER, (0, 0, 1, {}),
         [OVER, ("2020-01-01", "2020-06-30")]),
        ([("2020-03-01", "2020-12-31"), OVER], *OVER, (0, 0, 1, {}),
         [OVER, ("2020-03-01", "2020-12-31")]),
        # none: a new one
        ([], "", "", (1, 0, 0, {}), [(TODAY, "None")]),
        ([], "2023-01-01", "2023-05-01", (1, 0, 0, {}), [("2023-01-01", "2023-05-01")]),
        ([OVER], "", "", (1, 0, 0, {}), [OVER, (TODAY, "None")]),
        ([OVER], "2021-01-01", "", (1, 0, 0, {}), [OVER, ("2021-01-01", "None")]),
        ([OVER], "", "2019-05-01", (0, 0, 0, {"period_wrong": 1}), [OVER]),
    ],
)  # fmt: skip
def test_which_record_the_days_of_a_row_mean(
    import_rows, ground, wang, before, since, until, expected, after
):
    poor, alone = (CareCategory.objects.get(code=code) for code in (POOR, ALONE))
    neighbour = factories.resident(grid=ground[0])
    for begins, ends in before:
        ends = None if ends == "None" else date.fromisoformat(ends)
        factories.care_record(wang, poor, since=date.fromisoformat(begins), until=ends)
    for person, category in ((wang, alone), (neighbour, poor)):
        factories.care_record(person, category, since=date(2023, 1, 1), until=date(2023, 5, 1))

    answer = import_rows("care", [bare(wang, 认定日期=since, 终止日期=until)])

    today = str(timezone.localdate())
    expected_days = [(today if begins == TODAY else begins, ends) for begins, ends in after]
    assert outcome(answer) == expected
    assert sorted(held(wang).get(POOR, [])) == sorted(expected_days)
    assert held(wang)[ALONE] == held(neighbour)[POOR] == [("2023-01-01", "2023-05-01")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"认定单位": "残联"}, ("残联", "老话")),
        ({"备注": "新话"}, ("民政局", "新话")),
        ({"认定单位": "民政局", "备注": "老话"}, None),
        ({}, None),
    ],
)
def test_source_and_note_are_taken_over_where_they_differ(import_rows, wang, said, expected):
    import_rows("care", [record(wang, 备注="老话")])

    answer = import_rows("care", [bare(wang, **said)])

    assert outcome(answer) == ((0, 1, 0, {}) if expected else (0, 0, 1, {}))
    found = CareRecord.objects.get()
    assert (found.source, found.note) == (expected or ("民政局", "老话"))
    assert str(found.since) == "2024-05-01"


def test_a_record_without_a_source_names_the_file(import_rows, wang):
    import_rows("care", [bare(wang, 备注="每月探望")])

    assert CareRecord.objects.values_list("source", "note").get() == ("care.xlsx", "每月探望")


def test_a_grid_that_is_none_keeps_a_row_out_and_another_one_of_the_district_does_not(
    import_rows, ground, wang
):
    rows = [
        record(wang, 网格编码="370402001028999"),
        record(wang, 网格编码=OTHER_UNIT),
        record(factories.resident(grid=ground[0]), 网格编码=UNIT),
    ]

    assert outcome(import_rows("care", rows)) == (2, 0, 0, {"grid_unknown": 1})
    assert Resident.objects.get(pk=wang.pk).grid == ground[0]
