"""Who is on duty: the holder of a posting, or whoever stands in for a holder who is away."""


def on_duty(day):
    """SQL for a FROM: staff_id, role, grid_id, building_id, department_id of the postings of `day`.

    `day` is written as the statement writes its parameters; a nameless one is needed three times.
    """
    return f"""(
    SELECT staff.id AS staff_id, held.role, held.grid_id, held.building_id, held.department_id
      FROM grids_posting held
      LEFT JOIN grids_standin away ON away.staff_id = held.staff_id
       AND {day} BETWEEN away.since AND away.until
      JOIN grids_staff staff ON staff.id = coalesce(away.stand_in_id, held.staff_id)
     WHERE staff.is_active AND held.since <= {day} AND (held.until IS NULL OR held.until >= {day})
)"""  # noqa: S608  the name of a parameter
