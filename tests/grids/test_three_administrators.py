"""三员分立: three people, nobody for themselves, and what is grave by two."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from grids.accounts import mail, passwords, slips
from grids.models import (
    AuditEntry,
    DistrictProfile,
    Notification,
    Posting,
    PostingChange,
    SettingChange,
    StandIn,
)
from grids.people import separation, stand_ins, switching_off
from grids.refusal import Refused
from grids.scope import Scope
from grids.templatetags.office import office_day
from tests import factories as make

pytestmark = pytest.mark.django_db
ROLES = ("administrator", "security_administrator", "auditor")


@pytest.fixture
def district():
    found = make.district()
    DistrictProfile.objects.create(district=found)
    return found


@pytest.fixture
def admin(district):
    return make.staff("administrator", district, full_name="陈志远")


@pytest.fixture
def second(district):
    return make.staff("security_administrator", district, full_name="高文斌")


@pytest.fixture
def worker(district):
    return make.staff("grid_worker", make.unit(), full_name="王秀芬")


def posting(person, role, grid=None, **fields):
    return Posting(staff=person, role=role, grid=grid or make.district(), **fields)


def today():
    return timezone.localdate()


def switched_off():
    DistrictProfile.objects.update(has_three_administrators=False)


# --- three people ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "new"), [(one, other) for one in ROLES for other in ROLES if one != other]
)
def test_the_database_lets_nobody_be_two_of_the_three(district, held, new):
    person = make.staff(held, district)

    with pytest.raises(IntegrityError, match="three administrators"), transaction.atomic():
        make.posting(person, new, district)

    make.posting(person, "supervisor", district)
    switched_off()
    make.posting(person, new, district)


@pytest.mark.parametrize(
    ("until", "since", "allowed"),
    [
        (date(2026, 6, 30), date(2026, 7, 1), True),
        (date(2026, 7, 1), date(2026, 7, 1), False),
    ],
)
def test_one_after_the_other_is_no_two_at_once(district, until, since, allowed):
    person = make.staff()
    make.posting(person, "auditor", district, until=until)

    try:
        with transaction.atomic():
            make.posting(person, "administrator", district, since=since)
    except IntegrityError:
        assert not allowed
    else:
        assert allowed


def test_an_update_is_seen_as_well(district):
    person = make.staff("auditor", district)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE grids_posting SET until = '2021-01-01'")
    make.posting(person, "administrator", district, since=date(2022, 1, 1))

    with pytest.raises(IntegrityError, match="three administrators"), transaction.atomic():
        Posting.objects.filter(role="auditor").update(until=None)


def test_whoever_stands_in_would_hold_the_role_too(admin, second, district):
    other = make.staff("administrator", district)
    auditor = make.staff("auditor", district)
    days = {"since": today(), "until": today()}

    with pytest.raises(Refused, match=r"三员|three"):
        stand_ins.appoint(by=other, staff=admin, stand_in=second, **days)
    with pytest.raises(Refused):
        stand_ins.appoint(by=other, staff=auditor, stand_in=make.staff("supervisor"), **days)
    stand_ins.appoint(by=other, staff=admin, stand_in=make.staff("administrator", district), **days)
    assert StandIn.objects.count() == 1


def test_it_is_switched_on_only_when_nobody_is_two(district):
    switched_off()
    person = make.staff("auditor", district, full_name="吴静")
    make.posting(person, "administrator", district)

    with pytest.raises(ValidationError, match="吴静"):
        separation.demand_three(district.pk)
    Posting.objects.filter(role="auditor").update(until=make.LONG_AGO)
    separation.demand_three(district.pk)


def test_passwords_are_the_security_administrators_and_no_longer_the_administrators(admin, second):
    assert not Scope.of(admin).has("staff.secure")
    assert Scope.of(second).has("staff.secure")
    assert not Scope.of(second).has("staff.edit")

    switched_off()
    admin.__dict__.pop("_scope")
    assert Scope.of(admin).has("staff.secure")


# --- nobody for themselves ------------------------------------------------------------


def test_nobody_changes_the_own_postings(admin):
    with pytest.raises(Refused):
        separation.keep(posting(admin, "grid_worker", make.unit(), since=today()), by=admin)
    assert not PostingChange.objects.exists()

    switched_off()
    separation.keep(posting(admin, "grid_worker", make.unit(), since=today()), by=admin)
    assert admin.postings.count() == 2


def test_nobody_makes_themselves_the_stand_in_of_another(admin, worker):
    days = {"since": today(), "until": today()}

    with pytest.raises(Refused):
        stand_ins.appoint(by=admin, staff=worker, stand_in=admin, **days)

    stand_ins.appoint(by=admin, staff=worker, stand_in=make.staff("grid_worker"), **days)


def test_standing_in_gives_grave_rights_only_to_those_who_have_them(admin, worker):
    leader = make.staff("grid_leader", make.community())
    colleague = make.staff("grid_leader", make.community())
    days = {"since": today(), "until": today()}

    with pytest.raises(Refused):
        stand_ins.appoint(by=admin, staff=leader, stand_in=worker, **days)
    stand_ins.appoint(by=admin, staff=leader, stand_in=colleague, **days)

    switched_off()
    other = make.staff("grid_leader", make.community())
    stand_ins.appoint(by=admin, staff=other, stand_in=worker, **days)


# --- what takes two ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "takes"),
    [
        ("grid_worker", False),
        ("assistant", False),
        ("supervisor", False),
        ("dispatcher", False),
        ("operator", False),
        ("grid_leader", True),
        ("information_officer", True),
        ("community_staff", True),
        ("administrator", True),
        ("security_administrator", True),
        ("auditor", True),
    ],
)
def test_who_may_reveal_export_audit_or_administer_takes_two(admin, role, takes):
    person = make.staff()

    asked = separation.keep(posting(person, role, since=today()), by=admin)

    assert bool(asked) == takes
    assert Posting.objects.filter(staff=person).exists() != takes


def test_the_second_person_confirms_and_only_then_it_stands(admin, second, worker):
    asked = separation.keep(
        posting(worker, "grid_leader", make.community(), since=today()), by=admin
    )
    assert Notification.objects.get().recipient == second
    assert not worker.postings.filter(role="grid_leader").exists()

    for nobody in (admin, worker):
        with pytest.raises(Refused):
            separation.confirm(asked, by=nobody)
    separation.confirm(asked, by=second)

    made = worker.postings.get(role="grid_leader")
    assert (made.grid, made.since) == (make.community(), today())
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("confirmed", second)
    with pytest.raises(Refused):
        separation.confirm(asked, by=second)
    said = AuditEntry.objects.filter(kind="proposal").order_by("id")
    assert [(one.by, one.result) for one in said] == [(admin, "done"), (second, "done")]


def test_what_is_not_confirmed_changes_nothing(admin, second, worker):
    asked = separation.keep(posting(worker, "auditor", since=today()), by=admin)

    separation.refuse(asked, by=second)

    assert not worker.postings.filter(role="auditor").exists()
    with pytest.raises(Refused):
        separation.confirm(asked, by=second)


def test_the_database_itself_wants_two_people(admin, worker):
    asked = separation.keep(posting(worker, "auditor", since=today()), by=admin)
    rows = PostingChange.objects.filter(pk=asked.pk)

    for one in (admin, worker):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(state="confirmed", decided_by=one, decided_at=timezone.now())


@pytest.mark.parametrize(
    ("role", "change", "takes"),
    [
        ("grid_leader", {"until": date(2030, 1, 1)}, False),  # less than before
        ("grid_leader", {"since": date(2019, 1, 1)}, True),
        ("grid_worker", {"role": "grid_leader"}, True),
        ("auditor", {"until": date(2030, 1, 1)}, True),  # not alone
        ("grid_leader", {"role": "grid_worker"}, False),
    ],
)
def test_a_posting_that_stands_is_cut_by_one_and_widened_by_two(admin, role, change, takes):
    person = make.staff(role, make.district())
    held = person.postings.get()
    for name, value in change.items():
        setattr(held, name, value)

    assert bool(separation.keep(held, by=admin)) == takes


def test_an_ended_posting_is_prolonged_by_two(admin, second):
    person = make.staff()
    held = make.posting(person, "grid_leader", make.community(), until=date(2021, 1, 1))
    held.until = None

    asked = separation.keep(held, by=admin)
    separation.confirm(asked, by=second)

    held.refresh_from_db()
    assert held.until is None


@pytest.mark.parametrize("change", ["role", "grid"])
def test_an_auditor_is_not_moved_away_by_one_person(admin, change):
    elsewhere = make.district("110101", "东城区")
    person = make.staff("auditor", make.district())
    held = person.postings.get()
    setattr(held, change, {"role": "grid_worker", "grid": elsewhere}[change])

    assert separation.keep(held, by=admin)
    assert Posting.objects.filter(staff=person, role="auditor", grid=make.district()).exists()


def test_nobody_moves_the_own_posting_out_of_the_district(admin):
    held = admin.postings.get()
    held.grid = make.district("110101", "东城区")

    with pytest.raises(Refused):
        separation.keep(held, by=admin)


def stand_in_of_a_leader(admin, colleague, days=1):
    leader = make.staff("grid_leader", make.community())
    last = today() + timedelta(days=days)
    return stand_ins.appoint(by=admin, staff=leader, stand_in=colleague, since=today(), until=last)


def test_a_leader_of_another_place_does_not_stand_in_for_one(admin):
    with pytest.raises(Refused):
        stand_in_of_a_leader(admin, make.staff("grid_leader", make.unit()))
    other = make.community("370402001029", "东湖社区")
    with pytest.raises(Refused):
        stand_in_of_a_leader(admin, make.staff("grid_leader", other))

    stand_in_of_a_leader(admin, make.staff("grid_leader", make.district()))


@pytest.mark.parametrize(("days", "allowed"), [(2, True), (3, False)])
def test_who_stands_in_holds_the_rights_on_all_these_days(admin, days, allowed):
    last = today() + timedelta(days=2)
    colleague = make.staff()
    make.posting(colleague, "grid_leader", make.community(), until=last)

    if allowed:
        stand_in_of_a_leader(admin, colleague, days)
    else:
        with pytest.raises(Refused):
            stand_in_of_a_leader(admin, colleague, days)


@pytest.mark.parametrize("when", ["asked before", "asked after"])
def test_a_new_posting_is_not_handed_on_by_a_stand_in_that_was_there(admin, second, worker, when):
    days = {"since": today(), "until": today()}
    new = posting(worker, "grid_leader", make.community(), since=today())
    colleague = make.staff("grid_worker", make.unit())

    if when == "asked before":
        asked = separation.keep(new, by=admin)
        stand_ins.appoint(by=admin, staff=worker, stand_in=colleague, **days)
        with pytest.raises(Refused, match=r"顶岗|stands in"):
            separation.confirm(asked, by=second)
    else:
        stand_ins.appoint(by=admin, staff=worker, stand_in=colleague, **days)
        with pytest.raises(Refused, match=r"顶岗|stands in"):
            separation.keep(new, by=admin)

    stand_ins.end(StandIn.objects.get(), by=admin)
    separation.confirm(separation.keep(new, by=admin), by=second)
    assert worker.postings.filter(role="grid_leader").exists()


# --- accounts ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "closes", "opens"),
    [("auditor", False, False), ("grid_leader", True, False), ("grid_worker", True, True)],
)
def test_an_account_gives_and_takes_grave_rights_by_two(client, admin, role, closes, opens):
    person = make.staff(role, make.district())

    client.force_login(admin)
    assert (account_is_kept(client, person, is_active=False)) == closes
    type(person).objects.update(is_active=True)
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert (account_is_kept(client, person, is_active=True)) == opens

    switched_off()
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert account_is_kept(client, person, is_active=True)


def test_a_new_account_is_opened_after_its_posting_was_confirmed(client, admin):
    person = make.staff("grid_leader", make.community(), is_active=False)
    person.set_unusable_password()
    person.save()
    client.force_login(admin)

    assert account_is_kept(client, person, is_active=True)


def test_no_slip_opens_a_closed_account_that_two_had_given_rights(second):
    closed = make.staff("grid_leader", make.community(), is_active=False)
    open_one = make.staff("grid_leader", make.community())
    worker = make.staff("grid_worker", make.unit(), is_active=False)

    helped = slips.people_of(second)

    assert {open_one, worker} <= set(helped)
    assert closed not in helped


def test_a_leader_helps_nobody_to_a_password_who_holds_more_by_two(district):
    supervisor = make.staff("supervisor", make.street())
    leader = make.staff("grid_leader", make.community())
    worker = make.staff("grid_worker", make.unit())

    assert set(slips.people_of(supervisor)) == {worker}

    switched_off()
    assert set(slips.people_of(supervisor)) == {worker, leader}


def test_the_address_of_an_account_is_no_way_to_its_grave_rights(worker, mailoutbox, district):
    leader = make.staff("grid_leader", make.community(), email="leader@example.org")
    worker.email = "worker@example.org"
    worker.save()
    for person in (leader, worker):
        passwords.choose(person, "hehua-chi-tang-71")

    mail.send_slip(leader.username)
    assert not mailoutbox
    mail.send_slip(worker.username)
    assert [one.to for one in mailoutbox] == [["worker@example.org"]]

    switched_off()
    mail.send_slip(leader.username)
    assert len(mailoutbox) == 2


# --- the switch itself -----------------------------------------------------------


def send_profile(client, by, **said):
    client.force_login(by)
    profile = DistrictProfile.objects.get(district=make.district())
    fields = ["community_label", "base_label", "unit_label", "house_codes", "purposes"]
    fields += [f"{level}_band_{end}" for level in ("base", "unit") for end in ("min", "max")]
    said = {name: getattr(profile, name) for name in fields} | said
    return client.post(reverse("admin:grids_districtprofile_change", args=[profile.pk]), said)


def has_three():
    return separation.is_on(make.district().pk)


def test_the_three_are_switched_off_by_two(client, admin, second):
    answer = send_profile(client, admin, unit_label="小网格")

    assert answer.status_code == 302
    assert has_three()
    assert DistrictProfile.objects.get().unit_label == "小网格"
    asked = SettingChange.objects.get()
    assert Notification.objects.get().recipient == second

    with pytest.raises(Refused):
        switching_off.confirm(asked, by=admin)
    assert has_three()
    client.force_login(second)
    assert "陈志远" in client.get(reverse("grids:posting_changes")).content.decode()
    client.post(reverse("grids:setting_change", args=[asked.pk]), {"confirm": ""})
    assert not has_three()
    said = AuditEntry.objects.filter(kind="proposal").order_by("id")
    assert [(one.by, one.result) for one in said] == [(admin, "done"), (second, "done")]


def test_it_stays_on_when_the_second_person_says_no(client, admin, second):
    send_profile(client, admin)
    send_profile(client, admin)
    asked = SettingChange.objects.get()  # asked once
    client.force_login(second)

    client.post(reverse("grids:setting_change", args=[asked.pk]), {"refuse": ""})

    assert has_three()
    with pytest.raises(Refused):
        switching_off.confirm(asked, by=second)
    send_profile(client, admin)
    assert SettingChange.objects.count() == 2


def test_a_district_whose_profile_is_gone_has_nothing_to_switch_off(admin, second):
    asked = switching_off.ask(make.district().pk, by=admin)
    DistrictProfile.objects.all().delete()

    switching_off.confirm(asked, by=second)

    asked.refresh_from_db()
    assert asked.state == "confirmed"


def test_the_database_itself_wants_two_people_for_the_switch(admin):
    asked = switching_off.ask(make.district().pk, by=admin)

    with pytest.raises(IntegrityError), transaction.atomic():
        SettingChange.objects.filter(pk=asked.pk).update(
            state="confirmed", decided_by=admin, decided_at=timezone.now()
        )


def test_a_profile_is_not_carried_away_to_another_district(client, admin):
    elsewhere = make.district("110101", "东城区")
    make.posting(admin, "administrator", elsewhere)

    send_profile(client, admin, district=elsewhere.pk, has_three_administrators="on")

    assert DistrictProfile.objects.get().district == make.district()


# --- on the pages --------------------------------------------------------------------


def line(**fields):
    names = ("role", "duty", "grid", "department", "building", "since", "until")
    return {f"postings-0-{name}": fields.get(name, "") for name in names} | {
        "postings-0-id": fields.get("id", ""),
        "postings-TOTAL_FORMS": 1,
        "postings-INITIAL_FORMS": 1 if fields.get("id") else 0,
        "postings-MIN_NUM_FORMS": 0,
        "postings-MAX_NUM_FORMS": 1000,
    }


def send(client, by, person, **fields):
    client.force_login(by)
    said = {
        "username": person.username,
        "full_name": person.full_name,
        "district": person.district_id,
        "is_active": "on",
    }
    address = reverse("admin:grids_staff_change", args=[person.pk])
    return client.post(address, said | line(**fields))


def account_is_kept(client, person, *, is_active):
    """Whether the page of the person takes it."""
    held = person.postings.get()
    said = {
        "username": person.username,
        "full_name": person.full_name,
        "district": person.district_id,
        "is_active": "on" if is_active else "",
    }
    names = ("role", "duty", "since", "until")
    fields = {name: getattr(held, name) or "" for name in names}
    said |= line(**fields, id=held.pk, grid=held.grid_id) | {"postings-0-staff": person.pk}
    client.post(reverse("admin:grids_staff_change", args=[person.pk]), said)
    person.refresh_from_db()
    return person.is_active == is_active


def test_the_page_of_a_person_asks_for_a_grave_posting(client, admin, district):
    person = make.staff(district=district)

    answer = send(client, admin, person, role="auditor", grid=district.pk, since="2026-12-01")

    assert answer.status_code == 302
    assert PostingChange.objects.get().staff == person
    assert not person.postings.exists()


def test_the_page_of_a_person_says_why_not(client, admin, second, district):
    own = send(client, admin, admin, role="grid_worker", grid=make.unit().pk, since="2026-12-01")
    two = send(client, admin, second, role="auditor", grid=district.pk, since="2026-12-01")

    assert (own.status_code, two.status_code) == (200, 200)
    assert "您不能" in own.content.decode() or "自己的任职" in own.content.decode()
    assert "三员" in two.content.decode()
    assert Posting.objects.count() == 2


def test_the_second_person_decides_on_a_page(client, admin, second, worker):
    asked = separation.keep(posting(worker, "auditor", since=today()), by=admin)
    address = reverse("grids:posting_change", args=[asked.pk])

    client.force_login(admin)
    page = client.get(reverse("grids:posting_changes")).content.decode()
    assert "王秀芬" in page
    assert f"自{office_day(today())}起" in page
    client.post(address, {"confirm": ""})
    assert not worker.postings.filter(role="auditor").exists()

    client.force_login(second)
    client.post(address, {"confirm": ""})
    assert worker.postings.filter(role="auditor").exists()


def test_nobody_decides_in_another_district(client, admin, worker):
    asked = separation.keep(posting(worker, "auditor", since=today()), by=admin)
    client.force_login(make.staff("administrator", make.district("110101", "东城区")))

    page = client.get(reverse("grids:posting_changes"))
    answer = client.post(reverse("grids:posting_change", args=[asked.pk]), {"confirm": ""})

    assert "王秀芬" not in page.content.decode()
    assert answer.status_code == 404


def test_what_is_taken_from_the_administrator_is_not_had_beside_something_else(admin, district):
    assert Scope.of(admin).reach_together("staff.edit", "staff.view").districts == {district.pk}
    assert not Scope.of(admin).reach_together("staff.edit", "staff.secure")

    switched_off()
    again = type(admin).objects.get(pk=admin.pk)

    assert Scope.of(again).reach_together("staff.edit", "staff.secure").districts == {district.pk}


def test_a_stand_in_of_later_days_is_no_second_hat_of_today(admin, second, district):
    """`separation` and the database count the same days."""
    auditor, helper = make.staff("auditor", district), make.staff("supervisor")
    later = today() + timedelta(days=10)
    StandIn.objects.create(
        district=district, staff=auditor, stand_in=helper, since=later, until=later, by=second
    )
    of_before = posting(helper, "administrator", since=today(), until=later - timedelta(days=1))
    of_then = posting(helper, "administrator", since=today(), until=later)

    assert separation._second_hat(of_before) is None
    assert separation._second_hat(of_then).staff == auditor
