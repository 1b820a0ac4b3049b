"""The same people, whatever the list they come in: every layout, every spelling, families at random."""

import itertools
import random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grids.models import Building
from residents.imports.batch import batches
from residents.models import Household, Resident
from tests.residents.imports import offices
from tests.residents.imports.offices import HEAD, LAYOUTS

pytestmark = pytest.mark.django_db
FEW, MANY = 4, 150
_files = itertools.count(1)


def expected(families):
    """{name and birth day: (number, grid, door, head, relation)}"""
    return {
        (person.name, person.born, family.head.number): (
            person.number[-4:],
            family.grid,
            family.door,
            family.head.name,
            person.relation,
        )
        for family in families
        for person in family.people
    }


def in_the_register():
    rows = Resident.objects.live().select_related("household__dwelling", "grid")
    heads = {one.household_id: one for one in Resident.objects.live().filter(relation=HEAD)}
    return {
        (one.name, one.birth_on, full_number(heads.get(one.household_id))): (
            full_number(one)[-4:],
            one.grid.code,
            one.household.dwelling.address,
            one.household.head_name,
            one.relation,
        )
        for one in rows
    }


def full_number(person):
    return person.id_sealed.reveal() if person and person.id_sealed else ""


def try_layout(name, families, dice, folder):
    """Import the families in this layout, twice: they are in the register, and then nothing changes."""
    layout = LAYOUTS[name]
    if layout.one_grid:
        families = [offices.moved(one, offices.UNIT) for one in families]
        families = [offices.numbered(one, at) for at, one in enumerate(families, start=1)]
    path = folder / f"{next(_files)}{layout.ending}"
    layout.write(families, offices.Spelling(dice), path)
    wanted = expected(families)
    with transaction.atomic():
        answer = batches.run_file(path, **layout.options)
        found = in_the_register()
        again = batches.run_file(path, **layout.options)
        twice = Household.objects.live().count(), Building.objects.count()
        transaction.set_rollback(True)
    path.unlink()

    assert found == wanted
    assert (answer["rows"], answer["created"]) == (len(wanted), len(wanted))
    assert (again["unchanged"], again["rejected"]) == (len(wanted), 0)
    assert twice == (
        len(families),
        len({(one.grid, one.building) for one in families}),
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_people_come_out_of_every_list(name, ground, tmp_path):
    @settings(max_examples=FEW, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(offices.families(), st.integers(0, 2**32))
    def attempt(families, seed):
        try_layout(name, families, random.Random(seed), tmp_path)

    attempt()


@pytest.mark.soak
@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_people_come_out_of_many_lists(name, ground, tmp_path):
    @settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
    @given(offices.families(most=12), st.integers(0, 2**32))
    def attempt(families, seed):
        try_layout(name, families, random.Random(seed), tmp_path)

    attempt()


def test_there_are_twenty_kinds_of_lists():
    assert len(LAYOUTS) >= 20


def test_a_list_that_says_another_person_would_be_noticed(ground, tmp_path):
    families = [offices.example()]
    path = tmp_path / "one.xlsx"
    LAYOUTS["all columns"].write(families, offices.Spelling(random.Random(1)), path)

    batches.run_file(path)

    assert in_the_register() == expected(families)
    assert in_the_register() != expected([offices.moved(families[0], offices.OTHER_UNIT)])
