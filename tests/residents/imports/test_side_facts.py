"""A side fact refuses no row of the other registers: what cannot be read of it is reported."""

from datetime import date
from decimal import Decimal

import pytest

from residents.models import CareRecord, ImportBatch, Lease, Licence, Premises
from tests import factories
from tests.residents.sheets import house, lease, record, shop, worker

MAKERS = {"premises": shop, "leases": lease, "buildings": house, "staff": worker}


def unknown(answer):
    return ImportBatch.objects.get(pk=answer["batch"]).result["unknown_values"]


@pytest.mark.parametrize(
    ("register", "said", "field", "shown"),
    [
        ("premises", {"经营面积": "约50"}, "area", "约50"),
        ("premises", {"从业人数": "约3人"}, "head_count", "约3人"),
        ("premises", {"联系电话": "12"}, "phone", "****"),
        ("premises", {"备注": "长" * 301}, "note", "长" * 40),
        ("premises", {"统一社会信用代码": 9.1370402e17}, "credit_code", "9****************0"),
        ("premises", {"许可证编号": 9.1370402e17}, "licence_number", "9****************0"),
        ("premises", {"雇工人数": "4"}, "employees", "4"),
        ("leases", {"租期起": "2026-01"}, "since", "2026-01"),
        ("leases", {"租期止": "租完为止"}, "until", "租完为止"),
        ("leases", {"出租人电话": "12"}, "landlord_phone", "****"),
        ("leases", {"租赁面积": "约80"}, "area", "约80"),
        ("leases", {"租期起": "", "租期止": "一年"}, "until", "+12"),
        ("buildings", {"层数": "地上6地下1"}, "floors", "地上6地下1"),
        ("buildings", {"风险隐患": "长" * 301}, "risk_note", "长" * 40),
        ("staff", {"电子邮箱": "a@b"}, "email", "****"),
        ("care", {"备注": "长" * 301}, "note", "长" * 40),
        ("care", {"认定日期": "2026年1月"}, "since", "2026年1月"),
    ],
)
def test_what_cannot_be_read_of_a_side_fact_is_reported_and_the_row_comes_in(
    import_rows, ground, register, said, field, shown
):
    maker = MAKERS.get(register, lambda: record(factories.resident(grid=ground[0])))

    answer = import_rows(register, [maker(), maker() | said])

    assert (answer["created"], answer["rejected"]) == (2, 0)
    assert unknown(answer) == {field: {shown: 1}}


def test_a_number_of_a_person_in_a_side_fact_is_not_shown(import_rows):
    answer = import_rows("premises", [shop(经营面积="110101195005010028")])

    assert unknown(answer) == {"area": {"1****************8": 1}}


def test_of_a_compound_only_what_contradicts_is_reported(import_rows):
    rows = [house(), house(物业公司="另一家物业"), house(小区="新小区", 物业公司="另一家物业")]

    assert unknown(import_rows("buildings", rows)) == {"property_company": {"另一家物业": 1}}


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ({"租期起": "2026-01-01至2026-12-31", "租期止": ""}, "2026-01-01", "2026-12-31"),
        ({"租期起": "2026.1.1-2027.1.1", "租期止": ""}, "2026-01-01", "2027-01-01"),
        ({"租期起": "2026-01-01-2027-01-01", "租期止": ""}, "2026-01-01", "2027-01-01"),
        ({"租期起": "20260101~20261231", "租期止": ""}, "2026-01-01", "2026-12-31"),
        ({"租期起": "2026年1月1日起至2026年12月31日止", "租期止": ""}, "2026-01-01", "2026-12-31"),
        ({"租期起": "", "租期止": "2026-01-01 — 2026-12-31"}, "2026-01-01", "2026-12-31"),
        ({"租期起": "2026-01-01至今", "租期止": ""}, "2026-01-01", None),
        ({"租期起": "2026-01-01至长期", "租期止": ""}, "2026-01-01", None),
        ({"租期止": "长期"}, "2026-01-01", None),
        ({"租期止": "无固定期限"}, "2026-01-01", None),
        ({"租期止": ""}, "2026-01-01", None),
        ({"租期止": "一年"}, "2026-01-01", "2026-12-31"),
        ({"租期止": "1年"}, "2026-01-01", "2026-12-31"),
        ({"租期止": "两年半"}, "2026-01-01", "2028-06-30"),
        ({"租期止": "半年"}, "2026-01-01", "2026-06-30"),
        ({"租期止": "6个月"}, "2026-01-01", "2026-06-30"),
        ({"租期起": "2024-02-29", "租期止": "一年"}, "2024-02-29", "2025-02-27"),
        ({"租期起": "", "租期止": "2026-12-31"}, None, "2026-12-31"),
    ],
)
def test_the_period_of_a_lease_as_offices_write_it(import_rows, said, since, until):
    answer = import_rows("leases", [lease(**said)])

    found = Lease.objects.get()
    assert (answer["created"], unknown(answer)) == (1, {})
    assert [day and day.isoformat() for day in (found.since, found.until)] == [since, until]
    assert import_rows("leases", [lease(室号=found.dwelling.room, **said)])["unchanged"] == 1


def test_an_open_end_takes_the_last_day_away_and_an_empty_cell_does_not(import_rows):
    row = lease()
    import_rows("leases", [row])

    import_rows("leases", [row | {"租期止": ""}])
    assert Lease.objects.get().until == date(2026, 12, 31)
    assert import_rows("leases", [row | {"租期止": "长期"}], on_conflict="ours")["unchanged"] == 1
    assert import_rows("leases", [row | {"租期止": "长期"}])["changed"] == 1
    assert Lease.objects.get().until is None


def test_a_first_day_that_was_not_known_is_learned_by_the_same_lease(import_rows):
    row = lease(租期起="", 租期止="")
    import_rows("leases", [row])

    answer = import_rows("leases", [row | {"租期起": "2026-03-01"}])
    without = import_rows("leases", [row])

    assert (answer["changed"], without["unchanged"]) == (1, 1)
    assert Lease.objects.get().since == date(2026, 3, 1)


def test_days_that_contradict_those_of_the_register_are_refused(import_rows):
    row = lease(租期止="")
    import_rows("leases", [row])

    answer = import_rows("leases", [row | {"租期起": "", "租期止": "2025-06-30"}])
    right = import_rows("leases", [row | {"租期起": "", "租期止": "2026-06-30"}])

    assert answer["rejected_by_reason"] == {"period_wrong": 1}
    assert right["changed"] == 1


def test_a_type_that_no_list_knows_is_another_one_until_somebody_says(import_rows):
    row = shop(统一社会信用代码="", 单位类型="美容美发")

    answer = import_rows("premises", [row])

    assert unknown(answer) == {"kind": {"美容美发": 1, "—": 1}}
    assert Premises.objects.get().kind == "other"
    import_rows("premises", [row | {"单位类型": "集体企业"}])
    assert Premises.objects.get().kind == "collective"


def test_side_facts_that_can_be_read_are_taken(import_rows, ground):
    """The twin of what is left out."""
    person = factories.resident(grid=ground[0])

    import_rows("premises", [shop(联系电话="(0632)3312345", 经营面积="50㎡", 许可证编号="W1")])
    import_rows("leases", [lease(出租人电话="（0632）3312345转801")])
    import_rows("care", [record(person, 认定日期="2026年1月2日")])

    found = Premises.objects.get()
    assert (found.phone, found.area) == ("0632-3312345", Decimal("50.00"))
    assert Licence.objects.get().number == "W1"
    assert Lease.objects.get().landlord_phone == "0632-3312345-801"
    assert CareRecord.objects.get().since == date(2026, 1, 2)
