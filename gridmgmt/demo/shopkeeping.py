"""What is in the file of a demo shop: its facts and licences. The same code gives the same file."""

import random
from datetime import timedelta

OFFICE = "市中区市场监督管理局"
LICENCES = {
    "小型餐饮店": [("食品经营许可证", "JY2370402", OFFICE, 5)],
    "小商店": [("食品经营许可证", "JY1370402", OFFICE, 5)],
    "小美容洗浴场所": [("卫生许可证", "卫证3704", "市中区卫生健康局", 4)],
    "小生产加工企业": [("排污登记", "9137", "市中区生态环境局", 5)],
}
FIRE = ("消防安全检查合格证", "枣市消检", "市中区消防救援大队", 3)
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def facts(code, kind, category, head_count, today):
    """Columns of the premises beyond those that every register has."""
    chance = random.Random(f"shop {code}")
    employees = max(head_count - 1, 0)
    return {
        "credit_code": _credit_code(chance, kind),
        "business": category,
        "opened_on": today - timedelta(days=chance.randint(200, 5000)),
        "owner_or_tenant": chance.choice(["rented", "rented", "own"]),
        "area": chance.randint(18, 160) if head_count < 10 else chance.randint(200, 1800),
        "employees": employees,
        "employees_from_elsewhere": chance.randint(0, employees // 2),
        "party_members": chance.randint(0, max(head_count // 8, 1)),
    }


def licences(code, kind, category, today):
    """Licences without their premises; some have run out, some soon will."""
    chance = random.Random(f"licences {code}")
    serial = f"{chance.randint(0, 9_999_999):07d}"
    found = [{"kind": "营业执照", "number": serial, "authority": OFFICE}]
    wanted = [*LICENCES.get(category, [])]
    if kind != "self_employed":
        wanted.append(FIRE)
    for name, begin, authority, years in wanted:
        until = today + timedelta(days=chance.randint(-60, 365 * years - 90))
        found.append(
            {
                "kind": name,
                "number": f"{begin}{chance.randint(0, 9_999_999):07d}",
                "authority": authority,
                "issued_on": until - timedelta(days=365 * years),
                "expires_on": until,
            }
        )
    return found


def _credit_code(chance, kind):
    from stdnum.cn import uscc

    begin = {"institution": "12", "self_employed": "92"}.get(kind, "91")
    body = f"{begin}370402MA3{''.join(chance.choices(LETTERS, k=6))}"
    return body + uscc.calc_check_digit(body)
