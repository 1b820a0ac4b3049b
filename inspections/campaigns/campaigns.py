"""Campaigns (集中走访): everybody, a care category or a list, visited within some days.

A visit that is logged in its days counts by itself; nobody reports progress.
"""

from django.db import connection, transaction
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import locks
from grids.models import Grid, Posting, Staff, StandIn, Tier
from grids.refusal import Refused
from grids.roles import RIGHTS
from grids.scope import Scope
from inspections.models import Campaign, CampaignTarget, Visit
from residents.lists import narrowing
from residents.models import CareCategory, Household
from residents.models.care import open_to

VISITING = sorted(role for role, rights in RIGHTS.items() if "visit.log" in rights)
OPEN = (CampaignTarget.State.OPEN, CampaignTarget.State.ATTEMPTED)

# What `_meant` says, with the grid of this day.
GATHER = """
INSERT INTO inspections_campaigntarget (campaign_id, district_id, grid_id, household_id, state, attempts)
{meant} ON CONFLICT (campaign_id, household_id) DO NOTHING
"""
ABOUT_CARE = (Campaign.Who.CARE, Campaign.Who.CATEGORY)

STATES = {
    Visit.Outcome.MET: CampaignTarget.State.REACHED,
    Visit.Outcome.NOBODY: CampaignTarget.State.ATTEMPTED,
    Visit.Outcome.REFUSED: CampaignTarget.State.REFUSED,
    Visit.Outcome.MOVED: CampaignTarget.State.GONE,
}
_STATE = " ".join(f"WHEN '{outcome}' THEN '{state}'" for outcome, state in STATES.items())

# Where the visits of a campaign's days leave its households, in whatever order they arrive: the
# first at which the door opened decides, else the last; attempts are the visits up to that one.
COUNT = f"""
UPDATE inspections_campaigntarget AS target
   SET state = CASE outcome {_STATE} END, attempts = place, visit_id = visit, done_on = happened_on
  FROM (SELECT DISTINCT ON (id) * FROM (
            SELECT target.id, visit.id AS visit, visit.outcome, visit.happened_on,
                   row_number() OVER (PARTITION BY target.id ORDER BY visit.happened_on, visit.id) AS place
              FROM inspections_campaigntarget AS target
              JOIN inspections_campaign AS campaign ON campaign.id = target.campaign_id
              JOIN inspections_visit AS visit ON visit.household_id = target.household_id
               AND visit.happened_on BETWEEN campaign.since AND campaign.until
               AND (campaign.mode = 'call' OR visit.mode = 'home')
             WHERE {{which}}) AS tried
         ORDER BY id, outcome = 'nobody', CASE outcome WHEN 'nobody' THEN -place ELSE place END) AS counted
 WHERE target.id = counted.id AND (target.visit_id, target.attempts) IS DISTINCT FROM (visit, place)
"""  # noqa: S608  only constants of this module
COUNT_ALL = COUNT.format(which="target.campaign_id = %(campaign)s")
COUNT_SOME = COUNT.format(which="target.id = ANY(%(targets)s)")

# Locked before they are counted: of two visits at once the second sees the first.
CONCERNED = """
SELECT target.id
  FROM inspections_campaigntarget AS target
  JOIN inspections_campaign AS campaign ON campaign.id = target.campaign_id
 WHERE campaign.district_id = %(district)s AND campaign.state = 'running'
   AND %(on)s BETWEEN campaign.since AND campaign.until
   AND (campaign.mode = 'call' OR %(mode)s = 'home')
   AND target.household_id = %(household)s
   FOR UPDATE OF target
"""
# Visits share it, a campaign that begins has it alone: each visit is counted by one of the two.


@transaction.atomic
def start(campaign, *, numbers=(), now=None):
    """Gather the households and begin; how many there are. Raises Refused.

    Visits that were logged before count, if they happened within the campaign's days.
    """
    now = now or timezone.now()
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state != Campaign.State.DRAFT:
        raise Refused(_("The campaign has begun already."))
    gathered = _gather(campaign, numbers)
    if not gathered:
        raise Refused(_("Nobody is meant by this campaign."))
    _lock(campaign.district_id, alone=True)
    _run(COUNT_ALL, campaign=campaign.pk)
    campaign.state, campaign.started_at = Campaign.State.RUNNING, now
    campaign.save(update_fields=["state", "started_at"])
    return gathered


def _gather(campaign, numbers):
    new = [Value(campaign.pk), "district", "grid", "pk", Value("open"), Value(0)]
    meant = _meant(campaign, numbers).order_by().values_list(*new)
    statement, parameters = meant.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(GATHER.format(meant=statement), parameters)
        return cursor.rowcount


def _meant(campaign, numbers):
    """The live households below the campaign's grid that are meant; of those under care the ones
    of which whoever began it may know."""
    rows = Household.objects.live().filter(
        district=campaign.district_id, grid__path__startswith=campaign.grid.path
    )
    if campaign.who == Campaign.Who.LIST:
        return rows.filter(number__in=list(numbers))
    if campaign.who not in ABOUT_CARE:
        return rows
    care = narrowing.care_records(campaign.made_by)
    if campaign.who == Campaign.Who.CARE:
        # Whoever reads care sees whom it means: not those whom only some of them may know of.
        close = CareCategory.objects.kept_close()
        care = care.filter(category__level=CareCategory.Level.CARE).exclude(category__in=close)
    else:
        care = care.filter(category=campaign.care_category_id)
    return rows.filter(pk__in=care.values("resident__household"))


def tells(staff, campaign):
    """Whether this person may know whom the campaign means: of care, only who reads it there."""
    if campaign.who not in ABOUT_CARE:
        return True
    category = campaign.care_category_id
    return Scope.of(staff).grants("register.read_care", campaign) and (
        category is None or open_to(staff).filter(pk=category).exists()
    )


def _lock(district, *, alone=False):
    """Until the transaction ends."""
    shared = "" if alone else "_shared"
    _run(
        f"SELECT pg_advisory_xact_lock{shared}({locks.CAMPAIGNS}, %(district)s)",
        district=district,
    )


def _run(statement, **values):
    """How many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def unknown_numbers(staff, grid, numbers):
    """Household numbers of a list that no live household in sight below `grid` has."""
    rows = (
        Household.objects.live()
        .visible_to(staff)
        .filter(number__in=numbers, grid__path__startswith=grid.path)
    )
    known = set(rows.values_list("number", flat=True))
    return [number for number in numbers if number not in known]


def count(visit):
    """A visit that was just logged, on its day or late, counts for the campaigns of its day."""
    _lock(visit.district_id)
    concerned = {
        "district": visit.district_id,
        "on": visit.happened_on,
        "mode": str(visit.mode),
        "household": visit.household_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(CONCERNED, concerned)
        targets = [key for (key,) in cursor.fetchall()]
    if targets:
        _run(COUNT_SOME, targets=targets)


def open_on(rows, today):
    """Of these targets the ones of running campaigns that somebody is still to go to."""
    return rows.filter(
        state__in=OPEN,
        campaign__state=Campaign.State.RUNNING,
        campaign__since__lte=today,
        campaign__until__gte=today,
        household__ended_on=None,
    )


def open_for(staff, today):
    """Targets of running campaigns that wait for this person: handed over, or of the own grids."""
    rows = open_on(CampaignTarget.objects.visible_to(staff, right="log"), today)
    return rows.filter(Q(visitor=None) | Q(visitor=staff))


@transaction.atomic
def hand_over(campaign, grid, *, to):
    """What is open in a unit grid goes to another worker (None: back to whoever is posted)."""
    if campaign.state != Campaign.State.RUNNING:
        raise Refused(_("The campaign is not running."))
    if to is not None and not workers_of(grid).filter(pk=to.pk).exists():
        raise Refused(_("This person is not posted around this grid."))
    rows = CampaignTarget.objects.filter(campaign=campaign, grid=grid, state__in=OPEN)
    return rows.update(visitor=to)


def workers_of(grid):
    """Staff who may log visits everywhere in the grid today, by a posting at it or above it that
    they hold or stand in for."""
    today = timezone.localdate()
    postings = Posting.objects.on(today).filter(
        grid__in=Grid.objects.above(grid).exclude(tier=Tier.CITY),
        role__in=VISITING,
        department=None,
        building=None,
    )
    holders = postings.values("staff")
    absent = StandIn.objects.on(today).filter(staff__in=holders)
    found = Q(pk__in=holders) | Q(pk__in=absent.values("stand_in"))
    return Staff.objects.filter(found, is_active=True).order_by("full_name", "pk")


@transaction.atomic
def close(campaign, *, words="", now=None):
    """The end: what was reached, in figures, with the words of whoever closes it."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state != Campaign.State.RUNNING:
        raise Refused(_("The campaign is not running."))
    campaign.state, campaign.closed_at = Campaign.State.CLOSED, now or timezone.now()
    campaign.report = words.strip()
    campaign.save(update_fields=["state", "closed_at", "report"])
