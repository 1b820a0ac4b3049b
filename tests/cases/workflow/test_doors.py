"""Every step has a door: somebody finds its button on the page of a case, and its form behind it."""

import re

import pytest
from django.urls import reverse

from cases import workflow
from cases.forms.steps import FORMS
from cases.models import Stage
from cases.workflow.steps import OTHER_END, STEPS
from tests.cases.office import at, bring
from tests.cases.workflow.test_roles_and_stages import MAY, NOW, STAGES, posted, ready
from tests.test_access import enter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday_before_noon")]

# Answered on the slip itself, to which the page of the case leads.
ELSEWHERE = {"answer_slip"}


def doors(page, case):
    """{step: address} of the links and buttons of the page."""
    own = re.escape(case.get_absolute_url())
    links = re.findall(rf'href="({own}\?step=(\w+)#step)"', page)
    forms = re.findall(rf'<form method="post" class="door" action="({own}(\w+)/)"', page)
    return {step: address.partition("#")[0] for address, step in links + forms}


def door(client, office, step, people):
    """(case, address) of the first door to a step that one of its people finds, or None."""
    case = ready(office, step, STAGES[step].split()[0], people["grid_worker"])
    for role in (role for role, steps in MAY.items() if step in steps.split()):
        enter(client, people[role])
        page = client.get(case.get_absolute_url()).content.decode()
        if address := doors(page, case).get(step):
            return case, address
    return None


def leads_to_its_form(client, case, step, address):
    """A link opens the page with the form; a button that asks nothing is the form."""
    if "?" not in address:
        return not FORMS[step].base_fields
    form = f'action="{reverse("cases:step", args=[case.number, step])}"'
    return form in client.get(address).content.decode()


@pytest.fixture
def people(office):
    found = {role: posted(role) for role in MAY}
    found["dispatcher"] = office.dispatcher  # whom a second return names
    return found


def test_no_step_is_without_a_door_and_behind_each_is_its_form(client, office, people):
    without, astray = [], []
    for step in set(STEPS) - set(OTHER_END) - ELSEWHERE:
        found = door(client, office, step, people)
        if found is None:
            without.append(step)
        elif not leads_to_its_form(client, found[0], step, found[1]):
            astray.append(step)

    assert without == []
    assert astray == []


def test_every_form_belongs_to_a_step_and_every_step_has_a_form():
    assert set(FORMS) == set(STEPS) - set(OTHER_END)


def test_the_slip_is_answered_on_its_own_page(client, office):
    case = bring(office, Stage.HANDLING)
    slip = workflow.issue_slip(
        case, by=office.supervisor, colour="blue", text="请尽快", at=at("2026-11-20 11:00")
    )
    enter(client, office.head)

    assert (
        f'href="{slip.get_absolute_url()}"' in client.get(case.get_absolute_url()).content.decode()
    )
    assert 'id="answer"' in client.get(slip.get_absolute_url()).content.decode()
    enter(client, office.supervisor)  # reads it, and it is not for them to answer
    answer = client.get(slip.get_absolute_url())
    assert answer.status_code == 200
    assert 'id="answer"' not in answer.content.decode()


def test_nobody_finds_the_door_to_a_step_that_the_role_may_not_take(client, office, people):
    case, found = bring(office, Stage.HANDLING), {}

    for role, person in people.items():
        enter(client, person)
        answer = client.get(case.get_absolute_url())
        if answer.status_code == 200:
            found[role] = set(doors(answer.content.decode(), case))
            assert found[role] == set(workflow.steps_for(case, person, now=NOW)), role

    assert {role for role in found if found[role] - set(MAY[role].split())} == set()
    assert {role for role in found if found[role]} == {
        role for role in MAY if "remark" in MAY[role]
    }
