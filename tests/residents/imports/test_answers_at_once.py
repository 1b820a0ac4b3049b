"""All that an import asks about, answered at once: seen before, done by a worker, taken back."""

from datetime import timedelta

import pghistory
import pytest
from django.urls import reverse
from django.utils import timezone

from grids.models import AuditEntry
from residents.imports.batch import answers, batches, decisions, queue
from residents.models import ImportBatch, ImportConflict, Resident
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, person

OURS, THEIRS = "ours", "theirs"


@pytest.fixture
def leader(ground):
    return factories.staff("grid_leader", ground[0].parent.parent)


@pytest.fixture
def asked(ground, workbook, leader):
    """Three people at the mining office, at a school by the workbook, with another schooling."""
    rows = [person(工作单位="矿务局", 文化程度="初中") for __ in range(3)]
    batches.run_file(workbook(rows))
    changed = [row | {"工作单位": "学校", "文化程度": "博士"} for row in rows]
    done = batches.run_file(workbook(changed), by=leader, on_conflict="ask")
    batch = ImportBatch.objects.get(pk=done["batch"])
    assert decisions.waiting(batch.conflicts).count() == 6
    return batch


def decide_all(batch, decision, by, field=""):
    now = timezone.now()
    assert queue.ask_to_decide(batch, decision, field, by=by, now=now)
    queue.work(batch.pk)
    batch.refresh_from_db()
    return batch.answers


def take_back(batch, by):
    assert queue.ask_answers_back(batch, by=by, now=timezone.now())
    queue.work(batch.pk)
    batch.refresh_from_db()
    return batch.answers


def register():
    rows = Resident.objects.order_by("pk").values()
    return [row | {"id_sealed": bytes(row["id_sealed"])} for row in rows]


def employers():
    return sorted(Resident.objects.values_list("employer", flat=True))


def waiting(batch):
    return decisions.waiting(batch.conflicts).count()


@pytest.mark.parametrize(("decision", "employer"), [(THEIRS, ["学校"] * 3), (OURS, ["矿务局"] * 3)])
def test_everything_is_decided_in_one_go_and_taken_back(asked, leader, decision, employer):
    before = register()

    said = decide_all(asked, decision, leader)

    assert (said["decided"], said["outside"], said["refused"]) == (6, 0, 0)
    assert employers() == employer
    assert waiting(asked) == 0
    assert asked.state == "done"

    said = take_back(asked, leader)

    assert (said["taken_back"], said["stayed"]) == (6, 0)
    assert register() == before
    assert waiting(asked) == 6
    assert not queue.ask_answers_back(asked, by=leader, now=timezone.now())


def test_all_of_one_fact_is_decided_and_no_other(asked, leader):
    assert decide_all(asked, THEIRS, leader, field="employer")["decided"] == 3

    assert set(decisions.waiting(asked.conflicts).values_list("field", flat=True)) == {"education"}
    assert employers() == ["学校"] * 3


def test_what_was_decided_before_stays_decided_after_the_way_back(asked, leader):
    decisions.decide(asked, OURS, by=leader, now=timezone.now(), row=2)

    decide_all(asked, THEIRS, leader)
    take_back(asked, leader)

    assert waiting(asked) == 4
    assert asked.conflicts.filter(decision=OURS).count() == 2


def test_who_was_changed_since_stays_as_he_is(asked, leader):
    decide_all(asked, THEIRS, leader)
    changed = Resident.objects.order_by("pk").first()
    with pghistory.context(source="test"):
        Resident.objects.filter(pk=changed.pk).update(employer="医院")

    said = take_back(asked, leader)

    assert (said["taken_back"], said["stayed"]) == (4, 2)
    assert employers() == ["医院", "矿务局", "矿务局"]


def test_the_whole_import_is_taken_back_over_answers_that_were(asked, leader):
    decide_all(asked, THEIRS, leader)
    take_back(asked, leader)
    decide_all(asked, THEIRS, leader)

    assert queue.ask_undo(asked, by=leader, now=timezone.now())
    queue.work(asked.pk)

    asked.refresh_from_db()
    assert asked.state == "undone"
    assert employers() == ["矿务局"] * 3
    assert asked.result["undone"]["left"] == 0


def test_a_move_is_taken_back_with_its_new_household(ground, workbook, leader):
    row = person()
    batches.run_file(workbook([row]))
    before = register()
    moved = row | {"网格编码": OTHER_UNIT, "室号": "909"}
    done = batches.run_file(workbook([moved]), by=leader, on_conflict="ask")
    batch = ImportBatch.objects.get(pk=done["batch"])

    decide_all(batch, THEIRS, leader)
    assert Resident.objects.get().grid == ground[1]
    take_back(batch, leader)

    assert register() == before
    assert waiting(batch) == 1


def test_nobody_is_changed_who_left_the_area_meanwhile(asked, leader):
    one = Resident.objects.order_by("pk").first()
    Resident.objects.filter(pk=one.pk).update(grid=factories.unit("370402002001001"))

    found = answers.preview(asked, by=leader)
    said = decide_all(asked, THEIRS, leader)

    assert (found["facts"], found["persons"], found["outside"]) == (4, 2, 2)
    assert (said["decided"], said["outside"]) == (4, 2)
    assert Resident.objects.get(pk=one.pk).employer == "矿务局"


def test_for_seven_days(asked, leader):
    decide_all(asked, THEIRS, leader)
    now = timezone.now()

    assert answers.can_take_back(asked, now + timedelta(days=6, hours=23))
    assert not answers.can_take_back(asked, now + timedelta(days=7))


def test_a_worker_that_comes_to_no_end_decides_nothing(asked, leader):
    queue.ask_to_decide(asked, THEIRS, by=leader, now=timezone.now())
    asked.refresh_from_db()

    queue.fail(asked, "internal")

    asked.refresh_from_db()
    assert (asked.state, asked.answers) == ("done", {"failed": "internal"})
    assert waiting(asked) == 6
    assert decide_all(asked, THEIRS, leader)["decided"] == 6


def test_it_can_be_stopped_while_it_waits(asked, leader):
    queue.ask_to_decide(asked, THEIRS, by=leader, now=timezone.now())
    asked.refresh_from_db()

    assert queue.cancel(asked) == "done"

    queue.work(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.answers, waiting(asked)) == ("done", {}, 6)


# --- on the pages ------------------------------------------------------------------


def page_of(name, batch):
    return reverse(f"residents:{name}", args=[batch.pk])


def test_it_is_seen_confirmed_and_taken_back_in_the_browser(asked, leader, client):
    client.force_login(leader)
    page, address = page_of("import_conflicts", asked), page_of("decide_all_conflicts", asked)
    assert f'href="{address}?decide=theirs&amp;field="' in client.get(page).content.decode()

    seen = client.get(address, {"decide": THEIRS}).content.decode()
    assert "3 人的 6 项" in seen
    assert seen.count("矿务局") == 3  # examples
    assert employers() == ["矿务局"] * 3

    client.post(address, {"decide": THEIRS})
    queue.work(asked.pk)
    detail = client.get(page_of("import_detail", asked)).content.decode()
    assert "已批量确认 6 项" in detail
    assert page_of("take_answers_back", asked) in detail
    entry = AuditEntry.objects.filter(kind="import", object_key=str(asked.pk)).latest("pk")
    assert (entry.by, entry.detail["decision"]) == (leader, THEIRS)

    client.post(page_of("take_answers_back", asked))
    queue.work(asked.pk)
    assert "已撤回，6 项" in client.get(page).content.decode()
    assert employers() == ["矿务局"] * 3


@pytest.mark.parametrize("said", [{}, {"decide": "all"}, {"decide": THEIRS, "field": "a b"}])
def test_what_nobody_offers_decides_nothing(asked, leader, client, said):
    client.force_login(leader)
    address = page_of("decide_all_conflicts", asked)

    assert client.get(address, said).status_code == 302
    assert client.post(address, said).status_code == 302

    assert ImportBatch.objects.get(pk=asked.pk).state == "done"


def test_somebody_elses_answers_do_not_exist(asked, ground, client):
    client.force_login(factories.staff("grid_leader", ground[1]))

    assert client.get(page_of("decide_all_conflicts", asked)).status_code == 404
    assert client.post(page_of("take_answers_back", asked)).status_code == 404


def test_the_preview_costs_the_same_for_any_number(
    ground, workbook, leader, client, django_assert_max_num_queries
):
    client.force_login(leader)
    rows = [person(工作单位="矿务局") for __ in range(40)]
    batches.run_file(workbook(rows))
    changed = workbook([row | {"工作单位": "学校"} for row in rows])
    done = batches.run_file(changed, by=leader, on_conflict="ask")

    with django_assert_max_num_queries(26):
        page = client.get(
            reverse("residents:decide_all_conflicts", args=[done["batch"]]), {"decide": OURS}
        )

    assert page.content.decode().count("矿务局") == 3
    assert ImportConflict.objects.count() == 40
