# ruff: noqa: S608  table and column names of our own
"""Buildings with their compounds (小区): entrances, floors, lift, risks, the property company."""

from grids.models import Building, Compound
from grids.workbooks import spelling
from residents.imports.batch.written import Written
from residents.imports.named_buildings import BUILDINGS, NAME
from residents.imports.others import cells
from residents.imports.others.declare import GRID, Sheet, column
from residents.places import doors

FACTS = ("entrances", "floors", "built_in", "has_lift", "risk_note")
COMPOUND = {
    "property_company": "property_company",
    "property_phone": "property_phone",
    "address": "compound_address",
}

FIND = (
    """UPDATE sheet_row s SET community_id = c.id FROM grids_grid g
    JOIN grids_grid c ON c.tier = 'community' AND c.code = left(g.code, 12)
    WHERE g.id = s.grid_id AND s.reason IS NULL""",
    """UPDATE sheet_row s SET compound_id = p.id FROM grids_compound p
    WHERE p.community_id = s.community_id AND p.name = s.compound AND s.compound <> '' AND s.reason IS NULL""",
    f"""UPDATE sheet_row s SET key = CASE WHEN NOT b.is_ambiguous THEN b.id END,
        reason = CASE WHEN b.is_ambiguous THEN 'building_ambiguous' END,
        field = CASE WHEN b.is_ambiguous THEN 'building' ELSE '' END, value = CASE WHEN b.is_ambiguous THEN building ELSE '' END
    FROM (
        SELECT s.row, (array_agg(b.id ORDER BY b.compound_id NULLS FIRST, b.name <> s.building, b.id))[1] AS id,
               count(DISTINCT b.compound_id) > 1 AND count(*) = count(b.compound_id) AS is_ambiguous
        FROM sheet_row s JOIN ({BUILDINGS}) ON b.grid_id = s.grid_id AND {NAME} = s.building
        WHERE s.reason IS NULL AND (s.compound = '' OR b.compound_id = s.compound_id)
        GROUP BY s.row
    ) b WHERE b.row = s.row""",
)
# Of each compound, the first word that the file says of each fact counts; another is reported.
COMPOUNDS = (
    f"""CREATE TEMP TABLE sheet_compound ON COMMIT DROP AS
    SELECT s.community_id, s.compound AS name, min(s.district_id) AS district_id, min(s.row) AS row,
           max(s.compound_id) AS compound_id, false AS differs, {
        ", ".join(
            f"COALESCE((array_agg(s.{said} ORDER BY s.row) FILTER (WHERE s.{said} <> ''))[1], '') AS {name}"
            for name, said in COMPOUND.items()
        )
    }
    FROM sheet_row s WHERE s.reason IS NULL AND s.compound <> '' GROUP BY s.community_id, s.compound""",
    f"""SELECT v.field, left(v.said, 40) FROM sheet_row s
    JOIN sheet_compound c ON c.community_id = s.community_id AND c.name = s.compound
    CROSS JOIN LATERAL (VALUES {
        ", ".join(f"('{said}', s.{said}, c.{name})" for name, said in COMPOUND.items())
    }) AS v(field, said, first)
    WHERE s.reason IS NULL AND v.said NOT IN ('', v.first) ORDER BY s.row""",
    f"""UPDATE sheet_compound c SET differs = true FROM (
        SELECT p.id FROM grids_compound p JOIN sheet_compound c ON c.compound_id = p.id
        WHERE {" OR ".join(f"c.{name} NOT IN ('', p.{name})" for name in COMPOUND)}) x
    WHERE x.id = c.compound_id""",
)
COMPOUND_CHANGES = """EXISTS (SELECT FROM sheet_compound c WHERE c.row = s.row AND c.differs)"""
BEFORE = (
    f"""INSERT INTO grids_compound (district_id, community_id, name, {", ".join(COMPOUND)})
    SELECT c.district_id, c.community_id, c.name, {", ".join(f"c.{name}" for name in COMPOUND)} FROM sheet_compound c
    WHERE c.compound_id IS NULL ORDER BY c.row""",
    f"""UPDATE grids_compound p SET {", ".join(f"{name} = COALESCE(NULLIF(c.{name}, ''), p.{name})" for name in COMPOUND)}
    FROM sheet_compound c WHERE c.compound_id = p.id AND c.differs""",
    """UPDATE sheet_row s SET compound_id = p.id FROM grids_compound p
    WHERE s.compound_id IS NULL AND s.compound <> '' AND p.community_id = s.community_id AND p.name = s.compound""",
)


def declare():
    return Sheet(
        register="buildings",
        model=Building,
        columns=(
            GRID,
            column("compound", Compound.name, spelling.said, names=True),
            column("building", Building.name, doors.building, is_required=True),
            column("entrances", Building.entrances),
            column("floors", Building.floors),
            column("built_in", Building.built_in, cells.year),
            column("has_lift", Building.has_lift),
            column("risk_note", Building.risk_note),
            column("property_company", Compound.property_company),
            column("property_phone", Compound.property_phone, cells.phone),
            column("compound_address", Compound.address),
        ),
        extra="community_id bigint, compound_id bigint",
        facts={name: f"s.{name}" for name in FACTS},
        fixed={"name": "s.building", "compound_id": "s.compound_id"},
        match=FIND,
        refuse=COMPOUNDS,
        also=COMPOUND_CHANGES,
        before=BEFORE,
        new_places="SELECT grid_id, compound, building, row FROM sheet_row WHERE action = 'created'",
        judge=judge,
        tables=("sheet_compound",),
        written=Written((Compound, Building), places=(Compound,)),
    )


def judge(row, place, seen):
    key = (place.grid_id, row.compound, row.building)
    if key in seen:
        return "duplicate_in_file", "building", row.building
    seen[key] = True
    return None
