"""Who is told what (预警升级): the ladder of lateness and the hearers of each step, as tables.

A row names a role and where it is posted: at the department that holds the case, or at a tier
above (or at) the grid of the case.
"""

from django.utils.translation import gettext_lazy as _

from cases.models import WITH_DEPARTMENT, Alarm, LadderHearer, SupervisionSlip
from cases.steps import table
from cases.steps.people import (
    COMMUNITY,
    COMPANION,
    COORDINATOR,
    DEPARTMENT,
    DISTRICT,
    HANDLERS,
    HEAD,
    LEADER,
    STREET,
    WORKER,
    Hearer,
    at_desk,
)
from grids.people.on_duty import on_duty
from grids.refusal import Refused
from grids.roles import DEPARTMENT_ROLES

USUAL_ANSWER_HOURS = 8

# The rungs at which the system issues a slip by itself.
SLIPS = {
    Alarm.Level.DUE: SupervisionSlip.Colour.BLUE,
    Alarm.Level.HALF: SupervisionSlip.Colour.YELLOW,
    Alarm.Level.FULL: SupervisionSlip.Colour.ORANGE,
    Alarm.Level.DOUBLE: SupervisionSlip.Colour.RED,
}


# Each rung tells these and everybody on the rungs below it.
LADDER = {
    Alarm.Level.WARN: [HANDLERS, COORDINATOR, at_desk(LEADER), at_desk(COMMUNITY)],
    Alarm.Level.DUE: [WORKER, at_desk(STREET)],
    Alarm.Level.HALF: [LEADER, COMMUNITY],
    Alarm.Level.FULL: [STREET],
    Alarm.Level.DOUBLE: [DISTRICT, HEAD],
}

# Who hears of a step at once; whoever took the step is never told. Whoever stays with an urgent
# case to its end hears of every step.
HEARERS = {kind: [*step.hearers, COMPANION] for kind, step in table.EVENTS.items() if step.hearers}


def check_hearer(role, place):
    """Roles of departments hear at their department, all others at a place above the case."""
    if (role in DEPARTMENT_ROLES) != (place == DEPARTMENT):
        raise Refused(_("A role of departments is told at the department, others at a place."))


SHIPPED = 0  # stands for every district that has no hearers of its own


def own_hearers():
    """{district: {level: [Hearer]}} where a district wants others than the shipped table says."""
    own: dict = {}
    for row in LadderHearer.objects.order_by("pk"):
        hearer = Hearer(row.role, row.place, desk=row.only_at_desk)
        levels = own.setdefault(row.district_id, {})
        levels.setdefault(Alarm.Level(row.level), []).append(hearer)
    return own


def told_at(level, own=None):
    """Everybody who is told at a rung: its own hearers and those of the rungs below it."""
    ladder = LADDER | (own or {})
    return list(
        dict.fromkeys(hearer for below in LADDER if below <= level for hearer in ladder[below])
    )


def rows(own=None):
    """Columns of the rules, for unnest(): ladders, keys, roles, places, desks, urgents."""
    rules = [(SHIPPED, kind, hearer) for kind, hearers in HEARERS.items() for hearer in hearers]
    for district, levels in {SHIPPED: {}, **(own or {})}.items():
        rules += [
            (district, f"alarm {level:d}", hearer)
            for level in LADDER
            for hearer in told_at(level, levels)
        ]
    return [
        [district for district, _key, _hearer in rules],
        [key for _district, key, _hearer in rules],
        *(
            [str(getattr(hearer, name)) for _district, _key, hearer in rules]
            for name in ("role", "place")
        ),
        *(
            [getattr(hearer, name) for _district, _key, hearer in rules]
            for name in ("desk", "urgent")
        ),
    ]


# Needs a CTE item(item, key, grid_id, department_id, in_department, is_urgent) and the
# parameters of `parameters()`; gives told(item, staff_id). A district with hearers of its own has
# a ladder of its own, all others share the shipped one.
# Places are worked out once for each grid and rung, not once for each case.
TOLD = f"""
rule AS (
    SELECT * FROM unnest(%(rule_ladders)s::bigint[], %(rule_keys)s::text[], %(rule_roles)s::text[], %(rule_places)s::text[],
                         %(rule_desks)s::bool[], %(rule_urgents)s::bool[]) AS rule(ladder, key, role, place, desk, urgent)
), post AS (
    SELECT DISTINCT staff_id, role, grid_id, department_id
      FROM {on_duty("%(today)s")} AS held
), place AS (
    SELECT DISTINCT item.grid_id, item.key, item.in_department, item.is_urgent,
           CASE WHEN grid.district_id = ANY(%(ladders)s::bigint[]) THEN grid.district_id ELSE 0 END AS ladder
      FROM item JOIN grids_grid AS grid ON grid.id = item.grid_id
), above AS MATERIALIZED (
    SELECT below.id AS grid_id, above.id AS above_id, above.tier
      FROM grids_grid AS below
     CROSS JOIN LATERAL unnest(string_to_array(rtrim(below.path, '/'), '/')) AS part(code)
      JOIN grids_grid AS above ON above.code = part.code
     WHERE below.id IN (SELECT grid_id FROM place)
), told_in_place AS (
    SELECT DISTINCT place.grid_id, place.key, place.in_department, place.is_urgent, post.staff_id
      FROM place
      JOIN rule ON rule.key = place.key AND rule.ladder = place.ladder AND rule.place NOT IN ('department', 'person')
       AND (place.is_urgent OR NOT rule.urgent) AND NOT (place.in_department AND rule.desk)
      JOIN above ON above.grid_id = place.grid_id AND rule.place IN ('any', above.tier)
      JOIN post ON post.grid_id = above.above_id AND post.role = rule.role AND post.department_id IS NULL
), holder AS MATERIALIZED (
    SELECT department.id AS department_id,
           CASE WHEN department.district_id = ANY(%(ladders)s::bigint[]) THEN department.district_id ELSE 0 END AS ladder
      FROM (SELECT DISTINCT department_id FROM item WHERE in_department) AS held
      JOIN grids_department AS department ON department.id = held.department_id
), told_in_department AS (
    SELECT DISTINCT holder.department_id, rule.key, post.staff_id
      FROM holder JOIN post ON post.department_id = holder.department_id
      JOIN rule ON rule.place = 'department' AND rule.role = post.role AND rule.ladder = holder.ladder
), told AS (
    SELECT item.item, staff_id
      FROM item JOIN told_in_place USING (grid_id, key, in_department, is_urgent)
    UNION
    SELECT item.item, staff_id
      FROM item JOIN told_in_department USING (department_id, key)
     WHERE item.in_department
)
"""  # noqa: S608  only constants


def parameters(today, own=None):
    names = "ladders", "keys", "roles", "places", "desks", "urgents"
    rules = dict(zip((f"rule_{name}" for name in names), rows(own), strict=True))
    return rules | {
        "ladders": list(own or {}),
        "today": today,
        "with_department": sorted(str(stage) for stage in WITH_DEPARTMENT),
    }
