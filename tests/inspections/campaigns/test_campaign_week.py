"""A campaign week of a district: nothing is lost, and what it costs the database is said.

CAMPAIGN_SHARE says how much of a district of 286,000 households and 3,686 visitors: a twentieth
unless told. One visit in CAMPAIGN_POSTED goes through the page on a real server.
"""

import multiprocessing
import os
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from datetime import time as clock

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from bench import ground
from bench.pages import session_of
from bench.serving import ask_all, serving
from grids.models import Posting, Staff
from inspections.cadence import schedules
from inspections.campaigns import campaigns, progress
from inspections.models import Campaign, CampaignTarget, Schedule, Visit
from inspections.visits import visit_log
from residents.models import Household
from tests import factories
from tests.inspections import campaign_week as week

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]

SHARE = float(os.environ.get("CAMPAIGN_SHARE", "0.05"))
POSTED = int(os.environ.get("CAMPAIGN_POSTED", "50"))
HOUSEHOLDS, VISITORS, UNITS = (
    max(round(number * SHARE), least) for number, least in ((286_000, 200), (3_686, 8), (1_144, 4))
)
OFFICES = 4  # processes that log at the same time
TODAY = timezone.localdate()
FIRST = TODAY - timedelta(days=week.DAYS - 1)
TABLES = ["inspections_visit", "inspections_schedule", "inspections_campaigntarget"]


def noon(day):
    return timezone.make_aware(datetime.combine(day, clock(12)))


# --- the district ---


@pytest.fixture
def district():
    """Unit grids with their visitors, and households of whom every ninth is under care."""
    factories.care_category()
    codes = [f"370402{1 + n // 110:03}{1 + n // 11:03}{1 + n % 11:03}" for n in range(UNITS)]
    units = [factories.unit(code) for code in codes]
    found = factories.district()
    ground.run(ground.DWELLINGS, count=HOUSEHOLDS)
    ground.run(ground.HOUSEHOLDS, now=noon(FIRST))
    ground.run(ground.RESIDENTS)
    ground.run(ground.CARE, since=ground.SINCE)
    people = Staff.objects.bulk_create(
        Staff(
            username=f"visitor{n}", full_name=f"张{n}", district=found, password=make_password(None)
        )
        for n in range(VISITORS)
    )
    Posting.objects.bulk_create(
        Posting(
            staff=one,
            role="grid_worker",
            grid=units[n % UNITS],
            since=factories.LONG_AGO,
        )
        for n, one in enumerate(people)
    )
    schedules.ensure_rules(found)
    schedules.plan(found, FIRST)
    ground.run("ANALYZE")
    return found


@pytest.fixture
def plan(district):
    visitors = {}
    for staff, grid in Posting.objects.order_by("pk").values_list("staff", "grid"):
        visitors.setdefault(grid, []).append(staff)
    homes = Household.objects.order_by("pk").values_list("pk", "grid")
    return week.draw(list(homes), visitors, FIRST)


@pytest.fixture
def campaign(district):
    return Campaign.objects.create(
        district=district,
        grid=district,
        name="冬季大走访",
        who="everyone",
        since=FIRST,
        until=TODAY,
        made_by=Staff.objects.first(),
        made_at=noon(FIRST),
    )


# --- how it arrives ---


@pytest.fixture
def offices():
    """Processes that log visits, each with a connection of its own."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(OFFICES, fork) as pool:
        # All of them before anything else runs in this one.
        assert list(pool.map(arrive, [[]] * OFFICES)) == [Counter()] * OFFICES
        yield pool


def arrive(bundle):
    """One phone sends what it has: new visits, repeated ones, and the statements they took."""
    found = Counter()

    def note(execute, *given):
        found["statements"] += 1
        return execute(*given)

    with connection.execute_wrapper(note):
        for sent in bundle:
            __, is_new = visit_log.log_visit(
                Household.objects.get(pk=sent.household),
                by=Staff.objects.get(pk=sent.visitor),
                outcome=sent.outcome,
                mode=sent.mode,
                happened_on=sent.day,
                client_uuid=sent.key,
                now=noon(sent.arrives),
            )
            found["new" if is_new else "again"] += 1
    return found


def form(sent, headers):
    fields = {
        "client_uuid": sent.key,
        "mode": sent.mode,
        "outcome": sent.outcome,
        "happened_on": sent.day,
        "note": "",
        "diary-TOTAL_FORMS": 5,
        "diary-INITIAL_FORMS": 0,
    }
    path = reverse("inspections:log_visit", args=[sent.household])
    return "POST", path, headers[sent.visitor], fields


# --- what it costs ---


class Meter:
    """What the database did between two moments, and for what its sessions waited."""

    SEEN = (
        "SELECT sum(CASE WHEN wait_event_type = 'Lock' THEN 1 ELSE 0 END), count(*)"
        " FROM pg_stat_activity WHERE state = 'active' AND datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )

    def __init__(self):
        self.waits, self.looks, self.is_over = 0, 0, threading.Event()
        self.watch = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.before, self.at = self._read(), time.monotonic()
        self.watch.start()
        return self

    def __exit__(self, *__):
        self.seconds = time.monotonic() - self.at
        self.is_over.set()
        self.watch.join()
        time.sleep(1.5)  # sessions hand in their counts once a second
        after = self._read()
        self.spent = {name: after[name] - self.before[name] for name in after}

    def _watch(self):
        while not self.is_over.wait(0.05):
            waiting, active = ground.run(self.SEEN)[0]
            self.waits, self.looks = self.waits + (waiting or 0), self.looks + active
        connection.close()

    def _read(self):
        [found] = ground.run(
            "SELECT pg_stat_force_next_flush()::text, pg_current_wal_insert_lsn() - '0/0',"
            " xact_commit, tup_inserted, tup_updated, tup_deleted, blks_read, deadlocks"
            " FROM pg_stat_database WHERE datname = current_database()"
        )
        names = (
            "wal",
            "commits",
            "inserted",
            "updated",
            "deleted",
            "blocks read",
            "deadlocks",
        )
        read = dict(zip(names, map(int, found[1:]), strict=True))
        rows = ground.run(
            "SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables"
            " WHERE relname = ANY(%(tables)s)",
            tables=TABLES,
        )
        for table, updated, hot in rows:
            read |= {f"{table} updated": updated, f"{table} hot": hot}
        return read


def told(meter, found, posted):
    """What it cost, a line each; for whoever runs it, nothing depends on it."""
    kept, spent = found["new"] + posted, meter.spent
    lines = [
        f"{kept:,} visits of {HOUSEHOLDS:,} households by {VISITORS:,} visitors in {UNITS:,} grids;"
        f" {posted:,} of them by the page, {found['again']:,} came twice",
        f"{kept / meter.seconds:.0f} visits/s with {OFFICES} processes ({meter.seconds:.0f} s)",
        f"{found['statements'] / max(found['new'] + found['again'], 1):.1f} statements a visit,"
        f" {spent['commits'] / kept:.2f} transactions",
        f"rows a visit: {spent['inserted'] / kept:.2f} inserted, {spent['updated'] / kept:.2f} updated",
        f"WAL {spent['wal'] / kept:,.0f} bytes a visit, {spent['blocks read'] / kept:.2f} blocks read",
        f"sessions waited for a lock in {100 * meter.waits / max(meter.looks, 1):.2f} % of the looks,"
        f" {spent['deadlocks']} deadlocks",
    ]
    for table in TABLES:
        if updated := spent[f"{table} updated"]:
            hot = spent[f"{table} hot"] / updated
            lines.append(f"{table}: {updated:,} updates, {100 * hot:.0f} % in place")
    return lines


def test_a_campaign_week_loses_nothing(campaign, plan, offices, settings, tmp_path, capsys):
    settings.STATIC_ROOT = str(tmp_path / "static")
    before = list(standing())
    at_once = time.monotonic()
    campaigns.start(campaign, now=noon(FIRST))
    at_once = time.monotonic() - at_once
    found, posted, looks = Counter(), 0, []
    headers = {one.pk: session_of(one) for one in Staff.objects.order_by("pk")}
    handed = Posting.objects.filter(staff=plan[0].visitor).first()

    with serving("gridmgmt.wsgi:application") as page, Meter() as meter:
        for after in range(week.DAYS):
            day = FIRST + timedelta(days=after)
            through = offices.map(arrive, by_verb(plan, day), chunksize=4)
            forms = [form(sent, headers) for sent in by_page(plan, day)]
            ask_all(page, forms, 302)
            posted += len(forms)
            found = sum(through, found)
            at = time.monotonic()
            lines = progress.progress(campaign)
            looks.append(time.monotonic() - at)
            if after == week.DAYS // 2:
                other = Staff.objects.exclude(pk=handed.staff_id)
                to = other.posted(TODAY, grid=handed.grid).first() or handed.staff
                campaigns.hand_over(campaign_now(campaign), handed.grid, to=to)

    with capsys.disabled():
        print("", *told(meter, found, posted), sep="\n")
        print(f"begun in {at_once:.1f} s, progress in {max(looks) * 1000:.0f} ms")
    assert found["new"] + posted == len(plan)
    assert Visit.objects.count() == len(plan)
    assert set(Visit.objects.values_list("client_uuid", flat=True)) == {sent.key for sent in plan}
    targets = week.targets_of(plan)
    rows = CampaignTarget.objects.filter(campaign=campaign)
    assert {
        home: tuple(rest)
        for home, *rest in rows.values_list("household", "state", "attempts", "visit__client_uuid")
    } == targets
    whole, counted = progress.total(lines, campaign.grid), week.sums(targets)
    assert whole.total == HOUSEHOLDS
    assert whole.open == 0
    assert {name: getattr(whole, name) for name in week.STATES.values()} == counted
    assert sorted(standing()) == sorted(week.schedules_after(plan, before))
    assert meter.spent["deadlocks"] == 0


def standing():
    fields = ("household", "rule__mode", "rule__every_months")
    return Schedule.objects.values_list(*fields, "next_due_on", "last_done_on", "attempts")


def by_verb(plan, day):
    """Without those for the page; what is tapped twice is so by the verb."""
    kept = ([one for one in bundle if not is_posted(one)] for bundle in week.bundles(plan, day))
    return list(filter(None, kept))


def by_page(plan, day):
    return [sent for sent in plan if sent.arrives == day and is_posted(sent)]


def is_posted(sent):
    return sent.key.int % POSTED == 0


def campaign_now(campaign):
    return Campaign.objects.get(pk=campaign.pk)
