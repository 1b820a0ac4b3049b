"""Offices that invent registers: families, ways to spell a fact, and the lists they come in.

`LAYOUTS` {name: Layout}. A layout writes the families to a file and says which of their facts stand
in it; a `Spelling` writes the same fact as different people would.
"""

import csv
import datetime as dt
import itertools
from dataclasses import dataclass, field, replace
from html import escape

import xlsxwriter
from hypothesis import strategies as st

from tests import factories
from tests.residents.workbooks import OTHER_UNIT, UNIT

GRIDS = [UNIT, OTHER_UNIT]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙"
GIVEN = ["秀兰", "建国", "芳", "伟", "桂英", "志强", "丽", "军", "欣怡", "子轩", "梓涵", "国庆"]
HEAD, SPOUSE = "02", "10"
# {code: how people write it}; the first is the dictionary's.
RELATIONS = {
    "02": ["户主", "本人或户主", "02", "02-户主"],
    "10": ["配偶", "爱人", "10"],
    "12": ["妻", "妻子", "老婆"],
    "20": ["子", "儿子", "儿"],
    "22": ["长子"],
    "30": ["女", "女儿"],
    "52": ["母亲", "妈妈", "母"],
    "41": ["孙子", "孙"],
}
SEX_OF = {"12": "2", "20": "1", "22": "1", "30": "2", "52": "2", "41": "1"}
_HANZI = "零一二三四五六七八九十"
_sequence = itertools.count(1)


@dataclass(frozen=True)
class Person:
    name: str
    relation: str
    sex: str
    born: dt.date
    number: str  # "" of a child that has none yet
    phone: str


@dataclass(frozen=True)
class Family:
    grid: str
    number: str
    building: int
    entrance: int
    room: int
    people: tuple[Person, ...]

    @property
    def head(self):
        return self.people[0]

    @property
    def door(self):
        return f"{self.building}号楼{self.entrance}单元{self.room}"


@st.composite
def people(draw, relation, taken):
    sex = SEX_OF.get(relation) or draw(st.sampled_from("12"))
    young = relation in ("20", "22", "30", "41")
    born = draw(
        st.dates(dt.date(1990, 1, 1), dt.date(2024, 12, 31))
        if young
        else st.dates(dt.date(1930, 1, 1), dt.date(1985, 12, 31))
    )
    names = [surname + given for surname in SURNAMES for given in GIVEN]
    name = draw(st.sampled_from([one for one in names if one not in taken]))
    taken.add(name)
    has_number = not (relation == "41" and draw(st.booleans()))
    number = factories.id_number(born, sex, sequence=next(_sequence) % 499) if has_number else ""
    phone = draw(st.sampled_from(["", "1380632"])) and f"1380632{draw(st.integers(1000, 9999))}"
    return Person(name, relation, sex, born, number, phone)


@st.composite
def families(draw, fewest=2, most=6):
    """Families that live at doors of their own, numbered from 1 in each grid."""
    found, numbers = [], {grid: itertools.count(1) for grid in GRIDS}
    for at in range(draw(st.integers(fewest, most))):
        others = draw(
            st.lists(st.sampled_from([code for code in RELATIONS if code != HEAD]), max_size=4)
        )
        wives = [code for code in others if code in ("10", "12")]
        others = wives[:1] + [code for code in others if code not in ("10", "12")]
        grid, taken = draw(st.sampled_from(GRIDS)), set()
        people_ = [draw(people(code, taken)) for code in [HEAD, *others]]
        room = 100 * draw(st.integers(1, 6)) + at + 1
        found.append(
            Family(
                grid,
                str(next(numbers[grid])),
                draw(st.integers(1, 12)),
                draw(st.integers(1, 4)),
                room,
                tuple(people_),
            )
        )
    return sorted(found, key=lambda one: one.grid)


class Spelling:
    """One fact in one of the ways that people write it; `dice` chooses."""

    def __init__(self, dice):
        self.dice = dice

    def of(self, *ways):
        return self.dice.choice(ways)

    def name(self, person):
        return self.of(
            person.name, " ".join(person.name), f"{person.name} ", f"{person.name}\u200b"
        )

    def number(self, person):
        said = person.number
        if not said:
            return self.of("", "无", "/", "暂无")
        return self.of(
            said, said.lower(), f" {said}", f"{said[:6]} {said[6:14]} {said[14:]}", f"'{said}"
        )

    def sex(self, person):
        return self.of(*({"1": ("男", "男性", "1"), "2": ("女", "女性", "2")}[person.sex]))

    def born(self, person):
        day = person.born
        return self.of(
            f"{day:%Y-%m-%d}",
            f"{day:%Y/%m/%d}",
            f"{day:%Y%m%d}",
            f"{day.year}.{day.month}.{day.day}",
            f"{day.year}年{day.month}月{day.day}日",
        )

    def relation(self, person):
        return self.of(*RELATIONS[person.relation])

    def phone(self, person):
        said = person.phone
        if not said:
            return ""
        return self.of(
            said, f"{said[:3]}-{said[3:7]}-{said[7:]}", f"+86{said}", f"{said[:3]} {said[3:]}"
        )

    def building(self, family):
        number = family.building
        return self.of(
            f"{number}号楼", f"{number}#", f"{number}栋", f"{number}幢", f"{number}座", f"{number:02}",
            f"{number}", f"第{number}栋", f"{_written(number)}号楼",
        )  # fmt: skip

    def entrance(self, family):
        number = family.entrance
        return self.of(f"{number}单元", f"{number}", f"{_HANZI[number]}单元", f"{number:02}单元")

    def room(self, family):
        return self.of(f"{family.room}", f"{family.room}室", f"{family.room}号")

    def address(self, family):
        """The door in one cell."""
        number, entrance, room = family.building, family.entrance, family.room
        return self.of(
            f"{number}号楼{entrance}单元{room}",
            f"{number}栋{entrance}单元{room}室",
            f"{number}幢{entrance}单元{room}",
            f"{number}#楼{entrance}单元{room}",
        )

    def grid(self, family):
        said = family.grid
        name = f"第{int(said[12:])}网格"
        return self.of(said, f"{said} ", f"{said}{name}", name, name.replace("第", ""))


def _written(number):
    return _HANZI[number] if number < 11 else f"十{_HANZI[number - 10]}"


@dataclass(frozen=True)
class Layout:
    """`write(families, spelling, path)`; the file's ending; which facts stand in it."""

    write: object
    ending: str = ".xlsx"
    options: dict = field(default_factory=dict)
    has_relations: bool = True
    one_grid: bool = False


LAYOUTS: dict[str, Layout] = {}
HEADS = ["网格编码", "楼栋", "单元", "室号", "户号", "户主姓名", "与户主关系", "姓名", "公民身份号码", "性别",
         "出生日期", "联系电话"]  # fmt: skip


def layout(name, **facts):
    def wrap(write):
        LAYOUTS[name] = Layout(write, **facts)
        return write

    return wrap


def cells(family, person, say):
    """{head: cell} of one person, with everything that a list may say."""
    return {
        "网格编码": say.grid(family),
        "楼栋": say.building(family),
        "单元": say.entrance(family),
        "室号": say.room(family),
        "现住址": say.address(family),
        "户号": family.number,
        "户主姓名": family.head.name,
        "与户主关系": say.relation(person),
        "户主或与户主关系": say.relation(person),
        "姓名": say.name(person),
        "公民身份号码": say.number(person),
        "性别": say.sex(person),
        "出生日期": say.born(person),
        "联系电话": say.phone(person),
    }


def lines(families, say, heads, *, order=None):
    """A list of cells for each person, under `heads`."""
    rows = [
        [cells(family, person, say)[head] for head in heads]
        for family in families
        for person in family.people
    ]
    if order:
        order(rows)
    return rows


def sheet(path, rows, *, name="人口信息", merges=(), days=()):
    """`merges` [(first row, last row, column)]; `days` {column: writes dates}."""
    with xlsxwriter.Workbook(str(path)) as book:
        _fill(book, book.add_worksheet(name), rows, merges)


def _fill(book, page, rows, merges=()):
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell != "":
                page.write(at, column, cell) if isinstance(cell, float) else page.write_string(
                    at, column, cell
                )
    for first, last, column in merges:
        page.merge_range(first, column, last, column, rows[first][column])


def without(*left_out, also=()):
    return [*(head for head in HEADS if head not in left_out), *also]


# Lists in which each person has a row that says all.


@layout("all columns")
def _plain(families, say, path):
    sheet(path, [HEADS, *lines(families, say, HEADS)])


@layout("shuffled")
def _shuffled(families, say, path):
    sheet(path, [HEADS, *lines(families, say, HEADS, order=say.dice.shuffle)])


@layout("columns in another order")
def _other_order(families, say, path):
    heads = list(HEADS)
    say.dice.shuffle(heads)
    sheet(path, [heads, *lines(families, say, heads)])


@layout("head column, no number")
def _no_number(families, say, path):
    heads = without("户号")
    sheet(path, [heads, *lines(families, say, heads)])


@layout("number, no head column")
def _no_head(families, say, path):
    heads = without("户主姓名")
    sheet(path, [heads, *lines(families, say, heads)])


@layout("members before their head")
def _head_last(families, say, path):
    turned = [replace(one, people=(*one.people[1:], one.people[0])) for one in families]
    heads = without("户主姓名")
    sheet(path, [heads, *lines(turned, say, heads)])


@layout("relation at a door")
def _at_a_door(families, say, path):
    heads = without("户号", "户主姓名")
    rows = [
        row
        for family in families
        for row in _same_door([cells(family, one, say) for one in family.people])
    ]
    sheet(path, [heads, *([row[head] for head in heads] for row in rows)])


def _same_door(rows):
    """The clerk copies the door down."""
    first = rows[0]
    door = {name: first[name] for name in ("网格编码", "楼栋", "单元", "室号", "现住址")}
    return [row | door for row in rows]


@layout("the door in one cell")
def _one_cell(families, say, path):
    heads = ["网格编码", "现住址", *without("网格编码", "楼栋", "单元", "室号")]
    sheet(path, [heads, *lines(families, say, heads)])


@layout("of the police")
def _police(families, say, path):
    heads = [
        "户号",
        "户主或与户主关系",
        "姓名",
        "性别",
        "出生日期",
        "公民身份号码",
        "网格编码",
        "现住址",
    ]
    sheet(path, [heads, *lines(families, say, heads)])


# The paper booklet: what a household shares is said once.


@layout("merged like the booklet")
def _merged(families, say, path):
    shared = ["网格编码", "楼栋", "单元", "室号", "户号"]
    rows, merges = [without("户主姓名")], []
    for family in families:
        first = len(rows)
        for at, person in enumerate(family.people):
            said = cells(family, person, say)
            rows.append(["" if at and head in shared else said[head] for head in rows[0]])
        if len(family.people) > 1:
            merges += [(first, len(rows) - 1, rows[0].index(head)) for head in shared]
    sheet(path, rows, merges=merges)


# Frames around the data.


def title(say):
    return [["公园社区常住人口花名册"], ["填报单位：公园社区居民委员会", "", "2026年11月30日"]]


@layout("a title above, signatures below")
def _framed(families, say, path):
    rows = lines(families, say, HEADS)
    tail = [["合计", "", "", f"{len(rows)}人"], [], ["填表人：李四", "", "审核人：王五"]]
    sheet(path, [*title(say), HEADS, *rows, *tail])


@layout("heads in row 25")
def _deep(families, say, path):
    above = [[f"{at}、填写说明第{at}条"] for at in range(1, 24)]
    sheet(path, [["说明"], *above, HEADS, *lines(families, say, HEADS)])


@layout("a head over two rows")
def _two_rows(families, say, path):
    top = ["网格编码", "住房", "", "", "家庭", "", "成员", "", "", "", "", ""]
    low = ["", "楼栋", "单元", "室号", "户号", "户主姓名", "与户主关系", "姓名", "公民身份号码", "性别", "出生日期",
           "联系电话"]  # fmt: skip
    sheet(path, [["人口登记表"], top, low, *lines(families, say, HEADS)])


@layout("the head once more on each page")
def _pages(families, say, path):
    rows = [HEADS]
    for at, row in enumerate(lines(families, say, HEADS), start=1):
        rows.append(row)
        if at % 4 == 0:
            rows += [["本页小计", "", "", "4人"], HEADS]
    sheet(path, rows)


@layout("two tables on a sheet")
def _two_tables(families, say, path):
    half = len(families) // 2
    second = list(HEADS)
    say.dice.shuffle(second)
    sheet(
        path,
        [
            HEADS,
            *lines(families[:half], say, HEADS),
            [],
            second,
            *lines(families[half:], say, second),
        ],
    )


@layout("a sheet for each grid")
def _sheets(families, say, path):
    with xlsxwriter.Workbook(str(path)) as book:
        for grid, group in itertools.groupby(families, key=lambda one: one.grid):
            page = book.add_worksheet(f"第{int(grid[12:])}网格")
            _fill(book, page, [HEADS, *lines(list(group), say, HEADS)])
        _fill(book, book.add_worksheet("填表说明"), [["请按身份证填写"]])


@layout("a serial number in front")
def _serial(families, say, path):
    rows = lines(families, say, HEADS)
    sheet(path, [["序号", *HEADS], *([str(at), *row] for at, row in enumerate(rows, start=1))])


@layout("days as Excel keeps them")
def _days(families, say, path):
    _with_days(families, say, path, {})


@layout("days counted from 1904")
def _days_1904(families, say, path):
    _with_days(families, say, path, {"date_1904": True})


def _with_days(families, say, path, options):
    at_day = HEADS.index("出生日期")
    with xlsxwriter.Workbook(str(path), options) as book:
        page, look = book.add_worksheet("人口"), book.add_format({"num_format": "yyyy/m/d"})
        _fill(book, page, [HEADS, *lines(families, say, HEADS)])
        everybody = [person for family in families for person in family.people]
        for at, person in enumerate(everybody, start=1):
            page.write_datetime(at, at_day, dt.datetime.combine(person.born, dt.time()), look)


# No grid in the list: somebody chooses it for the whole file.


@layout("no grid column", options={"grid": UNIT}, one_grid=True)
def _no_grid(families, say, path):
    heads = without("网格编码")
    sheet(path, [heads, *lines(families, say, heads)])


# Other kinds of files.


def _text(path, rows, encoding, delimiter=",", cell=str):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([*map(cell, row)] for row in rows)


@layout("CSV of Excel in GB18030", ending=".csv")
def _gb(families, say, path):
    _text(path, [HEADS, *lines(families, say, HEADS)], "gb18030")


@layout("CSV with a mark and semicolons", ending=".csv")
def _bom(families, say, path):
    _text(path, [HEADS, *lines(families, say, HEADS)], "utf-8-sig", ";")


@layout("tabs in UTF-16", ending=".txt")
def _tabs(families, say, path):
    _text(path, [HEADS, *lines(families, say, HEADS)], "utf-16", "\t")


@layout("cells as formulas of text", ending=".csv")
def _formulas(families, say, path):
    _text(path, [HEADS, *lines(families, say, HEADS)], "utf-8", cell=lambda cell: f'="{cell}"')


@layout("a web page named .xls", ending=".xls")
def _web(families, say, path):
    rows = [HEADS, *lines(families, say, HEADS)]
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    path.write_text(
        f'<html><head><meta charset="utf-8"></head><body><table>{body}</table></body></html>',
        encoding="utf-8",
    )


@layout("an XML spreadsheet named .xls", ending=".xls")
def _xml(families, say, path):
    rows = [HEADS, *lines(families, say, HEADS)]
    cell = '<Cell><Data ss:Type="String">{}</Data></Cell>'
    body = "".join(
        f"<Row>{''.join(cell.format(escape(said)) for said in row)}</Row>" for row in rows
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    path.write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="人口"><Table>{body}</Table></Worksheet></Workbook>',
        encoding="utf-8",
    )


def moved(family, grid):
    return replace(family, grid=grid)


def numbered(family, number):
    return replace(family, number=str(number))


def example(at=0):
    """One family, the same in each run; another one for each `at`."""
    born = dt.date(1960, 5, 1 + at)
    head = Person("王建国", HEAD, "1", born, factories.id_number(born, "1", sequence=7), "")
    wife = Person(
        "李芳", "12", "2", born, factories.id_number(born, "2", sequence=8), "13806321111"
    )
    return Family(GRIDS[at % 2], str(1 + at // 2), 3, 2, 501 + at, (head, wife))
