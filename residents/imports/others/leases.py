"""Leases of dwellings: what a workbook brings is entered, and waits for a second person."""

from calendar import monthrange
from datetime import date, timedelta

from grids.models import Building, Compound
from grids.workbooks import spelling
from residents.imports.batch.written import Written
from residents.imports.others import cells, ground
from residents.imports.others.declare import GRID, PLACE, Sheet, column
from residents.models import Dwelling, Lease

# A list that does not say the first day means the lease of this tenant that runs.
FIND = (
    """UPDATE sheet_row s SET key = (
        SELECT x.id FROM residents_lease x
        WHERE x.dwelling_id = s.dwelling_id AND x.tenant_name = s.tenant_name AND x.ended_on IS NULL
          AND (x.since = s.since OR x.since IS NULL OR s.since IS NULL)
        ORDER BY x.since IS NOT DISTINCT FROM s.since DESC, x.since DESC NULLS LAST, x.id LIMIT 1)
    WHERE s.dwelling_id IS NOT NULL AND s.reason IS NULL""",
    """UPDATE sheet_row s SET reason = 'lease_ended', field = 'since', value = COALESCE(s.since::text, '')
    FROM residents_lease x
    WHERE x.dwelling_id = s.dwelling_id AND x.tenant_name = s.tenant_name
      AND (x.since = s.since OR s.since IS NULL) AND s.key IS NULL AND s.reason IS NULL""",
)
# One of the days may be the register's.
REFUSE_PERIOD = """
UPDATE sheet_row s SET reason = 'period_wrong', field = 'until', value = COALESCE(s.until::text, '')
FROM residents_lease x
WHERE x.id = s.key AND s.reason IS NULL AND (s.since IS NULL OR x.since IS NULL OR s.until IS NULL)
  AND LEAST(s.until, x.until) < GREATEST(s.since, x.since)
"""
SAME = (
    "landlord_name",
    "landlord_phone",
    "landlord_present",
    "tenant_phone",
    "area",
    "rent",
    "since",
    "until",
    "note",
)


def declare():
    person = {"kind": spelling.name, "is_private": True}
    phone = {"kind": cells.phone, "is_private": True}
    return Sheet(
        register="leases",
        model=Lease,
        columns=(
            GRID,
            *PLACE,
            column("address", Dwelling.address, names=True),
            column("landlord_name", Lease.landlord_name, **person),
            column("landlord_phone", Lease.landlord_phone, **phone),
            column("landlord_present", Lease.landlord_present),
            column("tenant_name", Lease.tenant_name, is_required=True, **person),
            column("tenant_phone", Lease.tenant_phone, **phone),
            column("area", Lease.area),
            column("rent", Lease.rent),
            column("since", Lease.since, cells.first_day),
            column("until", Lease.until, cells.last_day),
            column("note", Lease.note),
        ),
        extra=ground.EXTRA,
        facts={name: f"s.{name}" for name in SAME} | {"until": "NULLIF(s.until, 'infinity')"},
        erased={"until": "s.until = 'infinity'"},
        fixed={
            "landlord_present": "COALESCE(s.landlord_present, false)",
            "dwelling_id": "s.dwelling_id",
            "tenant_name": "s.tenant_name",
            "state": "'waiting'",
            "return_reason": "''",
            "entered_by_id": "%(by)s",
            "entered_at": "%(now)s",
        },
        # Whoever changed it entered what is to be approved now, as in `residents.housing.leases`.
        touched={
            "state": "'waiting'",
            "special_edits": "t.special_edits + (t.state = 'approved')::int",
            "entered_by_id": "%(by)s",
            "entered_at": "%(now)s",
            "approved_by_id": "NULL",
            "approved_at": "NULL",
            "return_reason": "''",
        },
        match=(
            ground.FIND_BUILDINGS,
            ground.REFUSE_AMBIGUOUS,
            *ground.FIND_DWELLINGS,
            ground.FIND_OTHERWISE,
            *FIND,
        ),
        refuse=(REFUSE_PERIOD,),
        before=(*ground.ADD_BUILDINGS, *ground.ADD_DWELLINGS),
        complete=complete,
        new_places=ground.NEW_PLACES,
        judge=judge,
        written=Written(
            (Compound, Building, Dwelling, Lease), places=(Compound, Building, Dwelling)
        ),
    )


def complete(row, unknown):
    """Both days of a period in one cell, and the last day of so many months."""
    since, __, until = row.since.partition("/")
    said = row.until
    if "/" in said:
        first, __, said = said.partition("/")
        since = since or first
    if said.startswith("+"):
        said = _after(since, int(said)) if since else _left_out(said, unknown)
    return row._replace(since=since, until=said or until)


def _after(since, months):
    """The day before the same day so many months later."""
    first = date.fromisoformat(since)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return (date(year, month + 1, day) - timedelta(days=1)).isoformat()


def _left_out(said, unknown):
    unknown.note("until", said)
    return ""


def judge(row, place, seen):
    has_room = bool(row.building and row.room)
    if not has_room and not row.address:
        return "dwelling_missing", "room", ""
    if row.since and row.until and row.until < row.since:
        return "period_wrong", "until", row.until
    where = (row.compound, row.building, row.entrance, row.room) if has_room else row.address
    key = (place.grid_id, where, row.tenant_name, row.since)
    if key in seen:
        return "duplicate_in_file", "tenant_name", ""
    seen[key] = True
    return None
