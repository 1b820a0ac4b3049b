"""The district of full size, at a size for tests: the same way in, the same proof."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from cases import workflow
from cases.models import Case, CaseEvent
from gridmgmt.demo import district, loading, proof
from gridmgmt.demo import seed as demo
from gridmgmt.demo.people import families
from gridmgmt.demo.places import EMPTY_COMMUNITY
from gridmgmt.demo.progress import Progress
from grids.boundaries.locate import forget
from grids.models import Grid, Staff
from inspections.models import Schedule
from residents.models import Household, Premises, Resident
from tests.demo.test_seed_demo import USERS, _digest

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, ten in the morning in Shandong
TODAY = timezone.localdate(NOW)
SIZE = district.Size(600, 2_100, premises=10, cases=1_500, open_cases=200, periods=3, communities=3)
TABLES = [model._meta.db_table for model in (*district.REGISTER, *district.DOCKET)]


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        before = _defined()
        counts = demo.seed(now=NOW, seed=5, scale=SIZE)
        yield counts, before
        transaction.set_rollback(True)
    forget()


@pytest.fixture(autouse=True)
def _left_as_it_was(request, settings):
    settings.DEMO = True
    if "seeded" not in request.fixturenames:
        yield
        return
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)


def first():
    return Grid.objects.get(code="370402").pk


def _defined():
    """Keys, indexes and triggers of the tables that are loaded."""
    return [
        loading.run(loading.CONSTRAINTS, [TABLES]),
        loading.run(loading.INDEXES, [TABLES]),
        loading.run(
            "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger"
            " WHERE tgrelid = ANY(%s::regclass[]) AND NOT tgisinternal ORDER BY 1, 2",
            [TABLES],
        ),
    ]


def test_there_are_as_many_of_each_as_wanted(seeded):
    assert Household.objects.filter(district=first()).count() == 600
    assert abs(Resident.objects.filter(district=first()).count() - 2_100) <= 10
    assert Premises.objects.filter(district=first()).count() == 30
    assert Case.objects.filter(district=first()).count() == 1_500
    assert Case.objects.filter(district=first()).open().count() == 200
    assert Schedule.objects.filter(district=first()).count() == 1_200
    assert Grid.objects.filter(district=first(), tier="unit").count() == 1_144


def test_keys_indexes_and_triggers_are_back_as_they_were(seeded):
    _, before = seeded

    assert _defined() == before
    assert all(before)


def test_history_rests_while_loading_and_is_kept_afterwards(seeded):
    person = Resident.objects.filter(district=first()).first()
    events = type(person).pgh_event_model.objects.filter(pgh_obj=person)

    assert not events.exists()
    Resident.objects.filter(pk=person.pk).update(note="neu")
    assert events.count() == 1


def test_some_newborn_children_have_no_id_number_yet(seeded):
    waiting = Resident.objects.filter(district=first(), document="none")

    assert waiting.exists()
    assert not waiting.exclude(id_index=None, id_sealed=None, id_mask="").exists()
    assert not waiting.filter(birth_on__lt=TODAY - timedelta(days=370)).exists()


def test_the_proof_finds_nothing_wrong(seeded):
    assert proof.faults(first(), SIZE, NOW) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE residents_resident SET relation = '98' WHERE relation = '02'", "head"),
        ("UPDATE residents_household SET grid_id = {other}", "elsewhere"),
        ("DELETE FROM cases_alarm WHERE level = 4", "without all their alarms"),
        ("UPDATE cases_alarm SET fired_at = NULL", "did not ring"),
        ("UPDATE cases_alarm SET fired_at = '2027-01-01'", "ring for nothing"),
        ("DELETE FROM cases_caseevent WHERE kind = 'report'", "without a report"),
        (
            "DELETE FROM cases_caseevent WHERE kind = 'dispatch'",
            "one stage to the next",
        ),
        ("UPDATE cases_caseevent SET at = '2027-01-01'", "had not happened"),
        ("UPDATE cases_casenumber SET last = last - 1", "a number again"),
        ("DELETE FROM inspections_schedule", "nobody is to visit"),
        ("UPDATE residents_resident SET ended_on = '2026-11-01'", "number of persons"),
        ("UPDATE residents_resident SET id_mask = 'x'", "does not fit"),
        ("UPDATE cases_case SET due_at = NULL", "red cases"),
        ("UPDATE cases_case SET warn_at = NULL, due_at = NULL", "are yellow"),
    ],
)
def test_the_proof_finds_what_is_wrong(seeded, statement, found):
    other = Grid.objects.get(code=f"{EMPTY_COMMUNITY}001").pk

    loading.run(statement.format(other=other))

    assert any(found in fault for fault in proof.faults(first(), SIZE, NOW))


def test_the_proof_finds_persons_who_live_twice(seeded):
    loading.run("DROP INDEX resident_lives_once_in_district")
    number = Resident.objects.exclude(id_index=None).first().id_index
    Resident.objects.exclude(id_index=None).update(id_index=number)

    assert any("twice" in fault for fault in proof.faults(first(), SIZE, NOW))


def test_a_district_that_came_out_wrong_is_not_kept(seeded, monkeypatch):
    monkeypatch.setitem(proof.NEVER, "wonders", "SELECT 3")

    with pytest.raises(demo.SeedError, match="3 wonders"):
        demo.seed(now=NOW, seed=6, scale=SIZE, fresh=True)

    assert Case.objects.filter(district=first()).count() == 1_500


def test_a_case_of_an_earlier_period_took_the_same_steps_at_the_same_hour(seeded):
    finished = Case.objects.filter(district=first(), stage="evaluated")
    title, times = (
        finished.values_list("title", "address", "lon")
        .annotate(times=Count("pk"))
        .order_by("-times")[0][::3]
    )
    told = finished.filter(title=title).order_by("lon", "reported_at")
    last, before = list(told)[-1], list(told)[-2]

    assert times == SIZE.periods
    assert last.reported_at - before.reported_at == timedelta(weeks=12)
    assert last.closed_at - before.closed_at == timedelta(weeks=12)
    steps = CaseEvent.objects.exclude(kind__in=["alarm", "answer_slip"]).order_by("at")
    assert [e.kind for e in steps.filter(case=last)] == [e.kind for e in steps.filter(case=before)]


def test_cases_are_numbered_in_the_order_of_their_report(seeded):
    cases = Case.objects.filter(district=first()).order_by("reported_at", "pk")
    numbers = list(cases.values_list("number", flat=True))

    assert numbers == sorted(numbers)
    assert list(cases.values_list("pk", flat=True)) == sorted(cases.values_list("pk", flat=True))


def test_the_next_case_gets_the_next_number(seeded):
    latest = Case.objects.filter(number__startswith="370402-2611").order_by("number")
    last = latest.last()

    following = workflow.report(
        grid=last.grid,
        category=last.category,
        standard=last.standard,
        title="垃圾",
        source="patrol",
        by=Staff.objects.get(username="dispatcher"),
        at=NOW,
    )

    assert int(following.number[-5:]) == int(last.number[-5:]) + 1
    assert following.pk > Case.objects.exclude(pk=following.pk).order_by("pk").last().pk


def test_the_log_ins_are_those_of_the_small_demo(seeded):
    assert Staff.objects.filter(username__in=USERS, is_demo=True).count() == len(USERS)


def test_visits_are_due_today_and_some_are_late(seeded):
    schedules = Schedule.objects.filter(district=first()).of_households()

    assert schedules.due(TODAY).exists()
    assert schedules.overdue(TODAY).exists()
    assert schedules.coming(TODAY).exists()


def test_the_same_seed_and_day_give_the_same_district(seeded):
    demo.seed(now=NOW, seed=5, scale=SIZE, fresh=True)  # visits are spread by keys
    before = _digest()

    demo.seed(now=NOW, seed=5, scale=SIZE, fresh=True)
    assert _digest() == before


def test_families_are_as_large_on_the_average_as_wanted():
    people = families(1, TODAY, persons_each=3.5)

    persons = sum(len(next(people).members) for _ in range(400))

    assert abs(persons - 1_400) <= 6


@pytest.mark.parametrize("weights", [[1, 1, 1], [3, 1, 2], [1] * 7])
def test_what_is_shared_out_is_neither_more_nor_less(weights):
    assert sum(district.share(100, weights)) == 100


def test_a_district_that_is_there_stays(seeded):
    out = StringIO()

    call_command("seed_demo", scale="district", stdout=out)

    assert "already there" in out.getvalue()
    assert Case.objects.filter(district=first()).count() == 1_500


@pytest.mark.django_db
def test_the_command_says_how_far_it_is(monkeypatch):
    monkeypatch.setitem(demo.SCALES, "district", SIZE)
    out, said = StringIO(), StringIO()

    call_command("seed_demo", scale="district", stdout=out, stderr=said)

    lines = said.getvalue()
    assert re.search(r"persons +\d+\.\d s +[\d,]+ rows +[\d,]+/s", lines)
    assert "indexes and keys" in lines
    assert re.search(r"at most [\d,]+ MB of memory", lines)
    assert json.loads(out.getvalue())["household"] == 610


def test_help_says_what_a_district_costs(capsys):
    with pytest.raises(SystemExit):
        call_command("seed_demo", "--help")

    assert re.search(r"about \d+ minutes and \d+ GB of disk", capsys.readouterr().out)


@pytest.mark.django_db
def test_a_district_does_not_settle_beside_another():
    from tests import factories

    factories.district("420503", "伍家岗区")

    with pytest.raises(CommandError, match="Another district"):
        call_command("seed_demo", scale="district", fresh=True)


def test_progress_says_nothing_without_a_stream(capsys):
    progress = Progress()
    with progress.of("rows") as count:
        count(5)

    assert capsys.readouterr() == ("", "")
