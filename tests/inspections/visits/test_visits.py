import threading
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import connections
from django.utils import timezone

from cases.models import Case
from grids.refusal import Refused
from inspections.cadence import schedules
from inspections.models import DiaryItem, Visit
from inspections.visits import visit_log
from tests import factories

TODAY = timezone.localdate()
pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return factories.staff("grid_worker")


@pytest.fixture
def home():
    found = factories.household()
    schedules.plan_all(TODAY)
    found.schedules.update(next_due_on=TODAY)
    return found


def log(home, worker, **fields):
    return visit_log.log_visit(home, by=worker, **{"outcome": "met", "happened_on": TODAY} | fields)


def due_dates(home):
    return set(home.schedules.values_list("next_due_on", flat=True))


def test_who_was_met_is_due_one_period_later(home, worker):
    visit, is_new = log(home, worker)

    assert is_new
    assert (visit.grid_id, visit.district_id) == (home.grid_id, home.district_id)
    assert due_dates(home) == {
        schedules.add_months(TODAY, 6),
        schedules.add_months(TODAY, 3),
    }


@pytest.mark.parametrize("outcome", ["nobody", "refused", "moved"])
def test_an_attempt_is_kept_but_the_visit_stays_due(home, worker, outcome):
    visit, _ = log(home, worker, outcome=outcome, is_unchanged=True)

    assert due_dates(home) == {TODAY}
    assert not visit.is_unchanged


def test_a_visit_belongs_to_the_day_it_happened(home, worker):
    visit, _ = log(home, worker, happened_on=TODAY - timedelta(days=12))

    assert visit.happened_on == TODAY - timedelta(days=12)
    assert timezone.localdate(visit.logged_at) == TODAY
    assert schedules.add_months(TODAY - timedelta(days=12), 3) in due_dates(home)


@pytest.mark.parametrize("days", [1, -31])
def test_a_day_in_the_future_or_long_ago_is_refused(home, worker, days):
    with pytest.raises(Refused):
        log(home, worker, happened_on=TODAY + timedelta(days=days))

    assert not Visit.objects.exists()


def test_nobody_is_visited_after_moving_away_but_a_late_log_is_taken(home, worker):
    home.ended_on = TODAY - timedelta(days=2)

    with pytest.raises(Refused):
        log(home, worker, happened_on=TODAY)
    assert log(home, worker, happened_on=home.ended_on)


def test_the_same_key_again_is_the_same_visit(home, worker):
    key = uuid.uuid4()
    diary = [visit_log.Matter("楼道灯不亮")]

    first, _ = log(home, worker, client_uuid=key, diary=diary)
    second, is_new = log(home, worker, client_uuid=key, diary=diary)

    assert second == first
    assert not is_new
    assert DiaryItem.objects.count() == 1


def test_the_key_of_somebody_elses_visit_reveals_nothing(home, worker):
    key = uuid.uuid4()
    log(home, worker, client_uuid=key)

    with pytest.raises(Refused):
        log(home, factories.staff("grid_worker"), client_uuid=key)
    with pytest.raises(Refused):
        log(factories.household(), worker, client_uuid=key)


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_make_one_visit(home, worker):
    key, barrier, answers = uuid.uuid4(), threading.Barrier(2), []

    def tap():
        barrier.wait()
        try:
            answers.append(
                log(home, worker, client_uuid=key, diary=[visit_log.Matter("楼道灯不亮")])
            )
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(is_new for _, is_new in answers) == [False, True]
    assert Visit.objects.count() == DiaryItem.objects.count() == 1


def test_a_matter_is_noted_or_solved_on_the_spot_and_struck_off_once(home, worker):
    log(
        home,
        worker,
        diary=[visit_log.Matter("咨询医保"), visit_log.Matter("换灯泡", is_solved=True)],
    )
    open_item, solved = DiaryItem.objects.order_by("pk")

    assert (open_item.solved_on, solved.solved_on) == (None, TODAY)
    assert visit_log.strike_off(open_item, on=TODAY)
    assert not visit_log.strike_off(open_item, on=TODAY + timedelta(days=1))
    open_item.refresh_from_db()
    assert open_item.solved_on == TODAY


def test_a_matter_becomes_a_case_of_its_household_once(home, worker):
    visit, _ = log(home, worker, diary=[visit_log.Matter("井盖丢了")])
    item = visit.diary_items.get()

    def raise_it():
        picture = ContentFile(b"a picture", name="hole.jpg")
        return visit_log.raise_case(
            item, by=worker, category=factories.category(), pictures=[picture]
        )

    case, again = raise_it(), raise_it()

    assert again == case == Case.objects.get()
    assert (case.household, case.grid_id, case.source, case.reporter) == (
        home,
        home.grid_id,
        "visit",
        worker,
    )
    assert case.description == "井盖丢了"
    assert case.photos.count() == 1
    item.refresh_from_db()
    assert item.case == case
