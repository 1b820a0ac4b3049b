"""What the day asks of those who go there: as on /today/, and what comes soon."""

from datetime import timedelta

from django.db.models import BigIntegerField, DateField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from grids.roles import Role
from inspections.campaigns import campaigns
from inspections.models import Appointment, CampaignTarget, Reminder
from inspections.telling import digest_hours
from inspections.telling.readers import as_text, day_format, door, standing, write_rows
from inspections.visits import appointments

VISITORS = [Role.GRID_WORKER, Role.ASSISTANT, Role.BUILDING_STEWARD]
_KEY = Cast(Value(None), BigIntegerField())
_DAY = Cast(Value(None), DateField())

# A home visit does the call too, as on /today/.
TELL = """
WITH matter AS MATERIALIZED (
    SELECT * FROM ({matters}) AS matter
        (household_id, grid_id, building_id, stage, mode, visitor_id, campaign_id, agreed_on)
), {readers}, concerned AS MATERIALIZED (
    SELECT DISTINCT reader.staff_id, matter.household_id, stage, mode, campaign_id, agreed_on
    FROM matter JOIN reader ON reader.unit_id = matter.grid_id
    WHERE (reader.building_id IS NULL OR reader.building_id = matter.building_id)
      AND (matter.visitor_id IS NULL OR matter.visitor_id = reader.staff_id)
), door AS (
    SELECT staff_id, household_id, bool_or(stage IN ('due', 'overdue')) AS is_open,
           bool_or(stage = 'overdue') AS is_late, bool_or(stage = 'coming') AS is_coming,
           bool_or(stage IN ('due', 'overdue') AND mode = 'home') AS is_home,
           min(agreed_on) <= %s AS is_agreed, min(agreed_on) > %s AS is_agreed_later
    FROM concerned GROUP BY staff_id, household_id
), day AS (
    SELECT staff_id, count(*) FILTER (WHERE is_home) AS homes,
           count(*) FILTER (WHERE is_open AND NOT is_home) AS calls,
           count(*) FILTER (WHERE is_late) AS late,
           count(*) FILTER (WHERE is_coming AND NOT is_open) AS coming,
           count(*) FILTER (WHERE is_agreed) AS agreed,
           count(*) FILTER (WHERE is_agreed_later) AS agreed_later
    FROM door GROUP BY staff_id
), campaign AS (
    SELECT staff_id, string_agg(line, E'\\n' ORDER BY until, id) AS lines
    FROM (SELECT staff_id, campaign.id, campaign.until,
                 format(%s, campaign.name, count(*), to_char(campaign.until, %s)) AS line
          FROM concerned JOIN inspections_campaign campaign ON campaign.id = concerned.campaign_id
          GROUP BY staff_id, campaign.id) AS line
    GROUP BY staff_id
)
INSERT INTO grids_notification (recipient_id, kind, title, body, url, is_urgent, key, created_at)
SELECT staff_id, 'visits_due', format(%s, homes, calls, late, coming),
       concat_ws(E'\\n', CASE WHEN agreed + agreed_later > 0 THEN format(%s, agreed, agreed_later) END, lines),
       %s, false, %s, %s
FROM day LEFT JOIN campaign USING (staff_id)
ORDER BY staff_id
ON CONFLICT DO NOTHING
"""


def tell(day, now, firsts, readers):
    rows = _asked_of_visitors(day, firsts)
    matters, parameters = rows.query.sql_with_params()
    # Translators: 1 home visits, 2 calls, 3 of them overdue, 4 soon due; for PostgreSQL's format().
    title = _("To visit today: %1$s; to call: %2$s; overdue: %3$s; coming: %4$s")
    # Translators: for PostgreSQL's format().
    agreed = _("Appointments: today %1$s, tomorrow %2$s")
    # Translators: 1 campaign, 2 households, 3 last day; for PostgreSQL's format().
    line = _("%1$s: %2$s households still open, last day %3$s")
    return write_rows(
        TELL,
        [
            *parameters,
            *readers.values(VISITORS),
            day,
            day,
            line,
            day_format(),
            title,
            agreed,
            reverse("inspections:today"),
            f"visits_due-{day}",
            now,
        ],
        matters=matters,
    )


def _asked_of_visitors(day, firsts):
    """What /today/ shows: visits, targets of campaigns, appointments; and what comes soon."""
    agreed = appointments.open_of(Appointment.objects.all())
    later = Exists(agreed.filter(household=OuterRef("household"), on__gt=day))
    visits = (
        standing(day, firsts)
        .filter(~later, Q(retry_on=None) | Q(retry_on__lte=day))
        .filter(
            Q(next_due_on__lte=day) | digest_hours.announced_since(firsts, Reminder.Stage.COMING)
        )
        .values_list(*door("stage", "rule__mode"), _KEY, _KEY, _DAY)
    )
    targets = (
        campaigns.open_on(CampaignTarget.objects.all(), day)
        .filter(~later, district__in=firsts)
        .values_list(
            *door(as_text("due"), "campaign__mode", grid="grid"),
            "visitor",
            "campaign",
            _DAY,
        )
    )
    today, tomorrow = agreed.filter(on__lte=day), agreed.filter(on=day + timedelta(1))
    meetings = [
        rows.filter(household__district__in=firsts).values_list(
            *door(as_text(stage), "mode"), _KEY, _KEY, "on"
        )
        for rows, stage in ((today, "due"), (tomorrow, "agreed"))
    ]
    return visits.union(targets, *meetings, all=True)
