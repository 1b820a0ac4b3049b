"""Running numbers of a district and month: no gap, no double, taken inside the transaction that uses them."""

from django.db import connection
from django.utils import timezone

TAKE = """
INSERT INTO cases_casenumber AS row (district_id, month, last) VALUES (%s, %s, 1)
    ON CONFLICT (district_id, month) DO UPDATE SET last = row.last + 1 RETURNING last
"""
SLIPS = "D"  # slips count apart from cases: "D2611"


def month_of(at, series=""):
    return f"{series}{timezone.localtime(at):%y%m}"


def take(district, at, *, series="", digits=5):
    """The next number, e.g. 370402-2611-00001; the row stays locked until the transaction ends."""
    month = month_of(at, series)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [district.pk, month])
        (last,) = cursor.fetchone()
    return f"{district.code}-{month}-{last:0{digits}d}"
