"""SQL for the places that rows of `sheet_row` name: found, and added where needed."""

from residents.imports import named_buildings
from residents.places import doors_in_sql

EXTRA = "building_id bigint, dwelling_id bigint, is_ambiguous bool DEFAULT false"

FIND_BUILDINGS = f"""
UPDATE sheet_row s SET building_id = CASE WHEN NOT b.is_ambiguous THEN b.building_id END, is_ambiguous = b.is_ambiguous
FROM ({named_buildings.meant("sheet_row WHERE reason IS NULL")}) b
WHERE (b.grid_id, b.compound, b.building) = (s.grid_id, s.compound, s.building) AND s.reason IS NULL
"""  # noqa: S608  table names of our own
FIND_DWELLINGS = (
    """UPDATE sheet_row s SET dwelling_id = d.id FROM residents_dwelling d
    WHERE d.building_id = s.building_id AND d.entrance = s.entrance AND d.room = s.room
      AND s.room <> '' AND s.reason IS NULL""",
    """UPDATE sheet_row s SET dwelling_id = d.id FROM residents_dwelling d
    WHERE (s.building = '' OR s.room = '') AND s.address <> '' AND d.building_id IS NULL
      AND d.grid_id = s.grid_id AND d.address = s.address AND s.reason IS NULL""",
    # The address that pages and exports show of a door of a building.
    """UPDATE sheet_row r SET dwelling_id = m.id FROM (
        SELECT s.row, min(d.id) AS id FROM sheet_row s
        JOIN residents_dwelling d ON d.grid_id = s.grid_id AND d.address = s.address
        WHERE (s.building = '' OR s.room = '') AND s.address <> '' AND s.dwelling_id IS NULL
          AND s.reason IS NULL
        GROUP BY s.row HAVING count(*) = 1) m
    WHERE m.row = r.row""",
)
FIND_OTHERWISE = f"""
UPDATE sheet_row s SET dwelling_id = m.id FROM (
    SELECT DISTINCT ON (r.row) r.row, x.id FROM sheet_row r JOIN residents_dwelling x
      ON x.building_id = r.building_id AND {doors_in_sql.door("x")} = r.entrance || '/' || r.room
    WHERE r.dwelling_id IS NULL AND r.room <> '' AND r.reason IS NULL
      AND {doors_in_sql.SPELLED_OTHERWISE.format(x="x")}
    ORDER BY r.row, x.id) m
WHERE m.row = s.row
"""  # noqa: S608  spellings of our own
REFUSE_AMBIGUOUS = """
UPDATE sheet_row SET reason = 'building_ambiguous', field = 'building', value = building
WHERE is_ambiguous AND reason IS NULL
"""

_ADDS = "FROM sheet_row WHERE action = 'created' AND building <> '' AND room <> '' AND building_id IS NULL"
NEW_PLACES = f"SELECT grid_id, compound, building, row {_ADDS}"
ADD_BUILDINGS = (
    *named_buildings.add(f"SELECT district_id, grid_id, compound, building {_ADDS}"),
    named_buildings.link("sheet_row", "r.action = 'created' AND r.room <> ''"),
)
ADD_DWELLINGS = (
    """INSERT INTO residents_dwelling
        (district_id, grid_id, building_id, entrance, room, address, house_code, use)
    SELECT DISTINCT s.district_id, s.grid_id, s.building_id,
           CASE WHEN s.building_id IS NULL THEN '' ELSE s.entrance END,
           CASE WHEN s.building_id IS NULL THEN '' ELSE s.room END,
           CASE WHEN s.building_id IS NULL THEN s.address
                ELSE s.compound || s.building || s.entrance || s.room END, '', 'own'
    FROM sheet_row s
    WHERE s.action = 'created' AND s.dwelling_id IS NULL
    ON CONFLICT DO NOTHING""",
    *(
        statement.replace("s.reason IS NULL", "s.action = 'created' AND s.dwelling_id IS NULL")
        for statement in FIND_DWELLINGS
    ),
)
