"""What is said of rows and files: blank workbooks, hidden values, notes of an upload, reasons."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone, translation

from residents import vocabulary
from residents.imports.batch import asked, batches, groups
from residents.imports.others import blank
from residents.imports.workbook import reasons, values
from residents.imports.workbook.copying import NULL, copy_text
from residents.models import ImportBatch, ImportProblem
from tests import factories
from tests.residents.sheets import lease, record, shop, worker
from tests.residents.workbooks import OTHER_UNIT, UNIT

State = ImportBatch.State


@pytest.fixture
def ground(db):
    return factories.unit(UNIT), factories.unit(OTHER_UNIT)


# The empty workbook


@pytest.mark.parametrize(
    "register", ["residents", "premises", "leases", "buildings", "care", "staff"]
)
def test_the_empty_workbook_has_our_heads_an_example_and_notes(register):
    book = openpyxl.load_workbook(io.BytesIO(blank.workbook(register, "台" * 40)))
    rows, notes = book.worksheets
    labels = list(vocabulary.labels(register).values())

    heads = [cell.value for cell in rows[1]]
    assert heads == ["序号", *labels]
    assert all(cell.font.b and cell.fill.fgColor.rgb[-6:] == "E8ECF1" for cell in rows[1])
    assert rows["A2"].value.startswith("示例")
    assert any(cell.value for cell in rows[2][1:])
    assert all(cell.font.i and cell.number_format == "@" for cell in rows[2])
    assert (rows.title, rows.freeze_panes) == ("台" * 31, "A2")
    for letter, label in zip("BCD", labels, strict=False):
        assert rows.column_dimensions[letter].width >= max(12, 2 * len(label) + 4)
    assert [cell.value for cell in notes["A"]][1:] == labels
    assert len([cell.value for cell in notes[1] if cell.value]) == 3
    assert any(cell.value for cell in notes["C"][1:])
    assert notes["B2"].alignment.wrap_text
    assert notes["B2"].alignment.vertical == "top"
    for cell in notes["C"][1:]:
        words = (cell.value or "").split("、")
        assert len(words) <= 8
        assert not set(words) & set(labels)


def test_the_notes_name_other_words_that_are_understood():
    book = openpyxl.load_workbook(io.BytesIO(blank.workbook("staff", "人员")))
    notes = {
        row[0].value: (row[1].value, row[2].value)
        for row in book.worksheets[1].iter_rows(min_row=2)
    }

    assert notes["姓名"][0] == "必填"
    assert "名字" in notes["姓名"][1].split("、")
    assert notes["楼栋"][0] == "楼栋长必填"


# What is shown of a refused row


@pytest.mark.parametrize(
    ("register", "row", "shown"),
    [
        ("premises", shop(网格编码="无此网格" * 20), ("too_long", "grid", "")),
        ("premises", shop(网格编码="无" + "此" * 50), ("grid_unknown", "grid", "无" + "此" * 39)),
        ("premises", shop(单位名称=""), ("value_missing", "premises_name", "")),
        ("premises", shop(楼栋="长" * 61), ("too_long", "building", "")),
        ("leases", lease(租期止="2025-01-01"), ("period_wrong", "until", "2025-01-01")),
        ("staff", worker(岗位="大队长"), ("role_unknown", "role", "大队长")),
        ("staff", worker(岗位="网格员", 网格编码=""), ("value_missing", "grid", "")),
    ],
)
def test_what_a_problem_shows_of_a_cell(ground, import_rows, register, row, shown):
    answer = import_rows(register, [row])

    problem = ImportProblem.objects.get(batch=answer["batch"])
    assert (problem.reason, problem.field, problem.value) == shown
    assert problem.row == 2


@pytest.mark.parametrize("number", ["110101195005010028", 1.10101195005e17])
def test_a_number_of_a_person_is_never_shown(ground, import_rows, number):
    person = factories.resident(grid=ground[0])

    answer = import_rows("care", [record(person, 公民身份号码=number, 特殊群体类别="低保")])

    problem = ImportProblem.objects.get(batch=answer["batch"])
    assert problem.field == "id_number"
    assert set(problem.value[1:]) <= {"*"}


# Notes of an upload


@pytest.mark.parametrize(
    ("state", "preview", "is_clean", "notes"),
    [
        ("checked", {"created": 1}, True, []),
        ("checked", {"changed": 1}, True, []),
        ("checked", {"waiting": 1}, True, []),
        ("checked", {"unchanged": 5}, False, ["Nothing to write"]),
        ("checked", {}, False, ["Nothing to write"]),
        ("checked", {"created": 1, "rejected": 1}, False, []),
        ("checked", {"created": 1, "possible_duplicates": 2}, False, ["2 possible duplicates"]),
        ("checked", {"created": 1, "conflicts": {"facts": 3}}, True, ["3 facts differ"]),
        ("checked", {"created": 1, "conflicts": {"facts": 0}}, True, []),
        ("importing", {"created": 1, "conflicts": {"facts": 3}}, False, []),
        ("mapping", {}, False, []),
    ],
)
def test_what_speaks_against_confirming_unseen(state, preview, is_clean, notes):
    batch = ImportBatch(state=state, preview=preview, result={})

    with translation.override("en"):
        assert groups.is_clean(batch) is is_clean
        assert groups._notes(batch, is_twice=False, before=None) == notes
        twice = groups._notes(batch, is_twice=True, before=timezone.now())
    assert twice[:2] == [
        "The same file is in this upload twice", "The very same file was imported before",
    ]  # fmt: skip
    done = ImportBatch(state=State.DONE, result={"possible_duplicates": 1}, error="internal")
    with translation.override("en"):
        said = [str(one) for one in groups._notes(done, is_twice=False, before=timezone.now())]
    assert [one.partition(":")[0] for one in said] == ["Not undone", "1 possible duplicates"]


def test_the_lines_of_an_upload(ground):
    leader = factories.staff("grid_leader", ground[0])

    def put(file_hash, state="checked", **fields):
        return ImportBatch.objects.create(
            by=leader, district_id=leader.district_id, state=state, file_hash=file_hash,
            preview={"created": 1}, created_at=timezone.now(), files_expire_at=timezone.now(), **fields,
        )  # fmt: skip

    put("old", "done")
    put("other", "cancelled")
    first, twin, old, gone, other = (
        put("a"), put("a"), put("old"), put("b", "cancelled"), put("other"),
    )  # fmt: skip
    alone = put("b")

    lines = {
        one["batch"]: one for one in groups.lines([first, twin, old, gone, other, alone], leader)
    }

    assert [lines[one]["is_clean"] for one in (first, twin, old, gone, other, alone)] == [
        True, False, False, False, True, True,
    ]  # fmt: skip
    with translation.override("en"):
        again = {one["batch"]: one["notes"] for one in groups.lines(list(lines), leader)}
    assert again[first] == again[twin] == ["The same file is in this upload twice"]
    assert again[old] == ["The very same file was imported before"]
    assert again[alone] == []
    assert groups.lines([], leader) == []


# Words


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("kind", "floating", "Floating population"), ("sex", "1", "male"), ("sex", "2", "female"),
        ("sex", "9", "9"), ("marital", "20", "已婚"), ("marital", "99", "99"), ("name", "20", "20"),
        ("kind", "none", "none"),
    ],
)  # fmt: skip
def test_a_fact_that_differs_in_words(field, value, said):
    with translation.override("en"):
        found = str(asked.word(field, value, {("marital", "20"): "已婚", ("name", "20"): "x"}))

    assert found.startswith(said.split()[0])


def test_what_the_facts_that_differ_are_called():
    with translation.override("en"):
        assert str(asked.label("place")) == "Where the person lives"
        assert str(asked.label("household_phone")) == "Phone of the household"
    assert asked.label("name") == "姓名"
    assert asked.label("made_up") == "made_up"


CODES = [
    "id_scientific",
    "id_checksum",
    "name_missing",
    "grid_unknown",
    "id_duplicate_in_file",
    "birth_contradicts_id",
    "outside_scope",
    "id_birth",
    "id_future",
    "id_missing",
    "birth_unreadable",
    "household_missing",
    "dwelling_missing",
    "building_ambiguous",
    "household_contradicts",
    "household_elsewhere",
    "person_duplicate_in_file",
    "house_code_digits",
    "house_code_check",
    "house_code_contradicts",
    "too_long",
    "value_missing",
    "duplicate_in_file",
    "entry_elsewhere",
    "phone_wrong",
    "mail_wrong",
    "date_unreadable",
    "number_unreadable",
    "number_damaged",
    "period_wrong",
    "credit_code_wrong",
    "credit_code_scientific",
    "kind_missing",
    "premises_ambiguous",
    "more_than_all",
    "licence_period",
    "compound_contradicts",
    "lease_ended",
    "resident_unknown",
    "resident_ambiguous",
    "name_contradicts",
    "category_unknown",
    "role_unknown",
    "department_unknown",
    "department_ambiguous",
    "building_unknown",
    "staff_ambiguous",
    "username_missing",
    "username_wrong",
    "username_taken",
    "person_contradicts",
    "posting_overlaps",
]


@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_words_and_a_remedy_of_its_own(code):
    found = reasons.REASONS[code]

    assert str(found.text).strip()
    assert str(found.remedy).strip()
    assert reasons.of(code) == found


def test_a_word_that_no_dictionary_knows_is_counted_and_cut():
    unknown = values.Unknown()
    coded = values.Coded("education", [("60", "高中", ["普高"]), ("01", "甲", [])], unknown)

    assert [coded(one)[0] for one in ("高中", "普高", "60", "01", "1", "", None)] == [
        "60", "60", "60", "01", "01", "", "",
    ]  # fmt: skip
    assert coded("秀" * 30) == coded("秀" * 25) == ("", ())
    assert unknown.as_dict() == {"education": {"秀" * 20: 2}}
    listed = values.Listed("kind", unknown)
    assert (listed("流动"), listed(""), listed("x" * 30)) == ("floating", "", "")
    assert unknown.as_dict()["kind"] == {"x" * 20: 1}
    for number in range(60):
        unknown.note("care", f"词{number}")
        unknown.note("care", "词0")
    assert len(unknown.seen["care"]) == 50
    assert next(iter(unknown.as_dict()["care"].items())) == ("词0", 61)
    assert len(unknown.as_dict()["care"]) == 5


def test_a_cell_that_names_categories():
    unknown = values.Unknown()
    kind = values.Categories([(7, "101", "低保家庭", ["低保"]), (3, "201", "残疾人", [])], unknown)

    assert kind("低保、残疾人") == kind("201,101") == kind("残疾人 低保家庭|低保") == (3, 7)
    assert kind("低保；没有/这个") == (7,)
    assert (kind(""), kind("无")) == ((), ())
    assert unknown.as_dict() == {"care": {"没有": 1, "这个": 1}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""), (None, ""), ("王", "王"), ("a\\b", "a\\\\b"), ("a\tb\nc\rd", "a b c d"), ("a\0b", "ab"),
        ("\\N", "\\\\N"),
    ],
)  # fmt: skip
def test_text_in_the_form_of_copy(value, text):
    assert copy_text(value) == text
    assert NULL == "\\N"


def test_files_of_an_import_are_kept_for_thirty_days(ground, import_rows):
    answer = import_rows("premises", [shop(), shop(单位名称="")])

    batch = ImportBatch.objects.get(pk=answer["batch"])
    assert batch.files_expire_at - batch.created_at == timedelta(days=30)
    assert timedelta(0) <= batch.finished_at - batch.created_at < timedelta(minutes=5)
    assert (batch.state, batch.file_name, batch.district_id) == (
        "done", "premises.xlsx", ground[0].district_id,
    )  # fmt: skip
    later = batch.files_expire_at
    assert batches.expire_files(later) == 0
    assert batches.expire_files(later + timedelta(seconds=1)) == 1
    batch.refresh_from_db()
    assert (batch.state, batch.result_file.name) == ("done", "")


def test_one_sheet_of_several_is_read_when_it_is_named(ground, tmp_path):
    import xlsxwriter

    from grids.workbooks.reader import WorkbookError
    from tests.residents.sheets import run

    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, number in (("一", 1), ("二", 2)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["网格编码", "楼栋", "层数"])
            for line in range(number):
                sheet.write_row(line + 1, 0, [UNIT, f"{name}{line}号楼", 6])
        book.add_worksheet("说明").write(0, 0, "请填写")

    assert run(path, "buildings", dry_run=True)["rows"] == 3
    assert run(path, "buildings", dry_run=True, sheet="一")["rows"] == 1
    assert run(path, "buildings", dry_run=True, sheet="二")["rows"] == 2
    for sheet, code in (("三", "sheet_missing"), ("说明", "no_header")):
        with pytest.raises(WorkbookError, match=code):
            run(path, "buildings", dry_run=True, sheet=sheet)
