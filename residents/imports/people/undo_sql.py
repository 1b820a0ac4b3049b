# ruff: noqa: S608  table and column names of our own
"""SQL of `undo`: which rows a batch touched (temporary tables undo_*) and which of them stay.

`kept` says why a row stays: changed or used since, outside the person's area, or together
with others that stay (not listed: nobody did anything to that row).
"""

# `before`: the version that stood before the batch's first. A fact decided later is the batch's too.
ROWS = """
CREATE TEMP TABLE undo_{name} ON COMMIT DROP AS
SELECT e.id, e.is_created, e.first, b.pgh_id AS before, NULL::text AS kept {was}
FROM (SELECT pgh_obj_id AS id, bool_or(pgh_label = 'insert') AS is_created,
             min(pgh_id) AS first
      FROM {table}event WHERE pgh_context_id = ANY(%(contexts)s) GROUP BY pgh_obj_id) e
LEFT JOIN LATERAL (SELECT * FROM {table}event b WHERE b.pgh_obj_id = e.id AND b.pgh_id < e.first
                   ORDER BY b.pgh_id DESC LIMIT 1) b ON true
"""

LOCK = "SELECT FROM {table} WHERE id IN (SELECT id FROM undo_{name}) ORDER BY id FOR UPDATE"

DECIDE = {
    "changed": [
        """UPDATE undo_{name} u SET kept = 'changed'
        WHERE (NOT is_created AND before IS NULL)
           OR EXISTS (SELECT FROM {table}event e WHERE e.pgh_obj_id = u.id AND e.pgh_id > u.first
                      AND (e.pgh_context_id IS NULL OR e.pgh_context_id <> ALL(%(contexts)s)))""",
    ],
    "used": [
        """UPDATE undo_household u SET kept = 'used'
        WHERE is_created AND kept IS NULL AND ({household})""",
        """UPDATE undo_resident u SET kept = 'used'
        WHERE is_created AND kept IS NULL AND ({resident} OR EXISTS (
            SELECT FROM residents_carerecord c LEFT JOIN undo_carerecord o ON o.id = c.id
            WHERE c.resident_id = u.id AND NOT (COALESCE(o.is_created, false) AND o.kept IS NULL)))""",
        """UPDATE undo_resident u SET kept = 'used'
        FROM residents_resident r JOIN undo_household h ON h.id = r.household_id
        WHERE r.id = u.id AND u.is_created AND u.kept IS NULL AND h.is_created AND h.kept = 'used'""",
    ],
    # Again and again until nothing more stays.
    "together": [
        # A household does not go back to its old grid without its members.
        """UPDATE undo_household u SET kept = 'together'
        FROM residents_household x
        WHERE x.id = u.id AND NOT u.is_created AND u.kept IS NULL AND u.was_grid_id <> x.grid_id
          AND EXISTS (SELECT FROM residents_resident r LEFT JOIN undo_resident m ON m.id = r.id
                      WHERE r.household_id = u.id AND r.ended_on IS NULL AND (m.id IS NULL OR m.kept IS NOT NULL))""",
        # Nor a member without the household.
        """UPDATE undo_resident u SET kept = 'together'
        FROM undo_household h JOIN residents_household x ON x.id = h.id
        WHERE h.id = u.was_household_id AND NOT u.is_created AND u.kept IS NULL
          AND h.kept IS NOT NULL AND (x.grid_id <> u.was_grid_id OR x.ended_on IS NOT NULL)""",
        # A household that ended because it was empty comes back with a member only.
        """UPDATE undo_household u SET kept = 'together'
        FROM residents_household x
        WHERE x.id = u.id AND NOT u.is_created AND u.kept IS NULL AND x.ended_on IS NOT NULL
          AND NOT EXISTS (SELECT FROM undo_resident m
                          WHERE m.was_household_id = u.id AND NOT m.is_created AND m.kept IS NULL)""",
        # A new household stays while anybody of it stays.
        """UPDATE undo_household u SET kept = 'together'
        WHERE is_created AND kept IS NULL AND EXISTS (
            SELECT FROM residents_resident r LEFT JOIN undo_resident m ON m.id = r.id
            WHERE r.household_id = u.id AND (m.id IS NULL OR m.kept IS NOT NULL))""",
    ],
    "care": [
        """UPDATE undo_carerecord u SET kept = 'together'
        FROM residents_carerecord c JOIN undo_resident m ON m.id = c.resident_id
        WHERE c.id = u.id AND u.kept IS NULL AND m.is_created AND m.kept IS NOT NULL""",
    ],
}


def outside(name, table):
    """SQL: rows that are, or would come back to be, where this person may not import."""
    there = "AND ".join(
        f"(t.district_id = ANY(%(districts)s) OR {grid} = ANY(%(grids)s)) "
        for grid in ("t.grid_id", "COALESCE(u.was_grid_id, t.grid_id)")
    )
    return f"UPDATE undo_{name} u SET kept = 'outside' FROM {table} t WHERE t.id = u.id AND NOT ({there})"


REMOVE_REQUESTS = """
DELETE FROM residents_moveinrequest WHERE batch_id = %s AND state = 'waiting'
"""

LEFT = """
SELECT 'resident', id, kept FROM undo_resident WHERE kept IN ('changed', 'used', 'outside')
UNION ALL
SELECT 'household', id, kept FROM undo_household WHERE kept IN ('changed', 'used', 'outside')
ORDER BY 1 DESC, 2
"""
