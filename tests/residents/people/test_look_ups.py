"""Looking somebody up by a secret: found by the card in the hand, never rebuilt by guessing."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from grids.fields import blind_index
from grids.models import Notification
from grids.templatetags.office import office_time
from residents.models import AccessRecord, LookUpStop, Resident
from residents.people import finding, look_ups
from tests import factories as make

pytestmark = pytest.mark.django_db
BORN = date(1950, 5, 1)


@pytest.fixture
def wang(ground):
    home = make.household(ground[0], head_name="王秀兰")
    number = make.id_number(BORN, sequence=17)
    return make.resident(home, number=number, birth_on=BORN, phone="13812346210")


@pytest.fixture
def auditor(ground):
    return make.staff("auditor", make.district())


def look_up(client, words, page="residents:people"):
    return client.post(reverse(page), {"q": words}, follow=True)


def strangers(number, since=1930):
    """So many numbers of different birth dates that nobody has."""
    return [make.id_number(date(since + one, 3, 2), sequence=400) for one in range(number)]


def recorded(by):
    rows = AccessRecord.objects.filter(by=by).order_by("pk")
    return [(row.field, row.resident and row.resident.name) for row in rows]


def test_a_worker_finds_a_person_by_the_card_in_the_hand_and_it_is_on_record(wang, enter, client):
    worker = enter("grid_worker", wang.grid)

    answer = look_up(client, make.id_number(BORN, sequence=17))

    assert "王秀兰" in answer.content.decode()
    assert recorded(worker) == [(look_ups.ID_NUMBER, "王秀兰")]


def test_a_look_up_that_finds_nobody_is_on_record_too(wang, enter, client):
    worker = enter("grid_worker", wang.grid)

    answer = look_up(client, strangers(1)[0])

    assert "王秀兰" not in answer.content.decode()
    assert recorded(worker) == [(look_ups.ID_NUMBER, None)]


def test_nothing_on_record_says_which_number_was_asked_for(wang, enter, client):
    enter("grid_worker", wang.grid)
    number = strangers(1)[0]

    look_up(client, number)

    [row] = AccessRecord.objects.values()
    assert number not in repr(row)
    assert bytes(row["asked"]) == blind_index(number)


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("grid_worker", "residents:people"),
        ("assistant", "residents:households"),
        ("supervisor", "search"),
    ],
)
def test_a_number_is_not_rebuilt_from_birth_date_sex_and_mask(wang, enter, client, role, page):
    """Known of a person: the region, the birth date, the sex, the check character of the mask."""
    worker = enter(role, wang.grid)
    candidates = (make.id_number(BORN, sequence=one) for one in range(1, 499))
    fitting = [one for one in candidates if one[-1] == wang.id_mask[-1]]
    assert 20 < len(fitting) < 60
    assert fitting[-1] != wang.id_sealed

    answers = [look_up(client, one, page) for one in fitting[:-10:-1]]

    assert not any("王秀兰" in one.content.decode() for one in answers)
    assert [one.status_code for one in answers[-3:]] == [429] * 3
    assert answers[-1].headers["Retry-After"]
    assert len(recorded(worker)) == 3
    assert LookUpStop.objects.get().why == LookUpStop.Why.ONE_BIRTH


def test_numbers_of_one_birth_date_are_not_tried_day_after_day(wang, enter, client, settings):
    worker = enter("grid_worker", wang.grid)
    tried = [make.id_number(BORN, sequence=one) for one in range(100, 108)]

    for day, number in enumerate(tried):
        with time_machine.travel(timezone.now() + timedelta(days=2 * day), tick=False):
            client.force_login(worker)
            look_up(client, number)

    assert AccessRecord.objects.count() == settings.LOOK_UP_MISSES_OF_ONE_BIRTH


def test_after_a_few_misses_in_a_row_it_stops_and_the_auditor_hears(wang, auditor, enter, client):
    worker = enter("grid_worker", wang.grid)
    missed = strangers(5)

    statuses = [look_up(client, one).status_code for one in missed]
    stopped = look_up(client, make.id_number(BORN, sequence=17))

    assert statuses == [200] * 5
    assert stopped.status_code == 429
    assert "王秀兰" not in stopped.content.decode()
    stop = LookUpStop.objects.get()
    assert f"暂停至 {office_time(stop.until)}" in stopped.content.decode()
    assert (stop.staff, stop.why) == (worker, LookUpStop.Why.IN_A_ROW)
    told = Notification.objects.get(kind="look_up_stop")
    assert (told.recipient, told.is_urgent) == (auditor, True)
    assert str(worker) in told.title


def test_names_doors_and_ends_of_phones_still_find_while_look_ups_are_stopped(wang, enter, client):
    enter("grid_worker", wang.grid)
    for one in strangers(5):
        look_up(client, one)

    for words in ["王秀兰", "6210"]:
        assert "王秀兰" in look_up(client, words).content.decode()


def test_a_hit_in_between_ends_the_row_but_not_the_day(wang, enter, client, settings):
    enter("grid_worker", wang.grid)
    settings.LOOK_UP_MISSES_IN_A_DAY = 8
    missed, own = iter(strangers(20)), make.id_number(BORN, sequence=17)

    statuses = []
    while len(statuses) < 15:
        with time_machine.travel(timezone.now() + timedelta(minutes=len(statuses)), tick=False):
            word = own if len(statuses) % 5 == 4 else next(missed)
            statuses.append(look_up(client, word).status_code)

    assert statuses.index(429) == 9
    assert LookUpStop.objects.get().why == LookUpStop.Why.IN_A_DAY


def test_the_hour_takes_so_many_look_ups_and_then_goes_on(ground, enter, client, settings):
    settings.LOOK_UPS_PER_HOUR = 4
    numbers = [make.id_number(date(1960, 1, one)) for one in range(1, 7)]
    for number in numbers:
        make.resident(grid=ground[0], number=number)
    worker = enter("grid_worker", ground[0])

    statuses = [look_up(client, one).status_code for one in numbers]

    assert statuses == [200] * 4 + [429] * 2
    assert not LookUpStop.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        client.force_login(worker)
        assert look_up(client, numbers[5]).status_code == 200


def test_a_page_that_is_opened_again_counts_once(wang, enter, client):
    worker = enter("grid_worker", wang.grid)
    number = strangers(1)[0]

    for _again in range(6):
        assert look_up(client, number).status_code == 200

    assert len(recorded(worker)) == 1


def test_the_stop_ends_by_itself(wang, enter, client, settings):
    worker = enter("grid_worker", wang.grid)
    for one in strangers(5):
        look_up(client, one)

    with time_machine.travel(
        timezone.now() + timedelta(hours=settings.LOOK_UP_STOP_HOURS, minutes=1)
    ):
        client.force_login(worker)
        answer = look_up(client, make.id_number(BORN, sequence=17))

    assert "王秀兰" in answer.content.decode()


def test_an_auditor_lets_somebody_go_on(wang, auditor, enter, client):
    worker = enter("grid_worker", wang.grid)
    for one in strangers(5):
        look_up(client, one)
    stop = LookUpStop.objects.get()

    client.force_login(auditor)
    page = client.get(reverse("residents:access"), {"of": "stops"}).content.decode()
    client.post(reverse("residents:release_look_ups", args=[stop.pk]))

    assert str(worker) in page
    assert reverse("residents:release_look_ups", args=[stop.pk]) in page
    client.force_login(worker)
    assert "王秀兰" in look_up(client, make.id_number(BORN, sequence=17)).content.decode()


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [("grid_leader", "370402", 404), ("administrator", "370402", 404), ("auditor", "520602", 404)],
)
def test_nobody_else_lets_go(wang, enter, client, role, place, status):
    worker = enter("grid_worker", wang.grid)
    for one in strangers(5):
        look_up(client, one)
    stop = LookUpStop.objects.get(staff=worker)

    enter(role, make.district(place))
    answer = client.post(reverse("residents:release_look_ups", args=[stop.pk]))

    assert answer.status_code == status
    assert LookUpStop.objects.get().released_at is None


def test_whoever_is_entered_in_the_register_was_no_guess(ground, enter, client):
    """A round through a new building: nobody is known, and everybody is entered."""
    worker = enter("grid_worker", ground[0])
    numbers = strangers(8)

    for number in numbers:
        assert look_up(client, number).status_code == 200
        make.resident(grid=ground[0], number=number, birth_on=None)

    assert not LookUpStop.objects.exists()
    assert len(recorded(worker)) == 8


@pytest.fixture
def newcomer(wang):
    """The form of a new household, sent with a number of the household that is taken: it refuses."""
    taken = make.household(wang.grid, number="00077")
    address = reverse("residents:household_life", args=[taken.pk, "arrive"])

    def send(client, number):
        facts = {
            "name": "周大川",
            "id_number": number,
            "number": "00077",
            "on": timezone.localdate(),
        }
        return client.post(address, facts)

    return send


def test_a_form_that_enters_nobody_is_no_way_to_guess(wang, newcomer, enter, client):
    worker = enter("grid_worker", wang.grid)

    answers = [newcomer(client, one) for one in strangers(7)]

    assert {one.status_code for one in answers} == {422}
    assert len(recorded(worker)) == 5
    assert LookUpStop.objects.filter(staff=worker).exists()
    assert newcomer(client, make.id_number(BORN, sequence=17)).status_code == 422
    assert len(recorded(worker)) == 5


def test_a_new_member_is_still_entered_by_number(ground, enter, client):
    worker = enter("grid_worker", ground[0])
    home = make.household(ground[0])
    address = reverse("residents:household_life", args=[home.pk, "member"])

    for number in strangers(7):
        facts = {
            "name": "周大川",
            "relation": "10",
            "id_number": number,
            "on": timezone.localdate(),
        }
        assert client.post(address, facts).status_code == 302

    assert Resident.objects.filter(household=home).count() == 7
    assert not LookUpStop.objects.exists()
    assert len(recorded(worker)) == 7


# --- phones ---------------------------------------------------------------------------------


def found(staff, words):
    return {row.name for step in finding.steps(staff, words) for row in step.rows}


@pytest.mark.parametrize("digits", ["46210", "346210", "812346210", "13812346210"])
def test_who_sees_the_end_of_a_phone_finds_by_that_end_only(wang, digits):
    supervisor, worker = make.staff("supervisor", wang.grid), make.staff("grid_worker", wang.grid)

    assert found(supervisor, digits) == set()
    assert found(supervisor, "6210") == {"王秀兰"}
    assert found(worker, digits) == {"王秀兰"}


@pytest.mark.parametrize("page", ["residents:people", "residents:households"])
def test_a_phone_is_not_rebuilt_digit_by_digit(wang, enter, client, page):
    enter("supervisor", wang.grid)
    known = "6210"

    for digit in "0123456789":
        assert "王秀兰" not in look_up(client, digit + known, page).content.decode()
    assert "王秀兰" in look_up(client, known, page).content.decode()


def test_the_phone_of_a_member_does_not_hide_the_household_of_that_number(wang, enter, client):
    """A household numbered like the phone of its member is found the same, whoever reads phones."""
    wang.household.number = "12346210"
    wang.household.save()
    supervisor = make.staff("supervisor", wang.grid)

    with_it = found(supervisor, "12346210")
    Resident.objects.filter(pk=wang.pk).update(phone="13900006210")

    assert with_it == found(supervisor, "12346210") == {"王秀兰"}


def test_a_full_phone_is_looked_up_on_record(wang, enter, client):
    worker = enter("grid_worker", wang.grid)

    hit = look_up(client, "13812346210").content.decode()
    look_up(client, "13900001111")

    assert "王秀兰" in hit
    assert recorded(worker) == [(look_ups.PHONE, "王秀兰"), (look_ups.PHONE, None)]


def test_phones_that_nobody_has_stop_nobody_who_reads_phones(wang, enter, client):
    enter("grid_worker", wang.grid)

    answers = [look_up(client, f"1390000111{one}") for one in range(9)]

    assert {one.status_code for one in answers} == {200}
    assert not LookUpStop.objects.exists()


@pytest.mark.parametrize("page", ["residents:export_new", "residents:fill", "residents:book_new"])
@pytest.mark.parametrize("secret", ["number", "phone"])
def test_no_list_is_made_by_a_secret(wang, enter, client, page, secret):
    leader = enter("grid_leader", wang.grid)
    words = {"number": make.id_number(BORN, sequence=17), "phone": "13812346210"}[secret]

    answer = client.get(reverse(page), {"q": finding.sealed(words)})

    assert answer.status_code in {200, 302, 404}
    assert "王秀兰" not in answer.content.decode()
    assert recorded(leader) == []


def test_the_auditors_of_the_place_hear_and_those_of_another_district_do_not(ground, enter, client):
    enter("grid_worker", ground[0])
    here = make.staff("auditor", make.district())
    elsewhere = make.staff("auditor", make.district("520602", "碧江区"))

    for number in strangers(5):
        look_up(client, number)

    told = Notification.objects.filter(kind="look_up_stop").values_list("recipient", flat=True)
    assert here.pk in told
    assert elsewhere.pk not in told


def test_what_an_earlier_stop_counted_is_forgotten_by_the_next_count(
    ground, enter, client, settings
):
    """Misses before the stop do not stop again at the first miss after it."""
    settings.LOOK_UP_STOP_HOURS = 1
    worker = enter("grid_worker", ground[0])
    for number in strangers(5):
        look_up(client, number)
    assert LookUpStop.objects.filter(staff=worker).count() == 1

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        look_up(client, strangers(6)[-1])

    assert LookUpStop.objects.filter(staff=worker).count() == 1
