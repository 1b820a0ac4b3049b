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
from grids.tree import add_grid
from inspections.models import Visit
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
    home = make.household(make.unit("370402001028001"))
    here = make.staff("administrator", make.district("370402"))
    stranger = make.staff("administrator", make.district("520602", "碧江区"))

    assert list(Household.objects.visible_to(here)) == [home]
    assert not Household.objects.visible_to(stranger).exists()


def test_somebody_without_a_posting_sees_nothing():
    home = make.household()
    worker = make.staff()

    assert not Household.objects.visible_to(worker).exists()

    make.posting(worker, "grid_worker", home.grid)
    assert list(Household.objects.visible_to(worker)) == [home]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_posting_counts_only_between_its_days(days):
    """On the days themselves it counts: the next test."""
    make.household()
    today = timezone.localdate()
    worker = make.staff()
    since = today + timedelta(days=1) if days > 0 else today - timedelta(days=9)
    until = None if days > 0 else today - timedelta(days=1)
    make.posting(worker, "grid_worker", make.unit(), since=since, until=until)

    assert not Household.objects.visible_to(worker).exists()


@pytest.mark.parametrize("ends", [True, False])
def test_a_posting_counts_on_its_first_and_on_its_last_day(ends):
    make.household()
    today, worker = timezone.localdate(), make.staff()
    days = {"until": today} if ends else {"since": today}
    make.posting(worker, "grid_worker", make.unit(), **days)

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


def test_a_department_sees_no_person_of_the_register():
    person = make.resident()
    handler = make.staff("department_handler", department=make.department())
    worker = make.staff("grid_worker", person.grid)

    assert not Resident.objects.visible_to(handler).exists()
    assert list(Resident.objects.visible_to(worker)) == [person]


def test_a_reporter_keeps_sight_of_the_own_case_in_another_grid():
    worker = make.staff("grid_worker", make.unit("370402001028001"))
    reported = case(make.unit("370402001028002"), reporter=worker)
    case(make.unit("370402001028002"))

    assert list(Case.objects.visible_to(worker)) == [reported]
    assert list(Case.objects.visible_to(worker, right="evaluate")) == [reported]
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


@pytest.mark.parametrize(
    ("postings", "covered"),
    [
        ([("grid_leader", 0), ("grid_leader", 1)], True),  # each place by a posting with both
        ([("grid_leader", None)], True),
        ([("information_officer", None), ("grid_worker", None)], False),
        ([("information_officer", 0), ("grid_worker", 0), ("grid_leader", 1)], False),
        ([("grid_leader", 0)], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("above", ["community", "district"])
def test_two_rights_are_asked_of_one_posting_and_of_every_place(postings, covered, above):
    """An information officer imports and a grid worker reads care; both together do not do both."""
    grids = [make.unit("370402001028001"), make.unit("370402001028002")]
    person = make.staff()
    for role, number in postings:
        place = getattr(make, above)() if number is None else grids[number]
        make.posting(person, role, place)
    keys = [grid.pk for grid in grids]
    scope = Scope.of(person)

    assert scope.covers(keys, "register.import", "register.read_care") == covered
    each = [scope.covers(keys, right) for right in ("register.import", "register.read_care")]
    assert all(each) == (len(postings) > 1 or covered)


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
    person, found = make.resident(), case()
    operator = make.staff("operator", make.district())
    administrator = make.staff("administrator", make.district())

    assert not Resident.objects.visible_to(operator).exists()
    assert not Case.objects.visible_to(operator).exists()
    with pytest.raises(PermissionDenied):
        Scope.of(operator).demand("register.view")
    assert list(Resident.objects.visible_to(administrator)) == [person]
    assert list(Case.objects.visible_to(administrator)) == [found]
    Scope.of(administrator).demand("register.view")


def test_a_city_reads_no_file_of_a_person():
    city = add_grid(parent=None, code="3704", name="枣庄市", valid_from=make.LONG_AGO)
    district = add_grid(
        parent=city, tier="district", code="370402", name="市中区", valid_from=make.LONG_AGO
    )
    person = make.resident()
    mayor = Staff.objects.create_user("mayor", full_name="市长")
    make.posting(mayor, "auditor", city)
    auditor = make.staff("auditor", district)

    assert district in Grid.objects.visible_to(mayor)
    assert Scope.of(mayor).grants("grid.view", person.grid)
    assert not Resident.objects.visible_to(mayor).exists()
    assert not Scope.of(mayor).grants("register.view", person)
    assert list(Resident.objects.visible_to(auditor)) == [person]
    assert Scope.of(auditor).grants("register.view", person)


def _moved_to_another_district(worker):
    """The worker's new posting, as it is from today; the old one is over."""
    worker.postings.update(until=timezone.localdate() - timedelta(days=1))
    make.posting(worker, "grid_worker", make.unit("520602003003001"))


def _visit(home, by):
    return Visit.objects.create(
        district_id=home.district_id,
        grid_id=home.grid_id,
        household=home,
        visitor=by,
        outcome="met",
        happened_on=timezone.localdate(),
        logged_at=timezone.now(),
    )


def test_who_leaves_the_district_leaves_the_own_rows_behind():
    home = make.household(make.unit("370402001028001"))
    worker = make.staff("grid_worker", make.unit("370402001028002"))
    rows = [case(home.grid, reporter=worker), _visit(home, by=worker)]

    for row in rows:
        assert list(type(row).objects.visible_to(worker)) == [row]
        assert Scope.of(worker).grants(f"{row.scope.area}.view", row)

    _moved_to_another_district(worker)

    for row in rows:
        assert not type(row).objects.visible_to(worker).exists()
        assert not Scope.of(worker).grants(f"{row.scope.area}.view", row)


def test_who_leaves_the_district_leaves_the_joined_cases_behind():
    worker = make.staff("grid_worker", make.unit("370402001028002"))
    joined = case(make.unit("370402001028001"))
    joined.supporters.create(staff=worker, at=timezone.now())

    assert list(Case.objects.visible_to(worker)) == [joined]
    assert Scope.of(worker).grants("case.view", joined)

    _moved_to_another_district(worker)

    assert not Case.objects.visible_to(worker).exists()
    assert not Scope.of(worker).grants("case.view", joined)


def test_whose_account_is_closed_has_no_rights_whatever_the_postings_say(client):
    home = make.household()
    worker = make.staff("grid_worker", home.grid)
    assert list(Household.objects.visible_to(worker)) == [home]
    assert Scope.of(worker).has("register.view")
    entry = {"username": worker.username, "password": "password"}
    assert client.post("/login/", entry).status_code == 302

    worker.is_active = False
    worker.save(update_fields=["is_active"])
    worker = Staff.objects.get(pk=worker.pk)

    assert not Household.objects.visible_to(worker).exists()
    assert not Scope.of(worker).has("register.view")
    assert not Scope.of(worker).grants("register.view", home)
    assert client.get("/").url.startswith("/login/")  # the session of before is over
    assert client.post("/login/", entry).status_code == 200  # the form once more


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
