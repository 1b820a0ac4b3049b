"""The demo district: complete, consistent with itself, and the same each time."""

import hashlib
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from cases.lateness.escalation import sweep
from cases.lights import light
from cases.models import (
    Alarm,
    Case,
    CaseEvent,
    CaseStandard,
    Category,
    Stage,
    SupervisionSlip,
)
from cases.steps.table import NEXT
from gridmgmt import dictionaries
from gridmgmt.demo import seed as demo
from gridmgmt.demo.places import EMPTY_COMMUNITY, REGISTERED_COMMUNITIES
from grids.boundaries.locate import forget, locate
from grids.fields import blind_index
from grids.models import Building, Department, Grid, Notification, Posting, Staff
from grids.roles import Role
from inspections.cadence.schedules import plan_all
from inspections.models import Schedule, Visit
from residents.models import CareRecord, Dwelling, Household, Premises, Resident
from residents.people.idnumber import parse
from tests import factories

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, ten in the morning in Shandong
TODAY = timezone.localdate(NOW)
USERS = [
    "admin",
    "worker",
    "leader",
    "supervisor",
    "dispatcher",
    "handler",
    "auditor",
    "operator",
    "stranger",
    "clerk",
]


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo.seed(now=NOW, seed=5)
        transaction.set_rollback(True)
    forget()


@pytest.fixture(autouse=True)
def _left_as_it_was(request, settings):
    settings.DEMO = True
    if "seeded" not in request.fixturenames:
        yield
        return
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)


def test_grids_are_as_many_as_the_district_has(seeded):
    tiers = Grid.objects.filter(district__code="370402").values_list("tier", flat=True)

    assert [list(tiers).count(tier) for tier in ("street", "community", "base", "unit")] == [
        11,
        170,
        396,
        1144,
    ]


def test_the_stored_boundaries_cover_their_parents_once(seeded):
    out = StringIO()

    call_command("check_coverage", tolerance=0, stdout=out)

    assert "0 faults" in out.getvalue()


def test_nobody_lives_where_the_sample_register_is_to_be_imported(seeded):
    for model in (Resident, Household, Dwelling, Building, Premises):
        assert not model.objects.filter(grid__code__startswith=EMPTY_COMMUNITY).exists()


def test_three_communities_have_registers(seeded):
    for community in REGISTERED_COMMUNITIES:
        households = Household.objects.filter(community__code=community)
        assert households.count() == 500
        assert Resident.objects.filter(household__in=households).count() > 1000
        assert Premises.objects.filter(grid__code__startswith=community).count() == 40
        for unit in Grid.objects.filter(code__startswith=community, tier="unit"):
            assert Household.objects.filter(grid=unit).exists()
    assert 3_700 <= Resident.objects.count() <= 4_700


def test_id_numbers_are_sealed_indexed_masked_and_right(seeded):
    for resident in Resident.objects.all()[:200]:
        number = parse(resident.id_sealed.reveal(), TODAY)
        assert bytes(resident.id_index) == blind_index(number.text)
        assert resident.id_mask == number.mask
        assert (number.birth_on, number.sex) == (resident.birth_on, resident.sex)


def test_households_of_the_floating_population_rent(seeded):
    floating = Dwelling.objects.filter(households__residents__kind="floating")

    assert floating.exists()
    assert not floating.exclude(use="rented").exists()


def test_care_is_recorded_from_a_day_in_the_past(seeded):
    assert CareRecord.objects.count() > 120
    assert not CareRecord.objects.filter(since__gt=TODAY).exists()


def test_every_stage_and_every_light_is_there(seeded):
    cases = Case.objects.filter(district__code="370402")

    assert set(cases.values_list("stage", flat=True)) == set(Stage.values)
    for found in (cases.red(now=NOW), cases.yellow(now=NOW), cases.green(now=NOW)):
        assert found.count() >= 15
    assert 600 <= cases.count() <= 900


def test_each_open_stage_has_a_late_case_but_the_first(seeded):
    late = set(Case.objects.red(now=NOW).values_list("stage", flat=True))

    assert late == {"registered", "dispatched", "handling", "feedback"}


def test_cases_lie_within_the_last_90_days_and_nothing_lies_ahead(seeded):
    assert not Case.objects.filter(reported_at__lt=NOW - timedelta(days=91)).exists()
    for model, moment in (
        (Case, "stage_since"),
        (CaseEvent, "at"),
        (Notification, "created_at"),
    ):
        assert not model.objects.filter(**{f"{moment}__gt": NOW}).exists()


def test_events_lead_step_by_step_to_the_stage_of_their_case(seeded):
    for case in Case.objects.prefetch_related("events"):
        events = sorted(case.events.all(), key=lambda event: (event.at, event.pk))
        steps = [e for e in events if e.kind not in {"alarm", "answer_slip"}]
        assert steps[0].kind == "report"
        for before, step in pairwise(steps):
            assert step.from_stage == before.to_stage
            assert NEXT[step.from_stage][step.kind] == step.to_stage
        assert steps[-1].to_stage == case.stage
        assert steps[-1].at == case.stage_since


def test_whoever_handled_a_case_did_not_verify_it(seeded):
    verified = CaseEvent.objects.filter(kind="verify")

    assert verified.exists()
    assert not verified.filter(by=F("case__handler")).exists()


def test_a_case_is_with_a_department_that_serves_its_grid(seeded):
    for case in Case.objects.exclude(department=None).select_related("grid", "department")[:150]:
        assert Department.objects.serving(case.grid).filter(pk=case.department_id).exists()


def test_limits_are_those_of_the_clock(seeded):
    from cases.limits import of_case

    for case in Case.objects.exclude(due_at=None).select_related("standard", "district")[:60]:
        kept = case.due_at, case.warn_at, case.limit_minutes
        of_case.start(case, case.registered_at)
        assert (case.due_at, case.warn_at, case.limit_minutes) == kept


def test_alarms_of_the_past_have_fired_and_others_have_not(seeded):
    assert Alarm.objects.filter(fired_at=None, fires_at__gt=NOW).exists()
    assert not Alarm.objects.filter(fired_at=None, fires_at__lte=NOW).exists()
    assert not Alarm.objects.filter(fired_at__gt=NOW).exists()
    assert not Alarm.objects.filter(fired_at=None).exclude(case__closed_at=None).exists()


def test_the_sweep_has_nothing_to_make_up_for_and_goes_on_from_there(seeded):
    assert sweep(NOW)["fired"] == 0
    assert sweep(NOW + timedelta(days=1))["fired"] > 5


def test_every_fired_alarm_but_the_first_has_its_slip(seeded):
    fired = Alarm.objects.exclude(fired_at=None).filter(level__gt=0).count()

    assert SupervisionSlip.objects.filter(issued_by=None).count() == fired
    assert set(SupervisionSlip.objects.values_list("colour", flat=True)) == {
        "blue",
        "yellow",
        "orange",
        "red",
    }


def test_the_light_at_closing_is_what_it_was(seeded):
    for case in Case.objects.exclude(closed_at=None).exclude(due_at=None)[:150]:
        frozen, case.closed_at = (case.closing_light, case.closed_at), None
        assert light(case, frozen[1]) == frozen[0]


def test_every_household_is_on_the_calendar_of_visits(seeded):
    assert not Household.objects.filter(schedules=None).exists()
    assert plan_all(TODAY) == 0


def test_the_demo_worker_has_visits_overdue_due_today_and_coming(seeded):
    due = Schedule.objects.filter(household__grid__code="370402001027001")

    assert due.filter(next_due_on__lt=TODAY).count() >= 2
    assert due.filter(next_due_on=TODAY).count() >= 3
    assert (
        due.filter(next_due_on__gt=TODAY, next_due_on__lte=TODAY + timedelta(days=7)).count() >= 5
    )


def test_a_schedule_remembers_the_last_visit(seeded):
    for schedule in Schedule.objects.exclude(last_done_on=None)[:100]:
        visit = Visit.objects.filter(
            household=schedule.household,
            happened_on=schedule.last_done_on,
            outcome="met",
        )
        assert visit.exists()
    assert not Visit.objects.filter(Q(happened_on__gt=TODAY) | Q(logged_at__gt=NOW)).exists()


def test_a_building_lies_in_its_unit_grid(seeded):
    forget()
    for building in Building.objects.select_related("grid")[:60]:
        assert locate(building.district_id, building.lon, building.lat) == building.grid.code


def test_the_demo_log_ins_work_only_while_the_demo_is_on(seeded, settings):
    for name in USERS:
        person = Staff.objects.get(username=name)
        assert person.is_demo
        assert person.check_password(settings.DEMO_PASSWORD)
        assert person.postings_on(TODAY).exists()
    from grids.auth import StaffBackend

    settings.DEMO = False
    assert not StaffBackend().user_can_authenticate(Staff.objects.get(username="admin"))


def test_the_demo_worker_is_posted_to_an_empty_and_a_populated_grid(seeded):
    codes = Posting.objects.filter(staff__username="worker").values_list("grid__code", flat=True)

    assert sorted(codes) == ["370402001027001", "370402001028001"]


def test_gaps_in_the_staff_can_be_seen(seeded):
    units = Grid.objects.filter(tier="unit", district__code="370402")
    staffed = units.filter(postings__role=Role.GRID_WORKER).distinct().count()

    assert 0.85 < staffed / units.count() < 0.95


def test_a_stranger_sees_nothing_of_the_first_district(seeded):
    stranger = Staff.objects.get(username="stranger")

    for model in (Grid, Household, Resident, Case, Premises, Building):
        seen = model.objects.visible_to(stranger)
        assert seen.exists()
        assert not seen.filter(district__code="370402").exists()


def test_messages_wait_for_those_who_have_to_act(seeded):
    for name in ("handler", "dispatcher", "supervisor", "worker"):
        assert Notification.objects.of(Staff.objects.get(username=name)).unread().exists(), name


def test_the_same_seed_and_day_give_the_same_rows(seeded):
    before = _digest()

    demo.seed(now=NOW, seed=5, fresh=True)
    assert _digest() == before

    demo.seed(now=NOW, seed=6, fresh=True)
    assert _digest() != before


def _digest():
    """Of every row, without random nonces, keys and the moment of writing."""
    parts = []
    for model, left_out in (
        (Grid, {"boundary_changed_at"}),
        (Staff, {"date_joined", "password"}),
        (Posting, set()),
        (Resident, {"id_sealed"}),
        (Household, {"created_at"}),
        (Case, set()),
        (CaseEvent, {"data"}),
        (Alarm, set()),
        (Schedule, set()),
        (Visit, set()),
        (Notification, set()),
    ):
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in left_out]
        # Keys are not reset when the tests' own rows took some before.
        names = [name for name in names if name != "id" and not name.endswith("_id")]
        rows = sorted(map(str, model.objects.values_list(*names)))
        parts.append(hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return parts


@pytest.mark.django_db
def test_a_second_run_leaves_the_district_as_it_is():
    factories.district()
    out = StringIO()

    call_command("seed_demo", stdout=out)

    assert "already" in out.getvalue()
    assert Grid.objects.count() == 1


@pytest.mark.django_db
def test_the_demo_does_not_settle_beside_a_real_district():
    factories.district("420503", "伍家岗区")

    with pytest.raises(CommandError, match="Another district"):
        call_command("seed_demo", fresh=True)

    assert Grid.objects.count() == 1


@pytest.mark.django_db
def test_dictionaries_are_added_once_and_edits_stay():
    added = dictionaries.seed()
    CaseStandard.objects.filter(condition="井盖缺失").update(limit_number=3)

    again = dictionaries.seed()

    assert added["categories"] >= 403
    assert added["standards"] >= 30
    assert again == dict.fromkeys(added, 0)
    assert set(
        CaseStandard.objects.filter(condition="井盖缺失").values_list("limit_number", flat=True)
    ) == {3}


@pytest.mark.django_db
def test_dictionaries_can_be_put_back_as_they_came():
    dictionaries.seed()
    CaseStandard.objects.filter(condition="井盖缺失").update(limit_number=3)

    dictionaries.seed(overwrite=True)

    assert set(
        CaseStandard.objects.filter(condition="井盖缺失").values_list("limit_number", flat=True)
    ) == {2}


@pytest.mark.django_db
def test_the_national_catalogue_is_whole():
    dictionaries.seed()

    assert Category.objects.filter(kind="component").count() == 153
    assert Category.objects.filter(kind="matter").count() == 250
    assert set(Category.objects.values_list("kind", flat=True)) == set(Category.Kind.values)


@pytest.mark.django_db
def test_the_demo_settles_by_sets_and_not_row_by_row():
    """In seconds, on a quiet machine; a busy one still sends no more statements."""
    statements = []

    def count(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        demo.seed(now=NOW, seed=1)

    assert len(statements) < 400  # for tens of thousands of rows
    assert connection.in_atomic_block
