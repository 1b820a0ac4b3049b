"""An import in words: where it stands, what it found, which rows stayed out and why."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from residents.imports.batch import explain
from residents.imports.workbook import reasons
from residents.models import ImportBatch, ImportProblem
from tests import factories

State = ImportBatch.State


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def batch(state=State.DONE, *, register="residents", **fields):
    return ImportBatch(pk=7, state=state, register=register, **fields)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("mapping", 1), ("checking", 2), ("checked", 3), ("importing", 3), ("done", 5), ("failed", 2),
        ("cancelled", 2), ("deciding", 5), ("undoing", 5), ("undone", 5),
    ],
)  # fmt: skip
def test_which_step_an_import_has_reached(state, step):
    assert explain.step_of(batch(state)) == step
    assert set(State.values) == {
        "mapping", "checking", "checked", "importing", "done", "failed", "cancelled", "deciding",
        "undoing", "undone",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "states"),
    [
        (0, ["now", "todo", "todo", "todo", "todo"]),
        (3, ["done", "done", "done", "now", "todo"]),
        (5, ["done"] * 5),
    ],
)
def test_the_stepper(now, states):
    found = explain.steps(now)

    assert [one["state"] for one in found] == states
    assert [str(one["label"]) for one in found] == [
        "Upload", "Columns", "Dry run", "Confirm", "Result",
    ]  # fmt: skip


NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
SECONDS = "{} rows per second, about {} seconds left"
MINUTES = "{} rows per second, about {} minutes left"


@pytest.mark.parametrize(
    ("told", "speed"),
    [
        ({"rows": 9_000, "per_second": 1_000}, SECONDS.format("1,000", 1)),
        ({"rows": 9_001, "per_second": 1_000}, "1,000 rows per second"),
        ({"rows": 10_000, "per_second": 1}, "1 rows per second"),
        ({"rows": 11_000, "per_second": 1}, "1 rows per second"),
        ({"rows": 1_090, "per_second": 100}, SECONDS.format(100, 89)),
        ({"rows": 1_000, "per_second": 100}, MINUTES.format(100, 2)),
        ({"rows": 4_000, "per_second": 20}, MINUTES.format(20, 5)),
        ({"per_second": 100}, MINUTES.format(100, 2)),
        ({"rows": 1, "seconds": 0.9}, ""),
        ({"rows": 1, "seconds": 1}, "for 1 seconds"),
        ({"rows": 1}, ""),
        ({}, ""),
    ],
)
def test_how_fast_and_how_long_still(told, speed):
    told = told and {"phase": "reading"} | told
    working = batch(State.CHECKING, leased_until=NOW, progress=told, preview={"rows": 10_000})

    assert explain.progress(working)["speed"] == speed
    working.leased_until = None
    assert explain.progress(working)["speed"] == ""


@pytest.mark.parametrize(
    ("told", "preview", "value", "most", "label"),
    [
        ({"phase": "reading", "rows": 7}, {"rows": 50}, 7, 50, "Reading the file"),
        ({"phase": "reading", "rows": 7}, {}, 7, 30, "Reading the file"),
        ({"phase": "comparing", "rows": 7}, {"rows": 50}, 7, 0, "Comparing with the register"),
        ({"phase": "writing", "rows": 7}, {"rows": 50}, 7, 0, "Writing"),
        ({"phase": "undo_finding"}, {}, 0, 0, "Looking up what the import wrote"),
        ({"phase": "undo_deciding", "total": 9}, {}, 0, 9, "Looking for what was changed since"),
        ({"phase": "undo_taking_back", "rows": 3, "total": 9}, {}, 3, 9, "Taking back"),
        ({"phase": "none", "total": 9}, {}, 0, 9, "Opening the file"),
        ({"phase": "opening"}, {}, 0, 0, "Opening the file"),
        ({}, {}, 0, 0, "Opening the file"),
        (None, {}, 0, 0, "Opening the file"),
    ],
)
def test_what_the_bar_shows(told, preview, value, most, label):
    mapping = {"tables": [{"rows": 10}, {"rows": 20}, {}]}
    working = batch(
        State.CHECKING, leased_until=NOW, progress=told or {}, preview=preview, mapping=mapping
    )

    shown = explain.progress(working)

    assert (shown["value"], shown["max"], str(shown["label"])) == (value, most, label)
    assert shown["poll_url"] == reverse("residents:import_progress", args=[7])
    assert shown["note"] == "You may leave this page; the work goes on."


def test_before_a_worker_has_it_and_after_the_end():
    waiting = explain.progress(batch(State.CHECKING, progress={}))
    done = explain.progress(batch(State.DONE, progress={}, leased_until=NOW))

    assert waiting["label"].startswith("Waiting for a free worker")
    assert (bool(waiting["poll_url"]), done["poll_url"]) == (True, "")


# What was found

MAPPING = {
    "tables": [
        {"index": 0, "sheet": "一", "heads": {"name": "名字", "grid": "网格"}, "rows": 5},
        {
            "index": 2,
            "sheet": "三",
            "heads": {"name": "姓 名", "x1": "爱好"},
            "custom": {"x1": "爱好"},
        },
    ]
}
FOUND = {
    "rows": 10,
    "rejected": 4,
    "created": 3,
    "changed": 2,
    "unchanged": 1,
    "waiting": 1,
    "rejected_by_reason": {"id_checksum": 1, "name_missing": 3},
    "examples": {
        "name_missing": [{"row": 4_000_003, "field": "name", "value": ""}],
        "id_checksum": [{"row": 5, "field": "id_number", "value": "3***"}],
    },
    "unknown_values": {"education": {"秀才": 2, "": 3}, "x9": {"甲": 1}},
}


@pytest.mark.parametrize(
    ("state", "source"),
    [
        ("done", "result"), ("undoing", "result"), ("undone", "result"), ("checked", "preview"),
        ("importing", "preview"), ("failed", "preview"),
    ],
)  # fmt: skip
def test_findings_are_of_the_result_where_there_is_one(state, source):
    one = batch(state, mapping=MAPPING, **{source: FOUND})

    found = explain.findings(one)

    assert [(str(tile["label"]), tile["value"]) for tile in found["tiles"]] == [
        ("New", 3), ("Changed", 2), ("Unchanged", 1), ("Waiting for confirmation", 1),
        ("Not imported", 4),
    ]  # fmt: skip
    assert (found["to_import"], found["to_write"], found["counts"]) == (6, 6, FOUND)
    assert [kind["count"] for kind in found["kinds"]] == [3, 1]
    assert [kind["reason"] for kind in found["kinds"]] == [
        reasons.of("name_missing"), reasons.of("id_checksum"),
    ]  # fmt: skip
    assert found["kinds"][0]["examples"] == [
        {"sheet": "三", "number": 3, "head": "姓 名", "value": "", "is_empty": True}
    ]
    assert found["kinds"][1]["examples"] == [
        {"sheet": "一", "number": 5, "head": "公民身份号码", "value": "3***", "is_empty": False}
    ]
    assert found["tables"][0]["pairs"] == [("名字", "姓名"), ("网格", "网格编码")]
    assert found["tables"][1]["pairs"] == [("姓 名", "姓名"), ("爱好", "爱好")]
    assert found["unknown_values"] == [
        {"label": "文化程度", "words": ["秀才 × 2"]},
        {"label": "x9", "words": ["甲 × 1"]},
    ]


def test_before_anything_was_found():
    found = explain.findings(batch(State.CHECKING, preview={}, mapping={}))

    assert (found["tiles"], found["kinds"], found["tables"]) == ([], [], [])
    assert (found["to_import"], found["to_write"], found["error"]) == (0, 0, "")


@pytest.mark.parametrize(
    ("register", "page"),
    [
        ("residents", "residents:people"), ("premises", "residents:premises"),
        ("leases", "residents:leases"), ("buildings", "residents:compounds"),
        ("care", "residents:people"), ("staff", "admin:grids_staff_changelist"),
    ],
)  # fmt: skip
def test_where_the_entries_of_a_register_are_looked_at(register, page):
    found = explain.findings(batch(register=register, mapping={}, result={}))

    assert found["register_url"] == reverse(page)


@pytest.mark.parametrize(
    ("file", "result", "has_files"),
    [("a.xlsx", "", True), ("", "b.xlsx", True), ("", "", False)],
)
def test_whether_there_are_files_to_fetch(file, result, has_files):
    one = batch(file=file, result_file=result, mapping={}, result={})

    assert explain.findings(one)["has_files"] is has_files


def test_one_sheet_alone_is_not_named():
    alone = batch(mapping={"tables": MAPPING["tables"][1:]})

    assert explain.row_place(alone, 4_000_003) == {"sheet": "", "number": 3}
    assert explain.row_place(batch(mapping=MAPPING), 2_000_003) == {"sheet": "", "number": 3}
    assert explain.row_place(batch(mapping=MAPPING), 3) == {"sheet": "一", "number": 3}


def test_rejected_rows_for_the_table_of_the_page():
    problems = [
        ImportProblem(row=3, reason="value_missing", field="grid", value=""),
        ImportProblem(row=4, reason="too_long", field="note", value=""),
    ]

    found = explain.problem_rows(batch(mapping=MAPPING), problems)

    assert [(one["head"], one["is_empty"], one["number"]) for one in found] == [
        ("网格", True, 3), ("备注", False, 4),
    ]  # fmt: skip
    assert [one["reason"] for one in found] == [
        reasons.of("value_missing"), reasons.of("too_long"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("done", "", ""),
        ("done", "cannot_undo", "Not undone: newer entries"),
        ("done", "worker_lost", "Not undone: the server was interrupted"),
        ("done", "internal", "Not undone: something went wrong"),
        ("done", "else", "Not undone: something went wrong"),
        ("failed", "worker_lost", "The server was interrupted twice"),
        ("failed", "internal", "Something went wrong on our side"),
        ("failed", "else", "Something went wrong on our side"),
        ("failed", "no_header", None),
    ],
)
def test_an_error_in_words(state, error, words):
    said = str(explain.error_of(batch(state, error=error)))

    if words is None:
        assert said
        assert "our side" not in said
    else:
        assert said.startswith(words)
        assert bool(said) is bool(words)


def test_the_name_of_the_answer_bears_the_day_here():
    late = datetime(2026, 5, 1, 17, tzinfo=UTC)  # the second of May in China

    one = batch(file_name="人口.表.xlsx", finished_at=late)

    assert explain.result_name(one) == "人口.表-result-20260502.xlsx"


def test_the_same_file_before_is_the_last_finished_one_that_one_may_see(db):
    leader = factories.staff("grid_leader")
    stranger = factories.staff("grid_leader", factories.unit("520602003003001"))

    def put(**fields):
        fields = {"by": leader, "state": State.DONE, "file_hash": "aa"} | fields
        return ImportBatch.objects.create(
            district_id=fields["by"].district_id,
            created_at=timezone.now() - timedelta(days=1),
            files_expire_at=timezone.now(),
            **fields,
        )

    put()
    last = put()
    put(file_hash="bb")
    put(state=State.CANCELLED)
    put(by=stranger)
    now = put(state=State.CHECKED)
    put()

    assert explain.same_file_before(now, leader) == last
    assert explain.same_file_before(last, stranger) is None
