import pytest
from django.urls import reverse

from inspections import schedules
from inspections.models import VisitRule
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_administrator_changes_the_cadence_of_his_district_only(client):
    other = factories.district("520602", "碧江区")
    schedules.ensure_rules(factories.district())
    schedules.ensure_rules(other)
    client.force_login(factories.staff("administrator", factories.district()))

    listed = client.get(reverse("admin:inspections_visitrule_changelist"))
    mine = VisitRule.objects.filter(district=factories.district()).first()
    theirs = VisitRule.objects.filter(district=other).first()

    assert listed.context["cl"].result_count == 4
    assert (
        client.get(
            reverse("admin:inspections_visitrule_change", args=[mine.pk])
        ).status_code
        == 200
    )
    assert (
        client.get(
            reverse("admin:inspections_visitrule_change", args=[theirs.pk])
        ).status_code
        != 200
    )


def test_a_worker_does_not_open_the_cadence(client):
    client.force_login(factories.staff("grid_worker"))

    assert (
        client.get(reverse("admin:inspections_visitrule_changelist")).status_code != 200
    )
