"""Leases of dwellings: what a workbook brings is entered, and waits for a second person."""

from grids.models import Building, Compound
from grids.workbooks import spelling
from residents.imports.batch.written import Written
from residents.imports.others import cells, ground
from residents.imports.others.declare import GRID, PLACE, Sheet, column
from residents.models import Dwelling, Lease

FIND = (
    """UPDATE sheet_row s SET key = x.id FROM residents_lease x
    WHERE x.dwelling_id = s.dwelling_id AND x.tenant_name = s.tenant_name AND x.since = s.since
      AND x.ended_on IS NULL AND s.reason IS NULL""",
    """UPDATE sheet_row s SET reason = 'lease_ended', field = 'since', value = s.since::text
    FROM residents_lease x
    WHERE x.dwelling_id = s.dwelling_id AND x.tenant_name = s.tenant_name AND x.since = s.since
      AND s.key IS NULL AND s.reason IS NULL""",
)
SAME = (
    "landlord_name",
    "landlord_phone",
    "landlord_present",
    "tenant_phone",
    "area",
    "rent",
    "until",
    "note",
)


def declare():
    person = {"kind": spelling.name, "is_required": True, "is_private": True}
    return Sheet(
        register="leases",
        model=Lease,
        columns=(
            GRID,
            *PLACE,
            column("address", Dwelling.address),
            column("landlord_name", Lease.landlord_name, **person),
            column(
                "landlord_phone",
                Lease.landlord_phone,
                cells.phone,
                is_required=True,
                is_private=True,
            ),
            column("landlord_present", Lease.landlord_present),
            column("tenant_name", Lease.tenant_name, **person),
            column("tenant_phone", Lease.tenant_phone, cells.phone, is_private=True),
            column("area", Lease.area),
            column("rent", Lease.rent),
            column("since", Lease.since, is_required=True),
            column("until", Lease.until, is_required=True),
            column("note", Lease.note),
        ),
        extra=ground.EXTRA,
        facts={name: f"s.{name}" for name in SAME},
        fixed={
            "landlord_present": "COALESCE(s.landlord_present, false)",
            "dwelling_id": "s.dwelling_id",
            "tenant_name": "s.tenant_name",
            "since": "s.since",
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
        before=(*ground.ADD_BUILDINGS, *ground.ADD_DWELLINGS),
        judge=judge,
        written=Written(
            (Compound, Building, Dwelling, Lease), places=(Compound, Building, Dwelling)
        ),
    )


def judge(row, place, seen):
    has_room = bool(row.building and row.room)
    if not has_room and not row.address:
        return "dwelling_missing", "room", ""
    if row.until < row.since:
        return "period_wrong", "until", row.until
    where = (row.compound, row.building, row.entrance, row.room) if has_room else row.address
    key = (place.grid_id, where, row.tenant_name, row.since)
    if key in seen:
        return "duplicate_in_file", "tenant_name", ""
    seen[key] = True
    return None
