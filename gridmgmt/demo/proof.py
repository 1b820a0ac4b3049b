"""Questions to a district that was loaded: counts as wanted, and what must never be found."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from cases import lights
from cases.models import Alarm, Case
from gridmgmt.demo.loading import run
from grids.fields import blind_index
from residents.models import HEAD_OF_HOUSEHOLD, Household, Resident
from residents.people.idnumber import parse

SAMPLE = 200
LEAST_SHARE = 0.05  # of the open cases under each light

# Each counts the rows that break the rule. Read by one district's key.
NEVER = {
    "persons who live twice": """
        SELECT count(*) FROM (
            SELECT FROM residents_resident
            WHERE district_id = %(district)s AND ended_on IS NULL AND id_index IS NOT NULL
            GROUP BY document, id_index HAVING count(*) > 1) AS twice""",
    "households without exactly one head": """
        SELECT count(*) FROM (
            SELECT FROM residents_household AS home
            LEFT JOIN residents_resident AS head
                ON head.household_id = home.id AND head.relation = %(head)s
            WHERE home.district_id = %(district)s
            GROUP BY home.id HAVING count(head.id) <> 1) AS headless""",
    "persons elsewhere than their household or dwelling": """
        SELECT count(*) FROM residents_resident AS person
        JOIN residents_household AS home ON home.id = person.household_id
        JOIN residents_dwelling AS dwelling ON dwelling.id = home.dwelling_id
        WHERE person.district_id = %(district)s AND (
            (person.grid_id, person.district_id) <> (home.grid_id, home.district_id)
            OR (home.grid_id, home.district_id) <> (dwelling.grid_id, dwelling.district_id))""",
    "rows in a grid of another district": """
        SELECT sum(wrong) FROM (
            SELECT count(*) AS wrong FROM residents_resident AS found
            JOIN grids_grid AS grid ON grid.id = grid_id WHERE found.district_id <> grid.district_id
            UNION ALL
            SELECT count(*) FROM cases_case AS found
            JOIN grids_grid AS grid ON grid.id = grid_id WHERE found.district_id <> grid.district_id
        ) AS strays""",
    "open cases without all their alarms": """
        SELECT count(*) FROM (
            SELECT FROM cases_case AS found LEFT JOIN cases_alarm AS alarm ON alarm.case_id = found.id
            WHERE found.district_id = %(district)s AND found.closed_at IS NULL
            GROUP BY found.id
            HAVING count(alarm.id) <> CASE WHEN found.stage = 'reported' THEN 1 ELSE 5 END) AS quiet""",
    "alarms that are due and did not ring": """
        SELECT count(*) FROM cases_alarm WHERE fired_at IS NULL AND fires_at <= %(now)s""",
    "alarms that ring for nothing": """
        SELECT count(*) FROM cases_alarm AS alarm JOIN cases_case AS found ON found.id = case_id
        WHERE fired_at > %(now)s OR fired_at IS NULL AND closed_at IS NOT NULL""",
    "cases without a report": """
        SELECT count(*) FROM cases_case AS found WHERE NOT EXISTS (
            SELECT FROM cases_caseevent AS event
            WHERE event.case_id = found.id AND kind = 'report' AND at = reported_at)""",
    "events that do not lead from one stage to the next": """
        SELECT count(*) FROM (
            SELECT case_id, from_stage, to_stage,
                   lag(to_stage, 1, '') OVER told AS before, lead(id) OVER told AS next
            FROM cases_caseevent WINDOW told AS (PARTITION BY case_id ORDER BY at, id)) AS event
        JOIN cases_case AS found ON found.id = case_id
        WHERE from_stage <> before OR next IS NULL AND to_stage <> stage""",
    "events of what had not happened yet": """
        SELECT count(*) FROM cases_caseevent WHERE at > %(now)s""",
    "months that would give out a number again": """
        SELECT count(*) FROM (
            SELECT substr(number, 8, 4) AS month, max(substr(number, 13)::int) AS last
            FROM cases_case WHERE district_id = %(district)s GROUP BY 1) AS given
        LEFT JOIN cases_casenumber AS row ON row.month = given.month AND row.district_id = %(district)s
        WHERE row.last IS DISTINCT FROM given.last""",
    "households that nobody is to visit": """
        SELECT count(*) FROM (
            SELECT id FROM residents_household WHERE district_id = %(district)s
            EXCEPT SELECT household_id FROM inspections_schedule) AS idle""",
}


def faults(district: int, size, now: datetime) -> list[str]:
    """What is not as it should be, in words."""
    values = {"district": district, "now": now, "head": HEAD_OF_HOUSEHOLD}
    found = {what: run(question, values)[0][0] for what, question in NEVER.items()}
    return [
        *(f"{number} {what}" for what, number in found.items() if number),
        *_counts(district, size),
        *_lights(district, size, now),
        *_numbers(district, now),
    ]


def _counts(district, size):
    persons = Resident.objects.filter(district=district).live().count()
    cases = Case.objects.filter(district=district)
    is_right = {
        "households": Household.objects.filter(district=district).live().count() == size.households,
        "persons": abs(persons - size.persons) <= max(10, size.persons / 1000),
        "cases": cases.count() == size.cases,
        "open cases": cases.open().count() == size.open_cases,
    }
    return [f"another number of {what}" for what, right in is_right.items() if not right]


def _lights(district, size, now):
    cases = Case.objects.filter(district=district)
    found = lights.counts(cases, now)
    due = Alarm.objects.filter(case__in=cases.open(), level=Alarm.Level.DUE)
    if found["red"] != due.exclude(fired_at=None).count():
        yield "red cases and fired alarms differ"
    for light, number in found.items():
        if number < LEAST_SHARE * size.open_cases:
            yield f"only {number} open cases are {light}"


def _numbers(district, now):
    """ID numbers of some: sealed, indexed and masked as the register does it."""
    today = timezone.localdate(now)
    persons = Resident.objects.filter(district=district).order_by("id_index")
    facts: Any = persons.values_list("pk", "id_sealed", "id_index", "id_mask", "birth_on", "sex")
    for key, sealed, index, *known in facts[:SAMPLE]:
        number = parse(sealed.of(key).reveal(), today)
        found = (blind_index(number.text), [number.mask, number.birth_on, number.sex])
        if found != (bytes(index), known):
            yield f"the number of person {key} does not fit"
