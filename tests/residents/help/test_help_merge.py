"""Help follows a person whose two entries become one."""

from django.utils import timezone

from residents.help import benefits, support
from residents.life import duplicates
from residents.models import Benefit, Resident
from tests import factories


def test_help_and_benefits_go_on_at_the_row_that_stays(ground):
    worker = factories.staff("grid_worker", ground[0])
    today = timezone.localdate()
    kept = factories.resident(grid=ground[0], name="王秀兰")
    home = factories.household(ground[0], head_name="王大爷")
    factories.resident(home, name="王大爷")
    other = Resident.objects.create(
        district_id=home.district_id,
        grid_id=home.grid_id,
        household=home,
        name="王秀兰",
        sex="2",
        relation="20",
        birth_on=kept.birth_on,
        document="none",
        facts={"a": "1"},
    )
    support.plan(other, what="代购", since=today, helper=worker, by=worker)
    benefits.receive(other, Benefit.objects.get(code="B05"), since=today, by=worker)

    duplicates.make_one(kept, other, by=worker)

    kept.refresh_from_db()
    assert kept.facts == {"a": "1"}
    assert kept.support_plans.get(until=None).what == "代购"
    assert kept.benefit_records.get(until=None).benefit.code == "B05"
    other.refresh_from_db()
    assert other.end_reason == "merged"

    duplicates.make_two(kept, other, by=worker)

    assert other.benefit_records.filter(until=None).exists()
