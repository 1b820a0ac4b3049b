"""Which lease stands where, by its days and its state; what ends with it and who hears of it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from grids.models import Notification
from grids.refusal import Refused
from residents.housing import lapsed_leases, leases
from residents.models import Dwelling, Household, Lease
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def day(number):
    return TODAY + timedelta(days=number)


@pytest.fixture
def home():
    return factories.dwelling(factories.unit(), use="rented")


def put(home, until=0, *, since=None, state="approved", ended=None, **fields):
    """A lease by days from today."""
    until = day(until)
    return factories.lease(
        home,
        state=state,
        until=until,
        since=day(since) if since is not None else until - timedelta(days=99),
        ended_on=None if ended is None else day(ended),
        **fields,
    )


@pytest.fixture
def clerk():
    return factories.staff("community_staff", factories.community())


@pytest.fixture
def colleague():
    return factories.staff("community_staff", factories.community())


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_each_list_holds_the_leases_of_its_state_and_days(home):
    put(home, 90, tenant_name="远")
    put(home, 30, tenant_name="将到")
    put(home, 31, tenant_name="未到")
    put(home, 0, tenant_name="今日")
    put(home, -1, tenant_name="过期")
    put(home, 5, tenant_name="待", state="waiting")
    put(home, 5, tenant_name="退", state="returned")
    put(home, 5, tenant_name="待终", state="waiting", ended=-1)
    put(home, -1, tenant_name="自终", ended=-1)
    put(home, -1, tenant_name="早终", ended=-2)
    put(home, -1, tenant_name="未批终", ended=-1, state="waiting")
    for name, later in (("续", {"state": "waiting"}), ("续终", {"ended": 0}),
                        ("续退终", {"state": "returned", "ended": 0})):  # fmt: skip
        put(home, -1, tenant_name=name, ended=-1)
        put(home, 300, since=0, tenant_name=name, **later)
    put(home, -1, tenant_name="续新")
    put(home, 300, since=0, tenant_name="续新")

    def names(rows):
        return sorted(rows.values_list("tenant_name", flat=True))

    rows = Lease.objects
    assert names(rows.waiting()) == sorted(["待", "续"])
    assert names(rows.returned()) == ["退"]
    assert names(rows.approved()) == sorted(["远", "将到", "未到", "今日", "过期", "续新", "续新"])
    assert names(rows.running_out(TODAY)) == sorted(["将到", "今日", "过期"])
    assert names(rows.run_out(TODAY)) == sorted(["过期", "续新"])
    assert names(rows.lapsed()) == sorted(["自终", "续退终"])
    ended = ["待终", "自终", "早终", "未批终", "续", "续终", "续终", "续退终", "续退终"]
    assert names(rows.over(TODAY)) == sorted([*ended, "续新"])


@pytest.mark.parametrize(
    ("tenant", "use", "is_asked"),
    [
        ("there", "lapsed", True),
        ("there", "rented", True),
        ("there", "empty", False),
        ("there", "other", False),
        ("gone", "lapsed", False),
        ("elsewhere", "lapsed", False),
        (None, "lapsed", True),
        (None, "rented", False),
    ],
)
def test_who_is_still_asked_about(home, tenant, use, is_asked):
    household = None if tenant is None else factories.household(home=home)
    if tenant == "gone":
        Household.objects.update(ended_on=TODAY, end_reason="moved")
    if tenant == "elsewhere":
        Household.objects.update(dwelling=factories.dwelling())
    Dwelling.objects.filter(pk=home.pk).update(use=use)
    put(home, -1, ended=-1, household=household)

    assert Lease.objects.unanswered().exists() is is_asked


# The sweep


def sweep():
    return lapsed_leases.sweep(timezone.now())


def test_the_sweep_ends_what_ran_out_and_nothing_else(home, clerk):
    def another(until=-1, **fields):
        return put(factories.dwelling(use="rented"), until, **fields)

    ran_out, last_day = another(), another(0)
    waits, back = another(state="waiting"), another(state="returned")
    ended = another(ended=-5)
    together = put(ran_out.dwelling, -1, tenant_name="另一", state="waiting")

    assert sweep() == {"ended": 1, "to_answer": 1, "messages": 1}

    assert [fresh(one).ended_on for one in (ran_out, last_day, waits, back, ended, together)] == [
        day(-1), None, None, None, day(-5), None,
    ]  # fmt: skip
    assert Lease.objects.exclude(pk=ran_out.pk).exclude(dwelling__use="rented").count() == 1
    assert fresh(ran_out.dwelling).use == "lapsed"


@pytest.mark.parametrize(
    ("later", "is_asked"),
    [
        (None, True),
        ({}, False),
        ({"state": "waiting"}, False),
        ({"tenant_name": "别人", "state": "waiting"}, True),
        ({"ended": 0, "state": "waiting"}, True),
        ({"since": -200, "until": -50, "state": "waiting"}, True),
        ({"elsewhere": True}, True),
    ],
)
def test_what_a_later_lease_of_the_tenant_carries_on_is_asked_of_nobody(
    home, clerk, later, is_asked
):
    put(home, -1, since=-100)
    if later is not None:
        there = factories.dwelling() if later.get("elsewhere") else home
        said = {name: value for name, value in later.items() if name != "elsewhere"}
        put(there, **{"until": 300, "since": 0} | said)

    assert sweep()["messages"] == is_asked
    assert fresh(home).use == ("lapsed" if is_asked else "rented")


@pytest.mark.parametrize(
    ("tenant", "another_lives", "use", "after"),
    [
        ("there", False, "rented", "lapsed"),
        ("gone", False, "rented", "empty"),
        ("gone", True, "rented", "other"),
        ("elsewhere", False, "rented", "empty"),
        ("elsewhere", True, "rented", "other"),
        (None, False, "rented", "lapsed"),
        (None, True, "rented", "lapsed"),
        ("there", False, "own", "own"),
        ("gone", False, "own", "own"),
    ],
)
def test_how_the_dwelling_is_used_from_then_on(home, clerk, tenant, another_lives, use, after):
    household = None if tenant is None else factories.household(home=home, head_name="赵租客")
    if tenant == "gone":
        Household.objects.filter(pk=household.pk).update(ended_on=TODAY, end_reason="moved")
    if tenant == "elsewhere":
        Household.objects.filter(pk=household.pk).update(dwelling=factories.dwelling())
    if another_lives:
        factories.household(home=home, head_name="别人")
    former = factories.household(home=home, head_name="旧人")
    Household.objects.filter(pk=former.pk).update(ended_on=TODAY, end_reason="moved")
    Dwelling.objects.filter(pk=home.pk).update(use=use)
    put(home, -1, household=household)

    sweep()

    assert fresh(home).use == after


@pytest.mark.parametrize(
    ("state", "ended", "after"),
    [("approved", None, "rented"), ("approved", -1, "lapsed"), ("waiting", None, "lapsed")],
)
def test_another_lease_in_force_keeps_it_let(home, clerk, state, ended, after):
    put(home, -1)
    put(home, 100, tenant_name="别人", state=state, ended=ended)

    sweep()

    assert fresh(home).use == after


def test_a_dwelling_is_empty_only_if_all_its_tenants_are_known_to_be_gone(home, clerk):
    gone = factories.household(home=home, head_name="甲")
    Household.objects.filter(pk=gone.pk).update(ended_on=TODAY, end_reason="moved")
    put(home, -1, tenant_name="甲", household=gone)
    put(home, -1, tenant_name="乙", household=factories.household(home=home, head_name="乙"))

    sweep()

    assert fresh(home).use == "lapsed"


def test_who_is_told_where(home):
    community, base, unit = factories.community(), home.grid.parent, home.grid
    other = factories.building(unit, "8号楼")
    told = [
        factories.staff("community_staff", community),
        factories.staff("grid_leader", base),
        factories.staff("information_officer", unit),
        factories.staff("grid_leader", unit, building=home.building),
    ]
    not_told = [
        factories.staff("grid_worker", unit),
        factories.staff("administrator", community),
        factories.staff("grid_leader", unit, building=other),
        factories.staff("grid_leader", factories.unit("370402001028002")),
        factories.staff("community_staff", factories.street()),
        factories.staff("community_staff", factories.community("370402001029", "别的社区")),
        factories.staff("grid_leader", unit, since=day(1)),
    ]
    put(home, -1)

    assert sweep()["messages"] == len(told)

    assert {one.recipient for one in Notification.objects.all()} == set(told)
    assert not set(told) & set(not_told)


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (2, 2), (5, 5), (6, 6), (7, 6)])
def test_a_message_names_five(clerk, number, lines):
    for one in range(number):
        put(factories.dwelling(use="rented"), -1, tenant_name=f"租客{one}")

    sweep()

    note = Notification.objects.get()
    assert len(note.body.splitlines()) == lines
    assert (f"另有{number - 5}份" in note.body) is (number > 5)
    assert ("?tab=lapsed" in note.url) is (number > 1)
    first = Lease.objects.order_by("pk").first()
    assert (note.kind, note.key) == ("lease", f"lease-ran-out-{first.pk}")
    assert note.body.splitlines()[0] == f"租客0 · {first.dwelling.address}"
    assert abs((timezone.now() - note.created_at).total_seconds()) < 60


# By hand

FACTS = {
    "landlord_name": "刘房东",
    "landlord_phone": "13900000001",
    "landlord_present": True,
    "tenant_name": "赵租客",
    "tenant_phone": "13900000002",
    "area": 60,
    "rent": 900,
    "since": day(0),
    "until": day(364),
    "note": "话",
}
OTHERS = {
    "landlord_name": "李房东",
    "landlord_phone": "13900000003",
    "landlord_present": False,
    "tenant_name": "钱租客",
    "tenant_phone": "13900000004",
    "area": 61,
    "rent": 901,
    "since": day(1),
    "until": day(365),
    "note": "新话",
}


def test_every_fact_is_entered_and_nothing_that_is_none(home, clerk):
    tenant = factories.household(home=home)

    lease = leases.enter(home, by=clerk, facts=FACTS | {"state": "approved"}, household=tenant)

    assert {name: getattr(fresh(lease), name) for name in FACTS} == FACTS
    assert (lease.state, lease.household, lease.entered_by, lease.grid_id, lease.district_id) == (
        "waiting", tenant, clerk, home.grid_id, home.district_id,
    )  # fmt: skip
    bare = {name: FACTS[name] for name in ("landlord_name", "tenant_name", "until")}
    other = leases.enter(home, by=clerk, facts=bare | {"since": day(5)})
    assert (other.note, other.rent) == ("", None)
    elsewhere = factories.household()
    with pytest.raises(Refused):
        leases.enter(home, by=clerk, facts=FACTS | {"since": day(9)}, household=elsewhere)


@pytest.mark.parametrize("name", FACTS)
def test_any_fact_that_is_changed_waits_again(home, clerk, colleague, name):
    lease = leases.approve(leases.enter(home, by=clerk, facts=FACTS), by=colleague)

    changed = leases.change(lease, by=colleague, facts=FACTS | {name: OTHERS[name], "state": "x"})

    found = fresh(lease)
    assert changed == [name]
    assert getattr(found, name) == OTHERS[name]
    assert (found.state, found.special_edits, found.entered_by) == ("waiting", 1, colleague)
    assert (found.approved_by, found.approved_at, found.return_reason) == (None, None, "")


def test_another_tenant_has_to_live_there_and_the_one_who_moved_may_stay_named(home, clerk):
    tenant, elsewhere = factories.household(home=home), factories.household()
    lease = leases.enter(home, by=clerk, facts=FACTS, household=tenant)

    with pytest.raises(Refused):
        leases.change(lease, by=clerk, facts=FACTS, household=elsewhere)
    Household.objects.filter(pk=tenant.pk).update(dwelling=elsewhere.dwelling)
    assert leases.change(lease, by=clerk, facts=FACTS | {"rent": 1}, household=tenant) == ["rent"]
    assert leases.change(lease, by=clerk, facts=FACTS | {"rent": 1}, household=None) == [
        "household"
    ]
    assert fresh(lease).household is None


@pytest.mark.parametrize(
    ("state", "on", "is_right"),
    [
        ("approved", -10, True),
        ("approved", -11, False),
        ("waiting", -11, True),
        ("approved", 0, True),
        ("approved", 1, False),
    ],
)
def test_on_which_days_a_lease_may_end(home, clerk, state, on, is_right):
    lease = put(home, 50, since=-10, state=state)

    if is_right:
        leases.end(lease, by=clerk, on=day(on))
    else:
        with pytest.raises(Refused):
            leases.end(lease, by=clerk, on=day(on))
    assert fresh(lease).ended_on == (day(on) if is_right else None)
    with pytest.raises(Refused):
        leases.end(put(home, 50, tenant_name="x", ended=-1), by=clerk, on=TODAY)


@pytest.mark.parametrize(
    ("beside", "after"),
    [
        (None, "empty"),
        ("another household", "rented"),
        ("a former household", "empty"),
        ("another lease", "rented"),
        ("a lease that waits", "empty"),
        ("a lease that ended", "empty"),
    ],
)
def test_the_dwelling_is_empty_when_nobody_else_is_there(home, clerk, beside, after):
    lease = put(home, 50, household=factories.household(home=home))
    match beside:
        case "another household":
            factories.household(home=home, head_name="别人")
        case "a former household":
            other = factories.household(home=home, head_name="别人")
            Household.objects.filter(pk=other.pk).update(ended_on=TODAY, end_reason="moved")
        case "another lease":
            put(home, 50, tenant_name="别人")
        case "a lease that waits":
            put(home, 50, tenant_name="别人", state="waiting")
        case "a lease that ended":
            put(home, 50, tenant_name="别人", ended=-1)

    leases.end(lease, by=clerk, on=TODAY)

    assert fresh(home).use == after


@pytest.mark.parametrize(
    ("earlier", "is_over"),
    [
        ({}, True),
        ({"tenant_name": "别人"}, False),
        ({"until": 0}, False),
        ({"until": 40, "since": 1}, False),
        ({"state": "waiting"}, False),
        ({"elsewhere": True}, False),
    ],
)
@pytest.mark.parametrize("what", ["approve", "end"])
def test_earlier_leases_of_the_tenant_that_ran_out_are_over(
    home, clerk, colleague, earlier, is_over, what
):
    said = {"until": -1, "since": -200, "state": "approved"} | earlier
    there = factories.dwelling() if said.pop("elsewhere", False) else home
    old = put(there, **said)
    if what == "approve":
        leases.approve(leases.enter(home, by=clerk, facts=FACTS), by=colleague)
    else:
        leases.end(put(home, 50, since=0), by=clerk, on=TODAY)

    assert fresh(old).ended_on == (day(-1) if is_over else None)


@pytest.mark.parametrize(
    ("since", "until", "next_since", "next_until"),
    [
        ("2026-01-01", "2026-12-31", "2027-01-01", "2027-12-31"),
        ("2027-01-01", "2027-12-31", "2028-01-01", "2028-12-31"),
        ("2024-01-01", "2025-12-31", "2026-01-01", "2027-12-31"),
        ("2026-03-01", "2026-08-31", "2026-09-01", "2027-03-03"),
        ("2026-01-01", "2026-01-31", "2026-02-01", "2026-03-03"),
        ("2027-03-01", "2028-02-28", "2028-02-29", "2029-02-27"),
        ("2026-01-01", "2026-12-29", "2026-12-30", "2027-12-27"),
        ("2026-01-01", "2026-12-30", "2026-12-31", "2027-12-30"),
    ],
)
def test_a_renewal_begins_the_next_day_for_as_long(since, until, next_since, next_until):
    lease = Lease(
        **FACTS | {"since": date.fromisoformat(since), "until": date.fromisoformat(until)}
    )

    found = leases.renewed(lease)

    assert (str(found["since"]), str(found["until"])) == (next_since, next_until)
    kept = set(FACTS) - {"since", "until", "landlord_present"}
    assert {name: found[name] for name in kept} == {name: FACTS[name] for name in kept}
    assert found["landlord_present"] is False


@pytest.mark.parametrize(
    ("since", "years", "last"),
    [
        ("2026-01-01", 1, "2026-12-31"),
        ("2026-01-31", 1, "2027-01-30"),
        ("2028-02-29", 1, "2029-02-27"),
        ("2026-02-28", 2, "2028-02-27"),
        ("2026-03-30", 1, "2027-03-29"),
    ],
)
def test_the_last_day_of_so_many_years(since, years, last):
    assert str(leases.last_day(date.fromisoformat(since), years=years)) == last
