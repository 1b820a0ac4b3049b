import itertools
import json
from datetime import date

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from grids.models import AuditEntry, DistrictProfile
from grids.refusal import Refused
from residents import move_ins
from residents.imports.batch import batches
from residents.imports.workbook import reasons
from residents.models import AccessRecord, MoveInRequest, Resident
from residents.people import looks
from tests import factories
from tests.residents.workbooks import OTHER_UNIT, person


def page(client, name, *args, **query):
    answer = client.get(reverse(f"residents:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def enter(client):
    """enter("grid_worker", grid) -> the client of such a person."""

    def log_in(role, grid, **fields):
        client.force_login(factories.staff(role, grid, **fields))
        return client

    return log_in


@pytest.fixture
def wang(ground):
    home = factories.household(
        ground[0], head_name="王秀兰", home=factories.dwelling(ground[0], room="302")
    )
    found = factories.resident(home, name="王秀兰", phone="13812346210", birth_on=date(1950, 5, 1))
    Resident.objects.filter(pk=found.pk).update(pinyin="wangxiulan", initials="wxl")
    return found


@pytest.mark.parametrize(
    "words", ["王秀兰", "秀兰", "王 秀兰", "wxl", "wang", "6210", "1号楼1单元302", ""]
)
def test_a_person_is_found_by_any_of_these(ground, wang, enter, words):
    client = enter("grid_worker", ground[0])

    assert "王秀兰" in page(client, "people", q=words)


def test_a_person_is_found_by_the_full_number_which_is_not_shown(ground, wang, enter):
    number = wang.id_sealed if isinstance(wang.id_sealed, str) else wang.id_sealed.reveal()
    client = enter("grid_worker", ground[0])

    found = client.post(reverse("residents:people"), {"q": number}).content.decode()

    assert "王秀兰" in found
    assert wang.id_mask in found
    assert number not in found


def test_what_was_typed_into_a_name_stays_text(ground, wang, enter):
    Resident.objects.filter(pk=wang.pk).update(name="<b>王&{0}</b>")

    found = page(enter("grid_worker", ground[0]), "people")

    assert "&lt;b&gt;王&amp;{0}&lt;/b&gt;" in found
    assert "<b>王" not in found


@pytest.mark.parametrize("words", ["王秀兰", "wxl", "6210", "1号楼1单元302", ""])
def test_people_of_other_grids_are_not_found(ground, wang, enter, words):
    def found(grid):
        answer = enter("grid_worker", grid).get(reverse("residents:people"), {"q": words})
        return [row.resident for row in answer.context["page"].rows]

    assert found(ground[0]) == [wang]
    assert found(ground[1]) == []


def test_a_list_costs_the_same_number_of_queries_for_any_number_of_people(
    ground, enter, django_assert_num_queries
):
    client = enter("grid_worker", ground[0])
    counts = []
    for number in (2, 40):
        for __ in range(number):
            someone = factories.resident(grid=ground[0], name="李四")
            factories.care_record(someone)
        page(client, "people")
        with CountQueries() as queries:
            page(client, "people")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def CountQueries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def test_pages_go_on_where_the_last_one_ended(ground, enter):
    client = enter("grid_worker", ground[0])
    home = factories.household(ground[0])
    for number in range(120):
        one = factories.resident(
            home,
            name=f"李{number:03d}",
            number=factories.id_number(sequence=number + 1),
        )
        Resident.objects.filter(pk=one.pk).update(pinyin=f"li{number % 7}")
    address, seen = reverse("residents:people"), []

    for __ in itertools.count():
        found = client.get(address).context["page"]
        seen += [one.pk for one in found.rows]
        if not found.next_url:
            break
        address = reverse("residents:people") + found.next_url

    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize(
    ("role", "sees_birth", "sees_phone", "sees_care"),
    [
        ("grid_worker", True, True, True),
        ("assistant", False, True, False),
        ("supervisor", False, False, False),
        ("administrator", True, True, False),
    ],
)
def test_sensitive_facts_are_shown_to_those_who_may_read_them(
    ground, wang, enter, role, sees_birth, sees_phone, sees_care
):
    factories.care_record(wang, factories.care_category("低保家庭"))
    place = factories.district() if role == "administrator" else ground[0]
    client = enter(role, place)

    everything = (
        page(client, "resident", wang.pk)
        + page(client, "household", wang.household_id)
        + page(client, "people", q="王")
        + page(client, "household", wang.household_id, tab="history")
    )

    assert ("1950-05-01" in everything) is sees_birth
    assert ("13812346210" in everything) is sees_phone
    assert ("低保家庭" in everything) is sees_care
    assert wang.id_mask in everything


def test_seeing_a_care_category_is_recorded_once_a_day(ground, wang, enter):
    factories.care_record(wang)
    client = enter("grid_worker", ground[0])

    for moment in ("2026-11-20T08:30", "2026-11-20T23:30", "2026-11-21T00:30", "2026-11-21T09:00"):
        with time_machine.travel(f"{moment}:00+08:00"):
            page(client, "household", wang.household_id)

    records = AccessRecord.objects.order_by("at")
    assert [(one.resident, one.field) for one in records] == [(wang, looks.CARE)] * 2
    assert [timezone.localdate(one.at).day for one in records] == [20, 21]


def test_two_people_who_see_it_are_two_on_record(ground, wang, enter):
    factories.care_record(wang)

    for role in ("grid_worker", "grid_leader"):
        page(enter(role, ground[0]), "household", wang.household_id)

    assert len(set(AccessRecord.objects.values_list("by", flat=True))) == 2


SAID = {"about": "身份核对", "purpose": "核对登记表"}


@pytest.mark.parametrize(
    "words", ["11", "1111", "看看", "看看看看", "aaaa", "。。。。", "测试", "  "]
)
@pytest.mark.parametrize("about", ["身份核对"])
def test_words_that_say_nothing_are_no_purpose(ground, wang, enter, about, words):
    client = enter("community_staff", factories.community())
    address = reverse("residents:reveal", args=[wang.pk])

    for said in ({"about": about, "purpose": words}, {"about": "好奇", "purpose": "核对登记表"}):
        assert client.post(address, said).status_code == 422
    assert not AccessRecord.objects.exists()
    assert client.post(address, SAID).status_code == 200


def test_the_district_says_which_purposes_there_are(ground, wang, enter):
    DistrictProfile.objects.create(district=factories.district(), purposes="征兵\n征兵\n\n选民登记")
    client = enter("community_staff", factories.community())
    address = reverse("residents:reveal", args=[wang.pk])

    assert client.post(address, SAID).status_code == 422
    assert client.post(address, SAID | {"about": "征兵"}).status_code == 200
    assert AuditEntry.objects.get(kind="reveal").purpose == "征兵：核对登记表"


def test_revealing_a_number_takes_a_purpose_and_is_recorded(ground, wang, enter):
    number = Resident.objects.get().id_sealed.reveal()
    client = enter("community_staff", factories.community())
    address = reverse("residents:reveal", args=[wang.pk])

    refused = client.post(address, {"purpose": ""})
    assert refused.status_code == 422
    assert number not in refused.content.decode()
    assert not AccessRecord.objects.exists()

    answer = client.post(address, {"about": "救助申请", "purpose": "办理救助"})
    assert number in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    record = AccessRecord.objects.get()
    assert (record.field, record.purpose, record.resident) == (
        looks.ID_NUMBER,
        "救助申请：办理救助",
        wang,
    )
    assert "救助申请：办理救助" in page(client, "household", wang.household_id, tab="looks")
    assert number not in page(client, "resident", wang.pk)


@pytest.mark.parametrize(
    ("role", "status"), [("grid_worker", 403), ("auditor", 403), ("grid_leader", 200)]
)
def test_a_number_is_revealed_to_those_with_the_right_only(ground, wang, enter, role, status):
    client = enter(role, ground[0])

    answer = client.post(reverse("residents:reveal", args=[wang.pk]), SAID)

    assert answer.status_code == status
    assert AccessRecord.objects.filter(field=looks.ID_NUMBER).exists() is (status == 200)


@pytest.mark.parametrize("name", ["resident", "edit_resident", "household"])
def test_the_files_of_other_grids_do_not_exist(ground, wang, enter, name):
    key = wang.household_id if name == "household" else wang.pk
    file = reverse(f"residents:{name}", args=[key])
    reveal = reverse("residents:reveal", args=[wang.pk])

    def statuses(community):
        client = enter("community_staff", community)
        return client.get(file).status_code, client.post(reveal, SAID).status_code

    assert statuses(factories.community()) == (200, 200)
    assert statuses(factories.community("370402001027", "马宅子社区")) == (404, 404)


def _facts(one, **changes):
    names = ["name", "relation", "phone", "kind", "ethnicity", "education", "marital"]
    return {name: getattr(one, name) for name in names} | changes


def test_a_corrected_fact_stays_in_the_history_with_its_author(ground, wang, enter):
    client = enter("grid_worker", ground[0], full_name="刘芳")

    answer = client.post(
        reverse("residents:edit_resident", args=[wang.pk]),
        _facts(wang, phone="138 0000 0001", name="王秀蓝", reason_of_change="看过户口簿"),
    )

    wang.refresh_from_db()
    wang.household.refresh_from_db()
    assert answer.status_code == 302
    assert (wang.phone, wang.name, wang.initials, wang.household.head_name) == (
        "13800000001",
        "王秀蓝",
        "wxl",
        "王秀蓝",
    )
    history = page(client, "household", wang.household_id, tab="history")
    assert "刘芳" in history
    assert "看过户口簿" in history
    assert "13812346210" in history


def test_a_bad_form_comes_back_with_its_errors(ground, wang, enter):
    client = enter("grid_worker", ground[0])

    answer = client.post(
        reverse("residents:edit_resident", args=[wang.pk]),
        _facts(wang, name="", relation="ZZ"),
    )

    assert answer.status_code == 422
    wang.refresh_from_db()
    assert wang.name == "王秀兰"


def test_a_fact_that_one_may_not_read_is_not_overwritten(ground, wang):
    from residents.forms.people import FactsForm

    assert "phone" not in FactsForm(instance=wang, readable=frozenset()).fields


def test_who_may_only_read_corrects_nothing(ground, wang, enter):
    client = enter("assistant", ground[0])

    assert (
        client.post(reverse("residents:edit_resident", args=[wang.pk]), _facts(wang)).status_code
        == 403
    )


# Move-in requests


@pytest.fixture
def move_in(ground, workbook):
    """A person of the second grid whom the leader of the first one has imported."""
    row = person(网格编码=OTHER_UNIT)
    batches.run_file(workbook([row]))
    leader = factories.staff("grid_leader", ground[0])
    claim = person() | {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}
    batches.run_file(workbook([claim]), by=leader)
    return MoveInRequest.objects.get()


def test_the_grid_where_the_person_lives_is_told_and_lets_the_person_move(ground, move_in, client):
    worker = factories.staff("grid_worker", ground[1])
    client.force_login(worker)
    assert move_in.resident.id_mask in page(client, "move_ins")

    client.post(reverse("residents:answer_move_in", args=[move_in.pk]), {"answer": "accept"})

    move_in.refresh_from_db()
    assert (move_in.state, move_in.answered_by) == ("accepted", worker)
    assert Resident.objects.get().grid == ground[0]


def test_a_request_lets_the_person_into_no_third_grid(ground, move_in, client):
    """The row is imported as it was sent, but only between the two grids of the request."""
    third = factories.unit("370402001028003")
    facts = json.loads(move_in.row_sealed.reveal())
    move_in.row_sealed = json.dumps(facts | {"grid": third.code})
    move_in.save(update_fields=["row_sealed"])
    worker = factories.staff("grid_worker", ground[1])

    with pytest.raises(Refused) as refused:
        move_ins.accept(move_in, by=worker)

    assert str(refused.value) == str(reasons.of("outside_scope").text)
    assert Resident.objects.get().grid == ground[1]


def test_a_refused_request_changes_nothing(ground, move_in, client):
    client.force_login(factories.staff("grid_worker", ground[1]))

    client.post(reverse("residents:answer_move_in", args=[move_in.pk]), {"answer": "refuse"})

    move_in.refresh_from_db()
    assert move_in.state == "refused"
    assert Resident.objects.get().grid == ground[1]


def test_who_asked_does_not_answer(ground, move_in, client):
    client.force_login(move_in.asked_by)

    answer = client.post(
        reverse("residents:answer_move_in", args=[move_in.pk]), {"answer": "accept"}
    )

    assert answer.status_code == 404
    assert Resident.objects.get().grid == ground[1]


def test_those_who_answer_for_the_grid_are_notified(ground, workbook):
    worker, other = (
        factories.staff("grid_worker", ground[1]),
        factories.staff("grid_worker", ground[0]),
    )
    row = person(网格编码=OTHER_UNIT)
    batches.run_file(workbook([row]))
    claim = person() | {name: row[name] for name in ("公民身份号码", "出生日期", "性别")}

    for __ in range(2):
        batches.run_file(workbook([claim]), by=factories.staff("grid_leader", ground[0]))

    assert worker.notifications.count() == 1
    assert other.notifications.count() == 0


# Premises and the auditor


def test_premises_are_listed_by_scope_with_sums_by_type(ground, enter):
    factories.premises(ground[0], name="利民超市", head_count=3)
    factories.premises(ground[1], name="便民药店", head_count=5)
    client = enter("grid_worker", ground[0])

    found = page(client, "premises")

    assert "利民超市" in found
    assert "便民药店" not in found
    assert client.get(reverse("residents:premises")).context["kinds"][0][1:] == (1, 3)


def test_the_auditor_sees_who_looked(ground, wang, client):
    clerk = factories.staff("community_staff", factories.community(), full_name="赵敏")
    looks.reveal_id(Resident.objects.get(), by=clerk, purpose="办理救助申请")
    client.force_login(factories.staff("auditor", factories.district()))

    found = page(client, "access")

    assert "赵敏" in found
    assert "办理救助申请" in found


def test_the_auditor_reads_looks_at_persons_and_at_premises(client, ground):
    from residents.models import AccessRecord, CustomField, PremisesLook

    auditor = factories.staff("auditor", factories.district())
    person, shop = factories.resident(grid=ground[0]), factories.premises(ground[0])
    CustomField.objects.create(
        district=factories.district(),
        register="resident",
        key="insured",
        label="参保情况",
        kind="text",
        purpose="医保核对",
        asked_by="医保局",
    )
    place = {"district_id": ground[0].district_id, "grid": ground[0], "by": auditor}
    now = timezone.now()
    AccessRecord.objects.create(
        resident=person, field="fact:insured", purpose="医保核对", at=now, **place
    )
    PremisesLook.objects.create(premises=shop, purpose="消防检查", at=now, **place)
    client.force_login(auditor)

    persons = client.get(reverse("residents:access")).content.decode()
    shops = client.get(reverse("residents:access"), {"of": "premises"}).content.decode()

    assert "参保情况" in persons
    assert "消防检查" in shops
    assert "消防检查" not in persons
