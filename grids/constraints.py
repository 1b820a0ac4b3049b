"""Constraints that Django's migrations cannot write by themselves."""

from django.db import migrations


def grid_of_district(table):
    """A composite foreign key: the row's grid belongs to the row's district."""
    name = f"{table}_grid_of_district"
    return migrations.RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (grid_id, district_id) '
        "REFERENCES grids_grid (id, district_id) DEFERRABLE INITIALLY IMMEDIATE",
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )
