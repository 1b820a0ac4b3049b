"""事项准入: what is not admitted for grid workers is not solved by them."""

import pytest

from cases import workflow
from cases.models import Stage
from grids.refusal import Refused
from tests import factories as make
from tests.cases.office import at, open_office, report

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_admitted", [True, False])
def test_a_worker_solves_on_the_spot_only_what_is_admitted(is_admitted):
    office = open_office(make.standard(4, "working_hours", loop="grid", is_admitted=is_admitted))
    case = report(office)

    assert ("solve" in workflow.steps_for(case, office.worker)) is is_admitted
    if is_admitted:
        workflow.solve(case, by=office.worker, note="已清理", at=at("2026-11-20 09:10"))
        assert case.stage == Stage.CLOSED
        return
    with pytest.raises(Refused):
        workflow.solve(case, by=office.worker, note="已清理", at=at("2026-11-20 09:10"))


def test_one_admitted_condition_of_the_category_is_enough():
    standard = make.standard(4, "working_hours", loop="grid", is_admitted=False)
    make.standard(4, "working_hours", of=standard.category, loop="grid")
    office = open_office(standard)

    assert "solve" in workflow.steps_for(report(office), office.worker)


def test_what_is_filed_under_a_condition_that_is_not_admitted_stays_with_departments():
    standard = make.standard(4, "working_hours", loop="grid", is_admitted=False)
    make.standard(4, "working_hours", of=standard.category, loop="grid")
    office = open_office(standard)
    case = report(office, standard=standard)

    assert "solve" not in workflow.steps_for(case, office.worker)
