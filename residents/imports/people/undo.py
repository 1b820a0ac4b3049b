# ruff: noqa: S608  a constant of our own
"""What an import of residents writes, for its undo.

Nobody undoes half a household: what a household and its members are to each other is said here.
"""

from grids.models import Building, Compound
from residents.imports.batch.written import Child, Written
from residents.models import (
    HEAD_OF_HOUSEHOLD,
    CareRecord,
    Dwelling,
    Household,
    Resident,
    Stay,
)

USED = (
    """UPDATE undo_resident u SET kept = 'used'
    WHERE is_created AND kept IS NULL AND EXISTS (
        SELECT FROM residents_carerecord c LEFT JOIN undo_carerecord o ON o.id = c.id
        WHERE c.resident_id = u.id AND NOT (COALESCE(o.is_created, false) AND o.kept IS NULL))""",
    """UPDATE undo_resident u SET kept = 'used'
    WHERE is_created AND kept IS NULL AND EXISTS (
        SELECT FROM residents_stay c LEFT JOIN undo_stay o ON o.id = c.id
        WHERE c.resident_id = u.id AND NOT (COALESCE(o.is_created, false) AND o.kept IS NULL))""",
    """UPDATE undo_resident u SET kept = 'used'
    FROM residents_resident r JOIN undo_household h ON h.id = r.household_id
    WHERE r.id = u.id AND u.is_created AND u.kept IS NULL AND h.is_created AND h.kept = 'used'""",
)
TOGETHER = (
    # A household does not go back to its old grid without its members.
    """UPDATE undo_household u SET kept = 'together'
    FROM residents_household x
    WHERE x.id = u.id AND NOT u.is_created AND u.kept IS NULL AND u.was_grid_id <> x.grid_id
      AND EXISTS (SELECT FROM residents_resident r LEFT JOIN undo_resident m ON m.id = r.id
                  WHERE r.household_id = u.id AND r.ended_on IS NULL AND (m.id IS NULL OR m.kept IS NOT NULL))""",
    # Nor a member without the household, or into one that was closed or moved since.
    """UPDATE undo_resident u SET kept = 'together'
    FROM residents_household x LEFT JOIN undo_household h ON h.id = x.id
    WHERE x.id = u.was_household_id AND NOT u.is_created AND u.kept IS NULL
      AND (h.id IS NULL OR h.kept IS NOT NULL) AND (x.grid_id <> u.was_grid_id OR x.ended_on IS NOT NULL)""",
    # Nor the former head while the present one stays, nor one without the other.
    f"""UPDATE undo_resident u SET kept = 'together'
    FROM residents_residentevent b, residents_household x LEFT JOIN undo_household h ON h.id = x.id
    LEFT JOIN residents_householdevent w ON w.pgh_id = h.before AND h.kept IS NULL
    WHERE b.pgh_id = u.before AND x.id = u.was_household_id AND NOT u.is_created AND u.kept IS NULL
      AND b.relation = '{HEAD_OF_HOUSEHOLD}' AND (COALESCE(w.head_name, x.head_name) <> b.name OR EXISTS (
        SELECT FROM residents_resident r LEFT JOIN undo_resident m ON m.id = r.id
        WHERE r.household_id = x.id AND r.id <> u.id AND r.ended_on IS NULL
          AND r.relation = '{HEAD_OF_HOUSEHOLD}' AND (m.id IS NULL OR m.kept IS NOT NULL)))""",
    f"""UPDATE undo_household u SET kept = 'together'
    FROM residents_householdevent b
    WHERE b.pgh_id = u.before AND NOT u.is_created AND u.kept IS NULL AND EXISTS (
        SELECT FROM residents_resident r LEFT JOIN undo_resident m ON m.id = r.id
        WHERE r.household_id = u.id AND r.ended_on IS NULL AND r.relation = '{HEAD_OF_HOUSEHOLD}'
          AND r.name <> b.head_name AND (m.id IS NULL OR m.kept IS NOT NULL))""",
    # A household that ended because it was empty comes back with a member only.
    """UPDATE undo_household u SET kept = 'together'
    FROM residents_household x
    WHERE x.id = u.id AND NOT u.is_created AND u.kept IS NULL AND x.ended_on IS NOT NULL
      AND NOT EXISTS (SELECT FROM undo_resident m
                      WHERE m.was_household_id = u.id AND NOT m.is_created AND m.kept IS NULL)""",
)
# The number may have been sealed anew meanwhile, with another key.
SEALED = (
    "CASE WHEN t.id_index IS NOT DISTINCT FROM b.id_index THEN t.id_sealed ELSE b.id_sealed END"
)

WRITTEN = Written(
    models=(Compound, Building, Dwelling, Household, Resident, CareRecord, Stay),
    places=(Compound, Building, Dwelling),
    children=(
        Child(Household, Resident, "household_id", stays_with_parent=False),
        Child(Resident, CareRecord, "resident_id"),
        Child(Resident, Stay, "resident_id"),
    ),
    used=USED,
    together=TOGETHER,
    counted=(Resident,),
    listed=(Resident, Household),
    restored={"id_sealed": SEALED},
)
