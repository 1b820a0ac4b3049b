"""Who may do what, read from the other side: for each thing, everybody who may do it.

Written down a second time on purpose. A right that slips into a role, or out of it, is seen by
nobody who only reads the page that it opens.
"""

import pytest

from grids.roles import CITY_RIGHTS, HELPERS_RIGHTS, JOINED_RIGHTS, OWNER_RIGHTS, RIGHTS, Role

COMMUNITY = {"grid_leader", "community_staff"}
GROUND = {"grid_worker", *COMMUNITY}
STREET = {"supervisor", "dispatcher"}
DESK = {*COMMUNITY, *STREET}
DEPARTMENT = {"department_coordinator", "department_handler", "department_head"}
DEPARTMENT_DECIDES = {"department_coordinator", "department_head"}
KEEPERS = {*COMMUNITY, "information_officer", "administrator"}  # of whole registers
EVERYBODY = set(Role) - {"operator"}
ON_THE_GROUND = EVERYBODY - DEPARTMENT

PEOPLE = {
    "register.view": ON_THE_GROUND - {"dispatcher"},
    "register.edit": {*KEEPERS, "grid_worker"},
    "register.approve": KEEPERS,
    "register.import": KEEPERS,
    "register.export": KEEPERS,
    "register.read_birth": {*KEEPERS, "grid_worker"},
    "register.read_phone": {*KEEPERS, "grid_worker", "assistant", "building_steward"},
    "register.read_care": GROUND,
    "register.reveal": KEEPERS,
    "request.view": {"information_officer", "community_staff", "administrator", "auditor"} | DEPARTMENT_DECIDES,
    "request.ask": DEPARTMENT_DECIDES,
    "request.answer": {"information_officer", "community_staff", "administrator"},
    "access.view": {"auditor"},
}  # fmt: skip
CASES = {
    "case.view": EVERYBODY - {"building_steward"},
    "case.report": EVERYBODY - {"department_handler", "administrator", "auditor"},
    "case.check": {*GROUND, *STREET, "assistant"},
    "case.solve": GROUND,
    "case.register": DESK,
    "case.reject": DESK,
    "case.dispatch": DESK,
    "case.verify": {*DESK, "grid_worker"},
    "case.evaluate": GROUND,
    "case.reopen": {*DESK, "grid_worker"},
    "case.recheck": DESK,
    "case.call_back": {*STREET, "community_staff"},
    "case.urge": DESK,
    "case.pause": {*STREET, "grid_leader"},
    "case.extend": {*STREET, "department_head"},
    "case.handle": DEPARTMENT,
    "case.assign": DEPARTMENT_DECIDES,
    "case.help": DEPARTMENT,
    "case.ask_help": {*DESK, *DEPARTMENT},
    "case.remark": EVERYBODY - {"building_steward", "administrator", "auditor"},
    "case.board": {*DESK, *DEPARTMENT, "administrator", "auditor"},
}
PLACES_AND_VISITS = {
    "grid.view": ON_THE_GROUND,
    "grid.edit": {"administrator"},
    "staff.view": {*DESK, "administrator", "auditor"},
    "staff.edit": {"administrator"},
    "dictionary.view": {"administrator"},
    "dictionary.edit": {"administrator"},
    "visit.view": ON_THE_GROUND - {"building_steward"},
    "visit.log": {*GROUND, "assistant", "building_steward"},
    "visit.plan": {*COMMUNITY, "supervisor", "administrator"},
    "system.view": {"operator"},
}
MAY = PEOPLE | CASES | PLACES_AND_VISITS


@pytest.mark.parametrize("right", MAY)
def test_a_right_is_held_by_these_and_by_nobody_else(right):
    holders = {str(role) for role, rights in RIGHTS.items() if right in rights}

    assert holders == set(map(str, MAY[right]))


def test_there_is_no_other_right():
    assert set().union(*RIGHTS.values()) == set(MAY)


def test_a_city_sees_sums_and_no_file_of_anybody():
    assert set(CITY_RIGHTS) == {"grid.view", "staff.view", "case.board"}


def test_who_helps_with_a_case_sees_it_and_answers_and_decides_nothing():
    assert set(HELPERS_RIGHTS) == {"case.view", "case.help", "case.remark"}
    assert set(JOINED_RIGHTS) == {"case.view"}


def test_who_made_a_row_keeps_it_while_the_work_goes_on():
    by_reporting = {right for right, needs in OWNER_RIGHTS.items() if needs == "case.report"}
    others = {right: needs for right, needs in OWNER_RIGHTS.items() if needs != "case.report"}

    assert by_reporting == {"case.view", "case.evaluate", "case.reopen", "case.remark"}
    assert others == {
        "case.keep": "case.view",
        "visit.view": "visit.log",
        "register.import": "register.import",
        "access.fetch": "register.export",
    }
