"""A department asks, the street answers part or all, and the answer expires."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from grids.models import AuditEntry, Notification, StandIn
from grids.refusal import Refused
from residents import data_requests
from residents.forms.data_requests import RequestForm
from residents.models import AccessRecord, DataRequest, DataRequestLine
from tests import factories as make

pytestmark = pytest.mark.django_db
NUMBER = make.id_number(sequence=301)
OTHER = make.id_number(sequence=302)
UNKNOWN = make.id_number(sequence=303)


@pytest.fixture
def street():
    return make.street()


@pytest.fixture
def bureau(street):
    return make.department("民政办", street, line="civil_affairs")


@pytest.fixture
def coordinator(bureau):
    return make.staff("department_coordinator", department=bureau)


@pytest.fixture
def officer(street):
    return make.staff("community_staff", street)


@pytest.fixture
def person():
    return make.resident(number=NUMBER, phone="13800005678", marital="30")


def _ask(bureau, by, *numbers, **fields):
    persons = [data_requests.Person(f"人{n}", number) for n, number in enumerate(numbers)]
    return data_requests.ask(
        bureau,
        by=by,
        persons=persons,
        purpose="低保年度复核",
        legal_basis="社会救助暂行办法",
        facts=fields.pop("facts", ["address", "phone"]),
        use_until=fields.pop("use_until", timezone.localdate() + timedelta(days=10)),
        **fields,
    )


def _answer(request, by, facts=("address", "phone"), refused=None):
    data_requests.answer(request, by=by, facts=list(facts), refused=refused or {})
    request.refresh_from_db()


def test_only_who_may_ask_in_a_department_asks_in_its_name(bureau, coordinator):
    """A handler of one department who may ask in another one asks in that other one alone."""
    other = make.department("残联", bureau.grid, line="disabled")
    make.posting(coordinator, "department_handler", other.grid, department=other)

    assert list(RequestForm(staff=coordinator).fields["department"].queryset) == [bureau]
    _ask(bureau, coordinator, NUMBER)
    with pytest.raises(Refused):
        _ask(other, coordinator, NUMBER)
    assert DataRequest.objects.count() == 1


def test_whoever_stands_in_for_the_coordinator_asks_as_well(bureau, coordinator):
    friend = make.staff("department_handler", department=make.department("城管局"))
    today = timezone.localdate()
    StandIn.objects.create(
        district_id=bureau.district_id,
        staff=coordinator,
        stand_in=friend,
        since=today,
        until=today,
        by=coordinator,
    )

    assert list(RequestForm(staff=friend).fields["department"].queryset) == [bureau]
    _ask(bureau, friend, NUMBER)


def test_a_request_and_its_answer_are_in_the_audit_without_a_number(
    bureau, coordinator, officer, person
):
    request = _ask(bureau, coordinator, NUMBER)
    _answer(request, officer, facts=["address"])

    asked, answered = AuditEntry.objects.filter(kind="request").order_by("id")
    assert (asked.by, answered.by) == (coordinator, officer)
    assert asked.detail == {"rows": 1, "columns": ["address", "phone"]}
    assert answered.detail == {"rows": 1, "columns": ["address"]}
    assert NUMBER not in str(vars(asked)) + str(vars(answered))


def test_a_request_reaches_those_who_answer_for_the_street(bureau, coordinator, officer):
    far = make.staff("community_staff", make.street("370402002", "龙山路街道"))

    _ask(bureau, coordinator, NUMBER)

    told = set(Notification.objects.values_list("recipient", flat=True))
    assert officer.pk in told
    assert not {far.pk, coordinator.pk} & told


def test_the_department_reads_only_what_the_street_gave(bureau, coordinator, officer, person):
    request = _ask(bureau, coordinator, NUMBER)

    _answer(request, officer, facts=["address"])

    (line,) = data_requests.read(request, by=coordinator, now=timezone.now())
    assert line.answer == {"address": person.household.dwelling.address}
    assert request.state == DataRequest.State.ANSWERED


def test_a_refused_person_gives_nothing_and_says_why(bureau, coordinator, officer, person):
    request = _ask(bureau, coordinator, NUMBER)
    line = request.lines.get()

    _answer(request, officer, refused={line.pk: "已迁出"})

    line.refresh_from_db()
    assert (line.state, line.reason, line.answer_sealed) == ("refused", "已迁出", None)


def test_somebody_of_another_street_is_not_in_the_register_here(
    bureau, coordinator, officer, person
):
    elsewhere = make.unit("370402002001001")
    make.resident(make.household(elsewhere), number=OTHER)
    request = _ask(bureau, coordinator, OTHER, UNKNOWN, NUMBER)

    _answer(request, officer)

    states = DataRequestLine.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["unknown", "unknown", "approved"]


@pytest.mark.parametrize(
    ("role", "given"),
    [("administrator", {"address"}), ("community_staff", {"address", "care"})],
)
def test_facts_that_the_answering_person_may_not_read_are_not_given(
    bureau, coordinator, street, person, role, given
):
    make.care_record(person)
    request = _ask(bureau, coordinator, NUMBER, facts=["care", "address"])

    _answer(request, make.staff(role, street), facts=["care", "address"])

    (line,) = data_requests.read(request, by=coordinator, now=timezone.now())
    assert set(line.answer) == given


def test_giving_and_reading_are_both_on_record_once_a_day(bureau, coordinator, officer, person):
    request = _ask(bureau, coordinator, NUMBER)
    _answer(request, officer)

    data_requests.read(request, by=coordinator, now=timezone.now())
    data_requests.read(request, by=coordinator, now=timezone.now())

    looks = AccessRecord.objects.filter(resident=person, field="data_request")
    assert sorted(looks.values_list("by", flat=True)) == sorted([officer.pk, coordinator.pk])


def test_an_expired_answer_cannot_be_read_and_is_deleted(bureau, coordinator, officer, person):
    request = _ask(bureau, coordinator, NUMBER, use_until=timezone.localdate())
    _answer(request, officer)
    tomorrow = timezone.now() + timedelta(days=1)

    (before,) = data_requests.read(request, by=coordinator, now=timezone.now())
    (line,) = data_requests.read(request, by=coordinator, now=tomorrow)

    assert set(before.answer) == {"address", "phone"}
    assert line.answer == {}
    assert data_requests.expire(timezone.now()) == 0
    assert data_requests.expire(tomorrow) == 1
    assert request.lines.get().answer_sealed is None


def test_the_number_is_forgotten_once_answered(bureau, coordinator, officer, person):
    request = _ask(bureau, coordinator, NUMBER)
    assert request.lines.get().id_sealed.reveal() == NUMBER

    _answer(request, officer)

    assert request.lines.get().id_sealed is None


def test_there_is_no_answer_before_the_public_notice_has_ended(
    bureau, coordinator, officer, person
):
    today = timezone.localdate()
    request = _ask(bureau, coordinator, NUMBER, notice_days=3)
    with pytest.raises(Refused, match="公示"):
        _answer(request, officer)

    data_requests.begin_notice(request, text="公示", today=today - timedelta(days=2))
    with pytest.raises(Refused, match="公示"):
        _answer(request, officer)

    DataRequest.objects.update(notice_since=today - timedelta(days=3))
    _answer(request, officer)
    assert request.state == "answered"


def test_what_was_taken_back_cannot_be_answered(bureau, coordinator, officer, person):
    request = _ask(bureau, coordinator, NUMBER)

    assert data_requests.withdraw(request)

    with pytest.raises(Refused):
        _answer(request, officer)


def test_numbers_count_through_the_month(bureau, coordinator):
    first, second = _ask(bureau, coordinator, NUMBER), _ask(bureau, coordinator, OTHER)

    assert first.number.endswith("-0001")
    assert second.number.endswith("-0002")


def test_the_notice_shortens_names(bureau, coordinator):
    request = data_requests.ask(
        bureau,
        by=coordinator,
        purpose="低保年度复核",
        legal_basis="办法",
        facts=["address"],
        persons=[data_requests.Person("王秀兰", NUMBER), data_requests.Person("李明", OTHER)],
        use_until=timezone.localdate(),
    )

    assert data_requests.notice_lines(request) == ["王*兰", "李*"]


# --- the pages ----------------------------------------------------------------------------


def _typed(bureau, persons, **fields):
    return {
        "department": bureau.pk,
        "purpose": "低保年度复核",
        "legal_basis": "社会救助暂行办法",
        "facts": ["address", "phone"],
        "persons": persons,
        "notice_days": 0,
        "use_until": timezone.localdate() + timedelta(days=5),
    } | fields


def test_each_wrong_line_is_named_with_its_remedy(bureau, coordinator):
    lines = f"王秀兰 {NUMBER}\n\n李明 37040219500501001X\n{OTHER}\n王秀兰\t{NUMBER}"

    form = RequestForm(_typed(bureau, lines), staff=coordinator)

    assert not form.is_valid()
    found = [message.split("：")[0].split(":")[0] for message in form.errors["persons"]]
    assert len(found) == 3
    assert all(str(n) in text for n, text in zip((3, 4, 5), found, strict=True))


def test_the_whole_way_through_the_pages(client, bureau, coordinator, officer, person):
    client.force_login(coordinator)
    sent = client.post(reverse("residents:data_request_new"), _typed(bureau, f"王秀兰，{NUMBER}"))
    made = DataRequest.objects.get()
    address = reverse("residents:data_request", args=[made.pk])
    assert sent.url == address
    assert NUMBER not in client.get(address).content.decode()
    assert "13800005678" not in client.get(address).content.decode()

    client.force_login(officer)
    page = client.get(address)
    assert "王秀兰" in page.content.decode()
    answer = reverse("residents:data_request_answer", args=[made.pk])
    refused = client.post(answer, {"facts": ["phone"]})
    assert refused.status_code == 422
    client.post(answer, {"facts": ["phone"], "line": [made.lines.get().pk]})

    client.force_login(coordinator)
    content = client.get(address).content.decode()
    assert "13800005678" in content
    assert person.household.dwelling.address not in content


def test_another_department_does_not_find_the_request(client, bureau, coordinator):
    made = _ask(bureau, coordinator, NUMBER)
    other = make.department("城管办", make.street())
    stranger = make.staff("department_coordinator", department=other)
    statuses = []

    for reader in (coordinator, stranger):
        client.force_login(reader)
        found = client.get(reverse("residents:data_request", args=[made.pk]))
        statuses.append(found.status_code)

    assert statuses == [200, 404]


def test_the_department_cannot_answer_itself(client, bureau, coordinator, officer, person):
    made = _ask(bureau, coordinator, NUMBER)

    def state_after(by):
        client.force_login(by)
        address = reverse("residents:data_request_answer", args=[made.pk])
        client.post(address, {"facts": ["phone"], "line": [made.lines.get().pk]})
        return made.lines.get().state

    assert state_after(coordinator) == "waiting"
    assert state_after(officer) == "approved"


def test_the_list_calls_the_number_of_a_request_a_number_and_no_sum(client, bureau, coordinator):
    _ask(bureau, coordinator, NUMBER)
    client.force_login(coordinator)

    page = client.get(reverse("residents:data_requests")).content.decode()

    assert '<th scope="col">编号</th>' in page
    assert "数量" not in page
