"""Rows are visible, and rights hold, only where a posting of today says so."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.models import Case
from grids.models import Grid, Posting, Staff
from grids.roles import RIGHTS, Role
from grids.scope import Scope, readable_fields
from residents.models import Household, Resident
from tests import factories as make

pytestmark = pytest.mark.django_db


def case(grid=None, **fields):
    grid = grid or make.unit()
    now = timezone.now()
    return Case.objects.create(
        district_id=grid.district_id,
        grid=grid,
        category=make.category(),
        title="井盖缺失",
        number=fields.pop("number", f"N{Case.objects.count()}"),
        source="patrol",
        reported_at=now,
        stage_since=now,
        **fields,
    )


def test_a_worker_sees_the_households_of_the_own_grid_only():
    mine = make.household(make.unit("370402001028001"))
    make.household(make.unit("370402001028002"))

    worker = make.staff("grid_worker", make.unit("370402001028001"))

    assert list(Household.objects.visible_to(worker)) == [mine]


def test_a_leader_sees_every_grid_of_the_community():
    make.household(make.unit("370402001028001"))
    make.household(make.unit("370402001028002"))
    make.household(make.unit("370402001027001"))

    leader = make.staff("grid_leader", make.community("370402001028"))

    assert Household.objects.visible_to(leader).count() == 2


def test_nobody_sees_another_district():
    make.household(make.unit("370402001028001"))
    stranger = make.staff("administrator", make.district("520602", "碧江区"))

    assert not Household.objects.visible_to(stranger).exists()


def test_somebody_without_a_posting_sees_nothing():
    make.household()

    assert not Household.objects.visible_to(make.staff()).exists()


@pytest.mark.parametrize("days", [-1, 1])
def test_a_posting_counts_only_between_its_days(days):
    make.household()
    today = timezone.localdate()
    worker = make.staff()
    since = today + timedelta(days=1) if days > 0 else today - timedelta(days=9)
    until = None if days > 0 else today - timedelta(days=1)
    make.posting(worker, "grid_worker", make.unit(), since=since, until=until)

    assert not Household.objects.visible_to(worker).exists()


def test_a_posting_counts_on_its_last_day():
    make.household()
    worker = make.staff()
    make.posting(worker, "grid_worker", make.unit(), until=timezone.localdate())

    assert Household.objects.visible_to(worker).exists()


def test_a_dispatcher_in_one_place_who_is_a_worker_in_another_dispatches_nothing_there():
    here, there = make.unit("370402001028001"), make.unit("520602003003001")
    case(here)
    theirs = case(there)
    person = make.staff("dispatcher", make.district("370402"))
    make.posting(person, "grid_worker", there)

    assert theirs in Case.objects.visible_to(person, right="view")
    assert theirs not in Case.objects.visible_to(person, right="dispatch")
    assert Case.objects.visible_to(person, right="dispatch").count() == 1


def test_a_handler_sees_the_cases_of_the_department_and_no_others():
    department = make.department()
    ours = case(department=department)
    case()

    handler = make.staff("department_handler", department=department)

    assert list(Case.objects.visible_to(handler)) == [ours]
    assert not Resident.objects.visible_to(handler).exists()


def test_a_reporter_keeps_sight_of_the_own_case_in_another_grid():
    worker = make.staff("grid_worker", make.unit("370402001028001"))
    reported = case(make.unit("370402001028002"), reporter=worker)
    case(make.unit("370402001028002"))

    assert list(Case.objects.visible_to(worker)) == [reported]
    assert not Case.objects.visible_to(worker, right="verify").exists()


def test_a_steward_sees_the_own_building_only():
    ground = make.unit()
    mine = make.household(home=make.dwelling(ground, building_name="1号楼"))
    make.household(home=make.dwelling(ground, building_name="2号楼"))

    steward = make.staff("building_steward", ground, building=make.building(ground, "1号楼"))

    assert list(Household.objects.visible_to(steward)) == [mine]


def test_the_successor_of_a_grid_keeps_its_history():
    old, new = make.unit("370402001028001"), make.unit("370402001028002")
    inherited = case(old)
    new.successions_before.create(predecessor=old, on=timezone.localdate())

    worker = make.staff("grid_worker", new)

    assert list(Case.objects.visible_to(worker)) == [inherited]


def test_several_postings_are_a_union_and_never_an_or():
    worker = make.staff("grid_worker", make.unit())
    make.posting(worker, "grid_leader", make.community("370402001027"))

    statement = str(Case.objects.visible_to(worker).query)

    assert "UNION" in statement
    assert " OR " not in statement


@pytest.mark.parametrize("role", list(Role))
def test_scope_of_rows_and_scope_of_one_row_agree(role):
    department = make.department()
    rows = [
        case(make.unit("370402001028001"), department=department),
        case(make.unit("520602003003001")),
    ]
    in_department = role.startswith("department")
    person = make.staff(
        role,
        None if in_department else make.community("370402001028"),
        department=department if in_department else None,
    )

    for right in sorted(right for rights in RIGHTS.values() for right in rights):
        if right.startswith("case."):
            seen = set(Case.objects.visible_to(person, right=right.removeprefix("case.")))
            assert seen == {row for row in rows if Scope.of(person).grants(right, row)}


def test_care_and_birth_date_are_read_by_those_who_visit_and_by_nobody_else():
    person = make.resident()
    worker = make.staff("grid_worker", person.grid)
    supervisor = make.staff("supervisor", make.street())
    neighbour = make.staff("grid_worker", make.unit("370402001028002"))

    assert readable_fields(worker, person) == {"birth_on", "phone", "care"}
    assert readable_fields(supervisor, person) == frozenset()
    assert readable_fields(neighbour, person) == frozenset()


def test_an_operator_sees_no_person_and_no_case():
    make.resident()
    case()
    operator = make.staff("operator", make.district())

    assert not Resident.objects.visible_to(operator).exists()
    assert not Case.objects.visible_to(operator).exists()
    with pytest.raises(PermissionDenied):
        Scope.of(operator).demand("register.view")


def test_a_city_reads_no_file_of_a_person():
    city = Grid.objects.create(
        code="3704", name="枣庄市", tier="city", path="3704/", valid_from=make.LONG_AGO
    )
    make.resident()
    mayor = Staff.objects.create_user("mayor", full_name="市长")
    make.posting(mayor, "auditor", city)

    assert not Resident.objects.visible_to(mayor).exists()


def test_one_person_cannot_hold_the_same_posting_twice_at_a_time():
    worker = make.staff("grid_worker", make.unit())

    with (
        pytest.raises(IntegrityError, match="posting_no_overlap"),
        transaction.atomic(),
    ):
        Posting.objects.create(
            staff=worker,
            role="grid_worker",
            grid=make.unit(),
            since=timezone.localdate(),
        )
