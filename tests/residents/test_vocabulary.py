"""Imports, exports and filled forms call a column by the same words."""

import pytest
from django.utils import translation

from grids.workbooks.words import fold
from residents import vocabulary
from residents.exports import columns
from residents.imports.others.steps import SHEETS
from residents.imports.workbook import columns as asked
from residents.imports.workbook import heads
from residents.models.exports import Subject

SUBJECTS = [str(subject) for subject in columns.REGISTERS]
IMPORTS = ["residents", "premises", "leases", "buildings", "care", "staff"]
# Their labels are right, and imports take them for something else or for nothing.
NOT_IMPORTED = {
    "residents": {"age", "community"},
    "households": {"members", "community"},
    "premises": set(),
    "licences": {"left"},
    "leases": {"state", "special_edits"},
}  # fmt: skip


def exported(subject):
    return columns.REGISTERS[Subject(subject)].columns


def fields(subject):
    """{column: field} as the list says."""
    return {
        row.column: row.field
        for row in vocabulary.rows()
        if row.register == subject and row.column and row.label and row.field != vocabulary.IGNORED
    }


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_label_of_an_exported_column_is_understood_by_the_import(subject, language):
    known = vocabulary.heads(vocabulary.workbook_of(subject))

    with translation.override(language):
        understood = {one.name: known.get(fold(one.label)) for one in exported(subject)}

    expected = fields(subject)
    for name, field in understood.items():
        if name not in NOT_IMPORTED[subject]:
            assert field == expected[name] != "", name
        else:
            assert field in (None, vocabulary.IGNORED), name


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (
            "residents",
            {"id_number": "证件号码（隐去中段）", "address": "住址", "head_name": "户主姓名"},
        ),
        ("premises", {"premises_name": "单位名称", "code": "企业编码", "area": "经营面积（㎡）"}),
        ("licences", {"licence_number": "证照编号", "licence_expires_on": "有效期至"}),
        ("leases", {"since": "租期起", "until": "租期止", "rent": "月租金（元）"}),
    ],
)
def test_the_head_of_an_exported_workbook_is_found_again(subject, expected):
    with translation.override("zh-hans"):
        head = [str(column.label) for column in exported(subject)]

    table = heads.find(0, "Sheet1", [["说明"], head], vocabulary.workbook_of(subject))

    assert {name: table.heads[name] for name in expected} == expected


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_form_is_filled_by_every_head_that_the_import_understands(subject):
    """What no export says stays empty: a form that asks for the code of a grid gets no name."""
    known = vocabulary.form_heads(subject)
    columns_of: dict = {}
    for column, field in fields(subject).items():
        columns_of.setdefault(field, set()).add(column)
    columns_of.pop("", None)
    codes = {fold(word) for row in vocabulary.rows() if row.column == "-" for word in row.heads}

    for head, field in vocabulary.heads(vocabulary.workbook_of(subject)).items():
        if field in columns_of and head not in codes:
            assert known[head] in columns_of[field], head
    assert not codes & set(known)


@pytest.mark.parametrize(
    ("subject", "head", "column"),
    [
        ("residents", "困难类别", "care"),
        ("residents", "从业状况", "employer"),
        ("residents", "职业", "occupation"),
        ("residents", "所属网格", "grid"),
        ("residents", "编号", "serial"),
        ("residents", "网格编码", None),
        ("households", "姓名", "head"),
        ("households", "家庭成员", "members"),
        ("households", "编号", "serial"),
        ("premises", "营业执照号", "credit_code"),
        ("premises", "开办时间", "opened_on"),
        ("premises", "编号", "serial"),
    ],
)
def test_a_form_in_the_words_of_an_office(subject, head, column):
    assert vocabulary.form_heads(subject).get(head) == column


@pytest.mark.parametrize(
    ("register", "head", "field"),
    [
        ("residents", "困难类别", "care"),
        ("residents", "照护类别", "care"),
        ("residents", "实际年龄", "ignored"),
        ("residents", "职业", "occupation"),
        ("residents", "网格编码", "grid"),
        ("residents", "家庭人口数", "ignored"),
        ("residents", "家庭成员", "name"),
        ("premises", "用工人数", "head_count"),
        ("premises", "营业执照号", "business_licence_number"),
        ("premises", "编号", None),
        ("leases", "编号", "ignored"),
        ("staff", "住宅小区", "compound"),
    ],
)
def test_an_import_in_the_words_of_an_office(register, head, field):
    assert vocabulary.heads(register).get(head) == field


@pytest.mark.parametrize("register", IMPORTS)
def test_no_head_means_two_things_to_an_import(register):
    said: dict = {}
    own = [row for row in vocabulary.rows() if row.workbook == register and row.field]
    named = {row.field for row in own}
    for row in vocabulary.rows():
        if row in own or (row.register == "*" and row.field in named):
            for head in row.heads:
                said.setdefault(fold(head), set()).add(row.field)

    assert {head: names for head, names in said.items() if len(names) > 1} == {}
    assert len(said) > 50


@pytest.mark.django_db
@pytest.mark.parametrize("register", IMPORTS[1:])
def test_every_column_that_an_import_reads_has_a_label(register):
    read = {column.name for column in SHEETS[register]().columns}

    assert set(vocabulary.labels(register)) == read
    assert heads.NEEDED[register] | set(asked.NEEDED[register]) <= read


def test_an_export_speaks_the_language_of_its_reader():
    [phone] = [one for one in exported("residents") if one.name == "phone"]

    with translation.override("en"):
        english = str(phone.label)
    with translation.override("zh-hans"):
        chinese = str(phone.label)

    assert (english, chinese) == ("Phone", "联系电话")


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_two_columns_of_an_export_have_the_same_label(subject, language):
    with translation.override(language):
        labels = [str(column.label) for column in exported(subject)]

    assert len(set(labels)) == len(labels)
