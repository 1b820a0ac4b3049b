"""Care, help and benefits of a household, by hand and in numbers."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grids.refusal import Refused
from residents.help import benefits, care, support
from residents.models import (
    Benefit,
    BenefitRecord,
    CareCategory,
    CareRecord,
    Resident,
    SupportAid,
    SupportPlan,
)
from tests import factories

TODAY = timezone.localdate


@pytest.fixture
def wang(ground):
    home = factories.household(ground[0], head_name="王秀兰")
    return factories.resident(home, name="王秀兰", birth_on=TODAY().replace(year=1938, day=1))


@pytest.fixture
def worker(ground):
    return factories.staff("grid_worker", ground[0], full_name="刘芳")


@pytest.fixture
def enter(client, worker):
    client.force_login(worker, "grids.auth.StaffBackend")
    return client


def add(client, person, kind, **facts):
    address = reverse("residents:help_add", args=[person.household_id, kind])
    facts = {"member": person.pk, "since": TODAY().isoformat()} | facts
    return client.post(address, facts)


def step(client, kind, row, **facts):
    return client.post(reverse("residents:help_step", args=[kind, row.pk]), facts)


def category(code):
    return CareCategory.objects.get(code=code)


def benefit(code):
    return Benefit.objects.get(code=code)


def file(client, person):
    page = client.get(reverse("residents:household", args=[person.household_id]))
    return page.content.decode()


# Care


def test_a_care_category_is_added_and_ended_with_its_source_and_note(wang, enter):
    added = add(
        enter,
        wang,
        "care",
        category=category("301").pk,
        source="民政办",
        note="子女在外地",
    )

    record = wang.care_records.get()
    assert added.status_code == 302
    assert (record.category.code, record.source, record.note) == (
        "301",
        "民政办",
        "子女在外地",
    )
    assert "子女在外地" in file(enter, wang)

    step(enter, "care-end", record, until=TODAY().isoformat(), note="搬去与子女同住")

    record.refresh_from_db()
    assert record.until == TODAY()
    history = enter.get(reverse("residents:household", args=[wang.household_id]) + "?tab=history")
    assert "搬去与子女同住" in history.content.decode()


def test_a_category_is_not_added_twice_at_a_time(wang, worker):
    care.begin(wang, category("301"), since=TODAY(), by=worker)

    with pytest.raises(Refused):
        care.begin(wang, category("301"), since=TODAY(), by=worker)


def test_care_whose_end_is_known_lasts_until_that_day(wang, enter, worker):
    """The last day counts; the day after, the person is under care no more."""
    today, last = TODAY(), TODAY() + timedelta(days=7)
    record = care.begin(wang, category("301"), since=today, until=last, by=worker)

    for day, is_care in ((today, True), (last, True), (last + timedelta(days=1), False)):
        with time_machine.travel(f"{day}T09:00:00+08:00"):
            enter.force_login(worker, "grids.auth.StaffBackend")
            answer = enter.get(reverse("residents:people"), {"care": "any"})
        found = [row.resident for row in answer.context["page"].rows]
        assert found == ([wang] if is_care else []), day
        assert list(CareRecord.objects.on(day)) == ([record] if is_care else []), day


def test_care_does_not_end_before_it_began(wang, worker):
    record = care.begin(wang, category("301"), since=TODAY(), by=worker)

    with pytest.raises(Refused):
        care.end(record, until=TODAY() - timedelta(days=1), by=worker)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("grid_worker", 200),
        ("information_officer", 403),
        ("assistant", 403),
        ("supervisor", 403),
    ],
)
def test_help_is_written_only_by_who_edits_and_reads_care(client, ground, wang, role, status):
    client.force_login(factories.staff(role, ground[0]), "grids.auth.StaffBackend")

    for what in ("care", "plan", "benefit"):
        address = reverse("residents:help_add", args=[wang.household_id, what])
        assert client.get(address).status_code == status


def test_a_worker_of_another_grid_finds_no_help_to_write(client, ground, wang, worker):
    record = care.begin(wang, category("301"), since=TODAY(), by=worker)
    client.force_login(factories.staff("grid_worker", ground[1]), "grids.auth.StaffBackend")

    added = add(client, wang, "care", category=category("302").pk)
    ended = step(client, "care-end", record, until=TODAY().isoformat())

    record.refresh_from_db()
    assert (added.status_code, ended.status_code, record.until) == (404, 404, None)

    client.force_login(worker, "grids.auth.StaffBackend")
    add(client, wang, "care", category=category("302").pk)
    step(client, "care-end", record, until=TODAY().isoformat())
    record.refresh_from_db()
    assert (wang.care_records.count(), record.until) == (2, TODAY())


# Plans


def test_help_is_planned_given_and_reviewed(wang, enter, worker):
    add(
        enter,
        wang,
        "plan",
        what="每周二代购",
        helper=worker.pk,
        review_on=TODAY().isoformat(),
    )
    plan = wang.support_plans.get()

    step(enter, "plan-aid", plan, on=TODAY().isoformat(), what="米一袋", worth="58.5")
    soon = TODAY() + timedelta(days=90)
    step(
        enter,
        "plan-review",
        plan,
        on=TODAY().isoformat(),
        outcome="身体稳定",
        review_on=soon.isoformat(),
    )

    plan.refresh_from_db()
    assert (plan.outcome, plan.reviewed_on, plan.review_on) == (
        "身体稳定",
        TODAY(),
        soon,
    )
    assert SupportAid.objects.get().by == worker
    page = file(enter, wang)
    assert all(word in page for word in ("每周二代购", "刘芳", "米一袋", "58.50", "身体稳定"))


def test_a_plan_says_who_helps(wang, enter):
    assert add(enter, wang, "plan", what="代购").status_code == 422
    assert add(enter, wang, "plan", what="代购", helper_name="邻居张姨").status_code == 302
    assert SupportPlan.objects.get().helper_name == "邻居张姨"


def test_a_review_says_when_the_next_one_is_or_when_help_ends(wang, enter, worker):
    plan = support.plan(wang, what="代购", since=TODAY(), helper=worker, by=worker)

    answer = step(enter, "plan-review", plan, on=TODAY().isoformat(), outcome="好")

    assert answer.status_code == 422
    step(
        enter,
        "plan-review",
        plan,
        on=TODAY().isoformat(),
        outcome="好",
        until=TODAY().isoformat(),
    )
    plan.refresh_from_db()
    assert (plan.until, plan.review_on) == (TODAY(), None)


def test_the_list_shows_what_is_due_by_grid_and_not_what_is_over(ground, wang, enter, worker):
    late = {
        "what": "送餐",
        "since": TODAY() - timedelta(days=60),
        "helper": worker,
        "by": worker,
    }
    support.plan(wang, review_on=TODAY() - timedelta(days=1), **late)
    support.plan(wang, review_on=TODAY() + timedelta(days=60), **late | {"what": "陪医"})
    support.plan(
        wang,
        review_on=TODAY(),
        until=TODAY() - timedelta(days=2),
        **late | {"what": "理发"},
    )
    gone = factories.resident(grid=ground[0], name="赵老", ended_on=TODAY(), end_reason="died")
    SupportPlan.objects.create(
        resident=gone, what="洗衣", since=TODAY(), helper=worker, review_on=TODAY()
    )

    page = enter.get(reverse("residents:support"))
    everything = enter.get(reverse("residents:support"), {"show": "all"}).content.decode()

    found = page.context["due"]
    assert [plan.what for plan in found.plans] == ["送餐"]
    assert [(grid.pk, number, of_these) for grid, number, of_these in found.by_grid] == [
        (ground[0].pk, 1, 1)
    ]
    assert "陪医" in everything
    assert "理发" not in everything
    assert "洗衣" not in everything


def test_help_is_hidden_from_those_who_do_not_read_care(client, ground, wang, worker):
    support.plan(wang, what="每周二代购", since=TODAY(), helper=worker, by=worker)
    officer = factories.staff("information_officer", ground[0])
    history = reverse("residents:household", args=[wang.household_id]) + "?tab=history"
    lists = [reverse("residents:support"), reverse("residents:benefits")]

    for person, reads in ((officer, False), (worker, True)):
        client.force_login(person, "grids.auth.StaffBackend")
        assert ("每周二代购" in file(client, wang)) is reads
        assert ("每周二代购" in client.get(history).content.decode()) is reads
        assert [client.get(one).status_code for one in lists] == [200 if reads else 403] * 2


# Benefits


@pytest.fixture
def people(ground, wang, worker):
    """Old, poor, poor and disabled, disabled, old and receiving."""

    def person(name, year, *codes, grid=ground[0]):
        one = factories.resident(grid=grid, name=name, birth_on=TODAY().replace(year=year, day=1))
        for code in codes:
            factories.care_record(one, category(code))
        return one

    found = {
        "old": wang,
        "poor": person("穷", 1980, "101"),
        "both": person("难", 1981, "101", "201"),
        "disabled": person("残", 1982, "201"),
        "receives": person("领", 1930),
        "elsewhere": person("远", 1930, "101", grid=ground[1]),
    }
    benefits.receive(found["receives"], benefit("B05"), since=TODAY(), by=worker)
    benefits.receive(found["poor"], benefit("B01"), since=TODAY(), by=worker)
    return found


def numbers(client):
    table = client.get(reverse("residents:benefits")).context["table"]
    return {name: tuple(cell.value for cell in cells) for name, cells in table.rows}


def test_the_table_says_who_receives_and_who_misses(people, enter):
    found = numbers(enter)

    assert found["高龄津贴"] == (1, 2, 1)
    assert found["最低生活保障金"] == (1, 2, 1)
    assert found["困难残疾人生活补贴"] == (0, 1, 1)  # needs both categories
    assert found["孤儿基本生活费"] == (0, 0, 0)


def test_each_number_opens_exactly_its_persons(people, enter):
    table = enter.get(reverse("residents:benefits")).context["table"]

    for __, cells in table.rows:
        for cell in cells:
            rows = enter.get(f"{reverse(cell.page)}?{cell.query}").context["page"].rows
            assert len(rows) == cell.value


def test_age_and_receiving_count_from_the_day(wang, enter):
    Resident.objects.filter(pk=wang.pk).update(birth_on=TODAY().replace(year=TODAY().year - 80))
    assert numbers(enter)["高龄津贴"] == (0, 1, 1)

    Resident.objects.filter(pk=wang.pk).update(
        birth_on=TODAY().replace(year=TODAY().year - 80) + timedelta(days=1)
    )
    assert numbers(enter)["高龄津贴"] == (0, 0, 0)


def test_the_persons_of_a_number_export_and_are_on_record(people, enter):
    table = enter.get(reverse("residents:benefits")).context["table"]
    [cell] = [cells[2] for name, cells in table.rows if name == "高龄津贴"]

    enter.get(f"{reverse(cell.page)}?{cell.query}")

    assert people["old"].access_records.filter(field="care").count() == 1


def test_the_table_costs_the_same_for_few_and_many(people, enter, ground):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            enter.get(reverse("residents:benefits"))
        return len(queries)

    few = cost()
    for number in range(20):
        one = factories.resident(grid=ground[0], name=f"李{number}")
        factories.care_record(one, category("101"))

    assert cost() == few


def test_the_file_says_what_a_person_is_entitled_to(people, enter):
    page = file(enter, people["both"])

    assert "困难残疾人生活补贴" in page
    assert "国发〔2015〕52号" in page
    assert "高龄津贴" not in page


def test_a_benefit_is_recorded_and_ended(wang, enter):
    add(enter, wang, "benefit", benefit=benefit("B05").pk, amount="100")
    record = BenefitRecord.objects.get()
    assert "100.00" in file(enter, wang)

    step(enter, "benefit-end", record, until=TODAY().isoformat())

    record.refresh_from_db()
    assert record.until == TODAY()


def test_a_benefit_that_tells_of_a_closed_category_is_hidden(people, enter, worker):
    CareCategory.objects.filter(code="101").update(readers=["grid_leader"])
    leader = factories.staff("grid_leader", worker.postings.get().grid)

    for person, reads in ((worker, False), (leader, True)):
        enter.force_login(person, "grids.auth.StaffBackend")
        found = numbers(enter)
        assert ("最低生活保障金" in found) is reads
        assert "高龄津贴" in found
        assert ("最低生活保障金" in file(enter, people["poor"])) is reads


def test_the_benefits_leave_as_a_workbook_with_who_may_export(people, enter, worker):
    from io import BytesIO

    import python_calamine

    address, said = reverse("residents:benefits_excel"), {"purpose": "报街道"}
    assert enter.post(address, said).status_code == 403
    enter.force_login(factories.staff("grid_leader", worker.postings.get().grid))
    answer = enter.post(address, said)

    content = b"".join(answer.streaming_content)
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(content))
    rows = book.get_sheet_by_index(0).to_python()
    assert ["高龄津贴", 1, 2, 1, "《老年人权益保障法》第三十三条"] in rows
