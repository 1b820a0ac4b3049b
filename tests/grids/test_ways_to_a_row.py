"""The ways on which a case comes into somebody's sight: the place, the department, a call for
help, the own report, the same report as somebody else's. Lists and single rows say the same.
"""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from cases.models import Case, CaseHelp, CaseSupporter
from grids.scope import Scope
from residents.models import Household
from tests import factories as make
from tests.grids.test_scope import case

pytestmark = pytest.mark.django_db
HERE, THERE, ABROAD = "370402001028001", "370402001028002", "520602003003001"


@pytest.fixture
def people():
    ours, theirs = make.department("城市管理局"), make.department("住建局")
    return {
        "worker": make.staff("grid_worker", make.unit(HERE)),
        "assistant": make.staff("assistant", make.unit(HERE)),
        "steward": make.staff("building_steward", make.unit(HERE), building=make.building()),
        "handler": make.staff("department_handler", department=ours),
        "stranger to the case": make.staff("department_handler", department=theirs),
        "administrator": make.staff("administrator", make.district("370402")),
        "operator": make.staff("operator", make.district("370402")),
    }


@pytest.fixture
def cases(people):
    """A case for each way; `abroad` lies in another district, where nobody here is posted."""
    worker, handler = people["worker"], people["handler"]
    ours = handler.postings.get().department
    there, abroad = make.unit(THERE), make.unit(ABROAD)
    found = {
        "here": case(make.unit(HERE)),
        "of the department": case(there, department=ours),
        "with a call for help": case(there),
        "reported": case(there, reporter=worker),
        "joined": case(there),
        "of nobody": case(there),
        "reported abroad": case(abroad, reporter=worker),
        "joined abroad": case(abroad),
    }
    now = timezone.now()
    CaseHelp.objects.create(
        case=found["with a call for help"],
        department=ours,
        task="照明",
        asked_by=worker,
        asked_at=now,
    )
    for name in ("joined", "joined abroad"):
        CaseSupporter.objects.create(case=found[name], staff=worker, at=now)
    return found


IN_THE_DISTRICT = {
    "here",
    "of the department",
    "with a call for help",
    "reported",
    "joined",
    "of nobody",
}


@pytest.mark.parametrize(
    ("who", "right", "expected"),
    [
        ("worker", "view", {"here", "reported", "joined"}),
        ("worker", "remark", {"here", "reported"}),
        ("worker", "reopen", {"here", "reported"}),
        ("worker", "verify", {"here"}),
        ("worker", "dispatch", set()),
        ("assistant", "view", {"here"}),
        ("assistant", "verify", set()),
        ("steward", "view", set()),
        ("handler", "view", {"of the department", "with a call for help"}),
        ("handler", "remark", {"of the department", "with a call for help"}),
        ("handler", "help", {"of the department", "with a call for help"}),
        ("handler", "handle", {"of the department"}),
        ("stranger to the case", "view", set()),
        ("administrator", "view", IN_THE_DISTRICT),
        ("administrator", "remark", set()),
        ("operator", "view", set()),
    ],
)
def test_a_case_is_seen_on_these_ways_and_on_no_other(people, cases, who, right, expected):
    person = people[who]
    in_a_list = Case.objects.visible_to(person, right)

    assert {name for name, row in cases.items() if row in in_a_list} == expected
    assert {
        name for name, row in cases.items() if Scope.of(person).grants(f"case.{right}", row)
    } == expected


def test_sight_of_the_own_report_ends_with_the_last_posting_that_reports(people, cases):
    worker = people["worker"]
    worker.postings.all().delete()
    make.posting(worker, "administrator", make.district(ABROAD[:6], "碧江区"))

    assert cases["reported"] not in Case.objects.visible_to(worker)
    assert not Scope.of(worker).grants("case.view", cases["reported"])
    assert Scope.of(worker).grants("case.view", cases["reported abroad"]), "by the new posting"


def test_a_household_is_seen_by_the_steward_of_its_building_alone(people):
    mine = make.household(home=make.dwelling(make.unit(HERE), building_name="1号楼"))
    next_door = make.household(home=make.dwelling(make.unit(HERE), building_name="2号楼"))
    scope = Scope.of(people["steward"])

    assert list(Household.objects.visible_to(people["steward"])) == [mine]
    assert scope.grants("register.view", mine)
    assert not scope.grants("register.view", next_door)


def test_a_page_opens_for_one_right_of_several_and_refuses_who_has_none(people):
    scope = Scope.of(people["worker"])

    scope.demand("case.dispatch", "case.verify")
    with pytest.raises(PermissionDenied):
        scope.demand("case.dispatch", "case.pause")


def test_one_posting_of_several_is_enough_for_a_right(people):
    worker = people["worker"]
    make.posting(worker, "dispatcher", make.district(ABROAD[:6], "碧江区"))
    scope = Scope.of(worker)

    assert scope.has("case.dispatch")
    assert scope.has("case.solve")
    assert scope.roles_with("case.dispatch") == {"dispatcher"}
    assert scope.reach("case.view", roles=frozenset({"dispatcher"})).grids == frozenset()


def test_a_city_looks_over_the_districts_that_are_its_own():
    city = make.Grid.objects.create(
        code="3704", name="枣庄市", tier="city", path="3704/", valid_from=make.LONG_AGO
    )
    own = make.Grid.objects.create(
        code="370402", name="市中区", tier="district", parent=city, path="3704/370402/",
        valid_from=make.LONG_AGO,
    )  # fmt: skip
    make.district("520602", "碧江区")
    mayor = make.staff(district=own)
    make.posting(mayor, "auditor", city)

    assert Scope.of(mayor).reach("case.board").districts == {own.pk}
    assert not Scope.of(mayor).reach("register.view")


def test_an_account_that_was_closed_opens_nothing(people, cases):
    worker = people["worker"]
    assert Scope.of(worker).has("case.view")

    worker.is_active = False
    worker.__dict__.pop("_scope")

    assert not Scope.of(worker).has("case.view")
    assert not Case.objects.visible_to(worker).exists()
