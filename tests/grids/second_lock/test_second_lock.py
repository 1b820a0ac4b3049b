"""Behind `visible_to` stands the database itself: another district is not there."""

import os
import threading

import psycopg
import pytest
from celery import signals
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from cases.models import Case
from grids.jobs import lease
from grids.models import Grid, Staff
from grids.second_lock import EVERYWHERE, NOWHERE, SIGNING_IN, confined, confinement, start
from grids.second_lock.middleware import SecondLockMiddleware, districts_of
from grids.second_lock.policies import SILENT, locked_models, policy_name, protect
from grids.tree import add_grid
from inspections.models import Visit
from residents.models import Household, ImportBatch, Resident
from tests import factories

ROLE = f"bound_in_tests_{os.getpid()}"


@pytest.fixture
def bound(db):
    """bound() from here on the connection has a role as the application has: it owns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE};"
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}"
        )

        def become():
            cursor.execute(f"SET ROLE {ROLE}")

        yield become
        if not connection.needs_rollback:
            cursor.execute("RESET ROLE")


@pytest.fixture
def districts(db):
    """Two districts with one household and person each; their keys."""
    here, there = factories.unit("370402001028001"), factories.unit("520602001001001")
    for grid in (here, there):
        factories.resident(grid=grid)
    return here.district_id, there.district_id


def seen():
    """What bare queries show, without any `visible_to`."""
    return {
        district
        for model in (Resident, Household, Case, Resident.history.rel.related_model)
        for district in model._base_manager.values_list("district_id", flat=True)
    }


def test_every_table_with_a_district_is_locked(db):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, array_remove(array_agg(p.polname::text), NULL)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            LEFT JOIN pg_policy p ON p.polrelid = c.oid AND c.relrowsecurity
            WHERE c.relkind IN ('r', 'p') AND a.attname = 'district_id' AND NOT a.attisdropped
              AND c.relnamespace = 'public'::regnamespace
            GROUP BY c.relname"""
        )
        held = dict(cursor.fetchall())

    assert held == {model._meta.db_table: [policy_name(model)] for model in locked_models()}
    assert {"residents_resident", "residents_residentevent", "cases_case"} <= set(held)


def test_a_policy_that_was_taken_away_or_changed_comes_back(db):
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP POLICY {policy_name(Case)} ON cases_case;"
            "CREATE POLICY second_lock_other ON cases_case USING (true)"
        )

        protect()

        cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = 'cases_case'::regclass")
        assert cursor.fetchall() == [(policy_name(Case),)]


@pytest.mark.parametrize("mine", [0, 1])
def test_a_bare_query_shows_the_districts_it_was_told_and_no_other(districts, bound, mine):
    assert seen() == set(districts)
    bound()

    with confined([districts[mine]]):
        assert seen() == {districts[mine]}
    with confined(districts):
        assert seen() == set(districts)
    with confined(EVERYWHERE):
        assert seen() == set(districts)
    for nothing in (NOWHERE, [], SIGNING_IN):
        with confined(nothing):
            assert seen() == set()


def test_a_connection_that_was_told_nothing_shows_nothing(districts, bound):
    with connection.cursor() as cursor:
        cursor.execute("RESET gridmgmt.districts")
    bound()

    assert seen() == set()


def test_neither_a_look_up_nor_a_write_reaches_another_district(districts, bound):
    mine, other = districts
    theirs = Household.objects.get(district=other)
    own = Household.objects.get(district=mine)
    bound()

    with confined([mine]):
        assert not Household.objects.filter(pk=theirs.pk).exists()
        assert Household.objects.filter(pk=theirs.pk).update(head_name="别人") == 0
        assert Household.objects.filter(pk=own.pk).update(head_name="自己") == 1
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Household.objects.filter(pk=own.pk).update(district=other)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Household.objects.create(
                district_id=other,
                grid_id=theirs.grid_id,
                community_id=theirs.community_id,
                head_name="陌生人",
            )


def test_who_signs_in_is_found_before_the_registers_are_open(districts, bound):
    someone = factories.staff("grid_worker", factories.unit("370402001028001"))
    bound()

    with confined(SIGNING_IN):
        assert Staff.objects.get(username=someone.username).postings_on("2026-01-01") is not None
        assert Grid.objects.filter(pk__in=districts).count() == 2
        assert not Visit.objects.exists()


def ask(staff, answer):
    """`answer` is called where a view would be."""
    request = RequestFactory().get("/")
    request.user = staff

    def get_response(request):
        lock.process_view(request, None, (), {})
        return HttpResponse(repr(answer()))

    lock = SecondLockMiddleware(get_response)
    return lock(request).content.decode()


def test_a_page_shows_the_districts_of_its_person_one_after_the_other(districts, bound):
    here = factories.staff("supervisor", Grid.objects.get(pk=districts[0]))
    there = factories.staff("supervisor", Grid.objects.get(pk=districts[1]))
    bound()

    for _ in range(2):  # the connection is the same all the while
        assert ask(here, seen) == repr({districts[0]})
        assert ask(there, seen) == repr({districts[1]})
        assert ask(AnonymousUser(), seen) == repr(set())


def test_a_person_without_a_posting_sees_the_own_account_alone(districts, bound):
    someone = factories.staff(district=Grid.objects.get(pk=districts[0]))
    bound()

    assert districts_of(someone) == {districts[0]}
    assert ask(someone, lambda: Staff.objects.filter(pk=someone.pk).count()) == "1"


def test_a_person_of_the_city_sees_the_districts_below_it(db):
    city = add_grid(
        parent=None, tier="city", code="3704", name="枣庄市", valid_from=factories.LONG_AGO
    )
    below = add_grid(parent=city, code="370402", name="市中区", valid_from=factories.LONG_AGO)
    someone = factories.staff(district=below)
    factories.posting(someone, "supervisor", city)
    Staff.objects.filter(pk=someone.pk).update(district=None)
    someone.refresh_from_db()

    assert below.pk in districts_of(someone)


def test_a_real_page_works_under_the_role_and_shows_the_own_people(districts, bound, client):
    grid = factories.unit("370402001028001")
    factories.resident(grid=grid, name="欧阳自己")
    someone = factories.staff("grid_worker", grid)
    client.force_login(someone)
    bound()

    with confined(NOWHERE):
        shown = client.get("/residents/")

    assert shown.status_code == 200
    assert "欧阳自己" in shown.content.decode()


def test_a_task_is_told_that_it_works_everywhere(districts, bound):
    bound()

    signals.task_prerun.send(sender=None)
    during = seen()
    signals.task_postrun.send(sender=None)

    assert during == set(districts)
    assert seen() == set()


def test_a_command_is_told_that_it_works_everywhere(manage):
    words = "from grids.second_lock import confinement; print(confinement._now.get())"

    assert manage("shell", "-v0", "-c", words).stdout.strip() == "all"


def test_a_transaction_that_fails_brings_back_what_was_told_before(districts, bound):
    bound()
    start([districts[0]])

    def fail():
        with transaction.atomic(), confined(EVERYWHERE), connection.cursor() as cursor:
            assert seen() == set(districts)
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(DatabaseError, match="division"):
        fail()

    assert seen() == {districts[0]}
    start(NOWHERE)


def test_rows_of_no_district_are_there_for_all_and_for_nobody_unknown(districts, bound):
    city = add_grid(
        parent=None, tier="city", code="5206", name="铜仁市", valid_from=factories.LONG_AGO
    )
    bound()

    with confined([districts[0]]):
        assert Grid.objects.filter(pk=city.pk).exists()
    with confined(NOWHERE):
        assert not Grid.objects.filter(pk=city.pk).exists()


def test_an_index_still_serves_a_search_below_the_lock(db):
    """A prefix of a name is compared by the index only where its operator is known to be silent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE NOT proleakproof"
            " AND oid = ANY (%s::regprocedure[]::oid[])",
            [SILENT],
        )
        assert cursor.fetchall() == []


def test_the_thread_that_keeps_a_job_sees_the_districts_of_its_worker(db, monkeypatch):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.01)
    batch, seen, is_seen = ImportBatch(state="checking"), [], threading.Event()

    def telling(progress):
        seen.append(confinement._now.get())
        is_seen.set()
        return {}

    batch.telling = telling
    with confined(EVERYWHERE), lease.Lease(batch):
        assert is_seen.wait(10)

    assert set(seen) == {EVERYWHERE}


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_opened_anew_and_told(wait_for):
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE pg_monitor")  # any role but the superuser's
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])
        here = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        wait_for(lambda: other.execute(here, [process]).fetchone() is None)

    start(EVERYWHERE)

    assert connection.connection is None
    assert Resident.objects.count() == 0
