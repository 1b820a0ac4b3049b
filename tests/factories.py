"""Rows for tests. A factory fills in what the test does not mention."""

import itertools
from datetime import date, timedelta

from django.utils import timezone

from cases.models import CaseStandard, Category
from grids.fields import blind_index, new_keys
from grids.models import Building, Compound, Department, Grid, Posting, Staff
from grids.roles import Role
from grids.tree import add_grid
from residents.models import (
    CareCategory,
    CareRecord,
    CustomField,
    Dwelling,
    Household,
    Lease,
    Licence,
    Premises,
    Resident,
    Stay,
)

LONG_AGO = date(2020, 1, 1)
_count = itertools.count(1)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def district(code="370402", name="市中区"):
    return Grid.objects.filter(code=code).first() or add_grid(
        parent=None, tier="district", code=code, name=name, valid_from=LONG_AGO
    )


def street(code="370402001", name="中心街街道"):
    return _grid(code, name, lambda: district(code[:6]))


def community(code="370402001028", name="公园社区"):
    return _grid(code, name, lambda: street(code[:9]))


def base(code="370402001028B01", name="公园社区第1基础网格"):
    return _grid(code, name, lambda: community(code[:12]))


def unit(code="370402001028001", name=None):
    return _grid(code, name or f"第{int(code[12:])}网格", lambda: base(f"{code[:12]}B01"))


def _grid(code, name, parent):
    return Grid.objects.filter(code=code).first() or add_grid(
        parent=parent(), code=code, name=name, valid_from=LONG_AGO
    )


def department(name="城市管理局", grid=None, line="city_management", **fields):
    grid = grid or district()
    return Department.objects.get_or_create(
        grid=grid,
        name=name,
        defaults={"district_id": grid.district_id, "line": line} | fields,
    )[0]


def staff(role=None, grid=None, *, department=None, building=None, since=LONG_AGO, **fields):
    """A person, posted as `role` when one is given (for a department role at its grid)."""
    number = next(_count)
    grid = grid or (department.grid if department else None) or (unit() if role else None)
    person = Staff.objects.create_user(
        fields.pop("username", f"staff{number}"),
        "password",
        full_name=fields.pop("full_name", f"张工{number}"),
        district=fields.pop("district", None)
        or (Grid.objects.get(pk=grid.district_id) if grid else district()),
        **fields,
    )
    if role:
        posting(person, role, grid, department=department, building=building, since=since)
    return person


def posting(person, role, grid, *, since=LONG_AGO, **fields):
    person.__dict__.pop("_scope", None)
    return Posting.objects.create(staff=person, role=Role(role), grid=grid, since=since, **fields)


def building(grid=None, name="1号楼", **fields):
    grid = grid or unit()
    return Building.objects.get_or_create(
        grid=grid,
        name=name,
        compound=None,
        defaults={"district_id": grid.district_id} | fields,
    )[0]


def dwelling(grid=None, *, building_name="1号楼", entrance="1单元", room=None, **fields):
    grid = grid or unit()
    room = room or str(100 + next(_count))
    return Dwelling.objects.create(
        district_id=grid.district_id,
        grid=grid,
        building=building(grid, building_name),
        entrance=entrance,
        room=room,
        address=f"{building_name}{entrance}{room}",
        **fields,
    )


def household(grid=None, *, head_name="王秀兰", home=None, **fields):
    grid = grid or unit()
    home = home or dwelling(grid)
    number = f"{grid.code[6:]}{next(_count):05d}"
    fields = {"number": number} | fields
    return Household.objects.create(
        district_id=grid.district_id,
        grid=grid,
        dwelling=home,
        community=Grid.objects.get(code=grid.code[:12]),
        head_name=head_name,
        **fields,
    )


def compound(name="幸福小区", *houses, **fields):
    """A compound of the community in which its first building stands."""
    grid = houses[0].grid if houses else unit()
    found = Compound.objects.create(
        district_id=grid.district_id,
        community=Grid.objects.get(code=grid.code[:12]),
        name=name,
        **fields,
    )
    Building.objects.filter(pk__in=[one.pk for one in houses]).update(compound=found)
    return found


def lease(home=None, *, tenant_name="赵租客", **fields):
    home = home or dwelling()
    today = timezone.localdate()
    fields = {
        "landlord_name": "刘房东",
        "landlord_phone": "13900000001",
        "since": today,
        "until": today + timedelta(days=364),
        "entered_at": timezone.now(),
    } | fields
    return Lease.objects.create(
        district_id=home.district_id,
        grid_id=home.grid_id,
        dwelling=home,
        tenant_name=tenant_name,
        **fields,
    )


def id_number(birth_on=date(1950, 5, 1), sex="2", region="370402", sequence=None):
    """A citizen ID number with a right checksum (GB 11643)."""
    sequence = sequence or next(_count) % 499
    body = f"{region}{birth_on:%Y%m%d}{sequence * 2 + (sex == '1'):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def resident(home=None, *, grid=None, name="王秀兰", number=None, sex="2", **fields):
    home = home or household(grid, head_name=name)
    birth_on = fields.pop("birth_on", date(1950, 5, 1))
    number = number or id_number(birth_on, sex)
    return Resident.objects.create(
        pk=new_keys(Resident)[0],
        district_id=home.district_id,
        grid_id=home.grid_id,
        household=home,
        name=name,
        relation=fields.pop("relation", "02"),
        id_sealed=number,
        id_index=blind_index(number),
        id_mask=f"{number[0]}{'*' * 16}{number[-1]}",
        sex=sex,
        birth_on=birth_on,
        **fields,
    )


def care_category(name="独居老人", level="care", **fields):
    return CareCategory.objects.get_or_create(
        code=fields.pop("code", name), defaults={"name": name, "level": level} | fields
    )[0]


def care_record(person=None, category=None, **fields):
    return CareRecord.objects.create(
        resident=person or resident(),
        category=category or care_category(),
        since=fields.pop("since", LONG_AGO),
        **fields,
    )


def custom_field(label="医疗保险", register="resident", kind="text", **fields):
    fields = {"purpose": "参保动员", "asked_by": "医保局"} | fields
    return CustomField.objects.create(
        district=fields.pop("district", None) or district(),
        register=register,
        kind=kind,
        label=label,
        key=fields.pop("key", f"field{next(_count)}"),
        **fields,
    )


def premises(grid=None, name="利民超市", **fields):
    grid = grid or unit()
    return Premises.objects.create(
        district_id=grid.district_id,
        grid=grid,
        name=name,
        kind=fields.pop("kind", "self_employed"),
        **fields,
    )


def licence(of=None, kind="营业执照", **fields):
    return Licence.objects.create(premises=of or premises(), kind=kind, **fields)


def stay(person=None, **fields):
    return Stay.objects.create(resident=person or resident(kind="floating"), **fields)


def category(name="井盖缺失", kind="component", code=None):
    found = Category.objects.filter(kind=kind, name=name).first()
    return found or Category.objects.create(kind=kind, name=name, code=code or f"T{next(_count)}")


def standard(number=4, unit="working_hours", *, of=None, **fields):
    fields = {
        "condition": f"条件{next(_count)}",
        "default_line": "city_management",
        "valid_from": LONG_AGO,
    } | fields
    return CaseStandard.objects.create(
        category=of or category(), limit_number=number, limit_unit=unit, **fields
    )


def days_ago(number):
    return timezone.now() - timedelta(days=number)
