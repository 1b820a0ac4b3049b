"""A household register as a workbook: the same bytes of data for the same number of rows."""

import random
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from residents.people.idnumber import check_character

HEADS = [
    "网格编码",
    "楼栋",
    "单元",
    "室号",
    "户号",
    "户主姓名",
    "与户主关系",
    "姓名",
    "公民身份号码",
    "性别",
    "出生日期",
    "民族",
    "文化程度",
    "婚姻状况",
    "联系电话",
    "人口类型",
    "户籍地址",
    "工作单位",
    "特殊群体类别",
    "备注",
]
SHEET = "人口信息"
BAD_EVERY = 100
BAD_KINDS = [
    "id_checksum",
    "name_missing",
    "grid_unknown",
    "birth_contradicts_id",
    "id_scientific",
]
HOUSEHOLDS_IN_A_UNIT = 140
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "秀英兰芳建华志强淑珍海燕明辉玉梅国庆文静雨涵子轩"
EDUCATION = ["文盲", "小学", "初中", "高中", "中专", "大专", "本科", "研究生"]
EMPLOYERS = ["个体", "学生", "枣庄矿务局", "退休", "务农", ""]
CARE = ["低收入家庭", "低保户", "残疾人家庭", "空巢家庭", "单亲家庭", "下岗失业家庭"]
FAMILY = [("户主", "1"), ("配偶", "2"), ("子", "1"), ("女", "2"), ("父亲", "1")]
MADE_ON = date(2026, 1, 1)


def people(units: list[str], count: int) -> list[list[str]]:
    """`count` rows of 20 cells, family by family, in these unit grids (codes)."""
    chance = random.Random(f"workbook {count}")
    rows: list[list[str]] = []
    household = 0
    while len(rows) < count:
        unit = units[household // HOUSEHOLDS_IN_A_UNIT]
        rows += _family(chance, unit, household, len(rows))
        household += 1
    return rows[:count]


def spoil(rows: list[list[str]]) -> Counter:
    """Make one row in a hundred wrong, in place; {reason: how many}."""
    reasons: Counter = Counter()
    for number, row in enumerate(rows[BAD_EVERY - 1 :: BAD_EVERY]):
        reason = BAD_KINDS[number % len(BAD_KINDS)]
        reasons[reason] += 1
        if reason == "id_checksum":
            row[8] = row[8][:17] + ("0" if row[8][17] != "0" else "1")
        elif reason == "name_missing":
            row[7] = ""
        elif reason == "grid_unknown":
            row[0] = "999999999999999"
        elif reason == "birth_contradicts_id":
            row[10] = "1901-01-01"
        else:
            row[8] = f"{row[8][0]}.{row[8][1:6]}E+17"
    return reasons


def write(rows: list[list[str]], path: Path):
    import xlsxwriter

    text_only = {"strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), text_only)
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
    sheet = book.add_worksheet(SHEET)
    for number, row in enumerate([HEADS, *rows]):
        sheet.write_row(number, 0, row)
    book.close()


def _family(chance, unit, household, first):
    """One to five persons behind one door; numbers of persons and households run on."""
    surname = chance.choice(SURNAMES)
    door = household % HOUSEHOLDS_IN_A_UNIT
    phone = f"199{household:08d}"
    members = [_person(chance, surname, sex) for _, sex in FAMILY[: chance.randint(1, 5)]]
    where = [
        unit,
        f"{door // 48 + 1}号楼",
        f"{door // 12 % 4 + 1}单元",
        f"{door // 2 % 6 + 1}{door % 2 + 1:02d}",
        f"{unit[6:12]}{household:07d}",
        members[0][0],
    ]
    return [
        [
            *where,
            relation,
            name,
            _id_number(born, sex, first + index),
            "男" if sex == "1" else "女",
            born.isoformat(),
            "回族" if chance.random() < 0.05 else "汉族",
            chance.choice(EDUCATION),
            "未婚" if index > 1 else "已婚",
            phone,
            "流动人口" if household % 9 == 0 else "户籍人口",
            "山东省枣庄市市中区",
            chance.choice(EMPLOYERS),
            chance.choice(CARE) if chance.random() < 0.12 else "",
            "",
        ]
        for index, ((relation, _), (name, sex, born)) in enumerate(
            zip(FAMILY, members, strict=False)
        )
    ]


def _person(chance, surname, sex):
    name = surname + "".join(chance.choices(GIVEN, k=chance.choice([1, 2, 2])))
    born = date(chance.randint(1935, 2020), chance.randint(1, 12), chance.randint(1, 28))
    return name, sex, born


def _id_number(born, sex, number):
    """Unique for each number: the region and the order number count up."""
    order = number % 499 * 2 + (1 if sex == "1" else 2)
    body = f"{370402 + number // 499 % 999:06d}{born:%Y%m%d}{order:03d}"
    return body + check_character(body)
