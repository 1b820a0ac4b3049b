"""A fact that differs: theirs is taken, ours is kept, or somebody is asked."""

import pytest

from residents.models import Household, ImportBatch, ImportConflict, Resident
from residents.register_import import batches
from tests.residents.workbooks import OTHER_UNIT, person

OURS, THEIRS, ASK = "ours", "theirs", "ask"


def run(path, **options):
    return batches.run_file(path, **options)


def adds_up(answer):
    return answer["rows"] == sum(
        answer[name]
        for name in ("created", "changed", "unchanged", "waiting", "rejected")
    )


def facts():
    """The only person's row, as it reads."""
    found = Resident.objects.values().get()
    found["id_sealed"] = bytes(found["id_sealed"])
    return found


@pytest.fixture
def known(ground, workbook):
    """Somebody in the register, without an employer."""
    row = person(联系电话="13800000001", 文化程度="初中")
    run(workbook([row]))
    return row


CHANGES = {
    "name": ({"姓名": "王改名", "户主姓名": "王改名"}, "name"),
    "phone": ({"联系电话": "13900000009"}, "phone"),
    "education": ({"文化程度": "博士"}, "education"),
    "marital": ({"婚姻状况": "离婚"}, "marital"),
    "relation": ({"与户主关系": "配偶"}, "relation"),
    "ethnicity": ({"民族": "回族"}, "ethnicity"),
    "kind": ({"人口类型": "流动人口"}, "kind"),
    "place": ({"网格编码": OTHER_UNIT, "室号": "909"}, "grid_id"),
    "head_name": ({"户主姓名": "王户主", "与户主关系": ""}, None),
}


@pytest.mark.parametrize("field", list(CHANGES))
def test_ours_stays_and_theirs_fills_what_was_empty(known, workbook, field):
    changes, column = CHANGES[field]
    before = facts()
    home = Household.objects.values("grid_id", "dwelling_id", "head_name").get()

    answer = run(workbook([known | changes | {"工作单位": "学校"}]), on_conflict=OURS)

    after = facts()
    assert (answer["changed"], answer["conflicts"], adds_up(answer)) == (1, 1, True)
    assert after["employer"] == "学校"
    assert {name for name in after if after[name] != before[name]} == {"employer"}
    assert Household.objects.values("grid_id", "dwelling_id", "head_name").get() == home
    assert not ImportConflict.objects.exists()


@pytest.mark.parametrize("field", list(CHANGES))
def test_a_row_with_nothing_but_differing_facts_is_unchanged_and_asked_about(
    known, workbook, field
):
    before = facts()

    answer = run(workbook([known | CHANGES[field][0]]), on_conflict=ASK)

    assert (answer["unchanged"], answer["conflicts"], adds_up(answer)) == (1, 1, True)
    assert facts() == before
    conflict = ImportConflict.objects.get()
    assert (conflict.field, conflict.decision, conflict.row) == (field, "waiting", 2)
    assert conflict.resident_id == before["id"]


@pytest.mark.parametrize("field", list(CHANGES))
def test_theirs_is_taken_where_nobody_says_otherwise(known, workbook, field):
    changes, column = CHANGES[field]
    before = facts()

    answer = run(workbook([known | changes]))

    assert answer["changed"] == 1
    assert "conflicts" not in answer
    if column:
        assert facts()[column] != before[column]
    assert not ImportConflict.objects.exists()
