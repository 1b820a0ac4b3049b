"""Cells of the catalogue's workbook: each spelling that is taken, and each that is not."""

import datetime as dt

import pytest
from django.utils import translation

from cases.catalogue import browse, cells, columns, versions, words, workbook
from cases.models import CaseStandard, Category, Responsibility, ServiceModule, Stage
from tests import factories as make
from tests.cases.office import bring, open_office

pytestmark = pytest.mark.django_db
WRONG = object()


@pytest.mark.parametrize(
    ("read", "said", "found"),
    [
        (cells.text(3), "三个字", "三个字"),
        (cells.text(3), "四个字呢", WRONG),
        (cells.text(3), "", ""),
        (cells.code, "1001", "01001"),
        (cells.code, "01001", "01001"),
        (cells.code, "1234567890", "1234567890"),
        (cells.code, "12345678901", WRONG),
        (cells.code, "A-1", "A-1"),
        (cells.code, "一", WRONG),
        (cells.code, "", ""),
        (cells.key, "parks", "parks"),
        (cells.key, "city_management2", "city_management2"),
        (cells.key, "a" * 30, "a" * 30),
        (cells.key, "a" * 31, WRONG),
        (cells.key, "Parks", WRONG),
        (cells.key, "2parks", WRONG),
        (cells.key, "", ""),
        (cells.limit, "", None),
        (cells.limit, "9999个工作日", [9999, "working_days"]),
        (cells.limit, "10000个工作日", WRONG),
        (cells.limit, "0个工作日", WRONG),
        (cells.limit, "很快", WRONG),
        (cells.yes_or_no, "", None),
        (cells.yes_or_no, "是", True),
        (cells.yes_or_no, "YES", True),
        (cells.yes_or_no, "√", True),
        (cells.yes_or_no, "1", True),
        (cells.yes_or_no, "true", True),
        (cells.yes_or_no, "y", True),
        (cells.yes_or_no, "否", False),
        (cells.yes_or_no, "No", False),
        (cells.yes_or_no, "×", False),
        (cells.yes_or_no, "0", False),
        (cells.yes_or_no, "false", False),
        (cells.yes_or_no, "n", False),
        (cells.yes_or_no, "可能", WRONG),
        (cells.day, "", None),
        (cells.day, "2027-01-01", dt.date(2027, 1, 1)),
        (cells.day, "2027年1月1日", dt.date(2027, 1, 1)),
        (cells.day, "2027-01", WRONG),
        (cells.day, "元旦", WRONG),
        (cells.kind, "事件", "matter"),
        (cells.kind, "MATTER", "matter"),
        (cells.kind, "", ""),
        (cells.kind, "别的", WRONG),
        (cells.loop, "grid", "grid"),
    ],
)
def test_what_a_cell_means(read, said, found):
    if found is WRONG:
        with pytest.raises(cells.Wrong):
            read(said)
    else:
        assert read(said) == found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        ("", ""),
        (0, "0"),
        (True, "是"),
        (False, "否"),
        ([2, "urgent_hours"], "2个紧急工时"),
        ((30, "minutes"), "30分钟"),
        (dt.date(2027, 1, 1), "2027-01-01"),
        ("光明", "光明"),
    ],
)
def test_how_a_value_is_written(value, said):
    assert cells.said_of(value) == said


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("2紧急工时", [2, "urgent_hours"]),
        ("2个紧急小时", [2, "urgent_hours"]),
        ("紧急2小时", [2, "urgent_hours"]),
        ("紧急 2 工时", [2, "urgent_hours"]),
        ("2 urgent hours", [2, "urgent_hours"]),
        ("1 Urgent Hour", [1, "urgent_hours"]),
        ("4工作时", [4, "working_hours"]),
        ("4个工作小时", [4, "working_hours"]),
        ("1 working hour", [1, "working_hours"]),
        ("4 working hours", [4, "working_hours"]),
        ("3工作日", [3, "working_days"]),
        ("1 working day", [1, "working_days"]),
        ("3 working days", [3, "working_days"]),
        ("7自然日", [7, "calendar_days"]),
        ("7日历天", [7, "calendar_days"]),
        ("7天", [7, "calendar_days"]),
        ("7日", [7, "calendar_days"]),
        ("1 calendar day", [1, "calendar_days"]),
        ("7 calendar days", [7, "calendar_days"]),
        ("30分", [30, "minutes"]),
        ("30分钟", [30, "minutes"]),
        ("1 minute", [1, "minutes"]),
        ("30 minutes", [30, "minutes"]),
        ("30min", [30, "minutes"]),
        (" 30 分钟 ", [30, "minutes"]),
        ("2小时", None),  # of which kind?
        ("紧急2天", [2, "calendar_days"]),
        ("0天", None),
        ("天", None),
        ("两天", None),
        ("2", None),
    ],
)
def test_a_limit_as_people_write_it(said, found):
    if found is None:
        with pytest.raises(ValueError):  # noqa: PT011  the text itself
            words.read_limit(said)
    else:
        assert words.read_limit(said) == found


@pytest.mark.parametrize(
    ("unit", "chinese", "english"),
    [
        ("minutes", "2分钟", "2 minutes"),
        ("urgent_hours", "2个紧急工时", "2 urgent hours"),
        ("working_hours", "2个工作时", "2 working hours"),
        ("working_days", "2个工作日", "2 working days"),
        ("calendar_days", "2个自然日", "2 calendar days"),
    ],
)
def test_a_limit_in_words(unit, chinese, english):
    assert words.limit(2, unit) == chinese
    with translation.override("en"):
        assert words.limit(2, unit) == english
        assert words.limit(1, unit) == english.replace("2", "1").removesuffix("s")


def test_yes_and_no_and_both_languages():
    assert (words.yes_or_no(True), words.yes_or_no(False)) == ("是", "否")
    assert words.in_all_languages(cells.YES) == {"是", "yes"}


def test_the_columns_of_the_sheets():
    heads = {sheet.key: [str(column.head) for column in sheet.columns] for sheet in columns.SHEETS}
    read = {
        sheet.key: {column.field for column in sheet.columns if column.read}
        for sheet in columns.SHEETS
    }
    needed = {
        sheet.key: {column.field for column in sheet.columns if column.is_needed}
        for sheet in columns.SHEETS
    }

    assert list(heads) == ["categories", "standards", "responsibilities"]
    assert set(columns.BY_KEY) == set(heads)
    assert read == {
        "categories": {"kind", "code", "name", "major_name", "module", "is_active"},
        "standards": {
            "kind", "code", "condition", "limit", "step_reported", "step_registered",
            "step_dispatched", "step_handling", "step_feedback", "closing_condition", "evidence",
            "default_line", "loop", "is_urgent", "is_admitted", "valid_from", "valid_to",
        },
        "responsibilities": {"kind", "code", "grid", "department"},
    }  # fmt: skip
    assert needed == {
        "categories": {"kind", "code", "name"},
        "standards": {"kind", "code", "condition", "limit"},
        "responsibilities": {"kind", "code", "grid", "department"},
    }
    for sheet in columns.SHEETS:
        assert sheet.column(sheet.mark).field == sheet.mark
        known = sheet.heads()
        assert known["编码"] == known["code"] == "code"
        assert set(known.values()) == read[sheet.key]


@pytest.mark.parametrize(
    ("sheet", "field", "longest"),
    [
        ("categories", "name", 60),
        ("categories", "major_name", 60),
        ("categories", "module", 40),
        ("standards", "condition", 120),
        ("standards", "closing_condition", 200),
        ("standards", "evidence", 120),
        ("responsibilities", "grid", 20),
        ("responsibilities", "department", 80),
    ],
)
def test_how_long_a_text_may_be(sheet, field, longest):
    read = columns.BY_KEY[sheet].column(field).read

    assert read("长" * longest)
    with pytest.raises(cells.Wrong, match=str(longest)):
        read("长" * (longest + 1))


@pytest.fixture
def catalogue(db):
    """Matters and a component, with and without standards of today."""

    def add(kind, code, name, major="市容", **fields):
        return Category.objects.create(kind=kind, code=code, name=name, major_name=major, **fields)

    rows = {
        "cover": add("matter", "01002", "井盖缺失", "设施"),
        "noise": add("matter", "01001", "噪声扰民"),
        "part": add("component", "01001", "井盖", "设施"),
        "gone": add("matter", "01003", "井盖旧类", is_active=False),
    }
    make.standard(
        2,
        "urgent_hours",
        of=rows["cover"],
        condition="道路井盖缺失",
        step_limits={"handling": [1, "working_hours"], "registered": [30, "minutes"]},
    )
    make.standard(3, "working_days", of=rows["cover"], condition="响动")
    make.standard(4, of=rows["part"], condition="井盖破损")
    make.standard(4, of=rows["gone"], condition="井盖")
    make.standard(4, of=rows["noise"], condition="夜间")
    make.standard(4, of=rows["noise"], condition="旧井盖", valid_to=dt.date(2020, 2, 2))
    return rows  # fmt: skip


def shown(entries):
    return [
        (entry.category.name, [standard.condition for standard in entry.standards])
        for entry in entries
    ]


def test_a_class_of_the_catalogue_in_its_order(catalogue):
    both = ["道路井盖缺失", "响动"]

    assert shown(browse.entries(kind="matter")) == [("噪声扰民", ["夜间"]), ("井盖缺失", both)]
    assert shown(browse.entries(kind="matter", major="设施")) == [("井盖缺失", both)]
    assert shown(browse.entries(kind="component")) == [("井盖", ["井盖破损"])]
    assert browse.majors("matter") == ["市容", "设施"]
    assert browse.majors("component") == ["设施"]
    (entry,) = browse.entries(kind="matter", major="设施")
    first, second = entry.standards
    assert (first.limit_words, second.limit_words) == ("2个紧急工时", "3个工作日")
    assert [(str(step), limit) for step, limit in first.step_words] == [
        ("派遣", "30分钟"),
        ("反馈处理结果", "1个工作时"),
    ]
    assert second.step_words == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("井盖缺失", ["井盖缺失"]),
        ("井盖", ["井盖缺失", "井盖"]),  # what happens goes before what it is made of
        ("井 盖", ["井盖缺失", "井盖"]),
        ("01001", ["噪声扰民", "井盖", "井盖缺失"]),  # its own code before a similar one
        ("夜间", ["噪声扰民"]),
        ("夜间很吵", []),  # one pair of three
        ("夜间吵", ["噪声扰民"]),  # one of two
        ("夜", ["噪声扰民"]),
        ("没有", []),
    ],
)
def test_what_a_text_names(catalogue, text, names):
    assert [entry.category.name for entry in browse.entries(text=text)] == names


def test_the_standard_that_holds_the_text_stands_first(catalogue, monkeypatch):
    (entry,) = browse.entries(text="响动")
    assert [standard.condition for standard in entry.standards] == ["响动", "道路井盖缺失"]
    monkeypatch.setattr(browse, "MOST", 1)
    assert [entry.category.name for entry in browse.entries(text="井盖")] == ["井盖缺失"]


def test_who_answers_at_a_place(catalogue):
    unit, other = make.unit(), make.unit("370402001028002")
    bureau, closed = make.department(), make.department("已撤", is_active=False)
    street = make.department("街道办", make.street())

    def answers(grid, department, category="cover"):
        Responsibility.objects.create(
            district_id=unit.district_id, grid=grid, category=catalogue[category],
            department=department,
        )  # fmt: skip

    answers(make.district(), bureau)
    answers(make.street(), street)
    answers(unit, closed)
    answers(other, bureau, "noise")

    def found(grid):
        return {
            entry.category.name: entry.department
            for entry in browse.entries(kind="matter", grid=grid)
        }

    assert found(unit) == {"噪声扰民": "", "井盖缺失": "街道办"}
    assert found(make.district()) == {"噪声扰民": "", "井盖缺失": "城市管理局"}
    assert found(other) == {"噪声扰民": "城市管理局", "井盖缺失": "街道办"}
    assert found(None) == {"噪声扰民": "", "井盖缺失": ""}


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "is_in_force", "is_current"),
    [
        ("2026-11-20", None, True, True),
        ("2026-11-21", None, False, True),
        ("2020-01-01", "2026-11-20", True, True),
        ("2020-01-01", "2026-11-19", False, False),
    ],
)
def test_which_standards_hold_today(valid_from, valid_to, is_in_force, is_current):
    row = make.standard(valid_from=valid_from, valid_to=valid_to)
    today = dt.date(2026, 11, 20)

    assert (row in versions.in_force(today)) is is_in_force
    assert (row in versions.current(today)) is is_current


def test_the_workbook_holds_what_is_there_and_of_the_own_district_only(catalogue):
    keeper = make.staff("administrator", make.district())
    foreign = make.unit("370403001028001")
    module = ServiceModule.objects.create(code="m", name="市政")
    Category.objects.filter(pk=catalogue["cover"].pk).update(module=module)
    for grid, department in (
        (make.unit(), make.department()),
        (foreign, make.department("外", foreign)),
    ):
        Responsibility.objects.create(
            district_id=grid.district_id, grid=grid, category=catalogue["cover"],
            department=department,
        )  # fmt: skip
    ended = make.unit("370402001028009")
    Responsibility.objects.create(
        district_id=ended.district_id, grid=ended, category=catalogue["noise"],
        department=make.department(),
    )  # fmt: skip
    type(ended).objects.filter(pk=ended.pk).update(valid_to=dt.date(2020, 2, 2))

    rows = {key: list(of(keeper)) for key, of in workbook.ROWS.items()}
    assert [
        (row["kind"], row["code"], row["module"], row["is_active"]) for row in rows["categories"]
    ] == [
        ("部件", "01001", "", True),
        ("事件", "01001", "", True),
        ("事件", "01002", "市政", True),
        ("事件", "01003", "", False),
    ]
    assert [(row["category"], row["condition"]) for row in rows["standards"]] == [
        ("井盖", "井盖破损"),
        ("噪声扰民", "夜间"),
        ("井盖缺失", "道路井盖缺失"),
        ("井盖缺失", "响动"),
        ("井盖旧类", "井盖"),
    ]
    assert rows["responsibilities"] == [
        {
            "kind": "事件", "code": "01002", "category": "井盖缺失", "grid": make.unit().code,
            "grid_name": make.unit().name, "department": "城市管理局",
        }
    ]  # fmt: skip


def test_a_standard_as_a_row():
    row = make.standard(
        2, "urgent_hours", condition="缺", step_limits={"handling": [1, "working_hours"]},
        closing_condition="好", evidence="照片", default_line="parks", loop="grid", is_urgent=True,
        is_admitted=False, valid_from=dt.date(2026, 1, 1), valid_to=dt.date(2026, 12, 31),
    )  # fmt: skip

    assert cells.standard_row(row) == {
        "condition": "缺",
        "limit": [2, "urgent_hours"],
        "step_reported": None,
        "step_registered": None,
        "step_dispatched": None,
        "step_handling": [1, "working_hours"],
        "step_feedback": None,
        "closing_condition": "好",
        "evidence": "照片",
        "default_line": "parks",
        "loop": "网格（微循环）",
        "is_urgent": True,
        "is_admitted": False,
        "valid_from": dt.date(2026, 1, 1),
        "valid_to": dt.date(2026, 12, 31),
    }


def test_a_version_that_is_used_is_followed_and_one_that_is_not_is_changed():
    used = open_office().standard
    case = bring(open_office(used), Stage.REGISTERED)
    free = make.standard(condition="空")
    today = dt.date(2026, 11, 20)

    def edit(row, **fields):
        edited = CaseStandard.objects.get(pk=row.pk)
        for name, value in fields.items():
            setattr(edited, name, value)
        return versions.keep(edited, today=today)

    assert versions.is_used(used)
    assert not versions.is_used(free)
    assert edit(free, limit_number=9).pk == free.pk
    later = edit(used, limit_number=9)
    used.refresh_from_db()
    assert (later.replaces, later.valid_from, used.valid_to) == (used, today, dt.date(2026, 11, 19))
    assert case.standard_id == used.pk
    assert versions.obstacle(used) is None
    changed = CaseStandard.objects.get(pk=used.pk)
    changed.evidence = "照片"
    assert versions.obstacle(changed)
    moved = CaseStandard.objects.get(pk=later.pk)
    moved.category = make.category("噪声")
    assert versions.obstacle(moved)
