"""Lists out of the register: who may take what, on record, as text, for a week."""

import re
from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from grids.jobs import queue as jobs
from residents import tasks
from residents.exports import columns, queue, write
from residents.models import AccessRecord, Export, ExportList
from residents.models.exports import Subject
from tests import factories

State = Export.State


@pytest.fixture
def wang(ground):
    home = factories.household(ground[0], head_name="王秀兰")
    return factories.resident(home, name="王秀兰", phone="13812346210", birth_on=date(1950, 5, 1))


def number_of(resident):
    resident.refresh_from_db()
    return resident.id_sealed.reveal()


def take(client, columns, query="", **data):
    """Ask for an export as the page does; the answer to the POST."""
    data = {"columns": columns, "purpose": "年度核对", "format": "excel"} | data
    return client.post(reverse("residents:export_new") + query, data)


def workbook_of(client, export=None):
    """[[cell]] of the newest workbook, as its maker fetches it."""
    export = export or Export.objects.latest("pk")
    answer = client.get(reverse("residents:export_file", args=[export.pk]))
    assert answer.status_code == 200
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def test_a_list_has_the_chosen_columns_in_their_order_and_says_who_and_why(
    client, ground, wang, enter
):
    leader = enter("grid_leader", ground[0])

    assert take(client, ["phone", "name", "sex"]).status_code == 302

    first, heads, *rows = workbook_of(client)
    assert str(leader) in first[0]
    assert "年度核对" in first[0]
    assert heads == ["联系电话", "姓名", "性别"]
    assert rows == [["13812346210", "王秀兰", "女"]]


def test_each_export_is_on_record_and_the_auditor_reads_it_but_cannot_fetch_it(
    client, ground, wang, enter
):
    leader = enter("grid_leader", ground[0])
    take(client, ["name"])
    export = Export.objects.get()
    assert (export.by, export.rows, export.columns, export.purpose) == (
        leader,
        1,
        ["name"],
        "年度核对",
    )

    enter("auditor", factories.district("370402"))

    page = client.get(reverse("residents:exports")).content.decode()
    assert str(leader) in page
    assert "年度核对" in page
    for name in ("export_detail", "export_file", "export_print"):
        assert client.get(reverse(f"residents:{name}", args=[export.pk])).status_code == 404


def test_a_colleague_of_the_same_grid_cannot_fetch_the_file(client, ground, wang, enter):
    enter("grid_leader", ground[0])
    take(client, ["name"])

    enter("administrator", factories.district("370402"))

    address = reverse("residents:export_file", args=[Export.objects.get().pk])
    assert client.get(address).status_code == 404
    assert "年度核对" not in client.get(reverse("residents:exports")).content.decode()


@pytest.mark.parametrize("role", ["grid_worker", "supervisor", "auditor"])
def test_who_may_not_export_is_refused(client, ground, wang, enter, role):
    enter(role, ground[0])

    assert client.get(reverse("residents:export_new")).status_code == 403
    assert take(client, ["name"]).status_code == 403
    assert not Export.objects.exists()


def test_only_people_of_the_own_grids_are_in_the_list(client, ground, wang, enter):
    factories.resident(grid=ground[1], name="邻居")
    enter("grid_leader", ground[1])

    take(client, ["name"])

    assert workbook_of(client)[2:] == [["邻居"]]


def test_rows_where_one_may_look_but_not_export_stay_behind(client, ground, wang, enter):
    factories.resident(grid=ground[1], name="王邻居")
    leader = enter("grid_leader", ground[0])
    factories.posting(leader, "supervisor", ground[1])

    assert "王邻居" in client.get(reverse("residents:people"), {"q": "王"}).content.decode()
    take(client, ["name"], "?q=王")
    everybody = Export.objects.latest("pk")
    assert everybody.rows == 1

    assert workbook_of(client, everybody)[2:] == [["王秀兰"]]


def test_a_place_out_of_scope_is_not_found(client, ground, wang, enter):
    elsewhere = factories.unit("520602003003001")
    enter("grid_leader", ground[0])

    assert take(client, ["name"], f"?in={elsewhere.pk}").status_code == 404


def test_without_choosing_them_no_full_number_leaves(client, ground, wang, enter):
    number = number_of(wang)
    enter("grid_leader", ground[0])

    take(client, ["name", "id_mask"])

    assert workbook_of(client)[2] == ["王秀兰", wang.id_mask]
    assert number not in str(workbook_of(client))
    assert not AccessRecord.objects.filter(field="id_number").exists()


def test_a_full_number_leaves_with_a_record_for_each_person(client, ground, wang, enter):
    other = factories.resident(grid=ground[0], name="李建国")
    leader = enter("grid_leader", ground[0])

    take(client, ["name", "id_number"], purpose="低保复核")

    assert [row[1] for row in workbook_of(client)[2:]] == [
        number_of(wang),
        number_of(other),
    ]
    records = AccessRecord.objects.filter(field="id_number").order_by("resident")
    assert [(one.resident, one.by, one.purpose, one.grid) for one in records] == [
        (wang, leader, "低保复核", ground[0]),
        (other, leader, "低保复核", ground[0]),
    ]


def test_paper_never_carries_a_full_number(client, ground, wang, enter):
    enter("grid_leader", ground[0])

    answer = take(client, ["name", "id_mask", "id_number"], format="paper")
    page = client.get(answer.url).content.decode()

    assert "王秀兰" in page
    assert wang.id_mask in page
    assert number_of(wang) not in page


def test_a_column_that_one_may_not_read_is_not_offered_and_not_accepted(
    client, ground, wang, enter
):
    factories.care_record(wang)
    enter("information_officer", ground[0])  # no care categories

    page = client.get(reverse("residents:export_new")).content.decode()
    assert 'value="care"' not in page
    assert take(client, ["name", "care"]).status_code == 422
    assert not Export.objects.exists()


def test_care_is_told_only_of_grids_where_it_may_be_read_and_is_on_record(
    client, ground, wang, enter
):
    neighbour = factories.resident(grid=ground[1], name="王邻居")
    factories.care_record(wang)
    factories.care_record(neighbour)
    leader = enter("grid_leader", ground[0])
    factories.posting(leader, "information_officer", ground[1])

    take(client, ["name", "care"], "?q=王")

    assert workbook_of(client)[2:] == [["王秀兰", "独居老人"], ["王邻居", None]]
    assert list(AccessRecord.objects.filter(field="care").values_list("resident", flat=True)) == [
        wang.pk
    ]


@pytest.mark.parametrize("start", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_that_begins_like_a_formula_stays_text(client, ground, enter, start):
    factories.premises(ground[0], name=start)
    enter("grid_leader", ground[0])

    take(client, ["name"], "?subject=premises")

    export = Export.objects.get()
    [cell] = openpyxl.load_workbook(export.file).active[3]
    assert (cell.value.strip(), cell.data_type) == (start.strip(), "s")


@pytest.mark.parametrize(
    "bad",
    [
        {"purpose": ""},
        {"purpose": " "},
        {"columns": []},
        {"columns": ["id_sealed"]},
        {"purpose": "长" * 201},
    ],
)
def test_a_bad_request_is_refused_with_a_reason(client, ground, wang, enter, bad):
    enter("grid_leader", ground[0])

    answer = take(client, **({"columns": ["name"]} | bad))

    assert answer.status_code == 422
    assert not Export.objects.exists()


@pytest.mark.parametrize("query", ["?subject=staff", "?in=abc", "?in=999999999999"])
def test_a_made_up_address_is_not_found(client, ground, enter, query):
    enter("grid_leader", ground[0])

    assert client.get(reverse("residents:export_new") + query).status_code == 404


def test_an_id_number_is_kept_in_no_export(client, ground, wang, enter):
    enter("grid_leader", ground[0])

    assert take(client, ["name"], f"?q={number_of(wang)}").status_code == 302
    assert not Export.objects.exists()


def test_the_search_in_hand_is_exported_and_named(client, ground, wang, enter):
    factories.resident(grid=ground[0], name="李建国")
    enter("grid_leader", ground[0])

    take(client, ["name"], "?q=秀兰")

    first, __, *rows = workbook_of(client)
    assert rows == [["王秀兰"]]
    assert "秀兰" in first[0]


def test_households_and_premises_are_exported_too(client, ground, wang, enter):
    factories.premises(ground[0], name="利民超市", head_count=4)
    enter("grid_leader", ground[0])

    take(client, ["head", "members"], "?subject=households")
    assert workbook_of(client)[2:] == [["王秀兰", 1]]
    take(client, ["name", "head_count"], "?subject=premises")
    assert workbook_of(client)[2:] == [["利民超市", 4]]


def test_a_choice_of_columns_is_kept_under_a_name_for_its_maker_only(client, ground, wang, enter):
    enter("grid_leader", ground[0])
    take(client, ["phone", "name"], save_as="电话表")
    kept = ExportList.objects.get()
    assert (kept.name, kept.columns) == ("电话表", ["phone", "name"])
    page = client.get(reverse("residents:export_new"), {"list": kept.pk}).content.decode()
    assert page.index('value="phone"') < page.index('value="name"') < page.index('value="sex"')

    enter("grid_leader", ground[0])

    assert "电话表" not in client.get(reverse("residents:export_new")).content.decode()
    address = reverse("residents:delete_export_list", args=[kept.pk])
    assert client.post(address).status_code == 404


def test_a_column_moves_up_without_scripts(client, ground, enter):
    enter("grid_leader", ground[0])
    order = ["name", "sex", "phone"]

    answer = client.post(
        reverse("residents:export_new"),
        {"order": order, "columns": ["name"], "move": "up:phone"},
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.index('value="name"') < page.index('value="phone"') < page.index('value="sex"')


def test_a_large_list_waits_for_a_worker_and_beat_finds_it(
    client, ground, wang, enter, monkeypatch
):
    monkeypatch.setattr(queue, "AT_ONCE", 0)
    sent = []
    monkeypatch.setattr(tasks.run_export, "delay", sent.append)
    enter("grid_leader", ground[0])

    answer = take(client, ["name"])
    export = Export.objects.get()
    assert sent == [export.pk]
    assert "hx-get" in client.get(answer.url).content.decode()
    assert client.get(reverse("residents:export_file", args=[export.pk])).status_code == 404

    assert Export.objects.forgotten(timezone.now()) == [export.pk]
    tasks.run_export(export.pk)
    tasks.run_export(export.pk)
    assert workbook_of(client)[2:] == [["王秀兰"]]
    assert Export.objects.forgotten(timezone.now()) == []


@pytest.fixture
def waiting(ground, wang):
    """An export that no worker has taken yet."""
    leader = factories.staff("grid_leader", ground[0])
    export = queue.begin(
        by=leader,
        here=ground[0],
        subject="residents",
        names=["name", "id_number"],
        wanted={},
        purpose="核对",
    )
    export.save()
    return export


def test_two_lost_workers_end_an_export_and_nothing_is_shown(waiting):
    for __ in range(jobs.ATTEMPTS):
        assert queue.claim(waiting.pk)
        assert queue.claim(waiting.pk) is None
        Export.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    queue.work(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.error, bool(waiting.file)) == (
        State.FAILED,
        "worker_lost",
        False,
    )
    assert not AccessRecord.objects.exists()


def test_a_worker_that_lost_its_lease_leaves_no_file_and_no_record(waiting, monkeypatch):
    honest = write.Seen.record

    def lose(seen, export):
        honest(seen, export)
        Export.objects.update(leased_by="another worker")

    monkeypatch.setattr(write.Seen, "record", lose)
    queue.work(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, bool(waiting.file)) == (State.WAITING, False)
    assert not AccessRecord.objects.exists()


def test_rights_are_those_of_the_moment_of_writing(waiting):
    waiting.by.postings.update(until=timezone.localdate() - timedelta(days=1))

    queue.work(waiting.pk)

    waiting.refresh_from_db()
    assert waiting.rows == 0
    assert not AccessRecord.objects.exists()


def test_after_a_week_the_file_is_gone_and_the_record_stays(client, ground, wang, enter):
    enter("grid_leader", ground[0])
    take(client, ["name"])
    export = Export.objects.get()
    assert export.expires_at - export.finished_at == timedelta(days=7)
    stored, name = export.file.storage, export.file.name
    assert stored.exists(name)

    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(reverse("residents:export_file", args=[export.pk])).status_code == 404
    assert queue.expire_files(timezone.now()) == 1

    assert not stored.exists(name)
    assert queue.expire_files(timezone.now()) == 0
    assert client.get(reverse("residents:export_detail", args=[export.pk])).status_code == 200
    assert Export.objects.get().rows == 1


def test_a_list_is_read_in_chunks_with_the_same_queries_for_each(ground, monkeypatch):
    leader = factories.staff("grid_leader", ground[0])
    home = factories.household(ground[0])
    for number in range(4):
        factories.care_record(factories.resident(home, name=f"住户{number}"))
    names = [
        "name",
        "care",
        "address",
        "community",
        "head",
        "id_number",
        "birth_on",
        "relation",
    ]

    def queries(chunk):
        monkeypatch.setattr(write, "CHUNK", chunk)
        export = queue.begin(
            by=leader,
            here=ground[0],
            subject="residents",
            names=names,
            wanted={},
            purpose="核对",
        )
        export.save()
        with _counted() as found:
            queue.work(export.pk)
        export.refresh_from_db()
        assert export.rows == 4
        return len(found)

    whole, halves = queries(100), queries(2)

    assert halves - whole == 2  # one more chunk: rows, care


def _counted():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def test_the_page_costs_the_same_with_one_row_and_with_many(client, ground, wang, enter):
    enter("grid_leader", ground[0])

    def cost():
        with _counted() as found:
            assert client.get(reverse("residents:exports")).status_code == 200
        return len(found)

    take(client, ["name"])
    one = cost()
    for __ in range(5):
        take(client, ["name"])

    assert cost() == one


@pytest.mark.parametrize(("subject", "column"), [("residents", "name"), ("households", "head")])
def test_a_list_of_a_care_category_is_a_look_at_each_of_them(
    client, ground, wang, enter, subject, column
):
    factories.care_record(wang)
    factories.resident(grid=ground[0], name="李建国")
    leader = enter("grid_leader", ground[0])

    take(client, [column], f"?subject={subject}&care=独居老人", purpose="走访慰问")

    assert workbook_of(client)[2:] == [["王秀兰"]]
    [record] = AccessRecord.objects.all()
    assert (record.resident, record.by, record.field) == (wang, leader, "care")
    assert record.purpose == "走访慰问"


def test_without_a_broker_a_large_list_is_late_and_not_an_error(manage):
    """The page's own process: nothing but Django's set-up has loaded Celery there."""
    away = "redis://127.0.0.1:1/0"

    done = manage(
        "shell",
        "-c",
        "from residents.tasks import run_export; print('sent:', run_export.delay(1))",
        env={"CELERY_BROKER_URL": away, "REDIS_URL": away},
    )

    assert done.returncode == 0, done.stderr
    assert "sent: None" in done.stdout


@pytest.mark.parametrize(
    ("move", "arrow"), [("up:age", "up:age"), ("up:sex", "down:sex"), ("down:x", "")]
)
def test_the_keyboard_goes_on_where_a_column_was_moved(client, ground, enter, move, arrow):
    enter("grid_leader", ground[0])

    page = client.post(
        reverse("residents:export_new"),
        {"order": ["name", "sex", "age"], "columns": ["name"], "move": move},
    ).content.decode()

    focused = re.findall(r'value="([^"]*)" [^>]*\bautofocus', page)
    assert focused == ([arrow] if arrow else [])


@pytest.mark.parametrize("subject", Subject.values)
def test_every_register_goes_out_with_every_column(client, ground, enter, subject):
    enter("grid_leader", ground[0])
    home = factories.dwelling(ground[0])
    wang = factories.resident(factories.household(ground[0], home=home))
    factories.stay(wang, came_from="河南省周口市")
    factories.care_record(wang)
    factories.licence(factories.premises(ground[0]), expires_on=timezone.localdate())
    factories.lease(home)
    offered = columns.offered(Subject(subject), factories.staff("grid_leader", ground[0]))

    names = [column.name for column in offered]
    assert take(client, names, f"?subject={subject}").status_code == 302

    __, heads, row, *more = workbook_of(client)
    assert heads == [str(column.label) for column in offered]
    assert any(row)
    assert more == []
