"""Staff with their postings, one row per posting. A new account sleeps until an administrator wakes it.

Nobody grants a posting outside the places whose staff he or she administers, and no account
of somebody else is taken over.
"""

from grids.models import Posting, Staff
from grids.roles import DEPARTMENT_ROLES, Role
from grids.workbooks import spelling
from residents.imports.batch.written import Child, Written
from residents.imports.others import cells
from residents.imports.others.declare import GRID, Sheet, column
from residents.imports.others.staff_sql import ASKED, DECIDE, FIND, KEPT_BY_TWO, REFUSE, WRITE
from residents.places import doors

EXTRA = """department_id bigint, building_id bigint, posting_id bigint, account text, is_near bool,
    posting_differs bool DEFAULT false, person_differs bool DEFAULT false"""


def declare():
    return Sheet(
        register="staff",
        right="staff.edit",
        model=Staff,
        columns=(
            GRID,
            column("username", Staff.username, spelling.code_text, names=True),
            column("full_name", Staff.full_name, spelling.name, is_required=True, is_private=True),
            column("phone", Staff.phone, cells.phone, is_private=True),
            column("email", Staff.email, is_private=True),
            column(
                "role",
                Posting.role,
                cells.listed("role", "role_unknown", is_fatal=True),
                names=True,
            ),
            column("department", kind=spelling.said, most=60),
            column("compound", kind=spelling.said, most=60),
            column("building", kind=doors.building, most=60),
            column("duty", Posting.duty),
            column("since", Posting.since, names=True),
            column("until", Posting.until, names=True),
        ),
        extra=EXTRA,
        facts={},
        needs_grid=False,
        every_tier=True,
        is_on_the_ground=False,
        writes_main=False,
        match=FIND,
        refuse=REFUSE,
        decide=DECIDE,
        after=WRITE,
        judge=judge,
        tables=("sheet_person",),
        written=Written(
            (Staff, Posting),
            children=(Child(Staff, Posting, "staff_id"),),
            asked=(ASKED,),
            by_person=(KEPT_BY_TWO,),
        ),
    )


def judge(row, place, seen):
    if row.since and row.until and row.until < row.since:
        return "period_wrong", "until", row.until
    if row.role in DEPARTMENT_ROLES:
        return None if row.department else ("value_missing", "department", "")
    if row.role and place is None:
        return "value_missing", "grid", ""
    if row.role == Role.BUILDING_STEWARD and not row.building:
        return "value_missing", "building", ""
    return None
