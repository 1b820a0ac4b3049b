"""An erasure takes persons out of every table and their history, and leaves the numbers."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import Error, connection, transaction
from django.utils import timezone

from cases.models import Case
from grids import audit
from grids.audit import chain
from grids.models import AuditEntry, DistrictProfile
from grids.refusal import Refused
from inspections.models import Visit
from residents import tables
from residents.models import (
    AccessRecord,
    CareRecord,
    DataRequest,
    DataRequestLine,
    Household,
    Lease,
    Resident,
    RetentionRule,
    RetentionRun,
)
from residents.people import flows, looks
from residents.retention import forgetting, preview, rules, runs
from residents.retention.forgetting import ERASED
from residents.retention.kinds import KINDS, months_before
from tests import factories as make
from tests.grids.audit.test_guard import as_application  # noqa: F401
from tests.residents.retention.gone import NAME, NOTE, PHONE, end

TODAY = timezone.localdate


def run(kind, by, typed=1):
    asked = runs.ask(KINDS[kind], district=make.district().pk, typed=typed, by=by, today=TODAY())
    runs.work(asked.pk)
    asked.refresh_from_db()
    return asked


def tables_that_say(*words):
    """Names of all tables of the database in which a row has one of these words."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(
                    f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text LIKE %s)',
                    [f"%{word}%"],
                )
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


def test_nothing_in_the_database_says_who_it_was(gone, visited, boss):
    before = tables_that_say(NAME, NOTE, PHONE)

    done = run("died", boss)
    run("visit_words", boss)

    assert {"residents_resident", "residents_residentevent", "residents_householdevent"} <= before
    assert {"residents_carerecordevent", "residents_supportplanevent"} <= before
    assert tables_that_say(NAME, NOTE, PHONE) == set()
    assert (done.state, done.done, done.expected) == ("done", 1, 1)
    assert not CareRecord.objects.filter(resident=gone).exists()


def test_the_number_goes_too_in_every_version_of_the_row(gone, boss):
    events = apps.get_model("residents", "ResidentEvent").objects.filter(pgh_obj=gone.pk)
    assert events.filter(id_index__isnull=False).exists()

    run("died", boss)

    gone.refresh_from_db()
    assert (gone.name, gone.id_index, gone.id_sealed, gone.id_mask) == (ERASED, None, None, "")
    assert not events.exclude(id_index=None, id_sealed=None, name=ERASED).exists()
    assert Household.objects.get(pk=gone.household_id).head_name == ERASED


def test_the_history_of_a_row_that_is_gone_no_longer_says_whose_it_was(gone, boss):
    events = apps.get_model("residents", "CareRecordEvent").objects
    assert events.filter(resident_id=gone.pk).exists()

    run("died", boss)

    assert not events.filter(resident_id=gone.pk).exists()


def figures():
    """What boards and tables say of months, grids and visits."""
    leader = make.staff("grid_leader", make.community())
    found = []
    for month in flows.months(TODAY()):
        [table] = tables.tables("flows", leader, make.community(), month=month)
        found.append([[cell.value for cell in cells] for _place, cells in table.rows])
    for name in ("residents", "floating"):
        for table in tables.tables(name, leader, make.community()):
            found.append([[cell.value for cell in cells] for _place, cells in table.rows])
    visits = Visit.objects.values_list("grid", "happened_on", "outcome").order_by("pk")
    return found, list(visits), Case.objects.count()


def test_the_numbers_of_months_grids_and_visits_stay(gone, visited, boss):
    make.resident(make.household(gone.grid))
    before = figures()
    assert any(any(sum(row) for row in table) for table in before[0])

    run("died", boss)
    run("visit_words", boss)

    assert figures() == before


def test_the_audit_can_be_verified_afterwards_and_says_what_was_done(gone, boss):
    audit.record(audit.Kind.PRINT, of=gone.household, by=boss)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with time_machine.travel(timezone.now() + chain.SETTLED + timedelta(minutes=1)):
        chain.mark()
    done = run("died", boss)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert chain.check() == []
    last = AuditEntry.objects.filter(kind="erasure").latest("pk")
    assert (last.object_key, last.by, last.detail["done"]) == (str(done.pk), boss, 1)
    assert last.detail["counts"]["residents_resident"] == 1


# --- what is held ---


def request_of(person, state):
    asked = DataRequest.objects.create(
        district_id=person.district_id,
        grid=make.district(),
        department=make.department(),
        number=f"SQ-{state}",
        purpose="低保复核",
        legal_basis="办法",
        facts=["address"],
        use_until=TODAY(),
        asked_by=make.staff("department_head", department=make.department()),
        asked_at=timezone.now() - timedelta(days=2000),
        state=state,
    )
    return DataRequestLine.objects.create(request=asked, position=1, name=NAME, resident=person)


def open_case_of(person, **fields):
    return Case.objects.create(
        **{
            "district_id": person.district_id,
            "grid_id": person.grid_id,
            "category": make.category(),
            "title": "井盖缺失",
            "number": "370402-2611-00009",
            "source": "visit",
            "reported_at": timezone.now(),
            "stage": "reported",
            "stage_since": timezone.now(),
            "household": person.household,
        }
        | fields
    )


def free(kind="died"):
    kind, district = KINDS[kind], make.district().pk
    return preview.of(kind, district, months_before(TODAY(), kind.months))


def test_a_person_in_an_open_case_is_kept_until_it_is_closed(gone, boss):
    case = open_case_of(gone)
    held = free()
    Case.objects.filter(pk=case.pk).update(
        stage="closed", closed_at=timezone.now(), result="fixed", closing_light="green"
    )

    assert (held.due, held.free, held.held) == (1, 0, 1)
    assert [number for _why, number in held.holds] == [1]
    assert free().free == 1


def test_a_person_in_an_open_data_request_is_kept_until_it_is_answered(gone):
    line = request_of(gone, "waiting")
    assert free().free == 0

    DataRequest.objects.filter(pk=line.request_id).update(state="answered")

    assert free().free == 1


def test_the_head_of_a_household_that_lives_here_is_kept(ground):
    home = make.household(ground[0], head_name=NAME)
    head = make.resident(home, name=NAME, relation="02")
    make.resident(home, name="诸葛在世", relation="10")
    end(head, "died")
    assert (free().due, free().free) == (1, 0)

    Household.objects.filter(pk=home.pk).update(head_name="诸葛在世")

    assert free().free == 1


def test_the_living_keep_everything(ground, boss):
    home = make.household(ground[0], head_name="诸葛在世")
    alive = make.resident(home, name="诸葛在世", relation="02")
    dead = make.resident(home, name=NAME)
    end(dead, "died")

    run("died", boss)

    alive.refresh_from_db()
    home.refresh_from_db()
    assert (alive.name, home.head_name) == ("诸葛在世", "诸葛在世")
    assert Resident.objects.get(pk=dead.pk).name == ERASED


def test_who_ended_within_the_period_is_not_due(ground):
    person = make.resident(grid=ground[0], name=NAME)
    end(person, "died", on=months_before(TODAY(), 36))
    assert free().due == 0

    Resident.objects.filter(pk=person.pk).update(
        ended_on=months_before(TODAY(), 36) - timedelta(days=1)
    )

    assert free().due == 1


# --- how it is begun ---


@pytest.mark.parametrize(("typed", "is_done"), [(0, False), (2, False), (1, True)])
def test_the_number_that_was_read_is_typed(gone, boss, typed, is_done):
    if is_done:
        assert run("died", boss, typed).state == "done"
    else:
        with pytest.raises(Refused):
            run("died", boss, typed)
    assert Resident.objects.filter(name=NAME).exists() is not is_done


def test_with_three_administrators_a_second_person_confirms_it(gone, boss):
    DistrictProfile.objects.update_or_create(
        district=make.district(), defaults={"has_three_administrators": True}
    )
    other = make.staff("security_administrator", make.district())

    asked = run("died", boss)
    assert (asked.state, asked.done) == ("waiting", 0)
    with pytest.raises(Refused):
        runs.confirm(asked, typed=1, by=boss)
    with pytest.raises(Refused):
        runs.confirm(asked, typed=7, by=other)
    assert Resident.objects.filter(name=NAME).exists()

    runs.work(runs.confirm(asked, typed=1, by=other).pk)
    asked.refresh_from_db()
    assert (asked.state, asked.done, asked.decided_by) == ("done", 1, other)
    assert not Resident.objects.filter(name=NAME).exists()


def test_the_database_itself_wants_another_person(gone, boss):
    row = {"district": make.district(), "kind": "died", "before": TODAY(), "takes_two": True}
    row |= {"asked_by": boss, "asked_at": timezone.now(), "state": "running"}

    with pytest.raises(Error, match="retention_run_takes_two"):
        RetentionRun.objects.create(**row, decided_by=boss)


def test_more_rows_than_were_confirmed_are_not_erased(gone, boss):
    asked = runs.ask(KINDS["died"], district=gone.district_id, typed=1, by=boss, today=TODAY())
    end(make.resident(grid=gone.grid, name="后来人"), "died")

    runs.work(asked.pk)

    asked.refresh_from_db()
    assert (asked.state, asked.error) == ("failed", "grown")
    assert Resident.objects.filter(name=NAME).exists()


def test_a_second_worker_goes_on_where_the_first_was_lost(gone, boss, monkeypatch):
    end(make.resident(grid=gone.grid, name="后来人"), "died")
    asked = runs.ask(KINDS["died"], district=gone.district_id, typed=2, by=boss, today=TODAY())
    runs._erase_batch(asked, KINDS["died"], [gone.pk])

    runs.work(asked.pk)

    asked.refresh_from_db()
    assert (asked.state, asked.done) == ("done", 2)
    assert asked.counts["residents_resident"] == 2


AT_NIGHT = "2026-12-02 02:00:00+08:00"


@pytest.mark.parametrize("is_on", [True, False])
def test_at_night_the_kinds_run_that_are_on(gone, boss, is_on):
    rules.change(
        KINDS["died"], district=gone.district_id, months=24, basis="办法", is_on=is_on, by=boss
    )
    with time_machine.travel("2026-12-02 12:00:00+08:00", tick=False):
        assert runs.nightly(timezone.now()) == []
    with time_machine.travel(AT_NIGHT, tick=False):
        started = runs.nightly(timezone.now())
        assert len(started) == int(is_on)
        assert runs.nightly(timezone.now()) == []
    for pk in started:
        runs.work(pk)

    assert Resident.objects.filter(name=NAME).exists() is not is_on


def test_with_three_administrators_nobody_turns_it_on_alone(gone, boss):
    DistrictProfile.objects.update_or_create(
        district=make.district(), defaults={"has_three_administrators": True}
    )
    kind, district = KINDS["died"], gone.district_id
    rule = rules.change(kind, district=district, months=24, basis="办法", is_on=True, by=boss)
    assert (rule.is_on, rule.wanted_by) == (False, boss)
    with pytest.raises(Refused):
        rules.turn_on(kind, district=district, by=boss)

    rules.turn_on(kind, district=district, by=make.staff("administrator", make.district()))

    assert RetentionRule.objects.get().is_on


@pytest.mark.parametrize(
    ("kind", "months", "is_right"),
    [("looks", 5, False), ("looks", 6, True), ("leases", 35, False), ("died", 1, True)],
)
def test_no_period_is_shorter_than_the_law_says(ground, boss, kind, months, is_right):
    change = {"district": make.district().pk, "months": months, "basis": "办法", "is_on": False}
    if is_right:
        rules.change(KINDS[kind], by=boss, **change)
        assert RetentionRule.objects.get().months == months
    else:
        with pytest.raises(Refused, match=str(KINDS[kind].least)):
            rules.change(KINDS[kind], by=boss, **change)


# --- the other kinds ---


def test_leases_looks_and_lines_that_are_over_go_by_their_own_kinds(ground, gone, boss):
    lease = make.lease(tenant_name=NAME, landlord_name=NAME)
    Lease.objects.filter(pk=lease.pk).update(
        ended_on=make.LONG_AGO, until=make.LONG_AGO, since=make.LONG_AGO
    )
    line = request_of(gone, "answered")
    long_ago = timezone.now() - timedelta(days=1500)
    looks.note_cared([gone], by=boss)
    row = dict(AccessRecord.objects.values().get(), at=long_ago)
    row.pop("id")
    AccessRecord.objects.create(**row)

    for kind in ("leases", "data_requests", "looks"):
        assert run(kind, boss).state == "done", kind

    lease.refresh_from_db()
    line.refresh_from_db()
    assert (lease.tenant_name, line.name, line.resident) == (ERASED, ERASED, None)
    assert AccessRecord.objects.get().at > long_ago
    assert "residents_lease" not in tables_that_say(NAME)
    assert "residents_leaseevent" not in tables_that_say(NAME)


def test_former_staff_lose_telephone_and_mail_and_cannot_come_back(ground, boss):
    left = make.staff("grid_worker", ground[0], phone=PHONE, email="a@example.org")
    left.postings.update(until=make.LONG_AGO)
    type(left).objects.filter(pk=left.pk).update(date_joined=timezone.now() - timedelta(days=2000))
    here = make.staff("grid_worker", ground[0], phone="13800001111")

    run("former_staff", boss)

    left.refresh_from_db()
    here.refresh_from_db()
    assert (left.phone, left.email, left.is_active) == ("", "", False)
    assert (here.phone, here.is_active) == ("13800001111", True)
    assert tables_that_say(PHONE, "a@example.org") == set()


# --- the database ---


def test_the_application_erases_what_it_may_not_change(gone, boss, as_application):  # noqa: F811
    events = apps.get_model("residents", "ResidentEvent").objects
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        events.update(name="")

    assert run("died", boss).state == "done"

    assert not events.filter(name=NAME).exists()


def test_the_history_loses_nothing_that_the_row_still_has(gone):
    alive = make.resident(grid=gone.grid, name="诸葛在世")
    events = apps.get_model("residents", "ResidentEvent").objects

    forgetting._forget_history(forgetting.RESIDENT, [gone.pk, alive.pk])

    assert events.filter(name=NAME).exists()
    assert events.filter(name="诸葛在世").exists()


def test_looks_of_the_last_six_months_stay_whatever_is_asked(gone, boss):
    looks.note_cared([gone], by=boss)
    keys = list(AccessRecord.objects.values_list("pk", flat=True))

    with connection.cursor() as cursor:
        cursor.execute("SELECT retention_erase_looks(%s)", [keys])
        assert cursor.fetchone() == (0,)

    assert AccessRecord.objects.count() == 1
