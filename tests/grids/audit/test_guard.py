"""What is only added to: the database refuses everything else, to whoever asks."""

import pytest
from django.apps import apps
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from grids import audit, second_lock
from grids.audit import guard
from grids.models import AuditEntry, AuditLink, Building, DistrictProfile
from residents.models import AccessRecord
from tests import factories as make

pytestmark = pytest.mark.django_db

TABLES = [
    "grids_auditentry",
    "grids_auditlink",
    "residents_accessrecord",
    "residents_premiseslook",
    "residents_residentevent",
    "grids_postingevent",
]


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
def test_a_row_that_is_kept_is_neither_changed_nor_removed(table, statement):
    [(column,)] = run(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", table
    )

    with pytest.raises(Error, match="only added here"):
        run(statement.format(table, column))


def test_other_tables_are_written_as_ever():
    make.building()

    assert run("UPDATE grids_building SET name = name") == 1


def test_every_history_and_both_records_of_looks_are_guarded():
    guarded = {
        name
        for (name,) in run(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit_kept'"
        )
    }
    histories = {
        model._meta.db_table
        for model in apps.get_models()
        if hasattr(model, "pgh_created_at") and model._meta.db_table.endswith("event")
    }

    assert len(histories) >= 15
    assert histories | set(TABLES) | {"pghistory_context"} <= guarded


def test_the_owner_may_in_so_many_words_and_only_inside_them():
    audit.record(audit.Kind.LOGIN)

    with guard.owner_erases():
        AuditEntry.objects.update(words="")
    with pytest.raises(Error, match="only added here"), transaction.atomic():
        AuditEntry.objects.update(words="")


def test_who_wrote_the_history_may_be_added_to_and_not_changed():
    run(
        "INSERT INTO pghistory_context (id, metadata, created_at, updated_at)"
        " VALUES (gen_random_uuid(), '{\"user\": 1}', now(), now())"
    )

    assert run('UPDATE pghistory_context SET metadata = metadata || \'{"url": "/"}\'') == 1
    for statement in (
        "UPDATE pghistory_context SET metadata = '{\"user\": 2}'",
        "DELETE FROM pghistory_context",
    ):
        with pytest.raises(Error, match="only added here"):
            run(statement)


# --- erasure ------------------------------------------------------------------


@pytest.fixture
def entries():
    """One of eight months ago, one of today."""
    for months in (8, 0):
        with pytest.MonkeyPatch.context() as patch:
            moment = timezone.now() - timezone.timedelta(days=31 * months)
            patch.setattr("grids.audit.recording.timezone.now", lambda at=moment: at)
            audit.record(audit.Kind.LOGIN, words=f"{months}")


def days_ago(days):
    return timezone.now() - timezone.timedelta(days=days)


def test_what_is_older_than_the_period_is_erased_and_the_rest_stays(entries):
    [(erased,)] = run("SELECT audit_erase('grids_auditentry', %s)", days_ago(190))

    assert erased == 1
    assert [entry.words for entry in AuditEntry.objects.all()] == ["0"]
    with pytest.raises(Error, match="only added here"):
        run("DELETE FROM grids_auditentry")


def test_nothing_is_erased_before_six_months(entries):
    with pytest.raises(Error, match="six months"):
        run("SELECT audit_erase('grids_auditentry', %s)", days_ago(170))

    assert AuditEntry.objects.count() == 2


def test_only_what_is_kept_is_erased_that_way():
    with pytest.raises(Error, match="none of the tables"):
        run("SELECT audit_erase('grids_building', %s)", days_ago(300))


# --- the application's own role -------------------------------------------------


@pytest.fixture
def as_application():
    """The statements of the test run as the role of web, worker and beat."""
    from grids.audit import grants

    grants.grant("gm_test_application")
    run("SET ROLE gm_test_application")
    with second_lock.confined(second_lock.EVERYWHERE):
        yield
    run("RESET ROLE")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
def test_the_application_may_not_even_when_it_says_that_it_erases(as_application, table, statement):
    [(column,)] = run(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", table
    )

    with pytest.raises(Error, match="permission denied"), guard.owner_erases():
        run(statement.format(table, column))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE grids_auditentry DISABLE TRIGGER audit_kept",
        "DROP TRIGGER audit_kept ON grids_auditentry",
        "DROP FUNCTION audit_refuse() CASCADE",
        "SET session_replication_role = replica",
        "INSERT INTO grids_auditlink VALUES (99, now(), '', '', 99)",
        "UPDATE django_migrations SET name = name",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_application_takes_no_guard_away(as_application, statement):
    with pytest.raises(Error, match=r"permission denied|must be owner"):
        run(statement)


FORGED = """
CREATE TEMP TABLE pg_class ON COMMIT DROP AS
SELECT oid, relname, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) AS relowner
FROM pg_catalog.pg_class
"""


def test_a_table_of_the_same_name_does_not_make_the_application_the_owner(as_application):
    run(
        "INSERT INTO pghistory_context (id, metadata, created_at, updated_at)"
        " VALUES (gen_random_uuid(), '{\"user\": 1}', now(), now())"
    )
    run(FORGED)

    with pytest.raises(Error, match="only added here"), guard.owner_erases():
        run("UPDATE pghistory_context SET metadata = '{\"user\": 2}'")


def test_a_table_of_the_same_name_swallows_no_history_and_no_rule(as_application):
    auditor = make.staff("auditor", make.district(), full_name="吴静")
    DistrictProfile.objects.create(district=make.district())
    for name in ("grids_staffevent", "grids_districtprofile"):
        run(f"CREATE TEMP TABLE {name} (LIKE public.{name}) ON COMMIT DROP")

    run("UPDATE grids_staff SET full_name = '改名'")
    with pytest.raises(IntegrityError, match="three administrators"), transaction.atomic():
        make.posting(auditor, "administrator", make.district())

    assert run("SELECT full_name FROM public.grids_staffevent ORDER BY pgh_id") == [
        ("吴静",),
        ("改名",),
    ]


def test_every_trigger_of_ours_is_shielded():
    assert run("SELECT count(*) FROM pg_proc WHERE proname LIKE 'pgtrigger_%%'") > [(15,)]
    assert run(guard.UNSHIELDED) == []


def test_the_application_erases_nothing(as_application):
    with pytest.raises(Error, match="permission denied"):
        run("SELECT audit_erase('grids_auditentry', %s)", days_ago(300))


def test_the_application_does_its_work(as_application):
    leader = make.staff("grid_leader")
    person = make.resident()
    AccessRecord.objects.create(
        district_id=person.district_id,
        grid_id=person.grid_id,
        resident=person,
        by=leader,
        field="id_number",
        purpose="核对身份",
        at=timezone.now(),
    )
    audit.record(audit.Kind.REVEAL, of=person, by=leader)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("CREATE TEMP TABLE import_any (id int) ON COMMIT DROP")

    assert Building.objects.update(name="2号楼") == 1
    assert Building.objects.filter(pk=0).delete()[0] == 0
    assert AuditLink.objects.count() == 1
