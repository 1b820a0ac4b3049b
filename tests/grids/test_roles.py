"""The table of roles says what the paper says that supervisors read and check."""

import pytest

from grids import roles
from grids.roles import RIGHTS, Role
from tests import rights


@pytest.mark.parametrize("role", list(Role))
def test_a_role_has_the_rights_of_the_paper_and_no_others(role):
    assert sorted(RIGHTS[role]) == sorted(rights.written()[role])


def test_every_right_has_one_line_in_the_paper():
    named = rights.named_once()

    assert len(named) == len(set(named))
    assert set(named) == set().union(*RIGHTS.values())


def test_the_paper_knows_what_a_city_helpers_and_those_who_joined_may():
    city, helpers, joined, *_own = rights.special_cases()

    assert set(city) == roles.CITY_RIGHTS
    assert set(helpers) == roles.HELPERS_RIGHTS
    assert set(joined) == roles.JOINED_RIGHTS


def test_the_paper_knows_what_people_keep_on_what_they_made():
    _city, _helpers, _joined, *own = rights.special_cases()

    assert dict(own) == roles.OWNER_RIGHTS


def test_the_paper_is_read_as_it_is_written():
    """Else nothing above could fail: a few lines, once more in the words of the program."""
    holders = {
        right: {role for role, has in rights.written().items() if right in has}
        for right in ("system.view", "register.read_care", "request.ask")
    }

    assert holders == {
        "system.view": {Role.OPERATOR},
        "register.read_care": {Role.GRID_WORKER, Role.GRID_LEADER, Role.COMMUNITY_STAFF},
        "request.ask": {Role.DEPARTMENT_COORDINATOR, Role.DEPARTMENT_HEAD},
    }
