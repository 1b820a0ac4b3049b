"""Departments (职能部门) and the grids that they serve."""


def keep(department):
    """Save it; it belongs to the district of the grid that it serves."""
    department.district_id = department.grid.district_id
    department.save()
