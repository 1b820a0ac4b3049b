"""House codes in the residents' workbooks: checked as the district has chosen, written with the dwelling."""

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from grids.models import DistrictProfile
from grids.models.grid import HouseCodes
from grids.workbooks import reader
from residents.imports.batch import batches, queue, undo
from residents.imports.workbook import reasons
from residents.models import Dwelling, ImportBatch, ImportProblem, MoveInRequest
from residents.places.house_codes import check_digit
from tests import factories
from tests.residents.workbooks import HEADS as PLAIN_HEADS
from tests.residents.workbooks import OTHER_UNIT, person

HEADS = [*PLAIN_HEADS, "房屋编码"]
BODY = "4403030070020300006000002"
CODE = BODY + check_digit(BODY)
WRONG_DIGIT = BODY + str((int(check_digit(BODY)) + 1) % 10)


@pytest.fixture
def checked(ground):
    """The district checks its codes by JGJ/T 246."""
    return DistrictProfile.objects.create(
        district_id=ground[0].district_id, house_codes=HouseCodes.JGJT_246
    )


def run(path, **options):
    return batches.run_file(path, **options)


def member_of(head, **facts):
    same = ("网格编码", "楼栋", "单元", "室号", "户号", "户主姓名")
    return person(与户主关系="其他") | {name: head[name] for name in same} | facts


def codes():
    return sorted(Dwelling.objects.values_list("house_code", flat=True))


@pytest.mark.parametrize(
    "written",
    [
        CODE,
        f" {CODE[:6]} {CODE[6:]} ",
        f"{CODE[:20]}-{CODE[20:]}",
        CODE.translate({ord("0") + n: ord("０") + n for n in range(10)}),
    ],
)
def test_a_right_code_comes_in_with_a_new_dwelling_however_it_is_spelled(
    checked, workbook, written
):
    said = run(workbook([person(房屋编码=written)], heads=HEADS))

    assert (said["created"], said["rejected"]) == (1, 0)
    assert codes() == [CODE]


@pytest.mark.parametrize(
    ("written", "reason", "word"),
    [
        (WRONG_DIGIT, "house_code_check", "校验码"),
        (BODY, "house_code_digits", "位数"),
        (CODE[:-1] + "A", "house_code_digits", "字母"),
        (4.403030070020300e25, "number_damaged", "科学计数"),
        ("4.40303E+25", "number_damaged", "科学计数"),
    ],
)
def test_a_wrong_code_rejects_its_row_and_says_why(checked, workbook, written, reason, word):
    rows = [person(房屋编码=written), person(房屋编码=CODE), person()]

    said = run(workbook(rows, heads=HEADS))

    assert (said["created"], said["rejected_by_reason"]) == (2, {reason: 1})
    problem = ImportProblem.objects.get()
    assert problem.field == "house_code"
    assert str(written)[:4] in problem.value or problem.value == "4E+25"
    with translation.override("zh-hans"):
        assert word in str(reasons.of(reason).text)
        assert str(reasons.of(reason).remedy)
    book = reader.open_workbook(said["result_file"])
    text = str([list(book.rows(name)) for name in book.sheet_names])
    assert str(reasons.of(reason).remedy) in text


def test_another_reason_comes_first(checked, workbook):
    rows = [person(房屋编码=WRONG_DIGIT, 姓名="", 户主姓名="甲")]

    said = run(workbook(rows, heads=HEADS))

    assert said["rejected_by_reason"] == {"name_missing": 1}


def test_a_persons_number_in_the_column_of_codes_stays_hidden(checked, workbook):
    row = person()

    run(workbook([row | {"房屋编码": row["公民身份号码"]}], heads=HEADS))

    assert row["公民身份号码"] not in ImportProblem.objects.get().value


def test_a_district_that_checks_nothing_takes_its_own_codes(ground, workbook):
    rows = [person(房屋编码="幸福-1-301"), person(房屋编码="x" * 31)]

    said = run(workbook(rows, heads=HEADS))

    assert said["rejected_by_reason"] == {"too_long": 1}
    assert codes() == ["幸福-1-301"]


def test_25_digits_are_right_where_the_district_says_so(checked, workbook):
    DistrictProfile.objects.update(house_codes=HouseCodes.DIGITS_25)

    said = run(workbook([person(房屋编码=BODY), person(房屋编码=CODE)], heads=HEADS))

    assert said["rejected_by_reason"] == {"house_code_digits": 1}
    assert codes() == [BODY]


def test_the_rows_of_one_dwelling_have_one_code(checked, workbook):
    other = BODY[:-1] + "3"
    head = person(房屋编码=CODE)
    rows = [
        head,
        member_of(head, 房屋编码=CODE),
        member_of(head, 房屋编码=""),
        member_of(head, 房屋编码=other + check_digit(other)),
    ]

    said = run(workbook(rows, heads=HEADS))

    assert said["rejected_by_reason"] == {"house_code_contradicts": 1}
    assert (said["created"], codes()) == (3, [CODE])


def test_the_same_file_again_is_unchanged_and_a_new_code_is_a_change(checked, workbook):
    head = person()
    rows = [head, member_of(head), person(房屋编码=CODE)]
    run(workbook(rows, heads=HEADS))

    again = run(workbook(rows, heads=HEADS))
    rows[1]["房屋编码"] = other = BODY[:-1] + "3" + check_digit(BODY[:-1] + "3")
    dry = run(workbook(rows, heads=HEADS), dry_run=True)
    assert codes() == ["", CODE]
    said = run(workbook(rows, heads=HEADS))

    assert (again["unchanged"], again["changed"]) == (3, 0)
    assert dry["changed"] == said["changed"] == 1
    assert codes() == sorted([other, CODE])
    assert run(workbook(rows, heads=HEADS))["unchanged"] == 3


def test_an_empty_cell_and_a_file_that_does_not_win_leave_our_code(checked, workbook):
    row = person(房屋编码=CODE)
    run(workbook([row], heads=HEADS))
    other = BODY[:-1] + "3"

    run(workbook([row | {"房屋编码": ""}], heads=HEADS))
    changed = row | {"房屋编码": other + check_digit(other)}
    said = run(workbook([changed], heads=HEADS), on_conflict="ours")

    assert said["unchanged"] == 1
    assert codes() == [CODE]


def test_a_code_that_was_confirmed_in_the_browser_is_written(checked, workbook, ground):
    """From the rows that the dry run kept, without the workbook."""
    row = person()
    run(workbook([row], heads=HEADS))
    content = workbook([row | {"房屋编码": CODE}], heads=HEADS).read_bytes()
    leader = factories.staff("grid_leader", ground[0])
    batch = batches.accept_upload(SimpleUploadedFile("底册.xlsx", content), by=leader)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.preview["changed"], codes()) == (1, [""])

    assert queue.confirm(batch)
    queue.work(batch.pk)

    assert codes() == [CODE]


def test_an_undo_takes_the_code_back_and_the_history_tells_of_both(checked, workbook):
    row = person()
    run(workbook([row], heads=HEADS))
    said = run(workbook([row | {"房屋编码": CODE}], heads=HEADS))
    assert codes() == [CODE]

    undo.take_back(ImportBatch.objects.get(pk=said["batch"]), by=None)

    assert codes() == [""]
    versions = apps.get_model("residents.DwellingEvent").objects.order_by("pgh_id")
    assert list(versions.values_list("house_code", flat=True)) == ["", CODE, ""]


def test_a_person_who_is_waited_for_brings_the_code_along(checked, workbook, ground):
    row = person(网格编码=OTHER_UNIT)
    run(workbook([row]))
    leader = factories.staff("grid_leader", ground[0])
    same = {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}

    said = run(workbook([person(房屋编码=CODE) | same], heads=HEADS), by=leader)

    assert said["waiting"] == 1
    assert CODE in MoveInRequest.objects.get().row_sealed.reveal()


def test_the_check_is_asked_for_once_whatever_the_number_of_rows(checked, workbook):
    def asked(number):
        rows = [person(房屋编码=CODE) for __ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            run(workbook(rows, heads=HEADS), dry_run=True)
        return len(queries), sum("house_codes" in one["sql"] for one in queries)

    assert asked(2) == asked(60)
    assert asked(2)[1] == 1


def test_a_workbook_without_the_column_asks_and_writes_nothing_more(checked, workbook):
    with CaptureQueriesContext(connection) as queries:
        run(workbook([person()]))

    assert not [one for one in queries if "SET house_code" in one["sql"]]
    assert not [one for one in queries if "house_codes" in one["sql"]]
