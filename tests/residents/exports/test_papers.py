"""Files and books on paper: masked unless somebody who may gives a purpose; on record."""

import pytest
from django.urls import reverse
from django.utils import timezone

from residents import tasks
from residents.exports import book, queue
from residents.models import AccessRecord, Export
from tests import factories


@pytest.fixture
def wang(ground):
    home = factories.household(ground[0], head_name="王秀兰")
    return factories.resident(home, name="王秀兰", phone="13812346210")


def number_of(resident):
    resident.refresh_from_db()
    return resident.id_sealed.reveal()


def make_book(client, subject="households", **data):
    data = {"purpose": "年度核对"} | data
    return client.post(f"{reverse('residents:book_new')}?subject={subject}", data)


def text_of(client, volume=1, export=None):
    export = export or Export.objects.latest("pk")
    answer = client.get(reverse("residents:book_print", args=[export.pk, volume]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_household_is_printed_with_shortened_numbers(client, ground, wang, enter):
    enter("grid_worker", ground[0])
    address = reverse("residents:household_print", args=[wang.household_id])

    assert wang.id_mask not in client.get(address).content.decode()
    page = client.post(address, {"purpose": "入户"}).content.decode()

    assert "王秀兰" in page
    assert wang.id_mask in page
    assert number_of(wang) not in page
    assert not AccessRecord.objects.filter(field="id_number").exists()


def test_full_numbers_are_printed_for_a_purpose_and_on_record(client, ground, wang, enter):
    leader = enter("grid_leader", ground[0])
    address = reverse("residents:household_print", args=[wang.household_id])
    assert number_of(wang) not in client.post(address, {"purpose": "办理低保"}).content.decode()
    assert client.post(address, {"purpose": "", "full": "on"}).status_code == 422
    assert not AccessRecord.objects.filter(field="id_number").exists()

    page = client.post(address, {"purpose": "办理低保", "full": "on"}).content.decode()

    assert number_of(wang) in page
    [record] = AccessRecord.objects.filter(field="id_number")
    assert (record.by, record.resident, record.purpose) == (leader, wang, "办理低保")


@pytest.mark.parametrize("role", ["grid_worker", "supervisor", "assistant"])
def test_who_may_not_reveal_prints_no_full_number(client, ground, wang, enter, role):
    enter(role, ground[0])
    address = reverse("residents:household_print", args=[wang.household_id])

    page = client.post(address, {"purpose": "想看", "full": "on"}).content.decode()

    assert number_of(wang) not in page
    assert not AccessRecord.objects.filter(field="id_number").exists()


def test_care_on_paper_is_for_those_who_may_read_it_and_on_record(client, ground, wang, enter):
    factories.care_record(wang)
    address = reverse("residents:household_print", args=[wang.household_id])

    enter("supervisor", ground[0])
    assert "独居老人" not in client.post(address, {"purpose": "入户"}).content.decode()
    leader = enter("grid_leader", ground[0])
    assert "独居老人" in client.post(address, {"purpose": "入户"}).content.decode()

    assert AccessRecord.objects.filter(by=leader, field="care", resident=wang).exists()


def test_a_book_has_a_cover_contents_and_the_entries_in_the_order_of_the_doors(
    client, ground, enter
):
    leader = enter("grid_leader", ground[0].parent)
    for grid, building, room in [
        (ground[1], "1号楼", "101"),
        (ground[0], "10号楼", "101"),
        (ground[0], "2号楼", "1001"),
        (ground[0], "2号楼", "201"),
        (ground[0], "2号楼", "101"),
    ]:
        home = factories.dwelling(grid, building_name=building, room=room)
        name = f"{grid.code[-1]}-{building}-{room}"
        factories.resident(factories.household(grid, home=home, head_name=name), name=name)

    assert make_book(client).status_code == 302

    page = text_of(client)
    names = [
        "1-2号楼-101",
        "1-2号楼-201",
        "1-2号楼-1001",
        "1-10号楼-101",
        "2-1号楼-101",
    ]
    places = [page.index(f"户主 {name}") for name in names]
    assert places == sorted(places)
    assert "居民户籍簿" in page
    assert "目录" in page
    assert str(leader) in page
    assert "年度核对" in page
    contents = page[page.index("目录") : places[0]]
    assert contents.index("2号楼") < contents.index("10号楼")
    assert "1–3" in contents


def test_a_book_is_masked_unless_full_numbers_are_asked_for_by_who_may(client, ground, wang, enter):
    leader = enter("grid_leader", ground[0])

    make_book(client)
    assert number_of(wang) not in text_of(client)
    assert not AccessRecord.objects.filter(field="id_number").exists()
    make_book(client, full="on")

    assert number_of(wang) in text_of(client)
    [record] = AccessRecord.objects.filter(field="id_number")
    assert (record.by, record.purpose) == (leader, "年度核对")
    assert "完整证件号码" in client.get(reverse("residents:exports")).content.decode()


def test_the_right_to_reveal_is_asked_again_when_the_book_is_written(ground, wang):
    leader = factories.staff("grid_leader", ground[0])
    export = queue.begin_book(
        by=leader,
        here=ground[0],
        subject="households",
        wanted={},
        purpose="核对",
        is_full=True,
    )
    export.save()
    leader.postings.all().delete()

    queue.work(export.pk)

    export.refresh_from_db()
    assert export.rows == 0
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("role", ["grid_worker", "supervisor", "auditor"])
def test_who_may_not_export_makes_no_book(client, ground, wang, enter, role):
    enter(role, ground[0])

    assert client.get(reverse("residents:book_new")).status_code == 403
    assert make_book(client).status_code == 403


def test_a_book_holds_only_the_own_grids(client, ground, wang, enter):
    factories.resident(factories.household(ground[1], head_name="外人"), name="外人")
    enter("grid_leader", ground[0])

    make_book(client)

    assert "外人" not in text_of(client)


def test_a_colleague_does_not_open_the_book(client, ground, wang, enter):
    enter("grid_leader", ground[0])
    make_book(client)
    export = Export.objects.get()

    enter("administrator", factories.district("370402"))

    address = reverse("residents:book_print", args=[export.pk, 1])
    assert client.get(address).status_code == 404


def test_a_large_book_is_written_by_a_worker_in_volumes(client, ground, enter, monkeypatch):
    monkeypatch.setattr(book, "VOLUME", 3)
    asked = []
    monkeypatch.setattr(tasks.run_export, "delay", asked.append)
    enter("grid_leader", ground[0])
    for number in range(8):
        home = factories.dwelling(
            ground[0], building_name=f"{number // 4 + 1}号楼", room=str(101 + number)
        )
        factories.household(ground[0], home=home, head_name=f"户{number}")

    make_book(client)

    [key] = asked
    export = Export.objects.get(pk=key)
    assert export.state == "waiting"
    queue.work(key)
    export.refresh_from_db()
    assert (export.state, export.rows) == ("done", 8)
    assert [(one["first"], one["last"]) for one in export.layout["volumes"]] == [
        (1, 3),
        (4, 4),
        (5, 7),
        (8, 8),
    ]
    assert "户3" in text_of(client, 2)
    assert "户3" not in text_of(client, 1)
    detail = client.get(reverse("residents:export_detail", args=[key])).content.decode()
    assert "第 4 册" in detail
    beyond = reverse("residents:book_print", args=[key, 5])
    assert client.get(beyond).status_code == 404


def test_a_book_expires(client, ground, wang, enter):
    enter("grid_leader", ground[0])
    make_book(client)
    export = Export.objects.get()
    Export.objects.update(expires_at=timezone.now() - timezone.timedelta(seconds=1))

    assert client.get(reverse("residents:book_print", args=[export.pk, 1])).status_code == 404
    assert queue.expire_files(timezone.now()) == 1

    export.refresh_from_db()
    assert not export.file


def test_a_book_is_not_fetched_as_a_workbook(client, ground, wang, enter):
    enter("grid_leader", ground[0])
    make_book(client)

    address = reverse("residents:export_file", args=[Export.objects.get().pk])
    assert client.get(address).status_code == 404


def test_a_book_of_premises_has_their_licences(client, ground, enter):
    enter("grid_leader", ground[0])
    shop = factories.premises(ground[0], "利民超市", head_count=4)
    factories.licence(shop, "食品经营许可证", expires_on=timezone.localdate())
    factories.premises(ground[0], "已关", ended_on=timezone.localdate())

    make_book(client, "premises")

    page = text_of(client)
    assert "企业户籍簿" in page
    assert "食品经营许可证" in page
    assert "不在楼栋内" in page
    assert "已关" not in page


def test_what_people_typed_is_text_in_the_book(client, ground, enter):
    enter("grid_leader", ground[0])
    factories.premises(ground[0], "<script>alert(1)</script>")

    make_book(client, "premises")

    assert "<script>alert" not in text_of(client)


def test_too_large_a_book_asks_for_a_smaller_place(client, ground, wang, enter, monkeypatch):
    monkeypatch.setattr(book, "MOST", 0)
    enter("grid_leader", ground[0])

    answer = make_book(client)

    assert answer.status_code == 422
    assert "更小的范围" in answer.content.decode()
