"""Slips: who prints them for whom, what one of them can do, and that it can do it once."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grids import audit, tasks
from grids.accounts import passwords, slips
from grids.models import AuditEntry, Slip, Staff
from grids.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db

NEW = "hehua-chi-tang-71"
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")


@pytest.fixture
def administrator():
    return make.staff("administrator", make.district())


@pytest.fixture
def newcomer():
    person = make.staff("grid_worker", username="xinren", full_name="新人")
    Staff.objects.filter(pk=person.pk).update(password="!nobody", is_active=False)
    return Staff.objects.get(pk=person.pk)


def enter(client, person):
    client.force_login(person, "grids.auth.StaffBackend")
    return client


def give_code(code):
    """A browser at the door with this code: (browser, answer)."""
    browser = Client()
    return browser, browser.post(reverse("slip"), {"code": code})


def choose(browser, password=NEW):
    entry = {"password1": password, "password2": password}
    return browser.post(reverse("slip_password"), entry)


def test_a_new_person_chooses_a_password_with_a_printed_slip(client, administrator, newcomer):
    page = enter(client, administrator).post(reverse("print_slips"), {"who": "new"})
    [code] = CODE.findall(page.content.decode())

    browser, _ = give_code(code.lower())
    answer = choose(browser)

    newcomer.refresh_from_db()
    assert answer.status_code == 302
    assert browser.get("/account/").status_code == 200
    assert newcomer.is_active
    assert newcomer.check_password(NEW)


def test_a_slip_is_used_once(administrator, newcomer):
    [made] = slips.make([newcomer], by=administrator)
    first, second = give_code(made.code)[0], give_code(made.code)[0]

    choose(first)

    assert choose(second, "another-pond-82").status_code == 302  # back to the code
    newcomer.refresh_from_db()
    assert newcomer.check_password(NEW)
    assert give_code(made.code)[1].status_code == 422


def test_two_at_the_same_moment_do_not_both_use_it(administrator, newcomer):
    [made] = slips.make([newcomer], by=administrator)
    found = slips.find(made.code)

    slips.use(found, NEW)

    with pytest.raises(Refused):
        slips.use(found, "another-pond-82")


def test_a_slip_runs_out(administrator, newcomer):
    now = timezone.now()
    [made] = slips.make([newcomer], by=administrator, now=now)

    assert slips.find(made.code, now + dt.timedelta(days=13)) is not None
    assert slips.find(made.code, now + dt.timedelta(days=14)) is None


def test_a_new_slip_makes_the_one_before_worthless(administrator, newcomer):
    [old] = slips.make([newcomer], by=administrator)
    [new] = slips.make([newcomer], by=administrator)

    assert slips.find(old.code) is None
    assert slips.find(new.code).staff == newcomer


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000", "x" * 41, "代码"])
def test_a_made_up_code_opens_nothing(client, code):
    assert client.post(reverse("slip"), {"code": code}).status_code == 422
    assert client.get(reverse("slip_password")).url == reverse("slip")


def test_only_the_hash_of_a_code_is_kept(administrator, newcomer):
    [made] = slips.make([newcomer], by=administrator)

    assert made.code.encode() not in bytes(Slip.objects.get().code_hash)
    assert len(bytes(Slip.objects.get().code_hash)) == 32


def test_the_code_may_be_typed_as_it_is_read_aloud(administrator, newcomer):
    [made] = slips.make([newcomer], by=administrator)
    spoken = made.in_fours.lower().replace("0", "o").replace("1", "l")

    assert slips.find(spoken) is not None


def test_a_weak_password_leaves_the_slip_as_it_was(administrator, newcomer):
    [made] = slips.make([newcomer], by=administrator)
    browser, _ = give_code(made.code)

    assert choose(browser, "xinren2026").status_code == 422

    assert choose(browser).status_code == 302


def test_a_leader_prints_slips_for_those_below_in_the_own_place_alone():
    leader = make.staff("grid_leader", make.community())
    worker = make.staff("grid_worker")
    steward = make.staff("building_steward", building=make.building())
    make.staff("grid_leader", make.community())
    make.staff("grid_worker", make.unit("370402001029001"))
    also_elsewhere = make.staff("grid_worker")
    make.posting(also_elsewhere, "auditor", make.district())

    assert set(slips.people_of(leader)) == {worker, steward}


def test_a_worker_prints_no_slips(client):
    make.staff("grid_worker")
    enter(client, make.staff("grid_worker"))

    assert client.get(reverse("slips")).status_code == 403
    assert client.post(reverse("print_slips"), {"who": "new"}).status_code == 403


def test_an_administrator_cannot_become_the_auditor_by_a_slip(administrator):
    auditor = make.staff("auditor", make.district())
    new = make.staff("auditor", make.district())
    Staff.objects.filter(pk=new.pk).update(password="!nobody")
    worker = make.staff("grid_worker")
    stranger = make.staff("grid_worker", make.unit("520602003003001"))

    people = set(slips.people_of(administrator))

    assert {new, worker} <= people
    assert people.isdisjoint({auditor, administrator, stranger})


def test_slips_for_others_are_not_printed_whatever_is_sent(client):
    leader = make.staff("grid_leader", make.community())
    mine, other = make.staff("grid_worker"), make.staff("supervisor", make.street())
    enter(client, leader)

    page = client.post(reverse("print_slips"), {"staff": [mine.pk, other.pk, "x", "9" * 30]})

    assert mine.username in page.content.decode()
    assert other.username not in page.content.decode()
    assert Slip.objects.get().staff == mine


def test_a_forgotten_password_is_replaced_and_ends_the_sessions_of_before():
    leader, worker = make.staff("grid_leader", make.community()), make.staff("grid_worker")
    before = Client()
    before.post("/login/", {"username": worker.username, "password": "password"})
    [made] = slips.make([worker], by=leader)
    assert before.get("/account/").status_code == 200

    choose(give_code(made.code)[0])

    assert before.get("/account/").status_code == 302
    assert made.kind == Slip.Kind.FORGOTTEN


def test_twelve_hundred_slips_are_one_action(client, administrator, django_assert_max_num_queries):
    Staff.objects.bulk_create(
        Staff(username=f"x{n}", full_name=f"新人{n}", password="!", district=make.district())
        for n in range(1200)
    )
    enter(client, administrator)

    with django_assert_max_num_queries(40):
        page = client.post(reverse("print_slips"), {"who": "new"}).content.decode()

    assert len(set(CODE.findall(page))) == page.count("log-in-slip__square") == 1200


def test_making_and_using_a_slip_is_on_record(administrator, newcomer):
    [made] = slips.make([newcomer], by=administrator)
    choose(give_code(made.code)[0])

    kept = AuditEntry.objects.filter(kind=audit.Kind.ACCOUNT).order_by("pk")
    assert [(one.by, one.detail["what"]) for one in kept] == [
        (administrator, "slip made"),
        (newcomer, "slip used"),
        (newcomer, "password"),
    ]
    assert made.code not in str(list(kept.values()))


def with_mail(role="grid_worker", address="zhang@example.org"):
    """Somebody who chose a password while this address was on file."""
    person = make.staff(role, email=address)
    passwords.choose(person, "password")
    return person


def test_a_link_comes_by_mail_to_the_address_on_file():
    person = with_mail()

    for _ in range(3):  # once in five minutes
        tasks.mail_slip(person.username)

    [sent] = mail.outbox
    [code] = re.findall(r"/first/#([0-9A-Z]{16})", sent.body)
    assert sent.to == ["zhang@example.org"]
    assert choose(give_code(code)[0]).status_code == 302


def test_no_mail_goes_to_whom_has_none_or_is_closed():
    make.staff("grid_worker", username="silent")
    make.staff("grid_worker", username="closed", email="x@example.org", is_active=False)

    for name in ("silent", "closed", "niemand"):
        tasks.mail_slip(name)

    assert mail.outbox == []
    assert not Slip.objects.exists()


def test_whoever_changes_an_address_opens_no_account_with_it():
    person = with_mail()
    Staff.objects.filter(pk=person.pk).update(email="chen@example.org")
    make.staff("grid_worker", username="newcomer", email="chen@example.org")

    for name in (person.username, "newcomer"):
        tasks.mail_slip(name)
    assert mail.outbox == []

    passwords.choose(Staff.objects.get(pk=person.pk), "hehua-chi-tang-71")
    tasks.mail_slip(person.username)
    assert [one.to for one in mail.outbox] == [["chen@example.org"]]


@pytest.mark.parametrize("role", ["administrator", "security_administrator", "auditor", "operator"])
def test_nobody_becomes_an_administrator_or_auditor_by_mail(role):
    tasks.mail_slip(with_mail(role).username)

    assert mail.outbox == []


def test_nobody_voids_a_printed_slip_by_typing_a_name(administrator):
    person = with_mail()
    [printed] = slips.make([person], by=administrator)

    tasks.mail_slip(person.username)

    assert mail.outbox == []
    assert slips.find(printed.code).staff == person


def test_nobody_learns_from_the_page_which_names_there_are(client):
    person = make.staff("grid_worker", email="zhang@example.org")

    answers = {
        re.sub(r'="\w{64}"', "", client.post("/forgotten/", {"name": name}).content.decode())
        for name in (person.username, "niemand")
    }

    assert len(answers) == 1


def test_nobody_fills_the_queue_with_names(client, settings):
    cache.clear()
    settings.HAS_MAIL = True
    settings.THROTTLES = settings.THROTTLES | {"slip": [(2, 86400)]}

    answers = [client.post("/forgotten/", {"name": f"name{n}"}) for n in range(3)]
    other = client.post("/forgotten/", {"name": "name"}, REMOTE_ADDR="192.0.2.7")

    assert [one.status_code for one in (*answers, other)] == [200, 200, 429, 200]


def test_a_lost_second_factor_is_taken_away_by_an_administrator(client, administrator):
    worker = make.staff("grid_worker")
    leader = make.staff("grid_leader", make.community())

    refused = enter(client, leader).post(reverse("take_factor", args=[worker.pk]))
    done = enter(client, administrator).post(reverse("take_factor", args=[worker.pk]))

    assert (refused.status_code, done.status_code) == (404, 302)
    assert AuditEntry.objects.filter(detail__what="second factor taken away").count() == 1


def test_the_machine_prints_a_slip_for_those_whom_nobody_helps(capsys):
    auditor = make.staff("auditor", make.district())

    call_command("print_slip", auditor.username)

    [code] = CODE.findall(capsys.readouterr().out)
    assert slips.find(code).staff == auditor


def test_the_machine_knows_whom_it_is_asked_for():
    with pytest.raises(CommandError, match="niemand"):
        call_command("print_slip", "niemand")
