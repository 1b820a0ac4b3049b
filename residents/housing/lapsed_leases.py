"""Leases that ran out: they end by themselves, and the community is asked what comes next.

Whoever lives there stays in the register until a person says that they have left. The dwelling
no longer counts as let: it is empty where the register knows that the tenants are gone, else it
waits to be checked.
"""

from collections import defaultdict

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.models import Notification
from grids.people.on_duty import on_duty
from grids.roles import RIGHTS, Role
from residents.models import Dwelling, Lease

NAMED = 5  # tenants in one message
ASKED = sorted(
    role for role in Role if "register.approve" in RIGHTS[role] and role != Role.ADMINISTRATOR
)

# Forms lock the dwelling before its leases; what is being edited now is ended an hour later.
END = """
UPDATE residents_lease SET ended_on = until
WHERE dwelling_id = ANY(%(dwellings)s) AND state = 'approved' AND ended_on IS NULL AND until < %(today)s
RETURNING id
"""
# Those that a later one of the same tenant carries on need no answer.
OPEN = """
SELECT x.id FROM residents_lease x
WHERE x.id = ANY(%(leases)s) AND NOT EXISTS (
    SELECT FROM residents_lease later
    WHERE later.dwelling_id = x.dwelling_id AND later.tenant_name = x.tenant_name
      AND later.since > x.since AND later.ended_on IS NULL)
"""
NO_LONGER_LET = """
UPDATE residents_dwelling d SET use = CASE
    WHEN asked.is_known_gone AND living.is_somebody THEN 'other'
    WHEN asked.is_known_gone THEN 'empty' ELSE 'lapsed' END
FROM (
    SELECT x.dwelling_id, bool_and(h.id IS NOT NULL AND (h.ended_on IS NOT NULL OR h.dwelling_id <> x.dwelling_id)) AS is_known_gone
    FROM residents_lease x LEFT JOIN residents_household h ON h.id = x.household_id
    WHERE x.id = ANY(%(leases)s) GROUP BY x.dwelling_id
) asked
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM residents_household h WHERE h.dwelling_id = asked.dwelling_id AND h.ended_on IS NULL) AS is_somebody
) living
WHERE d.id = asked.dwelling_id AND d.use = 'rented' AND NOT EXISTS (
    SELECT FROM residents_lease other
    WHERE other.dwelling_id = d.id AND other.state = 'approved' AND other.ended_on IS NULL)
"""
# Staff of the grid and over it up to its community; who is away is stood in for.
WHOM = f"""
SELECT DISTINCT post.staff_id, x.id, x.tenant_name, d.address
FROM residents_lease x
JOIN residents_dwelling d ON d.id = x.dwelling_id
JOIN grids_grid g ON g.id = x.grid_id
CROSS JOIN LATERAL unnest(string_to_array(rtrim(g.path, '/'), '/')) AS part (code)
JOIN grids_grid place ON place.code = part.code AND place.tier IN ('community', 'base', 'unit')
JOIN {on_duty("%(today)s")} post ON post.grid_id = place.id AND post.role = ANY(%(roles)s)
  AND (post.building_id IS NULL OR post.building_id = d.building_id)
WHERE x.id = ANY(%(leases)s)
ORDER BY post.staff_id, x.id
"""  # noqa: S608  only constants


@transaction.atomic
def sweep(now):
    """End what ran out before today: numbers of leases, of those to be answered, of messages."""
    today = timezone.localdate(now)
    dwellings = _lock(today)
    if not dwellings:
        return {"ended": 0, "to_answer": 0, "messages": 0}
    with (
        translation.override(settings.LANGUAGE_CODE),
        connection.cursor() as cursor,
        pghistory.context(source="lease", reason=_("The lease ran out")),
    ):
        ended = _keys(cursor, END, {"dwellings": dwellings, "today": today})
        asked = _keys(cursor, OPEN, {"leases": ended})
        cursor.execute(NO_LONGER_LET, {"leases": asked})
        asked = list(Lease.objects.unanswered().filter(pk__in=asked).values_list("pk", flat=True))
        cursor.execute(WHOM, {"leases": asked, "roles": ASKED, "today": today})
        messages = _tell(cursor.fetchall(), now)
    return {"ended": len(ended), "to_answer": len(asked), "messages": messages}


def _lock(today):
    """Keys of the dwellings whose leases ran out, as far as nobody holds them."""
    due = Lease.objects.run_out(today).order_by().values("dwelling")
    rows = Dwelling.objects.filter(pk__in=due).order_by("pk")
    rows = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
    return list(rows.values_list("pk", flat=True))


def _keys(cursor, statement, parameters):
    cursor.execute(statement, parameters)
    return [key for (key,) in cursor.fetchall()]


def _tell(rows, now):
    """One message for each person, however many leases of the places ran out."""
    of_staff = defaultdict(list)
    for staff_id, *lease in rows:
        of_staff[staff_id].append(lease)
    messages = [_message(staff_id, leases, now) for staff_id, leases in of_staff.items()]
    Notification.objects.bulk_create(messages, ignore_conflicts=True)
    return len(messages)


def _message(staff_id, leases, now):
    number, first = len(leases), leases[0][0]
    title = ngettext(
        "A lease ran out: renew it, or have the tenants left?",
        "%(number)s leases ran out: renew them, or have the tenants left?",
        number,
    ) % {"number": number}
    lines = [f"{tenant} · {address}" for __, tenant, address in leases[:NAMED]]
    if number > NAMED:
        lines.append(_("and %(number)s more") % {"number": number - NAMED})
    page = reverse("residents:lease", args=[first])
    listed = reverse("residents:leases") + "?tab=lapsed"
    return Notification(
        recipient_id=staff_id,
        kind="lease",
        title=title,
        body="\n".join(lines),
        url=page if number == 1 else listed,
        key=f"lease-ran-out-{first}",
        created_at=now,
    )
