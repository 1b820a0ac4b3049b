"""The paper about the steps says what the tables say, today."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from cases.models import Alarm, Stage
from cases.paper import steps_in_words, steps_paper
from cases.steps.table import BESIDE, NEXT
from cases.telling import hearers
from grids.roles import Role
from tests import factories as make
from tests.test_access import enter


@pytest.mark.parametrize("name", [steps_paper.PAPER, steps_paper.DRAWING])
def test_the_paper_is_current(name):
    kept = (Path(settings.BASE_DIR) / name).read_text(encoding="utf-8")

    assert kept == steps_paper.files()[name], "run: manage.py write_case_steps"


def test_a_step_that_the_table_gains_is_missed_in_the_paper(monkeypatch):
    before = steps_paper.files()
    monkeypatch.setitem(NEXT, Stage.REJECTED, {"register": Stage.REGISTERED})

    after = steps_paper.files()

    assert all(before[name] != after[name] for name in before)


def test_a_right_that_a_role_loses_changes_the_paper(monkeypatch):
    before = steps_paper.files()[steps_paper.PAPER]
    monkeypatch.setitem(steps_in_words.RIGHTS, Role.DISPATCHER, frozenset())

    assert steps_paper.files()[steps_paper.PAPER] != before


def test_a_hearer_that_a_rung_loses_changes_the_paper(monkeypatch):
    before = steps_paper.files()[steps_paper.PAPER]
    monkeypatch.setitem(hearers.LADDER, Alarm.Level.DOUBLE, [])

    assert steps_paper.files()[steps_paper.PAPER] != before


def test_every_step_of_the_tables_stands_in_the_paper():
    moving = {line.step for line in steps_in_words.moving()}
    beside = {line.step for line in steps_in_words.beside()}

    assert moving - {"report"} == {step for ways in NEXT.values() for step in ways}
    assert beside == set(BESIDE)
    for line in [*steps_in_words.moving(), *steps_in_words.beside()]:
        assert line.roles, line.step


def test_the_drawing_is_well_formed_and_holds_every_stage():
    from xml.etree import ElementTree

    drawing = steps_paper.files()[steps_paper.DRAWING]
    words = {element.text for element in ElementTree.fromstring(drawing).iter() if element.text}

    assert {str(stage.label) for stage in Stage} <= words
    assert "style=" not in drawing


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["grid_worker", "building_steward", "auditor"])
def test_whoever_sees_cases_reads_the_steps(client, role):
    answer = enter(client, make.staff(role, make.unit())).get(reverse("cases:case_steps"))

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "<svg" in text
    for line in steps_in_words.moving():
        assert line.label in text
