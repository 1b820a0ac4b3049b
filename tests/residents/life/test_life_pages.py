"""The forms of a household's life: they work, refuse the wrong person, refuse bad input."""

from datetime import date, timedelta

import pghistory
import pytest
from django.urls import reverse
from django.utils import timezone

from residents.models import Household, MoveInRequest, Resident
from residents.views.life import STEPS
from tests import factories

TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def family(ground):
    home = factories.household(ground[0], head_name="李建国")
    head = factories.resident(home, name="李建国", sex="1")
    with pghistory.context(source="life"):  # entered by hand, just now
        wife = factories.resident(home, name="王秀兰", relation="10")
    return home, head, wife


@pytest.fixture
def enter(client):
    def log_in(role, grid):
        client.force_login(factories.staff(role, grid))
        return client

    return log_in


@pytest.fixture
def worker(enter, ground):
    return enter("grid_worker", ground[0])


def address(home, what):
    return reverse("residents:household_life", args=[home.pk, what])


def send(client, home, what, **facts):
    return client.post(address(home, what), {"on": TODAY.isoformat()} | facts)


def good(family, what):
    """A form of each kind that is right."""
    home, head, wife = family
    baby = {
        "name": "李小宝",
        "relation": "20",
        "sex": "1",
        "birth_on": TODAY.isoformat(),
    }
    return {
        "birth": baby,
        "member": baby | {"phone": "138 0000 0001", "kind": "registered"},
        "arrive": {"name": "赵敏", "sex": "2", "birth_on": "1990-01-01"},
        "move": {"grid": home.grid.name, "building": "1号楼", "room": "909"},
        "leave": {"members": [head.pk, wife.pk], "to": "济南市"},
        "death": {"member": wife.pk},
        "head": {"head": wife.pk, f"relation_{head.pk}": "11"},
        "split": {"members": [wife.pk], "head": wife.pk},
        "merge": {"into": _near(home).pk, "relation": "20"},
        "mistake": {"member": wife.pk, "note": "登记到了别的楼"},
    }[what]


def _near(home):
    found = Household.objects.filter(head_name="邻居").first()
    return found or factories.household(home.grid, head_name="邻居")


@pytest.mark.parametrize("what", STEPS)
def test_each_step_is_offered_opens_and_is_done(family, worker, what):
    home, *_ = family
    facts = good(family, what)

    page = worker.get(reverse("residents:household", args=[home.pk])).content.decode()
    assert address(home, what) in page
    assert worker.get(address(home, what)).status_code == 200
    answer = send(worker, home, what, **facts)

    assert answer.status_code == 302, answer.context["form"].errors
    assert worker.get(answer.url).status_code == 200


@pytest.mark.parametrize("what", STEPS)
def test_no_step_is_done_in_the_future(family, worker, what):
    if what in ("head", "mistake"):
        pytest.skip("it has no day")
    home, *_ = family

    answer = send(worker, home, what, **good(family, what) | {"on": TOMORROW.isoformat()})

    assert answer.status_code == 422
    assert "on" in answer.context["form"].errors


@pytest.mark.parametrize("what", STEPS)
def test_an_empty_form_comes_back_with_what_is_missing(family, worker, what):
    answer = worker.post(address(family[0], what), {})

    assert answer.status_code == 422
    assert answer.context["form"].errors


@pytest.mark.parametrize("what", STEPS)
def test_each_step_is_refused_to_others(family, client, enter, ground, what):
    home, *_ = family
    facts = good(family, what)
    before = list(Resident.objects.values_list("pk", "household", "ended_on", "relation"))

    for role, grid, status in [
        ("grid_worker", ground[1], 404),
        ("grid_worker", factories.unit("520602003003001"), 404),
        ("assistant", ground[0], 403),
        ("supervisor", ground[0], 403),
    ]:
        enter(role, grid)
        assert client.get(address(home, what)).status_code == status
        assert send(client, home, what, **facts).status_code == status

    after = list(Resident.objects.values_list("pk", "household", "ended_on", "relation"))
    assert after == before


def test_the_right_of_another_grid_is_no_right_here(family, client, ground):
    home, *_ = family
    person = factories.staff("grid_worker", ground[1])
    factories.posting(person, "assistant", ground[0])
    client.force_login(person)

    assert client.get(reverse("residents:household", args=[home.pk])).status_code == 200
    assert client.get(address(home, "leave")).status_code == 404
    assert client.post(reverse("residents:bring_back", args=[home.pk])).status_code == 404


def test_who_may_not_edit_is_offered_nothing(family, enter, ground):
    client = enter("assistant", ground[0])

    page = client.get(reverse("residents:household", args=[family[0].pk])).content.decode()

    assert "/life/" not in page


def test_an_unknown_step_does_not_exist(family, worker):
    assert worker.get(address(family[0], "vanish")).status_code == 404


def test_a_closed_household_offers_only_a_new_one_in_its_dwelling(family, worker):
    home, *_ = family
    send(worker, home, "leave", **good(family, "leave"))

    assert worker.get(address(home, "death")).status_code == 404
    assert worker.get(address(home, "arrive")).status_code == 200


def test_a_departure_is_undone_from_the_file(family, worker):
    home, *_ = family
    send(worker, home, "leave", **good(family, "leave"))
    undo = reverse("residents:bring_back", args=[home.pk])
    assert undo in worker.get(reverse("residents:household", args=[home.pk])).content.decode()

    worker.post(undo)

    assert home.residents.live().count() == 2
    assert Household.objects.get(pk=home.pk).ended_on is None


def test_the_history_says_in_words_who_left_where_to_and_why(family, worker):
    home, *_ = family
    send(worker, home, "leave", **good(family, "leave"))

    page = worker.get(reverse("residents:household", args=[home.pk]), {"tab": "history"})

    notes = {change.note for change in page.context["changes"]}
    assert any("济南市" in note for note in notes)
    assert "已搬走" in page.content.decode()
    assert "moved" not in page.content.decode()


def test_others_cannot_undo(family, client, worker, enter, ground):
    home, *_ = family
    send(worker, home, "leave", **good(family, "leave"))
    undo = reverse("residents:bring_back", args=[home.pk])

    for role, grid, status in [
        ("grid_worker", ground[1], 404),
        ("assistant", ground[0], 403),
    ]:
        assert enter(role, grid).post(undo).status_code == status

    assert home.residents.live().count() == 0


def test_harm_is_confirmed_first(family, worker):
    for what in ("leave", "death", "merge"):
        assert "data-confirm=" in worker.get(address(family[0], what)).content.decode()


def test_the_death_of_the_head_asks_for_the_new_head(family, worker):
    home, head, wife = family

    answer = send(worker, home, "death", member=head.pk)

    assert answer.status_code == 422
    assert "head" in answer.context["form"].errors
    assert send(worker, home, "death", member=head.pk, head=wife.pk).status_code == 302
    assert Household.objects.get(pk=home.pk).head_name == "王秀兰"


def test_members_of_other_households_are_no_choice(family, worker, ground):
    home, *_ = family
    other = factories.resident(grid=ground[1], name="远方")

    for what, field in [
        ("death", "member"),
        ("leave", "members"),
        ("split", "members"),
    ]:
        assert send(worker, home, what, **{field: other.pk}).status_code == 422

    assert Resident.objects.get(pk=other.pk).ended_on is None


def test_a_wrong_id_number_is_refused_and_not_sent_back(family, worker):
    wrong = factories.id_number(date(1990, 1, 1))
    wrong = wrong[:-1] + ("1" if wrong[-1] != "1" else "2")

    answer = send(worker, family[0], "member", name="李小宝", relation="20", id_number=wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["id_number"]
    assert wrong not in answer.content.decode()


def test_a_right_id_number_is_not_sent_back_with_another_mistake(family, worker):
    number = factories.id_number(date(1990, 1, 1))

    answer = send(worker, family[0], "member", relation="20", id_number=number)

    assert answer.status_code == 422
    assert number not in answer.content.decode()


def test_a_birth_date_that_contradicts_the_number_is_refused(family, worker):
    number = factories.id_number(date(1990, 1, 1))

    answer = send(
        worker,
        family[0],
        "member",
        name="李小宝",
        relation="20",
        id_number=number,
        birth_on="1991-01-01",
    )

    assert answer.status_code == 422
    assert "id_number" in answer.context["form"].errors


def test_a_number_of_another_grid_is_asked_for_and_nothing_is_revealed(family, worker, ground):
    number = factories.id_number(date(1990, 1, 1))
    far = factories.resident(grid=ground[1], name="远方", number=number, phone="13899998888")

    answer = worker.post(
        address(family[0], "member"),
        {
            "on": TODAY.isoformat(),
            "name": "随便",
            "relation": "20",
            "id_number": number,
        },
        follow=True,
    )

    page = answer.content.decode()
    for secret in (
        "远方",
        number,
        far.household.dwelling.address,
        ground[1].name,
        "8888",
    ):
        assert secret not in page
    assert MoveInRequest.objects.get().to_grid == ground[0]


def test_the_grid_moved_to_answers_on_its_page(family, client, enter, ground):
    home, *_ = family
    enter("grid_worker", ground[0])
    factories.building(ground[1])
    send(
        client,
        home,
        "move",
        grid=ground[1].code,
        building="1号楼",
        entrance="1",
        room="502",
    )
    assert client.get(reverse("residents:move_ins")).context["to_answer"] == []
    request = MoveInRequest.objects.get()
    answer = reverse("residents:answer_move_in", args=[request.pk])
    assert client.post(answer, {"answer": "accept"}).status_code == 404

    enter("grid_worker", ground[1])
    page = client.get(reverse("residents:move_ins")).content.decode()
    assert answer in page
    assert "1号楼1单元502" in page
    assert home.dwelling.address not in page
    client.post(answer, {"answer": "accept"})

    assert Household.objects.get(pk=home.pk).grid == ground[1]


@pytest.mark.parametrize(
    "place",
    [
        {"grid": "月亮网格", "building": "1号楼", "room": "1"},
        {"grid": "370402001028001"},
        {"grid": "370402001028001", "building": "1号楼"},
        {"grid": "370402001028001", "building": "99号楼", "room": "1"},
        {"grid": "520602003003001", "building": "1号楼", "room": "1"},
    ],
)
def test_a_place_that_does_not_exist_is_refused(family, worker, place):
    factories.unit("520602003003001")

    assert send(worker, family[0], "move", **place).status_code == 422


def test_only_households_nearby_are_offered_for_a_merge(family, worker, ground):
    far = factories.household(ground[1], head_name="远方")

    answer = send(worker, family[0], "merge", into=far.pk, relation="20")

    assert answer.status_code == 422
    assert "远方" not in answer.content.decode()


def test_who_moved_away_keeps_where_to_and_it_is_forgotten_when_undone(family, worker):
    home, _, wife = family

    send(worker, home, "leave", members=[wife.pk], to="济南市历下区")

    wife.refresh_from_db()
    assert wife.went_to == "济南市历下区"
    file = worker.get(reverse("residents:household", args=[home.pk])).content.decode()
    assert "→ 济南市历下区" in file
    person = worker.get(reverse("residents:resident", args=[wife.pk])).content.decode()
    assert "济南市历下区" in person
    worker.post(reverse("residents:bring_back", args=[home.pk]))
    wife.refresh_from_db()
    assert (wife.went_to, wife.ended_on) == ("", None)


def test_members_are_offered_with_what_tells_them_apart(family, worker):
    home, *_ = family

    page = worker.get(address(home, "death")).content.decode()

    assert "王秀兰 · 配偶 · " in page
    assert "岁" in page


def test_the_head_is_not_offered_to_split_off(family, worker):
    home, head, wife = family

    form = worker.get(address(home, "split")).context["form"]

    assert [one.pk for one in form.fields["members"].queryset] == [wife.pk]
    answer = send(worker, home, "split", members=[head.pk], head=head.pk)
    assert answer.status_code == 422


def test_who_is_registered_here_and_lives_elsewhere_is_asked_where_to(family, worker):
    __, head, ___ = family
    address = reverse("residents:edit_resident", args=[head.pk])
    assert 'name="went_to"' in worker.get(address).content.decode()

    answer = worker.post(
        address,
        {
            "name": head.name,
            "kind": "registered",
            "relation": head.relation,
            "lives_where_registered": "away",
            "went_to": "青岛市",
        },
    )

    assert answer.status_code == 302, answer.context["form"].errors
    head.refresh_from_db()
    assert (head.lives_where_registered, head.went_to) == ("away", "青岛市")
