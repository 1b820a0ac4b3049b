"""Workbooks of the other registers: rows by the heads that offices use."""

import itertools

from stdnum.cn import uscc

from residents.imports.batch import batches
from tests.residents.workbooks import UNIT

_count = itertools.count(1)


def credit_code(begin="92370402MA"):
    """A social credit code with a right check character."""
    body = f"{begin}{next(_count):07d}"
    return body + uscc.calc_check_digit(body)


def shop(**values):
    number = next(_count)
    return {
        "网格编码": UNIT,
        "单位名称": f"利民超市{number}店",
        "统一社会信用代码": credit_code(),
        "单位类型": "个体工商户",
        "行业类别": "零售",
        "负责人": "李建国",
        "联系电话": f"138{number:08d}",
        "经营地址": f"建设路{number}号",
        "经营面积": "60",
        "开业日期": "2019-05-01",
        "从业人数": "3",
    } | values


def lease(**values):
    number = next(_count)
    return {
        "网格编码": UNIT,
        "楼栋": "1号楼",
        "单元": "1单元",
        "室号": str(100 + number),
        "出租人": "王秀兰",
        "出租人电话": "13800000001",
        "承租人": "赵小明",
        "承租人电话": "13900000002",
        "租赁面积": "80",
        "月租金": "1500",
        "租期起": "2026-01-01",
        "租期止": "2026-12-31",
    } | values


def house(**values):
    return {
        "网格编码": UNIT,
        "小区": "公园小区",
        "楼栋": f"{next(_count)}号楼",
        "单元数": "3",
        "层数": "6",
        "建成年份": "1998",
        "有无电梯": "无",
        "风险隐患": "外墙脱落",
        "物业公司": "安居物业",
        "物业电话": "0632-3056789",
    } | values


def worker(**values):
    number = next(_count)
    return {
        "姓名": f"张网格{'甲乙丙丁戊己庚辛'[number % 8]}",
        "联系电话": f"137{number:08d}",
        "岗位": "网格员",
        "网格编码": UNIT,
        "上岗日期": "2026-01-01",
    } | values


def run(path, register, **options):
    """The answer of `import_register`, as its JSON."""
    return batches.run_file(path, register=register, **options)


def record(person, **values):
    return {
        "姓名": person.name,
        "公民身份号码": number_of(person),
        "特殊群体类别": "低保户",
        "认定日期": "2024-05-01",
        "认定单位": "民政局",
    } | values


def number_of(person):
    sealed = person.id_sealed
    return sealed if isinstance(sealed, str) else sealed.reveal()


def heads(rows):
    """All heads of the rows, in their order."""
    return list(dict.fromkeys(head for row in rows for head in row))
