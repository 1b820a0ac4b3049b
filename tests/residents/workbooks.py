"""Workbooks as offices send them, and the ground that they speak of."""

import itertools
from datetime import date

import xlsxwriter

from tests import factories

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
UNIT = "370402001028001"
OTHER_UNIT = "370402001028002"
_count = itertools.count(1)


def person(**values):
    """One row of a workbook, by the heads of its columns."""
    number = next(_count)
    born = values.pop("born", date(1970, 1, 1 + number % 28))
    sex = values.pop("sex", "女")
    values = {
        "网格编码": UNIT,
        "楼栋": "1号楼",
        "单元": "1单元",
        "室号": str(100 + number),
        "户号": f"0010280{number:06d}",
        "姓名": f"王秀{'兰花英琴梅芳霞红'[number % 8]}",
        "与户主关系": "户主",
        "公民身份号码": factories.id_number(born, "1" if sex == "男" else "2"),
        "性别": sex,
        "出生日期": born.isoformat(),
        "民族": "汉族",
        "文化程度": "初中",
        "婚姻状况": "已婚",
        "联系电话": f"138{number:08d}",
        "人口类型": "户籍人口",
    } | values
    return {"户主姓名": values["姓名"]} | values


def write(path, rows, heads=HEADS, above=()):
    """Write the rows under the heads (or {head: column of ours}), after rows of other text."""
    columns = heads if isinstance(heads, dict) else {head: head for head in heads}
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("人口信息")
        for number, line in enumerate([*above, list(columns)]):
            sheet.write_row(number, 0, line)
        for number, row in enumerate(rows, start=len(above) + 1):
            for column, ours in enumerate(columns.values()):
                value = row.get(ours, "")
                if isinstance(value, float):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, str(value))
    return path
