"""What is too much in a short time is told to the auditors of the place, once."""

import pytest
from django.utils import timezone

from grids import audit
from grids.audit import alarms
from grids.models import AuditEntry, Notification
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def auditor():
    make.staff("auditor", make.district("110101", "东城区"))
    return make.staff("auditor", make.district())


def many(number, kind, **options):
    for _ in range(number):
        audit.record(kind, **options)


def told():
    return [(one.recipient, one.title) for one in Notification.objects.order_by("id")]


def watch():
    return alarms.watch(timezone.now())


def test_sixty_looks_in_half_a_minute_do_not_go_unnoticed(auditor):
    leader = make.staff("grid_leader", full_name="李组长")
    person = make.resident()

    many(60, audit.Kind.REVEAL, by=leader, of=person, purpose="11")

    assert watch() == 2
    titles = [title for recipient, title in told() if recipient == auditor]
    assert len(titles) == len(told()) == 2
    assert {one.detail["rule"] for one in AuditEntry.objects.filter(kind="alarm")} == {
        "reveals",
        "same_purpose",
    }
    assert watch() == 0


@pytest.mark.parametrize(("number", "alarmed"), [(19, 0), (20, 1)])
def test_the_threshold_is_where_the_setting_puts_it(auditor, number, alarmed):
    leader = make.staff("grid_leader")
    for turn in range(number):
        audit.record(audit.Kind.REVEAL, by=leader, purpose=f"核对第{turn}户")

    assert watch() == alarmed


def test_what_lies_longer_back_counts_no_more(auditor):
    leader = make.staff("grid_leader")
    for turn in range(30):
        audit.record(audit.Kind.REVEAL, by=leader, purpose=f"核对第{turn}户")

    assert alarms.watch(timezone.now() + timezone.timedelta(minutes=11)) == 0


def test_two_people_together_are_no_alarm(auditor):
    for turn in range(30):
        one = make.staff("grid_leader")
        audit.record(audit.Kind.REVEAL, by=one, purpose=f"核对第{turn}户")

    assert watch() == 0


@pytest.mark.parametrize(
    ("rule", "number", "kind", "options"),
    [
        ("misses", 5, audit.Kind.LOOK_UP, {"result": audit.Result.MISS}),
        ("leaving", 30, audit.Kind.EXPORT, {}),
        ("limits", 3, audit.Kind.LIMIT, {}),
    ],
)
def test_each_rule_is_kept_by_person(auditor, rule, number, kind, options):
    many(number, kind, by=make.staff("grid_leader"), **options)

    assert watch() == 1
    assert AuditEntry.objects.get(kind="alarm").detail["rule"] == rule


def test_look_ups_that_found_somebody_are_no_misses(auditor):
    many(9, audit.Kind.LOOK_UP, by=make.staff("grid_leader"), result=audit.Result.HIT)

    assert watch() == 0


def test_an_account_that_is_tried_from_everywhere_is_told(auditor):
    person = make.staff("grid_worker")
    many(10, audit.Kind.LOGIN_FAILED, of=person, result=audit.Result.REFUSED)

    assert watch() == 1
    assert [recipient for recipient, _ in told()] == [auditor]
