# ruff: noqa: S608  table and column names of our own
"""SQL of the buildings that rows name by grid, compound and name: which one is meant, and new ones."""

from residents.places import doors_in_sql

NAME = doors_in_sql.building("b.name", doors_in_sql.OWN)
# Buildings b with their compounds c; p says what their district calls a building.
BUILDINGS = """grids_building b LEFT JOIN grids_compound c ON c.id = b.compound_id
    LEFT JOIN grids_districtprofile p ON p.district_id = b.district_id"""


def meant(rows):
    """(grid, compound, building) of `rows`, with the building's key and whether several fit.

    Without a compound it is the building of that name outside of compounds, or the only one.
    """
    return f"""
    SELECT d.grid_id, d.compound, d.building,
           (array_agg(b.id ORDER BY b.compound_id NULLS FIRST, b.name <> d.building, b.id))[1] AS building_id,
           count(DISTINCT b.compound_id) > 1 AND count(b.id) = count(b.compound_id) AS is_ambiguous
    FROM (SELECT DISTINCT grid_id, compound, building FROM (SELECT * FROM {rows}) r WHERE building <> '') d
    LEFT JOIN ({BUILDINGS})
      ON b.grid_id = d.grid_id AND {NAME} = d.building AND (d.compound = '' OR c.name = d.compound)
    GROUP BY d.grid_id, d.compound, d.building"""


def add(wanted):
    """Two statements: compounds and buildings that are not there yet, of SQL that gives
    (district_id, grid_id, compound, building).
    """
    return (
        f"""INSERT INTO grids_compound (district_id, community_id, name, property_company)
        SELECT DISTINCT w.district_id, c.id, w.compound, ''
        FROM ({wanted}) w JOIN grids_grid g ON g.id = w.grid_id
        JOIN grids_grid c ON c.tier = 'community' AND c.code = left(g.code, 12)
        WHERE w.compound <> ''
        ON CONFLICT DO NOTHING""",
        f"""INSERT INTO grids_building (district_id, grid_id, compound_id, name)
        SELECT DISTINCT w.district_id, w.grid_id, p.id, w.building
        FROM ({wanted}) w JOIN grids_grid g ON g.id = w.grid_id
        LEFT JOIN (grids_compound p JOIN grids_grid c ON c.id = p.community_id)
          ON p.name = w.compound AND c.code = left(g.code, 12)
        ON CONFLICT DO NOTHING""",
    )


def link(table, condition="true"):
    """Give the rows r of the table the buildings that are there by now."""
    return f"""UPDATE {table} r SET building_id = b.id
    FROM {BUILDINGS}
    WHERE r.building_id IS NULL AND r.building <> '' AND b.grid_id = r.grid_id
      AND {NAME} = r.building AND COALESCE(c.name, '') = r.compound AND {condition}"""
