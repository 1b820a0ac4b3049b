"""What an erasure would take, before anybody confirms it: numbers by place, and what is held."""

from dataclasses import dataclass, field

from django.db.models import Count

from grids.models import Grid, Tier


@dataclass
class Preview:
    """`due` rows, of which `held` stay for now and `free` are erased; `places` are
    [(community, free rows)], `holds` [(why, rows)]: a row may have two reasons."""

    due: int
    free: int
    holds: list = field(default_factory=list)
    places: list = field(default_factory=list)

    @property
    def held(self):
        return self.due - self.free


def of(kind, district, before):
    """Three or four statements over sets; no name is read."""
    due = kind.rows(district, before)
    free = kind.free(district, before)
    holds = [(hold.label, due.filter(hold.rows()).count()) for hold in kind.holds]
    return Preview(
        due=due.count(),
        free=free.count(),
        holds=[one for one in holds if one[1]],
        places=_by_community(kind, free, district) if kind.grid else [],
    )


def _by_community(kind, free, district):
    """[(community, rows)], the most first; rows above the communities count at their own place."""
    by_grid = free.order_by().values_list(kind.grid).annotate(Count("pk"))
    numbers = dict(by_grid)
    communities = {
        grid.path: grid
        for grid in Grid.objects.filter(district=district, tier=Tier.COMMUNITY).only(
            "name", "path", "tier"
        )
    }
    sums: dict = {}
    for grid in Grid.objects.filter(pk__in=numbers).only("name", "path", "tier"):
        place = _above(communities, grid)
        sums[place] = sums.get(place, 0) + numbers[grid.pk]
    return sorted(
        ((place.name, number) for place, number in sums.items()), key=lambda one: (-one[1], one[0])
    )


def _above(communities, grid):
    *parts, _last = grid.path.split("/")
    for end in range(1, len(parts) + 1):
        found = communities.get("/".join(parts[:end]) + "/")
        if found is not None:
            return found
    return grid
