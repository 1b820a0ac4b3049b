"""Imports, life events, answers, merges and undo in any order leave registers that hold."""

import pytest

from residents.models import HEAD_OF_HOUSEHOLD, Resident
from tests import factories
from tests.residents import walk_of_registers as walks

pytestmark = pytest.mark.django_db
FEW, MANY = 60, 10_000
STEPS = 150  # of one walk, before it begins anew


def walk(ground, folder, seed, steps):
    one = walks.Walk(ground, folder, seed)
    for __ in range(steps):
        try:
            one.step()
        except Exception as error:
            said = "\n".join(one.journal[-6:])
            raise AssertionError(
                f"seed {seed}, step {len(one.journal)}: {error}\n{said}"
            ) from error
    return one


@pytest.mark.parametrize("seed", [1, 2])
def test_a_walk_through_the_registers_holds(ground, tmp_path, seed):
    one = walk(ground, tmp_path, seed, FEW)

    assert one.counts["written"] > 20
    assert {"send_list", "die", "take_back"} <= set(one.counts)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 100 + MANY // STEPS))
def test_long_walks_through_the_registers_hold(ground, tmp_path, seed):
    one = walk(ground, tmp_path, seed, STEPS)

    assert one.counts["written"] > 20


def test_a_second_head_would_be_noticed(ground):
    home = factories.household(ground[0], head_name="王芳")
    factories.resident(home, name="王芳")
    walks.check_invariants()
    Resident.objects.filter(pk=factories.resident(home, name="李伟", relation="10").pk).update(
        relation=HEAD_OF_HOUSEHOLD
    )

    with pytest.raises(AssertionError, match="two heads"):
        walks.check_invariants()
