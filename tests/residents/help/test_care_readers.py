"""A care category with named readers exists for them only: files, lists, numbers, filters."""

from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone

from inspections.visits import rounds
from residents.models import AccessRecord, CareCategory, CareRecord
from residents.models.care import open_to, reads_all
from residents.people import looks
from tests import factories

SECRET, OPEN = "社区矫正测试", "独居老人测试"


@pytest.fixture
def wang(ground):
    person = factories.resident(factories.household(ground[0], head_name="王秀兰"), name="王秀兰")
    secret = factories.care_category(SECRET, readers=["grid_leader"])
    factories.care_record(person, secret, note="帮教说明")
    factories.care_record(person, factories.care_category(OPEN))
    return person


@pytest.fixture
def enter(client):
    def log_in(role, grid, **fields):
        person = factories.staff(role, grid, **fields)
        client.force_login(person, "grids.auth.StaffBackend")
        client.staff = person
        return client

    return log_in


def pages(client, person):
    addresses = [
        reverse("residents:resident", args=[person.pk]),
        reverse("residents:household", args=[person.household_id]),
        reverse("residents:household", args=[person.household_id]) + "?tab=history",
        reverse("residents:people"),
        reverse("residents:tables") + "?table=care",
        reverse("residents:help_add", args=[person.household_id, "care"]),
        reverse("inspections:log_visit", args=[person.household_id]),
    ]
    return "".join(client.get(address, follow=True).content.decode() for address in addresses)


@pytest.mark.parametrize(("role", "sees"), [("grid_leader", True), ("grid_worker", False)])
def test_only_named_readers_meet_the_category_on_any_page(ground, wang, enter, role, sees):
    client = enter(role, ground[0])

    everything = pages(client, wang)

    assert (SECRET in everything) is sees
    assert ("帮教说明" in everything) is sees
    assert OPEN in everything


@pytest.mark.parametrize(("role", "number"), [("grid_leader", 1), ("grid_worker", 0)])
def test_a_reader_who_is_not_named_cannot_filter_by_it(ground, wang, enter, role, number):
    client = enter(role, ground[0])

    for name in ("people", "households"):
        answer = client.get(reverse(f"residents:{name}"), {"care": SECRET})
        assert len(answer.context["page"].rows) == number


@pytest.mark.parametrize(("role", "persons"), [("grid_leader", 2), ("grid_worker", 1)])
def test_a_hidden_category_does_not_count(ground, wang, enter, role, persons):
    other = factories.resident(grid=ground[0], name="李四")
    factories.care_record(other, factories.care_category(SECRET))
    client = enter(role, ground[0])

    [summary, __] = client.get(reverse("residents:tables"), {"table": "care"}).context["tables"]
    everybody = client.get(reverse("residents:people"), {"care": "any"})

    assert summary.total[0].value == persons
    assert len(everybody.context["page"].rows) == persons


@pytest.mark.parametrize(("role", "sees"), [("community_staff", False), ("grid_leader", True)])
def test_an_export_leaves_it_out_for_whom_it_is_closed(ground, wang, enter, role, sees):
    import python_calamine

    client = enter(role, ground[0])

    answer = client.post(
        reverse("residents:export_new") + "?subject=residents",
        {"columns": ["name", "care"], "purpose": "走访准备"},
        follow=True,
    )
    file = client.get(answer.redirect_chain[-1][0] + "file/")
    sheet = python_calamine.CalamineWorkbook.from_filelike(
        BytesIO(b"".join(file.streaming_content))
    ).get_sheet_by_index(0)

    cells = str(sheet.to_python())
    assert OPEN in cells
    assert (SECRET in cells) is sees


def test_who_visits_reads_only_what_the_category_allows(ground, wang):
    today = timezone.localdate()
    for role, expected in (("grid_worker", [OPEN]), ("grid_leader", [OPEN, SECRET])):
        visitor = factories.staff(role, ground[0])
        found = rounds._care([wang.household_id], visitor, today)
        assert sorted(found[wang.household_id]) == sorted(expected)


def test_the_named_role_counts_only_where_it_is_held(ground, wang):
    """A leader in grid 2 who is a worker in grid 1 reads it in grid 2 only."""
    there = factories.resident(grid=ground[1], name="赵六")
    factories.care_record(there, factories.care_category(SECRET))
    person = factories.staff("grid_worker", ground[0])
    factories.posting(person, "grid_leader", ground[1])

    read = CareRecord.objects.filter(category__name=SECRET).readable_by(person)

    assert [record.resident for record in read] == [there]
    assert open_to(person).filter(name=SECRET).exists()


@pytest.mark.parametrize(("role", "looked"), [("grid_worker", False), ("grid_leader", True)])
def test_a_look_at_a_person_without_anything_readable_is_no_look(ground, enter, role, looked):
    person = factories.resident(grid=ground[0], name="钱七")
    factories.care_record(person, factories.care_category(SECRET, readers=["grid_leader"]))
    client = enter(role, ground[0])

    client.get(reverse("residents:resident", args=[person.pk]))

    assert AccessRecord.objects.filter(resident=person, field="care").exists() is looked


@pytest.fixture
def guarded(ground):
    person = factories.resident(factories.household(ground[0], head_name="孙八"), name="孙八")
    factories.care_record(person, factories.care_category(SECRET, is_guarded=True), note="矫正期")
    return person


READERS = [("community_staff", True), ("grid_leader", False), ("grid_worker", False)]


@pytest.mark.parametrize(("role", "sees"), READERS)
def test_a_guarded_category_is_met_by_the_right_of_its_own(ground, guarded, enter, role, sees):
    client = enter(role, ground[0])

    everything = pages(client, guarded)
    found = client.get(reverse("residents:people"), {"care": SECRET}).context["page"].rows

    assert (SECRET in everything) is sees
    assert ("矫正期" in everything) is sees
    assert bool(found) is sees


def test_named_readers_narrow_a_guarded_category_and_never_widen_it(ground, guarded):
    CareCategory.objects.filter(name=SECRET).update(readers=["grid_worker"])

    for role in ("grid_worker", "community_staff"):
        person = factories.staff(role, ground[0])
        assert not CareRecord.objects.readable_by(person).exists(), role


@pytest.mark.parametrize(("role", "sees"), READERS)
def test_that_somebody_looked_at_guarded_care_tells_only_who_reads_it(ground, guarded, role, sees):
    home, clerk = guarded.household, factories.staff("community_staff", ground[0])
    looks.note_cared([guarded], by=clerk)

    told = looks.of_household(home, factories.staff(role, ground[0]))

    assert bool(told) is sees
    assert looks.of_household(home, clerk)


@pytest.mark.parametrize("role", ["community_staff", "grid_worker"])
def test_what_ships_as_guarded_is_community_correction_and_mental_disorder(ground, role):
    closed = CareCategory.objects.filter(is_guarded=True)
    person = factories.staff(role, ground[0])

    assert {one.name for one in closed} == {"社区矫正", "精神障碍照护"}
    assert reads_all(person) is (role == "community_staff")
