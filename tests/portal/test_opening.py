"""The first day of an installation: a district, its grids and its first administrator."""

import pytest
from django.urls import reverse

from cases.models import CasePolicy, CaseStandard, WorkSpan
from gridmgmt.opening import Administrator, open_district
from grids.models import DistrictProfile, Grid, Posting, Staff
from grids.refusal import Refused
from inspections.models import VisitRule

pytestmark = pytest.mark.django_db

FIRST = Administrator("guanli", "管理员", "wangge-2026-guanli")
GRIDS = """code,name,parent
370402001,中心街街道,370402
370402001028,公园社区,370402001
370402001028B01,公园社区第1基础网格,370402001028
370402001028001,公园社区第1网格,370402001028B01
""".splitlines()


def test_an_opened_district_can_be_worked_in_at_once(client):
    open_district("370402", "市中区", administrator=FIRST, grids_file=GRIDS)

    client.post(reverse("login"), {"username": "guanli", "password": FIRST.password})

    assert client.get(reverse("residents:import_new")).status_code == 200
    assert Grid.objects.get(code="370402001028001").path.count("/") == 5
    assert CaseStandard.objects.exists()
    assert WorkSpan.objects.exists()
    assert VisitRule.objects.exists()
    assert CasePolicy.objects.exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("370402009,某街道,999", "Line 6: the parent 999"),
        (",某街道,370402", "Line 6: code and name"),
        ("370402001,又一个,370402", "Line 6: the code 370402001 is used"),
        ("370402001028002,太深,370402001028001", "Line 6: nothing lies under"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(line, message):
    with pytest.raises(Refused, match=message):
        open_district("370402", "市中区", administrator=FIRST, grids_file=[*GRIDS, line])

    assert not Grid.objects.exists()
    assert not Staff.objects.exists()


def test_a_district_is_opened_once():
    open_district("370402", "市中区", administrator=FIRST)

    with pytest.raises(Refused, match="there already"):
        open_district("370402", "市中区", administrator=FIRST)


def test_a_district_may_begin_with_three_administrators():
    security, auditor = (
        Administrator(name, name, "wangge-2026-x") for name in ("anquan", "shenji")
    )

    open_district("370402", "市中区", administrator=FIRST, security=security, auditor=auditor)
    open_district("110101", "东城区", administrator=Administrator("other", "乙", "wangge-2026-y"))

    held = dict(Posting.objects.filter(grid__code="370402").values_list("staff__username", "role"))
    assert held == {
        "guanli": "administrator",
        "anquan": "security_administrator",
        "shenji": "auditor",
    }
    profiles = DistrictProfile.objects.values_list("district__code", "has_three_administrators")
    assert dict(profiles) == {"370402": True, "110101": False}


def test_three_administrators_are_three_people():
    with pytest.raises(Refused, match="three people"):
        open_district("370402", "市中区", administrator=FIRST, security=FIRST, auditor=FIRST)
    assert not Grid.objects.exists()
