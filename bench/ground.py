"""What the template databases hold. Deterministic; written in sets."""

from django.db import connection

SEED = 1


def lay_ground():
    """The dictionaries and the 1,144 unit grids of a district, with boundaries; nobody lives there."""
    from gridmgmt import dictionaries
    from gridmgmt.demo import ground, places

    dictionaries.seed()
    ground.lay(*places.plan_district(SEED))


def run(statement: str, **values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def unit_codes() -> list[str]:
    from grids.models import Grid

    return list(Grid.objects.units().order_by("code").values_list("code", flat=True))
