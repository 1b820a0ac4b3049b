"""Campaigns (集中走访): everybody, a care category or a list, visited within some days.

A visit that is logged in its days counts by itself; nobody reports progress.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Grid, Staff
from grids.scope import Scope
from inspections.models import Campaign, CampaignTarget, Visit
from residents.models import Household

OPEN = (CampaignTarget.State.OPEN, CampaignTarget.State.ATTEMPTED)

# Every live household below the campaign's grid that is meant, with the grid of this day.
GATHER = """
INSERT INTO inspections_campaigntarget (campaign_id, district_id, grid_id, household_id, state, attempts)
SELECT %(campaign)s, household.district_id, household.grid_id, household.id, 'open', 0
  FROM residents_household AS household
  JOIN grids_grid AS grid ON grid.id = household.grid_id AND starts_with(grid.path, %(path)s)
 WHERE household.district_id = %(district)s AND household.ended_on IS NULL
   AND CASE %(who)s
       WHEN 'everyone' THEN true
       WHEN 'list' THEN household.number = ANY (%(numbers)s)
       ELSE EXISTS (
           SELECT FROM residents_carerecord AS record
             JOIN residents_carecategory AS category ON category.id = record.category_id
             JOIN residents_resident AS resident ON resident.id = record.resident_id
            WHERE resident.household_id = household.id AND resident.ended_on IS NULL
              AND record.since <= %(today)s AND (record.until IS NULL OR record.until >= %(today)s)
              AND CASE WHEN %(who)s = 'care' THEN category.level = 'care' ELSE category.id = %(category)s END)
       END
    ON CONFLICT (campaign_id, household_id) DO NOTHING
"""

# What a visit does to the campaigns that run on its day; one that reached somebody stays so.
COUNT = """
UPDATE inspections_campaigntarget AS target
   SET attempts = target.attempts + 1, visit_id = %(visit)s, done_on = %(on)s, state = %(state)s
  FROM inspections_campaign AS campaign
 WHERE campaign.id = target.campaign_id AND campaign.state = 'running'
   AND %(on)s BETWEEN campaign.since AND campaign.until
   AND (campaign.mode = 'call' OR %(mode)s = 'home')
   AND target.household_id = %(household)s AND target.state IN ('open', 'attempted')
"""
STATES = {
    Visit.Outcome.MET: CampaignTarget.State.REACHED,
    Visit.Outcome.NOBODY: CampaignTarget.State.ATTEMPTED,
    Visit.Outcome.REFUSED: CampaignTarget.State.REFUSED,
    Visit.Outcome.MOVED: CampaignTarget.State.GONE,
}


class CampaignRefused(ValueError):
    """A step that cannot be taken; the text is for the user."""


@dataclass
class Progress:
    """How far a campaign has come in one grid."""

    grid: Grid
    total: int = 0
    reached: int = 0
    attempted: int = 0
    refused: int = 0
    gone: int = 0

    @property
    def open(self):
        return self.total - self.reached - self.attempted - self.refused - self.gone

    @property
    def percent(self):
        """Of those who still live there."""
        there = self.total - self.gone
        return 100 * self.reached // there if there else 100


@transaction.atomic
def start(campaign, *, numbers=(), now=None):
    """Gather the households and begin; how many there are. Raises CampaignRefused."""
    now = now or timezone.now()
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state != Campaign.State.DRAFT:
        raise CampaignRefused(_("The campaign has begun already."))
    gathered = _gather(campaign, numbers, timezone.localdate(now))
    if not gathered:
        raise CampaignRefused(_("Nobody is meant by this campaign."))
    campaign.state, campaign.started_at = Campaign.State.RUNNING, now
    campaign.save(update_fields=["state", "started_at"])
    return gathered


def _gather(campaign, numbers, today):
    parameters = {
        "campaign": campaign.pk,
        "district": campaign.district_id,
        "path": campaign.grid.path,
        "who": campaign.who,
        "category": campaign.care_category_id,
        "numbers": list(numbers),
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(GATHER, parameters)
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
    """A visit that was just logged counts for the campaigns of its day."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "visit": visit.pk,
                "on": visit.happened_on,
                "state": str(STATES[visit.outcome]),
                "mode": str(visit.mode),
                "household": visit.household_id,
            },
        )


def progress(campaign) -> list[Progress]:
    """One line for each unit grid, in the order of the codes: one grouped query."""
    state = CampaignTarget.State
    rows = (
        CampaignTarget.objects.filter(campaign=campaign)
        .values("grid")
        .annotate(
            total=Count("pk"),
            reached=Count("pk", filter=Q(state=state.REACHED)),
            attempted=Count("pk", filter=Q(state=state.ATTEMPTED)),
            refused=Count("pk", filter=Q(state=state.REFUSED)),
            gone=Count("pk", filter=Q(state=state.GONE)),
        )
    )
    counts = {row.pop("grid"): row for row in rows}
    grids = Grid.objects.filter(pk__in=counts).defer("boundary").order_by("code")
    return [Progress(grid, **counts[grid.pk]) for grid in grids]


def total(lines, grid) -> Progress:
    """The sum of the lines."""
    names = ("total", "reached", "attempted", "refused", "gone")
    return Progress(
        grid, **{name: sum(getattr(line, name) for line in lines) for name in names}
    )


def open_for(staff, today):
    """Targets of running campaigns that wait for this person: handed over, or of the own grids."""
    rows = CampaignTarget.objects.visible_to(staff, right="log").filter(
        state__in=OPEN,
        campaign__state=Campaign.State.RUNNING,
        campaign__since__lte=today,
        campaign__until__gte=today,
        household__ended_on=None,
    )
    return rows.filter(Q(visitor=None) | Q(visitor=staff))


@transaction.atomic
def hand_over(campaign, grid, *, to):
    """What is open in a unit grid goes to another worker (None: back to whoever is posted)."""
    if campaign.state != Campaign.State.RUNNING:
        raise CampaignRefused(_("The campaign is not running."))
    if to is not None and not workers_of(grid).filter(pk=to.pk).exists():
        raise CampaignRefused(_("This person is not posted around this grid."))
    rows = CampaignTarget.objects.filter(campaign=campaign, grid=grid, state__in=OPEN)
    return rows.update(visitor=to)


def workers_of(grid):
    """Staff posted today at the grid or above it, who may log visits there."""
    today = timezone.localdate()
    above = Grid.objects.above(grid)
    found = Staff.objects.posted(today, grid__in=above, department=None)
    keys = [one.pk for one in found if Scope.of(one).grants("visit.log", _at(grid))]
    return Staff.objects.filter(pk__in=keys).order_by("full_name")


def _at(grid):
    """A target that lies in the grid, for asking who may visit it."""
    return CampaignTarget(
        grid=grid, district_id=grid.district_id, household=Household(dwelling=None)
    )


@transaction.atomic
def close(campaign, *, words="", now=None):
    """The end: what was reached, in figures, with the words of whoever closes it."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if campaign.state != Campaign.State.RUNNING:
        raise CampaignRefused(_("The campaign is not running."))
    campaign.state, campaign.closed_at = Campaign.State.CLOSED, now or timezone.now()
    campaign.report = words.strip()
    campaign.save(update_fields=["state", "closed_at", "report"])
