"""What leaders are told: only what is out of the ordinary, and nothing when nothing is."""

from datetime import timedelta

from django.db.models import Count, DateField, ExpressionWrapper, F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from grids.roles import Role
from inspections.models import Campaign, CampaignTarget, Mode, Reminder, Schedule, Visit
from inspections.telling import digest_hours
from inspections.telling.readers import as_text, day_format, door, standing, write_rows
from inspections.visits import unseen

LEADERS = [Role.GRID_LEADER, Role.COMMUNITY_STAFF, Role.SUPERVISOR]
LONG_UNSEEN = timedelta(days=30)  # after the last day on which the visit was not overdue
GRIDS_NAMED = 5

TELL = """
WITH plan AS MATERIALIZED (
    SELECT * FROM ({plans}) AS plan (campaign_id, grid_id, there, reached)
), oddity AS MATERIALIZED (
    SELECT * FROM ({matters}) AS oddity (household_id, grid_id, building_id, kind)
), matter AS (
    SELECT grid_id FROM oddity UNION SELECT grid_id FROM plan
), {readers}, concerned AS MATERIALIZED (
    SELECT DISTINCT reader.staff_id, oddity.household_id, oddity.grid_id, oddity.kind
    FROM oddity JOIN reader ON reader.unit_id = oddity.grid_id
    WHERE reader.building_id IS NULL OR reader.building_id = oddity.building_id
), counted AS (
    SELECT staff_id, count(*) FILTER (WHERE kind = 'overdue') AS late,
           count(*) FILTER (WHERE kind = 'long') AS long, count(*) FILTER (WHERE kind = 'attempts') AS tried,
           count(*) FILTER (WHERE kind = 'refused') AS refused
    FROM concerned GROUP BY staff_id
), ranked AS (
    SELECT staff_id, name, number, row_number() OVER (PARTITION BY staff_id ORDER BY number DESC, code) AS place
    FROM (SELECT staff_id, grid_id, count(DISTINCT household_id) AS number
          FROM concerned GROUP BY staff_id, grid_id) AS in_grid
    JOIN grids_grid grid ON grid.id = in_grid.grid_id
), by_grid AS (
    SELECT staff_id, string_agg(format(%s, name, number), %s ORDER BY place) FILTER (WHERE place <= %s)
           || CASE WHEN count(*) > %s THEN format(%s, count(*) - %s) ELSE '' END AS line
    FROM ranked GROUP BY staff_id
), stand AS (
    SELECT staff_id, campaign_id, 100 * sum(reached) / nullif(sum(there), 0) AS percent
    FROM plan JOIN reader ON reader.unit_id = plan.grid_id AND reader.building_id IS NULL
    GROUP BY staff_id, campaign_id
), behind AS (
    SELECT staff_id, count(*) AS number, string_agg(
               format(%s, name, floor(percent)::int, planned, to_char(until, %s)), E'\\n' ORDER BY until, id) AS lines
    FROM (SELECT stand.*, campaign.*, goal_percent * least(%s - since, until - since + 1) / (until - since + 1) AS planned
          FROM stand JOIN inspections_campaign campaign ON campaign.id = stand.campaign_id) AS progress
    WHERE floor(percent) < planned
    GROUP BY staff_id
)
INSERT INTO grids_notification (recipient_id, kind, title, body, url, is_urgent, key, created_at)
SELECT staff_id, 'visits_overdue', left(concat_ws(%s, CASE WHEN late > 0 THEN format(%s, late) END,
           CASE WHEN long > 0 THEN format(%s, long) END, CASE WHEN tried > 0 THEN format(%s, tried) END,
           CASE WHEN refused > 0 THEN format(%s, refused) END,
           CASE WHEN behind.number > 0 THEN format(%s, behind.number) END), 200),
       concat_ws(E'\\n', line, lines),
       CASE WHEN late + long + tried > 0 THEN %s WHEN refused > 0 THEN %s ELSE %s END, false, %s, %s
FROM counted FULL JOIN behind USING (staff_id) LEFT JOIN by_grid USING (staff_id)
ORDER BY staff_id
ON CONFLICT DO NOTHING
"""


def tell(day, now, firsts, readers):
    matters, parameters = _oddities(day, firsts).query.sql_with_params()
    plans, before = _plans(day, firsts).query.sql_with_params()
    # Translators: 1 grid, 2 households; for PostgreSQL's format().
    in_grid, comma = _("%1$s: %2$s"), pgettext("between grids", ", ")
    # Translators: for PostgreSQL's format().
    more = _(" and %s more grids")
    # Translators: 1 campaign, 2 and 3 percent, 4 last day; for PostgreSQL's format().
    line = _("%1$s: reached %2$s %%, planned by now %3$s %%, last day %4$s")
    titles = [
        pgettext("between exceptions", "; "),
        # Translators: these are for PostgreSQL's format().
        _("Visits newly overdue: %s households"),
        _("overdue for more than 30 days: %s"),
        _("tried three times in vain: %s"),
        _("refused: %s"),
        _("campaigns behind their plan: %s"),
    ]
    visits = reverse("inspections:visits") + "?who=all&outcome=refused"
    return write_rows(
        TELL,
        [
            *before,
            *parameters,
            *readers.values(LEADERS),
            in_grid,
            comma,
            GRIDS_NAMED,
            GRIDS_NAMED,
            more,
            GRIDS_NAMED,
            line,
            day_format(),
            day,
            *titles,
            reverse("inspections:overdue"),
            visits,
            reverse("inspections:campaigns"),
            f"visits_overdue-{day}",
            now,
        ],
        matters=matters,
        plans=plans,
    )


def _oddities(day, firsts):
    """What happened since the last digest: became overdue, became long unseen, was tried in vain
    once more, refused."""
    became_overdue = (
        standing(day, firsts)
        .filter(stage=Reminder.Stage.OVERDUE)
        .filter(digest_hours.announced_since(firsts, Reminder.Stage.OVERDUE))
        .values_list(*door(as_text("overdue")))
    )
    homes = Schedule.objects.of_households().applying(day).filter(rule__mode=Mode.HOME)
    became_long = (
        homes.overdue(day)
        .annotate(
            long_from=ExpressionWrapper(
                F("last_day") + LONG_UNSEEN.days + 1, output_field=DateField()
            )
        )
        .filter(digest_hours.any_of(firsts, lambda first: Q(long_from__range=(first, day))))
        .values_list(*door(as_text("long")))
    )
    nobody = Visit.objects.filter(
        _logged(day, firsts), outcome=Visit.Outcome.NOBODY, mode=Mode.HOME
    )
    tried = homes.filter(
        attempts__gte=unseen.MANY_ATTEMPTS,
        household__in=nobody.values("household"),
    ).values_list(*door(as_text("attempts")))
    refused = Visit.objects.filter(_logged(day, firsts), outcome=Visit.Outcome.REFUSED).values_list(
        *door(as_text("refused"), grid="grid")
    )
    return became_overdue.union(became_long, tried, refused, all=True)


def _logged(day, firsts):
    """From the day of the last digest to yesterday."""
    one = timedelta(days=1)
    return digest_hours.any_of(
        firsts, lambda first: Q(logged_at__date__range=(first - one, day - one))
    )


def _plans(day, firsts):
    """Running campaigns, grid by grid: how many still live there, how many were reached."""
    state = CampaignTarget.State
    there = ~Q(state=state.GONE)
    return (
        CampaignTarget.objects.filter(
            digest_hours.any_of(
                firsts, lambda first: Q(campaign__until__gte=first - timedelta(days=1))
            ),
            campaign__state=Campaign.State.RUNNING,
            campaign__since__lt=day,
        )
        .order_by()
        .values_list("campaign", "grid")
        .annotate(
            there=Count("pk", filter=there),
            reached=Count("pk", filter=Q(state=state.REACHED)),
        )
    )
