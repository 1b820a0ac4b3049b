"""Rows of a staff workbook: whose account, which department, building and posting each one means."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from grids.models import DistrictProfile, Posting, PostingChange, Staff
from grids.people import separation
from residents.imports.batch import undo
from residents.models import ImportBatch
from tests import factories
from tests.residents.sheets import heads, run, worker
from tests.residents.workbooks import OTHER_UNIT, UNIT, write

PHONE = "13712345678"
FAR = "370402002001001"  # a unit of another street


def zhang(**values):
    return worker(姓名="张三", 联系电话=PHONE) | values


def handler(**values):
    return worker(岗位="部门经办人", 部门="城管队", 网格编码="") | values


def steward(**values):
    return worker(岗位="楼栋长", 楼栋="1号楼") | values


@pytest.fixture
def ground(db):
    """Two grids; these registers need no dictionaries."""
    return factories.unit(UNIT), factories.unit(OTHER_UNIT)


def outcome(answer):
    return (
        answer["created"],
        answer["changed"],
        answer["unchanged"],
        answer["rejected_by_reason"],
    )


@pytest.fixture
def known(ground):
    return factories.staff(full_name="张三", phone=PHONE, district=factories.district())


@pytest.fixture
def street_admin(ground):
    return factories.staff("administrator", factories.street())


# Departments


@pytest.fixture
def departments(ground):
    """Of the district, and of one of its two streets, by the same name."""
    factories.unit(FAR)
    street = factories.street()
    return [factories.department("城管队", grid) for grid in (factories.district(), street)]


def test_the_nearest_department_of_the_name_above_the_place_is_meant(import_rows, departments):
    rows = [handler(网格编码=UNIT), handler(网格编码=FAR), handler(网格编码="370402")]

    assert outcome(import_rows("staff", rows)) == (3, 0, 0, {})

    of_district, of_street = departments
    found = Posting.objects.order_by("pk").values_list("department", "grid")
    assert list(found) == [
        (of_street.pk, of_street.grid_id),
        (of_district.pk, of_district.grid_id),
        (of_district.pk, of_district.grid_id),
    ]
    assert {one.district_id for one in Staff.objects.all()} == {of_district.grid_id}


def test_a_department_name_that_two_have_is_not_guessed(import_rows, departments):
    assert outcome(import_rows("staff", [handler()])) == (0, 0, 0, {"department_ambiguous": 1})


def test_a_department_that_is_closed_is_none(import_rows, departments):
    of_district, of_street = departments
    of_street.is_active = False
    of_street.save()

    import_rows("staff", [handler(), handler(网格编码=UNIT)])

    assert list(Posting.objects.values_list("department", flat=True)) == [of_district.pk] * 2


def test_only_departments_of_the_own_place_take_people(import_rows, departments, street_admin):
    other = factories.department("市政科", factories.district())
    rows = [handler(), handler(部门="市政科"), handler(部门="市政科", 网格编码=UNIT)]

    answer = import_rows("staff", rows, by=street_admin)

    assert outcome(answer) == (1, 0, 0, {"department_unknown": 2})
    assert Posting.objects.get(staff__is_active=False).department == departments[1]
    everywhere = factories.staff("administrator", factories.district())
    assert import_rows("staff", [handler(部门="市政科")], by=everywhere)["created"] == 1
    assert other.postings.count() == 1


def test_a_department_cell_says_nothing_of_who_serves_a_grid(import_rows, departments):
    assert import_rows("staff", [worker(部门="城管队"), worker(部门="没有的局")])["created"] == 2

    found = Posting.objects.values_list("department", "grid__code")
    assert list(found) == [(None, UNIT)] * 2


def test_a_row_that_is_refused_already_stays_refused_for_its_first_reason(import_rows, departments):
    ended = {"上岗日期": "2026-05-01", "离岗日期": "2026-04-01"}
    factories.building(name="1号楼")
    factories.staff(full_name="张三", phone=PHONE)

    answer = import_rows(
        "staff",
        [
            handler(网格编码=UNIT, **ended),
            handler(部门="没有的局", **ended),
            steward(**ended),
            steward(楼栋="99号楼", **ended),
            zhang(**ended),
            zhang(用户名="a b", **ended),
            zhang(联系电话="", **ended),
        ],
    )

    assert outcome(answer) == (0, 0, 0, {"period_wrong": 7})


# Buildings


def test_the_building_is_one_of_the_grid_and_of_the_compound_that_the_row_names(
    ground, import_rows
):
    here, there = (factories.building(grid, "1号楼") for grid in ground)
    in_compounds = [factories.building(ground[0], name) for name in ("2号楼", "3号楼")]
    factories.compound("甲小区", in_compounds[0])
    factories.compound("乙小区", in_compounds[1])
    type(here).objects.filter(name="3号楼").update(name="2号楼")
    rows = [
        steward(),
        steward(网格编码=OTHER_UNIT),
        steward(楼栋="2号楼", 小区="甲小区"),
        steward(楼栋="2号楼", 小区="乙小区"),
    ]

    assert outcome(import_rows("staff", rows)) == (4, 0, 0, {})
    posted = Posting.objects.order_by("pk").values_list("building", flat=True)
    assert list(posted) == [one.pk for one in (here, there, *in_compounds)]
    assert outcome(import_rows("staff", [steward(楼栋="2号楼")])) == (
        0, 0, 0, {"building_ambiguous": 1},
    )  # fmt: skip
    assert outcome(import_rows("staff", [steward(小区="甲小区")])) == (
        0, 0, 0, {"building_unknown": 1},
    )  # fmt: skip


def test_a_building_is_asked_of_nobody_who_serves_none(ground, import_rows, departments):
    rows = [handler(网格编码=UNIT, 楼栋="99号楼"), worker(岗位="", 楼栋="99号楼")]

    assert import_rows("staff", rows)["created"] == 2
    assert outcome(import_rows("staff", [worker(楼栋="99号楼")]))[3] == {"building_unknown": 1}


# Accounts


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"用户名": "zhang"}, (0, 1, 0, {})),
        ({"用户名": "zhang", "姓名": "张三丰"}, (0, 1, 0, {})),  # the same telephone
        ({"用户名": "zhang", "联系电话": "13900000000"}, (0, 1, 0, {})),  # the same name
        ({"用户名": "zhang", "联系电话": ""}, (0, 1, 0, {})),
        ({"用户名": "zhang", "姓名": "李四", "联系电话": ""}, (0, 0, 0, {"username_taken": 1})),
        (
            {"用户名": "zhang", "姓名": "李四", "联系电话": "13900000000"},
            (0, 0, 0, {"username_taken": 1}),
        ),
        ({}, (0, 1, 0, {})),
        ({"姓名": "李四"}, (1, 0, 0, {})),  # a mobile that two people share
        ({"联系电话": "13900000000"}, (1, 0, 0, {})),  # a name that two people share
        ({"用户名": "", "联系电话": ""}, (0, 0, 0, {"username_missing": 1})),
        ({"用户名": "李.si_1@a+b-c"}, (1, 0, 0, {})),
        ({"用户名": "李/四"}, (0, 0, 0, {"username_wrong": 1})),
    ],
)
def test_whose_account_a_row_means(import_rows, known, said, expected):
    Staff.objects.filter(pk=known.pk).update(username="zhang")

    assert outcome(import_rows("staff", [zhang(**said)])) == expected


def test_a_mobile_that_is_somebody_elses_user_name_opens_no_account(import_rows, ground):
    factories.staff(username=PHONE, full_name="李四", phone="13900000000")

    assert outcome(import_rows("staff", [zhang()])) == (0, 0, 0, {"username_taken": 1})


def test_the_account_is_known_by_its_user_name_although_the_name_fits_another(import_rows, known):
    other = factories.staff(username="other", full_name="张三", phone="13900000000")

    import_rows("staff", [zhang(用户名="other")])

    other.refresh_from_db()
    assert (other.postings.count(), known.postings.count(), other.phone) == (1, 0, PHONE)


def test_who_is_posted_only_inside_the_own_street_is_near(import_rows, known, street_admin):
    inside, both, elsewhere = (
        factories.staff(full_name=name, phone=PHONE, username=name)
        for name in ("王内", "王跨", "王外")
    )
    factories.staff(full_name="王无", phone=PHONE, username="王无")  # posted nowhere
    far = factories.unit(FAR)
    for person, grid in ((inside, None), (both, None), (both, far), (elsewhere, far)):
        factories.posting(person, "grid_worker", grid or factories.unit())
    rows = [
        zhang(姓名=name, 用户名=name, 岗位="信息员") for name in ("王内", "王跨", "王无", "王外")
    ]

    answer = import_rows("staff", rows, by=street_admin)

    assert outcome(answer) == (0, 1, 0, {"outside_scope": 3})
    assert Posting.objects.get(role="information_officer").staff == inside
    of_district = factories.staff("administrator", factories.district())
    assert outcome(import_rows("staff", rows, by=of_district)) == (0, 3, 1, {})


def test_a_namesake_out_of_reach_is_another_person(import_rows, street_admin):
    factories.staff("grid_worker", factories.unit(FAR), full_name="张三", phone=PHONE)

    assert import_rows("staff", [zhang()], by=street_admin)["created"] == 1
    assert Staff.objects.filter(full_name="张三").count() == 2


# Persons


def test_an_account_without_a_place_stands_in_the_district_of_who_imports(import_rows, ground):
    row = zhang(岗位="", 网格编码="", 上岗日期="")
    of_district = factories.staff("administrator", factories.district())

    assert outcome(import_rows("staff", [row])) == (0, 0, 0, {"value_missing": 1})
    assert outcome(import_rows("staff", [row], by=of_district)) == (1, 0, 0, {})

    person = Staff.objects.get(full_name="张三")
    assert (person.district, person.postings.count()) == (factories.district(), 0)
    assert (person.is_active, person.is_demo, person.username) == (False, False, PHONE)
    assert timezone.now() - person.date_joined < timedelta(minutes=1)


def test_the_first_row_of_a_person_speaks_and_the_others_agree(import_rows):
    row = zhang(用户名="z1", 联系电话="", 电子邮箱="")
    rows = [
        row,
        row | {"岗位": "信息员", "联系电话": PHONE, "电子邮箱": "z@example.com"},
        row | {"岗位": "协管员", "联系电话": "13900000000"},
        row | {"岗位": "网格长", "电子邮箱": "y@example.com"},
        row | {"岗位": "督导员", "姓名": "张四"},
    ]

    answer = import_rows("staff", rows)

    assert outcome(answer) == (2, 0, 0, {"person_contradicts": 3})
    person = Staff.objects.get()
    said = (person.username, person.full_name, person.phone, person.email)
    assert said == ("z1", "张三", PHONE, "z@example.com")
    assert set(person.postings.values_list("role", flat=True)) == {
        "grid_worker", "information_officer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"电子邮箱": "z@example.com"}, ("张三", PHONE, "z@example.com")),
        ({"姓名": "张三丰"}, ("张三丰", PHONE, "old@example.com")),
        ({"联系电话": "13900000000"}, ("张三", "13900000000", "old@example.com")),
    ],
)
def test_what_a_row_says_of_a_known_person_is_written_and_nothing_else(
    import_rows, known, said, expected
):
    other = factories.staff(full_name="李四", phone="13611112222", email="li@example.com")
    Staff.objects.filter(pk=known.pk).update(username="zhang", email="old@example.com")
    row = zhang(用户名="zhang", 岗位="", 网格编码="", 上岗日期="") | said

    assert outcome(import_rows("staff", [row])) == (0, 1, 0, {})
    assert outcome(import_rows("staff", [row])) == (0, 0, 1, {})

    known.refresh_from_db()
    assert (known.full_name, known.phone, known.email) == expected
    other.refresh_from_db()
    assert (other.full_name, other.phone, other.email) == ("李四", "13611112222", "li@example.com")


# Postings


@pytest.fixture
def posted(ground, known):
    """Of five people one posting each, and a row that differs from it in one thing."""
    home, _ = (factories.building(ground[0], name) for name in ("1号楼", "2号楼"))
    of_district = factories.department("城管队")
    factories.department("市政科")
    people = [
        factories.staff(full_name=f"王{n}", phone=f"1361111222{n}", username=f"w{n}")
        for n in range(5)
    ]
    for person in people[:3]:
        factories.posting(person, "grid_worker", ground[0], duty="消防")
    factories.posting(people[3], "department_handler", of_district.grid, department=of_district)
    factories.posting(people[4], "building_steward", ground[0], building=home)
    row = worker(专业职责="消防", 上岗日期="")
    rows = [
        row,
        row,
        row,
        handler(上岗日期=""),
        steward(上岗日期=""),
    ]
    rows = [
        row | {"姓名": one.full_name, "联系电话": one.phone}
        for row, one in zip(rows, people, strict=True)
    ]
    changes = [
        {"岗位": "网格长"},
        {"专业职责": "食品"},
        {"网格编码": OTHER_UNIT},
        {"部门": "市政科"},
        {"楼栋": "2号楼"},
    ]
    return rows, [row | change for row, change in zip(rows, changes, strict=True)]


def test_a_posting_is_known_by_role_duty_place_department_and_building(import_rows, posted):
    same, another = posted

    assert outcome(import_rows("staff", same)) == (0, 0, 5, {})
    assert outcome(import_rows("staff", another)) == (0, 5, 0, {})
    assert Posting.objects.count() == 10
    assert outcome(import_rows("staff", [*same, *another])) == (0, 0, 10, {})
    today = timezone.localdate()
    assert Posting.objects.filter(since=today).count() == 5


def test_the_same_posting_twice_in_a_file_counts_once(import_rows, posted):
    same, another = posted
    nothing_new = [row | {"岗位": "", "网格编码": "", "楼栋": "", "部门": ""} for row in same]

    answer = import_rows("staff", [*same, *another, *same, *nothing_new])

    assert outcome(answer) == (0, 5, 5, {"duplicate_in_file": 10})


def test_a_second_row_counts_where_the_first_is_refused(import_rows, ground):
    row = zhang()

    answer = import_rows("staff", [row | {"楼栋": "99号楼"}, row, row])

    assert outcome(answer) == (1, 0, 0, {"building_unknown": 1, "duplicate_in_file": 1})


DAYS = {"two years": (date(2022, 1, 1), date(2023, 12, 31)), "now": (date(2025, 1, 1), None)}


@pytest.mark.parametrize(
    ("since", "until", "expected", "after"),
    [
        # the one that begins on that day
        ("2022-01-01", "", (0, 0, 1, {}), None),
        ("2025-01-01", "", (0, 0, 1, {}), None),
        ("2022-01-01", "2023-06-30", (0, 1, 0, {}), ("2022-01-01", "2023-06-30")),
        ("2025-01-01", "2027-06-30", (0, 1, 0, {}), ("2025-01-01", "2027-06-30")),
        # one of the same time
        ("2022-05-01", "2023-12-31", (0, 1, 0, {}), ("2022-05-01", "2023-12-31")),
        ("2023-12-31", "2023-12-31", (0, 1, 0, {}), ("2023-12-31", "2023-12-31")),
        ("2024-12-31", "2025-01-01", (0, 1, 0, {}), ("2024-12-31", "2025-01-01")),
        ("2025-03-01", "", (0, 1, 0, {}), ("2025-03-01", "None")),
        # without a beginning: the one of today, else the one that ends so
        ("", "", (0, 0, 1, {}), None),
        ("", "2023-12-31", (0, 0, 1, {}), None),
        ("", "2027-06-30", (0, 1, 0, {}), ("2025-01-01", "2027-06-30")),
        # between the two there is room for another
        ("2024-01-01", "2024-12-31", (0, 1, 0, {}), ("2024-01-01", "2024-12-31")),
        ("2021-01-01", "2021-12-31", (0, 1, 0, {}), ("2021-01-01", "2021-12-31")),
        # what would run into the other one
        ("2022-01-01", "2025-01-01", (0, 0, 0, {"posting_overlaps": 1}), None),
        ("2022-01-01", "2024-12-31", (0, 1, 0, {}), ("2022-01-01", "2024-12-31")),
        ("2025-01-01", "2024-12-31", (0, 0, 0, {"period_wrong": 1}), None),
        ("", "2024-06-30", (0, 0, 0, {"period_wrong": 1}), None),
    ],
)
def test_which_posting_the_days_of_a_row_mean(
    import_rows, ground, known, since, until, expected, after
):
    old, now = (
        factories.posting(known, "grid_worker", ground[0], since=begins, until=ends)
        for begins, ends in DAYS.values()
    )
    before = {(str(one.since), str(one.until)) for one in (old, now)}

    answer = import_rows("staff", [zhang(上岗日期=since, 离岗日期=until)])

    days = {(str(one.since), str(one.until)) for one in known.postings.all()}
    assert outcome(answer) == expected
    assert after is None or after in days
    assert days == before if after is None else len(days) in (2, 3)
    assert len(days - before) == (after is not None)


def test_a_posting_of_somebody_else_or_of_another_role_overlaps_nothing(import_rows, ground, known):
    factories.staff("grid_worker", ground[0], since=date(2026, 1, 1))
    factories.posting(known, "information_officer", ground[0], since=date(2026, 1, 1))

    answer = import_rows("staff", [zhang(上岗日期="2025-06-01", 离岗日期="2026-12-31")])

    assert outcome(answer) == (0, 1, 0, {})
    posting = known.postings.get(role="grid_worker")
    assert (posting.since, posting.until) == (date(2025, 6, 1), date(2026, 12, 31))


# Three administrators


@pytest.fixture
def apart(ground):
    """The district wants three administrators; who imports is one of them."""
    district = factories.district()
    DistrictProfile.objects.create(district=district)
    return factories.staff("administrator", district, username="guanli", full_name="陈志远")


def test_a_row_with_grave_rights_is_asked_for_and_the_others_stand(import_rows, apart):
    rows = [zhang(), worker(姓名="李四", 联系电话="13712345679", 岗位="网格长")]

    assert outcome(import_rows("staff", rows, by=apart)) == (2, 0, 0, {})

    assert [one.role for one in Posting.objects.exclude(staff=apart)] == ["grid_worker"]
    asked = PostingChange.objects.get()
    assert (asked.staff.full_name, asked.role, asked.asked_by) == ("李四", "grid_leader", apart)
    import_rows("staff", rows, by=apart)
    assert PostingChange.objects.count() == 1


def test_the_three_roles_and_the_own_postings_come_from_no_workbook(import_rows, apart):
    rows = [
        zhang(岗位="审计员", 网格编码="370402"),
        worker(姓名="陈志远", 用户名="guanli", 联系电话=""),
    ]

    assert outcome(import_rows("staff", rows, by=apart)) == (
        0,
        0,
        0,
        {"posting_by_hand": 1, "posting_is_own": 1},
    )


def batch_of(rows, by, tmp_path):
    path = write(tmp_path / "asked.xlsx", rows, heads=heads(rows))
    return ImportBatch.objects.get(pk=run(path, "staff", by=by)["batch"])


def leader(**columns):
    return worker(姓名="李四", 联系电话="13712345679", 岗位="网格长") | columns


def test_an_undo_takes_back_what_waits_for_a_second_person(apart, tmp_path):
    other = factories.staff()
    unasked = separation.keep(
        Posting(staff=other, role="grid_leader", grid=factories.unit(), since=date(2026, 1, 1)),
        by=apart,
    )
    batch = batch_of([zhang(), leader()], apart, tmp_path)
    assert PostingChange.objects.filter(asked_by_import=batch.pk).count() == 1

    counts = undo.take_back(batch, by=apart)

    assert PostingChange.objects.get() == unasked
    assert not Staff.objects.filter(full_name="李四").exists()
    assert (counts["removed"], counts["left"]) == (3, 0)  # two accounts, one posting


def test_what_a_second_person_confirmed_is_not_taken_back_by_one(apart, tmp_path):
    second = factories.staff("security_administrator", factories.district())
    batch = batch_of([leader()], apart, tmp_path)
    separation.confirm(PostingChange.objects.get(), by=second)

    undo.take_back(batch, by=apart)

    assert Posting.objects.filter(staff__full_name="李四", role="grid_leader").exists()


@pytest.mark.parametrize(("role", "stays"), [("grid_leader", True), ("grid_worker", False)])
def test_an_undo_gives_no_grave_posting_back_by_one_person(apart, tmp_path, known, role, stays):
    """The operator's import had cut it; who takes that back would grant it anew."""
    held = factories.posting(known, role, factories.unit(), since=date(2026, 1, 1))
    words = {"grid_leader": "网格长", "grid_worker": "网格员"}[role]
    batch = batch_of([zhang(岗位=words, 离岗日期="2026-11-01")], None, tmp_path)
    held.refresh_from_db()
    assert held.until == date(2026, 11, 1)

    counts = undo.take_back(batch, by=apart)

    held.refresh_from_db()
    assert held.until == (date(2026, 11, 1) if stays else None)
    assert ("two" in {row["why"] for row in counts["rows"]}) == stays


def test_an_undo_removes_no_auditor_by_one_person(apart, tmp_path):
    """Imported while the district wanted no three administrators."""
    DistrictProfile.objects.update(has_three_administrators=False)
    batch = batch_of([zhang(岗位="审计员", 网格编码="370402")], None, tmp_path)
    DistrictProfile.objects.update(has_three_administrators=True)

    undo.take_back(batch, by=apart)
    assert Posting.objects.filter(role="auditor").exists()
    undo.take_back(batch, by=None)
    assert not Posting.objects.filter(role="auditor").exists()
