"""A statement that no test sends does not stay unnoticed."""

from types import SimpleNamespace

import pytest
from django.db import connection

from tests.statements import ROOT, Recorder, in_source, in_text, is_whole

SOURCE = '''
"""SELECT is a word of this docstring."""
UNUSED = """
UPDATE import_fate SET action = 'rejected'
WHERE action IS NULL
"""
MANY = ("DELETE FROM {table} WHERE id = %s", "no SQL")

def run(cursor, table):
    cursor.execute(f"SELECT id FROM {table} WHERE name = %s")
'''


def _waiting_after(*sent):
    recorder = Recorder(in_text(SOURCE, "app/rules.py"))
    for sql in sent:
        recorder.note(sql)
    return [one.where for one in recorder.waiting]


def test_statements_are_found_in_constants_tables_and_calls():
    assert _waiting_after() == ["app/rules.py:3", "app/rules.py:7", "app/rules.py:10"]


def test_what_was_sent_is_crossed_off_whatever_was_filled_in():
    sent = _waiting_after(
        "DELETE FROM cases_case WHERE id = %s",
        'WITH x AS (SELECT id FROM "grids_grid" WHERE name = %s) SELECT * FROM x',
    )

    assert sent == ["app/rules.py:3"]


def test_another_statement_crosses_nothing_off():
    assert len(_waiting_after("DELETE FROM cases_case WHERE number = %s", "SELECT 1")) == 3


def test_the_source_holds_the_statements_of_every_app():
    modules = {one.module for one in in_source()}

    assert {name.partition("/")[0] for name in modules} == {
        "grids",
        "residents",
        "cases",
        "inspections",
        "gridmgmt",
    }


@pytest.mark.django_db
def test_what_django_sends_is_noted():
    recorder = Recorder(in_text(SOURCE, "app/rules.py"))
    with connection.execute_wrapper(recorder), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE t (id int, name text) ON COMMIT DROP")
        cursor.execute("SELECT id FROM t WHERE name = %s", ["a"])

    assert [one.line for one in recorder.waiting] == [3, 7]


@pytest.mark.django_db
def test_every_connection_of_this_run_is_listened_to():
    assert any(isinstance(one, Recorder) for one in connection.execute_wrappers)


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ({}, True),
        ({"markexpr": "not soak"}, True),
        ({"args": ["tests/"]}, True),
        ({"args": ["tests/cases"]}, False),
        ({"keyword": "import"}, False),
        ({"markexpr": "soak"}, False),
        ({"lf": True}, False),
        ({"ignore": ["tests/demo"]}, False),
    ],
)
def test_only_the_whole_suite_names_what_is_missing(given, whole):
    usual = {
        "keyword": "",
        "markexpr": "",
        "collectonly": False,
        "deselect": None,
        "ignore": None,
        "ignore_glob": None,
    }
    config = SimpleNamespace(
        args=given.pop("args", ["tests"]),
        option=SimpleNamespace(**usual | given),
        invocation_params=SimpleNamespace(dir=ROOT),
    )

    assert is_whole(config) is whole
