"""Growing the tree: the only place that computes `path` and `district`."""

from django.db import connection, transaction

from grids.models.grid import PARENT_TIER, Grid, Tier
from grids.refusal import Refused


@transaction.atomic
def add_grid(*, parent, code, name, valid_from, tier=None, **fields):
    """Add a grid one tier below `parent`; without a parent, a city or (given `tier`) a district."""
    tier = Tier(tier or _tier_below(parent))
    if parent is not None and PARENT_TIER.get(tier) != parent.tier:
        raise Refused(f"a {tier} does not lie directly under a {parent.tier}")
    key = _next_key()
    if tier == Tier.DISTRICT:
        district_id = key
    else:
        district_id = parent.district_id if parent else None
    return Grid.objects.create(
        pk=key,
        parent=parent,
        tier=tier,
        district_id=district_id,
        code=code,
        name=name,
        path=f"{parent.path if parent else ''}{code}/",
        valid_from=valid_from,
        **fields,
    )


def _tier_below(parent):
    if parent is None:
        return Tier.CITY
    below = {above: tier for tier, above in PARENT_TIER.items()}
    if parent.tier not in below:
        raise Refused(f"nothing lies under a {parent.tier}")
    return below[parent.tier]


def _next_key():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('grids_grid', 'id'))")
        return cursor.fetchone()[0]
