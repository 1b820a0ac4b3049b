"""What the answer of an import tells never exceeds what the importer may read."""

from datetime import date

import pytest

from residents.imports.batch import registers
from residents.imports.batch.batches import run_file as run_residents
from residents.models import CareRecord, MoveInRequest, Resident
from tests import factories as make
from tests.residents.sheets import heads, record
from tests.residents.sheets import run as run_sheet
from tests.residents.workbooks import UNIT, person, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def import_care(ground, tmp_path):
    def do(rows, **options):
        path = write(tmp_path / "care.xlsx", rows, heads=heads(rows))
        return run_sheet(path, "care", **options)

    return do


def counts(answer):
    """What a person reads of it."""
    left_out = {"batch", "seconds", "result_file"}
    return {name: said for name, said in answer.items() if name not in left_out}


@pytest.mark.parametrize(("role", "may"), [("information_officer", False), ("grid_leader", True)])
def test_a_care_workbook_is_taken_from_those_only_who_read_care(ground, role, may):
    staff = make.staff(role, ground[0])

    assert ("care" in dict(registers.open_to(staff))) is may
    assert bool(registers.reach_of("care", staff)) is may
    assert "residents" in dict(registers.open_to(staff))


def test_two_rights_of_two_posts_are_not_those_of_one(ground):
    """Who imports in one grid and reads care in another takes in care nowhere."""
    staff = make.staff("information_officer", ground[0])
    make.posting(staff, "grid_worker", ground[1])

    assert not registers.reach_of("care", staff)


def test_a_dry_run_of_a_care_workbook_tells_an_officer_nothing(ground, import_care):
    officer, leader = (make.staff(one, ground[0]) for one in ("information_officer", "grid_leader"))
    category = make.care_category()
    one, other = (make.resident(grid=ground[0], name=name) for name in ("王秀兰", "李秀梅"))
    make.care_record(one, category)
    rows = [record(one, 特殊群体类别=category.name), record(other, 特殊群体类别=category.name)]

    told = [counts(import_care([row], by=officer, dry_run=True)) for row in rows]
    leaders = [counts(import_care([row], by=leader, dry_run=True)) for row in rows]

    assert told[0] == told[1]
    assert leaders[0] != leaders[1]


def test_a_category_that_is_closed_to_the_importer_is_unknown(ground, import_care):
    leader = make.staff("grid_leader", ground[0])
    category = make.care_category("社区矫正对象", readers=["community_staff"])
    one, other = (make.resident(grid=ground[0], name=name) for name in ("王秀兰", "李秀梅"))
    make.care_record(one, category)
    rows = [record(each, 特殊群体类别=category.name) for each in (one, other)]

    answer = import_care(rows, by=leader, dry_run=True)

    assert answer["rejected_by_reason"] == {"category_unknown": 2}
    staff = make.staff("community_staff", make.community())
    assert import_care(rows, by=staff, dry_run=True)["rejected_by_reason"] == {}


@pytest.mark.parametrize("is_there", [True, False])
def test_a_register_with_care_in_it_tells_an_officer_nothing_and_is_taken(
    ground, workbook, is_there
):
    officer = make.staff("information_officer", ground[0])
    category = make.care_category()
    rows = [person(), person()]
    registers_of = workbook(rows)
    run_residents(registers_of, by=officer)
    known = _named(rows[0])
    if is_there:
        make.care_record(known, category)
    path = workbook([rows[0] | {"特殊群体类别": category.name}, rows[1]])

    dry = run_residents(path, by=officer, dry_run=True)
    done = run_residents(path, by=officer)

    assert (dry["unchanged"], dry["changed"]) == (done["unchanged"], done["changed"]) == (2, 0)
    assert CareRecord.objects.get().resident == known


def test_a_leader_is_told_who_has_new_care(ground, workbook):
    leader, category = make.staff("grid_leader", ground[0]), make.care_category()
    rows = [person(), person()]
    run_residents(workbook(rows), by=leader)
    make.care_record(_named(rows[0]), category)

    path = workbook([row | {"特殊群体类别": category.name} for row in rows])
    dry = run_residents(path, by=leader, dry_run=True)

    assert (dry["unchanged"], dry["changed"]) == (1, 1)


@pytest.mark.parametrize("is_there", [True, False])
def test_of_a_guarded_category_a_leader_is_told_nothing_and_it_is_taken(ground, workbook, is_there):
    leader = make.staff("grid_leader", ground[0])
    category = make.care_category("矫正", is_guarded=True)
    rows = [person(), person()]
    run_residents(workbook(rows), by=leader)
    if is_there:
        make.care_record(_named(rows[0]), category)
    path = workbook([rows[0] | {"特殊群体类别": category.name}, rows[1]])

    dry = run_residents(path, by=leader, dry_run=True)
    done = run_residents(path, by=leader)

    assert (dry["unchanged"], dry["changed"]) == (done["unchanged"], done["changed"]) == (2, 0)
    assert CareRecord.objects.get().resident == _named(rows[0])


def test_invented_names_do_not_count_whose_numbers_live_elsewhere(ground, workbook):
    leader = make.staff("grid_leader", ground[0])
    there = make.resident(grid=ground[1], name="李秀梅")
    rows = [person(姓名="王一"), person(姓名="王二")]
    with_it = [rows[0] | {"公民身份号码": there.id_sealed, "出生日期": "", "性别": ""}, rows[1]]

    told = run_residents(workbook(with_it), by=leader, dry_run=True)
    plain = run_residents(workbook(rows), by=leader, dry_run=True)

    assert counts(told) == counts(plain)
    assert told["created"] == 2


def test_the_other_grid_is_still_asked_when_it_is_done(ground, workbook):
    leader = make.staff("grid_leader", ground[0])
    there = make.resident(grid=ground[1], name="李秀梅")
    row = person(姓名="李秀梅", 公民身份号码=there.id_sealed, 出生日期="", 性别="")

    done = run_residents(workbook([row]), by=leader)

    assert done["waiting"] == 1
    assert MoveInRequest.objects.get().resident == there


def test_the_operator_is_told_who_would_wait(ground, workbook):
    there = make.resident(grid=ground[1], name="李秀梅")
    row = person(姓名="李秀梅", 公民身份号码=there.id_sealed, 出生日期="", 性别="")

    assert run_residents(workbook([row]), dry_run=True)["changed"] == 1


@pytest.mark.parametrize(("place", "flags"), [(0, 1), (1, 0)])
def test_somebody_alike_is_noticed_only_where_the_importer_looks(ground, workbook, place, flags):
    leader = make.staff("grid_leader", ground[0])
    row = person(姓名="李秀梅")
    alike = make.resident(
        grid=ground[place], name="李秀梅", birth_on=date.fromisoformat(row["出生日期"])
    )
    type(alike).objects.filter(pk=alike.pk).update(pinyin="lixiumei")

    assert run_residents(workbook([row]), by=leader, dry_run=True)["possible_duplicates"] == flags


def _named(row):
    return Resident.objects.get(name=row["姓名"], grid__code=UNIT, phone=row["联系电话"])
