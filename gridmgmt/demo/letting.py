"""Leases of the demo people: one statement over the households that rent.

Which state and period a lease has follows from the key of the household, so that the same
seed gives the same leases: most approved, some to be approved, a few returned or running out.
"""

from django.db import connection

LEASES = """
INSERT INTO residents_lease (
    district_id, grid_id, dwelling_id, household_id, landlord_name, landlord_phone, landlord_present,
    tenant_name, tenant_phone, area, rent, since, until, state, note, return_reason,
    entered_by_id, entered_at, approved_by_id, approved_at)
SELECT h.district_id, h.grid_id, d.id, h.id, d.owner_name, d.owner_phone, h.id %% 6 <> 0,
       h.head_name, h.phone, d.area, 600 + 50 * (h.id %% 12), t.since,
       (t.since + interval '1 year')::date - 1, t.state, '',
       CASE t.state WHEN 'returned' THEN '租期与合同不一致，请核对' ELSE '' END,
       w.staff_id, %(now)s::timestamptz - interval '2 hours' * (1 + h.id %% 40),
       CASE t.state WHEN 'approved' THEN c.staff_id END,
       CASE t.state WHEN 'approved' THEN %(now)s::timestamptz - interval '1 hour' END
FROM residents_household h
JOIN residents_dwelling d ON d.id = h.dwelling_id AND d.use = 'rented'
CROSS JOIN LATERAL (
    SELECT %(today)s::date - (h.id * 37 %% 362)::int AS since,
           CASE WHEN h.id %% 11 = 0 THEN 'returned' WHEN h.id %% 5 = 0 THEN 'waiting' ELSE 'approved' END AS state
) t
JOIN LATERAL (SELECT staff_id FROM grids_posting WHERE grid_id = h.grid_id AND role = 'grid_worker'
              AND until IS NULL ORDER BY id LIMIT 1) w ON true
JOIN LATERAL (SELECT staff_id FROM grids_posting WHERE grid_id = h.community_id
              AND role IN ('grid_leader', 'community_staff') AND until IS NULL ORDER BY id LIMIT 1) c ON true
WHERE h.district_id = %(district)s AND h.ended_on IS NULL AND h.id %% 3 <> 0
ON CONFLICT DO NOTHING
"""


def let_dwellings(ground, today, now):
    """Leases for most of those who rent; {table: rows}."""
    facts = {"district": ground.district, "today": today, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(LEASES, facts)
        return {"lease": cursor.rowcount}
