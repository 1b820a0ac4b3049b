"""A workbook taken over row by row: what each row does, what it says, and what it leaves alone."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils import timezone

from cases.catalogue import shipped, takeover, versions
from cases.models import (
    AnswerTemplate,
    CaseStandard,
    CatalogueUpload,
    Category,
    Responsibility,
    ServiceModule,
    Stage,
)
from tests import factories as make
from tests.cases.office import bring, open_office

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def on_friday():
    with time_machine.travel("2026-11-20T14:00:00+08:00", tick=False):
        yield


@pytest.fixture
def keeper(db):
    make.unit()
    return make.staff("administrator", make.district())


def upload(keeper, **sheets):
    """Of rows like {"kind": "事件", ...}; row 2 is the first."""
    content = {}
    for key, rows in sheets.items():
        heads = list(dict.fromkeys(name for row in rows for name in row))
        said = [
            [number, *(row.get(head, "") for head in heads)] for number, row in enumerate(rows, 2)
        ]
        content[key] = {"heads": heads, "rows": said}
    return CatalogueUpload.objects.create(
        district=make.district(),
        by=keeper,
        at=timezone.now(),
        file_name="目录.xlsx",
        content=content,
    )


def lines(findings):
    return [
        (
            line["row"],
            line["action"],
            [(change["head"], change["old"], change["new"]) for change in line["changes"]],
            [problem["head"] for problem in line["problems"]],
        )
        for line in findings.lines
    ]


def take(keeper, **sheets):
    """(lines, counts) of the first look; then it is written."""
    row = upload(keeper, **sheets)
    found = takeover.check(row)
    row.findings = found.as_data()
    row.save()
    if not found.problems:
        assert takeover.confirm(row, by=keeper)
    return lines(found)


def matter(code="01001", **more):
    return {"kind": "事件", "code": code} | more


def test_rows_of_categories(keeper):
    roads, water = (
        ServiceModule.objects.create(code=code, name=name)
        for code, name in (("r", "道路"), ("w", "供水"))
    )
    old = Category.objects.create(
        kind="matter", code="01001", name="井盖", major_name="设施", module=roads
    )
    rows = [
        matter(name="井盖", major_name="设施", module="道路", is_active="是"),
        matter("01002", name="新的", major_name="设施", module="w", is_active="否"),
        matter("01003", name="新二", major_name="", module="", is_active=""),
        matter("01001", name="又一", major_name="", module="", is_active=""),
        matter("01004", name="新三", major_name="", module="无此", is_active=""),
        matter("01005", name="", major_name="", module="", is_active="也许"),
    ]

    assert take(keeper, categories=rows) == [
        (3, "new", [], []),
        (4, "new", [], []),
        (5, "problem", [], [""]),
        (6, "problem", [], ["服务模块"]),
        (7, "problem", [], ["名称", "启用"]),
    ]
    assert Category.objects.count() == 1
    assert take(keeper, categories=rows[:3])[-1][1] == "new"
    second, third = (Category.objects.get(code=code) for code in ("01002", "01003"))
    assert (second.name, second.major_name, second.module, second.is_active) == (
        "新的",
        "设施",
        water,
        False,
    )
    assert (third.name, third.module, third.is_active) == ("新二", None, True)
    changed = [
        matter(name="井盖", module="r"),  # the same by its code
        matter("01002", name="新的", is_active=""),  # an empty answer says nothing
        matter("01003", name="改名", module="道路"),
    ]
    found = take(keeper, categories=changed)
    assert [(row, action) for row, action, _changes, _problems in found] == [
        (3, "changed"),
        (4, "changed"),
    ]
    assert {(old, new) for _head, old, new in found[1][2]} == {("新二", "改名"), ("", "道路")}
    old.refresh_from_db()
    second.refresh_from_db()
    assert (old.module, old.major_name) == (roads, "设施")
    assert (second.module, second.is_active) == (None, False)


STANDARD = {"condition": "缺失", "limit": "4工作时"}


def test_rows_of_standards(keeper):
    category = make.category("井盖", "matter", "01001")
    kept = make.standard(
        4, of=category, condition="缺失", step_limits={"handling": [1, "working_hours"], "feedback": [1, "working_days"]},
        evidence="照片", loop="grid", is_urgent=True, is_admitted=False, default_line="parks",
    )  # fmt: skip

    assert take(keeper, standards=[matter(**STANDARD)]) == []
    found = take(
        keeper,
        standards=[
            matter(
                condition="缺失", limit="2紧急工时", step_handling="", step_reported="30分钟",
                evidence="", loop="", is_urgent="", is_admitted="是", valid_to="2027-12-31",
            )
        ],
    )  # fmt: skip
    (row, action, changes, problems) = found[0]
    assert (row, action, problems) == (2, "changed", [])
    assert [(old, new) for _head, old, new in changes] == [
        ("4个工作时", "2个紧急工时"),
        ("", "30分钟"),
        ("1个工作时", ""),
        ("照片", ""),
        ("否", "是"),
        ("", "2027-12-31"),
    ]
    kept.refresh_from_db()
    assert (kept.limit_number, kept.limit_unit) == (2, "urgent_hours")
    assert kept.step_limits == {"reported": [30, "minutes"], "feedback": [1, "working_days"]}
    assert (kept.evidence, kept.loop, kept.is_urgent, kept.is_admitted) == ("", "grid", True, True)
    assert (kept.default_line, kept.valid_to) == ("parks", dt.date(2027, 12, 31))
    assert kept.valid_from == make.LONG_AGO


@pytest.mark.parametrize(
    ("entered", "begins"),
    [
        ("", TODAY),
        ("2026-12-01", dt.date(2026, 12, 1)),
        ("2026-01-01", dt.date(2026, 1, 1)),
    ],
)
def test_a_new_standard_begins_today_or_on_its_day(keeper, entered, begins):
    make.category("井盖", "matter", "01001")

    assert take(keeper, standards=[matter(**STANDARD, valid_from=entered)]) == [(2, "new", [], [])]
    row = CaseStandard.objects.get()
    assert (row.valid_from, row.loop, row.is_urgent, row.is_admitted) == (
        begins,
        "street",
        False,
        True,
    )


def test_a_later_day_moves_an_unused_standard_and_an_earlier_one_does_not(keeper):
    row = make.standard(
        4,
        of=make.category("井盖", "matter", "01001"),
        condition="缺失",
        valid_from=dt.date(2026, 6, 1),
    )

    assert take(keeper, standards=[matter(**STANDARD, valid_from="2026-05-01")]) == []
    assert take(keeper, standards=[matter(**STANDARD, valid_from="2026-06-01")]) == []
    (found,) = take(keeper, standards=[matter(**STANDARD, valid_from="2026-07-01")])
    assert [(old, new) for _head, old, new in found[2]] == [("2026-06-01", "2026-07-01")]
    row.refresh_from_db()
    assert row.valid_from == dt.date(2026, 7, 1)


def test_a_used_standard_says_from_when_the_new_version_holds(keeper):
    category = make.category("井盖", "matter", "01001")
    standard = make.standard(4, of=category, condition="缺失")
    bring(open_office(standard), Stage.REGISTERED)

    (found,) = take(
        keeper, standards=[matter(condition="缺失", limit="9工作时", valid_from="2026-12-01")]
    )
    said = [(old, new) for _head, old, new in found[2]]
    assert said == [("4个工作时", "9个工作时"), ("", "自2026-12-01起")]
    new = CaseStandard.objects.get(replaces=standard)
    assert (new.limit_number, new.valid_from) == (9, dt.date(2026, 12, 1))
    # the same workbook again: nothing
    again = [matter(condition="缺失", limit="9工作时", valid_from="2026-12-01")]
    assert take(keeper, standards=again) == []


def test_rows_of_responsibilities(keeper):
    category = make.category("井盖", "matter", "01001")
    bureau, parks = make.department("城管局"), make.department("园林局", line="parks")
    twin = make.department("城管局", make.street())
    make.department("已撤局", is_active=False)
    abroad = make.unit("370403001028001")
    make.department("外局", make.district("370403"))
    ended = make.unit("370402001028009")
    type(ended).objects.filter(pk=ended.pk).update(valid_to=dt.date(2020, 2, 2))
    other = Responsibility.objects.create(
        district_id=abroad.district_id, grid=abroad, category=category, department=bureau
    )
    unit, district = make.unit(), make.district()

    def row(grid, department, code="01001"):
        return matter(code, grid=grid, department=department)

    assert take(
        keeper,
        responsibilities=[
            row("370402", "城管局"),
            row(unit.code, "城管局"),
            row(unit.code, "园林局"),
            row(abroad.code, "外局"),
            row(ended.code, "城管局"),
            row("370402001", "已撤局"),
            row("370402001028", "无此局"),
            row("370402001", "城管局", "09999"),
        ],
    ) == [
        (2, "new", [], []),
        (3, "new", [], []),
        (4, "problem", [], [""]),
        (5, "problem", [], ["网格编码"]),
        (6, "problem", [], ["网格编码"]),
        (7, "problem", [], ["部门"]),
        (8, "problem", [], ["部门"]),
        (9, "problem", [], ["编码"]),
    ]
    assert Responsibility.objects.count() == 1
    take(keeper, responsibilities=[row("370402", "城管局"), row(unit.code, "城管局")])
    held = {one.grid: one.department for one in Responsibility.objects.exclude(pk=other.pk)}
    assert held == {district: bureau, unit: twin}  # the nearest of that name
    assert {one.district_id for one in Responsibility.objects.exclude(pk=other.pk)} == {district.pk}
    found = take(keeper, responsibilities=[row("370402", "园林局"), row(unit.code, "城管局")])
    assert found == [(2, "changed", [("部门", "城管局", "园林局")], [])]
    assert Responsibility.objects.get(grid=district).department == parks


def test_what_is_counted_and_how_a_problem_is_written(keeper):
    make.standard(4, of=make.category("井盖", "matter", "01001"), condition="缺失")
    row = upload(
        keeper,
        standards=[
            matter(**STANDARD),
            matter(**STANDARD),
            matter(condition="缺", limit="很" * 70),
            matter(condition="漏", limit="2工作日"),
            matter(
                condition="漏气", limit="2工作日", valid_from="2026-12-02", valid_to="2026-12-01"
            ),
        ],
    )
    found = takeover.check(row)

    assert found.counts == {"standards": {"new": 1, "changed": 0, "same": 1, "problem": 3}}
    assert (found.problems, found.to_write) == (3, 1)
    first, second, third, last = found.lines
    assert (first["row"], first["problems"][0]["text"]) == (3, "与第2行重复，请只保留一行。")
    assert (second["problems"][0]["head"], second["problems"][0]["value"]) == (
        "办理时限",
        "很" * 60,
    )
    assert third["what"] == "事件 01001 井盖 · 漏"
    assert (last["row"], last["action"], last["problems"][0]["head"]) == (6, "problem", "")
    assert CaseStandard.objects.count() == 1


def test_an_upload_is_settled_once(keeper):
    make.category("井盖", "matter", "01001")
    row, dropped, changed = (upload(keeper, standards=[matter(**STANDARD)]) for _ in range(3))
    other = make.staff("administrator", make.district())
    for each in (row, dropped):
        each.findings = takeover.check(each).as_data()
        each.save()

    assert not takeover.confirm(changed, by=other)  # its findings were never looked at
    changed.refresh_from_db()
    assert (changed.state, changed.findings["counts"]["standards"]["new"]) == ("checked", 1)
    assert not CaseStandard.objects.exists()
    takeover.drop(dropped)
    assert takeover.confirm(row, by=other)
    for each, state in ((row, "done"), (dropped, "dropped")):
        each.refresh_from_db()
        assert (each.state, each.content, bool(each.settled_at)) == (state, {}, True)
        assert not takeover.confirm(each, by=other)
        takeover.drop(each)
        each.refresh_from_db()
        assert each.state == state
    assert CaseStandard.objects.count() == 1


@pytest.mark.parametrize(
    ("stored", "edited", "begins", "ends", "before"),
    [
        (("2020-01-01", None), {}, "2026-11-20", None, "2026-11-19"),
        (("2020-01-01", None), {"valid_from": "2026-12-01"}, "2026-12-01", None, "2026-11-30"),
        (("2020-01-01", None), {"valid_from": "2026-11-01"}, "2026-11-20", None, "2026-11-19"),
        (("2020-01-01", None), {"valid_from": "2019-01-01"}, "2026-11-20", None, "2026-11-19"),
        (("2026-11-20", None), {}, "2026-11-21", None, "2026-11-20"),
        (
            ("2020-01-01", None),
            {"valid_to": "2026-12-31"},
            "2026-11-20",
            "2026-12-31",
            "2026-11-19",
        ),
        (
            ("2020-01-01", None),
            {"valid_to": "2026-11-20"},
            "2026-11-20",
            "2026-11-20",
            "2026-11-19",
        ),
        (("2020-01-01", None), {"valid_to": "2026-11-19"}, "2026-11-20", None, "2026-11-19"),
        (("2020-01-01", "2026-11-10"), {}, "2026-11-20", None, "2026-11-10"),
        (("2020-01-01", "2026-12-31"), {}, "2026-11-20", "2026-12-31", "2026-11-19"),
    ],
)
def test_from_when_to_when_the_next_version_holds(stored, edited, begins, ends, before):
    row = make.standard(4, valid_from=dt.date(2020, 1, 1))
    bring(open_office(row), Stage.REGISTERED)
    CaseStandard.objects.filter(pk=row.pk).update(valid_from=stored[0], valid_to=stored[1])
    copy = CaseStandard.objects.get(pk=row.pk)
    copy.limit_number = 9
    for name, text in edited.items():
        setattr(copy, name, dt.date.fromisoformat(text))

    new = versions.keep(copy, today=TODAY)
    row.refresh_from_db()

    said = [day and day.isoformat() for day in (new.valid_from, new.valid_to, row.valid_to)]
    assert said == [begins, ends, before]
    assert (row.limit_number, new.replaces) == (4, row)
    assert list(versions.history(new)) == [row]


def test_the_first_day_of_a_used_standard_stays_and_its_last_may_change():
    row = make.standard(4)
    free = make.standard(4, condition="空")
    bring(open_office(row), Stage.REGISTERED)

    def edit(of, **fields):
        copy = CaseStandard.objects.get(pk=of.pk)
        for name, value in fields.items():
            setattr(copy, name, value)
        return versions.keep(copy, today=TODAY)

    with pytest.raises(ValidationError):
        edit(row, valid_from=dt.date(2021, 1, 1))
    assert edit(free, valid_from=dt.date(2021, 1, 1)).pk == free.pk
    assert edit(row, valid_to=dt.date(2026, 12, 31)).pk == row.pk
    with pytest.raises(ValidationError):
        edit(free, valid_to=dt.date(2020, 1, 1))


def test_only_a_district_without_ready_answers_gets_the_shipped_ones():
    shipped.seed()
    here, there = make.district(), make.district("370403")
    count = len(shipped.read("answer_templates.csv"))

    assert shipped.add_answers(here) == count
    assert shipped.add_answers(here.pk) == 0
    assert AnswerTemplate.objects.filter(district=there).count() == 0
    assert shipped.seed()["answers"] == count
    assert AnswerTemplate.objects.filter(district=there).count() == count
    special = AnswerTemplate.objects.exclude(category=None).count()
    assert special == 2 * sum(bool(row["kind"]) for row in shipped.read("answer_templates.csv"))


def test_seeding_adds_what_is_missing_and_puts_back_only_when_it_is_told_to():
    first = shipped.seed()
    assert first == {
        "service_modules": ServiceModule.objects.count(),
        "categories": Category.objects.count(),
        "standards": CaseStandard.objects.count(),
        "answers": 0,
    }
    nothing = dict.fromkeys(first, 0)
    assert shipped.seed() == nothing
    category, module = Category.objects.first(), ServiceModule.objects.first()
    standard = category.standards.first()
    Category.objects.filter(pk=category.pk).update(
        name="改", major_name="改", is_active=False, module=None
    )
    ServiceModule.objects.filter(pk=module.pk).update(name="改", is_active=False)
    CaseStandard.objects.filter(pk=standard.pk).update(evidence="改")
    lone = CaseStandard.objects.annotate(number=Count("category__standards")).filter(number=1)
    gone = lone.exclude(category=category).first()
    gone.delete()

    assert shipped.seed() == nothing | {"standards": 1}
    now = Category.objects.get(pk=category.pk)
    assert (now.name, now.is_active, now.module) == ("改", False, None)
    again = CaseStandard.objects.filter(category=gone.category, condition=gone.condition)
    again.update(valid_to=dt.date(2026, 3, 3))
    assert shipped.seed(overwrite=True) == nothing | {"standards": 1}
    now = Category.objects.get(pk=category.pk)
    assert (now.name, now.major_name, now.is_active, now.module) == (
        category.name,
        category.major_name,
        True,
        category.module,
    )
    module.refresh_from_db()
    assert (module.name != "改", module.is_active) == (True, True)
    standard.refresh_from_db()
    assert standard.evidence != "改"
    assert {row.valid_from for row in again} == {dt.date(2026, 1, 1), dt.date(2026, 3, 4)}


def test_how_the_limits_of_steps_are_written_in_the_file():
    assert shipped._step_limits("registered=30 minutes|dispatched=1 working_hours") == {
        "registered": [30, "minutes"],
        "dispatched": [1, "working_hours"],
    }
    assert shipped._step_limits("") == {}
