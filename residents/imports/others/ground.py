"""SQL for the places that rows name: buildings and dwellings found, and added where needed."""

EXTRA = "building_id bigint, dwelling_id bigint, is_ambiguous bool DEFAULT false"

# As in the residents' workbooks: without a compound, the building of that name if it is the only one.
FIND_BUILDINGS = """
UPDATE sheet_row s SET building_id = CASE WHEN NOT b.is_ambiguous THEN b.id END, is_ambiguous = b.is_ambiguous
FROM (
    SELECT d.grid_id, d.compound, d.building,
           (array_agg(b.id ORDER BY b.compound_id NULLS FIRST, b.id))[1] AS id,
           count(*) > 1 AND count(*) = count(b.compound_id) AS is_ambiguous
    FROM (SELECT DISTINCT grid_id, compound, building FROM sheet_row
          WHERE building <> '' AND reason IS NULL) d
    JOIN grids_building b ON b.grid_id = d.grid_id AND b.name = d.building
    LEFT JOIN grids_compound c ON c.id = b.compound_id
    WHERE d.compound = '' OR c.name = d.compound
    GROUP BY d.grid_id, d.compound, d.building
) b
WHERE (b.grid_id, b.compound, b.building) = (s.grid_id, s.compound, s.building) AND s.reason IS NULL
"""
FIND_DWELLINGS = (
    """UPDATE sheet_row s SET dwelling_id = d.id FROM residents_dwelling d
    WHERE d.building_id = s.building_id AND d.entrance = s.entrance AND d.room = s.room
      AND s.room <> '' AND s.reason IS NULL""",
    """UPDATE sheet_row s SET dwelling_id = d.id FROM residents_dwelling d
    WHERE (s.building = '' OR s.room = '') AND s.address <> '' AND d.building_id IS NULL
      AND d.grid_id = s.grid_id AND d.address = s.address AND s.reason IS NULL""",
)
REFUSE_AMBIGUOUS = """
UPDATE sheet_row SET reason = 'building_ambiguous', field = 'building', value = building
WHERE is_ambiguous AND reason IS NULL
"""

ADD_COMPOUNDS = """
INSERT INTO grids_compound (district_id, community_id, name, property_company)
SELECT DISTINCT s.district_id, c.id, s.compound, ''
FROM sheet_row s JOIN grids_grid g ON g.id = s.grid_id
JOIN grids_grid c ON c.tier = 'community' AND c.code = left(g.code, 12)
WHERE s.action = 'created' AND s.compound <> '' AND s.building <> '' AND s.building_id IS NULL
ON CONFLICT DO NOTHING
"""
ADD_BUILDINGS = (
    ADD_COMPOUNDS,
    """INSERT INTO grids_building (district_id, grid_id, compound_id, name)
    SELECT DISTINCT s.district_id, s.grid_id, p.id, s.building
    FROM sheet_row s JOIN grids_grid g ON g.id = s.grid_id
    LEFT JOIN (grids_compound p JOIN grids_grid c ON c.id = p.community_id)
      ON p.name = s.compound AND c.code = left(g.code, 12)
    WHERE s.action = 'created' AND s.building <> '' AND s.room <> '' AND s.building_id IS NULL
    ON CONFLICT DO NOTHING""",
    """UPDATE sheet_row s SET building_id = b.id
    FROM grids_building b LEFT JOIN grids_compound c ON c.id = b.compound_id
    WHERE s.action = 'created' AND s.building_id IS NULL AND s.room <> '' AND b.grid_id = s.grid_id
      AND b.name = s.building AND COALESCE(c.name, '') = s.compound""",
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
