"""Who is in the register and not in a list: found, shown to who may read it, and never changed."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from residents.imports.batch import batches, not_listed, queue
from residents.models import ImportAbsent, ImportBatch, Resident
from tests import factories
from tests.residents.workbooks import person


@pytest.fixture
def family(ground):
    """Two of a household, one of another household of the grid, one next door."""
    home = factories.household(
        home=factories.dwelling(ground[0], room="101"), head_name="王秀兰", number="N1"
    )
    other = factories.household(ground[0], head_name="赵六")
    there = factories.household(ground[1], head_name="孙七")
    return {
        "wang": factories.resident(home, name="王秀兰"),
        "li": factories.resident(home, name="李小明", relation="20"),
        "zhao": factories.resident(other, name="赵六"),
        "sun": factories.resident(there, name="孙七"),
    }


def row(resident, **said):
    home = resident.household
    return person(
        姓名=resident.name, 公民身份号码=resident.id_sealed if isinstance(resident.id_sealed, str)
        else resident.id_sealed.reveal(), 出生日期="", 户号=home.number, 户主姓名=home.head_name,
        与户主关系="", 楼栋="", 单元="", 室号="", 网格编码=home.grid.code,
    ) | said  # fmt: skip


def names(batch, staff, scope="households"):
    return [one.name for one in not_listed.residents(batch, staff, scope)]


@pytest.fixture
def imported(workbook, leader):
    def do(rows, by=leader, **options):
        answer = batches.run_file(workbook(rows), by=by, **options)
        return ImportBatch.objects.get(pk=answer["batch"])

    return do


def test_members_of_a_household_of_the_list_who_are_not_in_it(imported, family, leader):
    batch = imported([row(family["wang"])])

    assert names(batch, leader) == ["李小明"]
    assert batch.result["absent"] == {"households": 1, "grids": 0}


def test_nobody_is_missing_where_all_are_in_the_list(imported, family, leader):
    batch = imported([row(family["wang"]), row(family["li"]), row(family["zhao"])])

    assert (names(batch, leader), names(batch, leader, "grids")) == ([], [])
    assert not ImportAbsent.objects.exists()


def test_a_grid_counts_from_half_of_its_residents_on(imported, family, leader):
    half = imported([row(family["wang"]), row(family["li"])])
    less = imported([row(family["zhao"])])

    assert (names(half, leader), names(half, leader, "grids")) == ([], ["赵六"])
    assert names(less, leader, "grids") == []


def test_a_list_of_strangers_says_nothing(imported, family, leader):
    batch = imported([person(姓名="新人", 户主姓名="新人")])

    assert (batch.result["created"], batch.result["absent"]) == (1, {})


def test_who_is_out_of_reach_is_not_found_and_not_shown(imported, family, ground, leader):
    both = factories.staff("grid_leader", ground[0])
    factories.posting(both, "grid_leader", ground[1])
    Resident.objects.filter(pk=family["li"].pk).update(grid=ground[1])

    mine, theirs = imported([row(family["wang"])]), imported([row(family["wang"])], by=both)

    assert ImportAbsent.objects.get(batch=mine).households == []
    assert names(theirs, both) == ["李小明"]
    assert names(theirs, leader) == []


def test_the_page_shows_them_by_scope_and_changes_nothing(client, imported, family, leader):
    batch = imported([row(family["wang"])])
    page = reverse("residents:import_absent", args=[batch.pk])

    shown = client.get(page).content.decode()

    assert "李小明" in shown
    assert "赵六" not in shown
    for what in ("leave", "death"):
        assert reverse("residents:household_life", args=[family["li"].household_id, what]) in shown
    assert "李小明" not in client.get(page, {"of": "grids"}).content.decode()
    assert page in client.get(reverse("residents:import_detail", args=[batch.pk])).content.decode()
    assert Resident.objects.live().count() == 4


def test_who_is_still_here_is_off_the_list_and_in_the_register(client, imported, family, leader):
    batch = imported([row(family["wang"])])
    address = reverse("residents:import_still_here", args=[batch.pk])

    for key in (family["sun"].pk, "x", "9" * 30):
        client.post(address, {"resident": key})
    assert names(batch, leader) == ["李小明"]
    client.post(address, {"resident": family["li"].pk})

    assert names(batch, leader) == []
    family["li"].refresh_from_db()
    assert family["li"].ended_on is None
    assert (
        "没有遗漏的人员"
        in client.get(reverse("residents:import_absent", args=[batch.pk])).content.decode()
    )


def test_who_left_since_is_off_the_list(imported, family, leader):
    batch = imported([row(family["wang"])])

    Resident.objects.filter(pk=family["li"].pk).update(
        ended_on=timezone.localdate(), end_reason="moved"
    )

    assert names(batch, leader) == []


def test_a_colleague_does_not_see_the_list_of_another(client, imported, family, enter, ground):
    batch = imported([row(family["wang"])])
    enter("grid_leader", ground[0])

    for name in ("import_absent", "import_still_here"):
        ask = client.get if name == "import_absent" else client.post
        assert ask(reverse(f"residents:{name}", args=[batch.pk])).status_code == 404


def test_a_dry_run_says_it_too_and_the_import_says_it_anew(workbook, family, leader):
    content = workbook([row(family["wang"])]).read_bytes()
    batch = batches.accept_upload(SimpleUploadedFile("底册.xlsx", content), by=leader)
    queue.work(batch.pk)
    batch.refresh_from_db()

    assert batch.preview["absent"]["households"] == 1
    assert names(batch, leader) == ["李小明"]
    queue.confirm(batch)
    queue.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.result["absent"]["households"]) == ("done", 1)
    assert names(batch, leader) == ["李小明"]


def test_it_goes_with_the_files_and_the_page_says_so(client, imported, family, leader):
    batch = imported([row(family["wang"])])

    batches.expire_files(timezone.now() + timedelta(days=29))
    assert names(batch, leader) == ["李小明"]
    batches.expire_files(timezone.now() + timedelta(days=31))

    assert names(batch, leader) == []
    page = client.get(reverse("residents:import_absent", args=[batch.pk]))
    assert "此清单已过期" in page.content.decode()


def test_other_registers_have_no_such_page(client, leader, imported, family):
    batch = imported([row(family["wang"])])
    page = reverse("residents:import_absent", args=[batch.pk])
    assert client.get(page).status_code == 200

    ImportBatch.objects.update(register="premises")

    assert client.get(page).status_code == 404


def test_the_page_costs_the_same_at_any_length(
    client, imported, family, leader, django_assert_max_num_queries
):
    for number in range(60):
        factories.resident(family["li"].household, name=f"人{number}", relation="20")
    batch = imported([row(family["wang"])])
    page = reverse("residents:import_absent", args=[batch.pk])
    client.get(page)

    with django_assert_max_num_queries(30):
        shown = client.get(page).content.decode()

    assert "after=" in shown
