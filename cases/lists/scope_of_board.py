"""Which cases somebody steers in a place: disjoint conditions, each one served by an index."""

from django.db.models import Q

from grids.models import Department, Grid, Tier
from grids.roles import RIGHTS
from grids.scope import Scope

RIGHT = "case.board"


def own_place(staff):
    """The highest place where a posting lets the person see a board; None for nobody."""
    postings = Scope.of(staff).postings
    places = [posting.grid for posting in postings if RIGHT in RIGHTS[posting.role]]
    return min(places, key=lambda grid: len(grid.path), default=None)


def places(staff):
    """Grids whose board the person may open: the own one and all that lies in the scope."""
    reach = Scope.of(staff).reach(RIGHT)
    departments = Department.objects.filter(pk__in=reach.departments).values("grid__district")
    return Grid.objects.filter(
        Q(district__in=reach.districts) | Q(pk__in=reach.grids) | Q(district__in=departments)
    )


def shares(staff, place):
    """Disjoint conditions that together are the cases this person steers in `place`.

    Each one is served by a covering index of open cases; together they count no case twice.
    """
    reach = Scope.of(staff).reach(RIGHT)
    inside = _inside(place)
    grids = reach.grids if inside is None else reach.grids & inside
    if grids and reach.districts:
        beyond = Grid.objects.filter(pk__in=grids).exclude(district__in=reach.districts)
        grids = set(beyond.values_list("pk", flat=True))
    within = Q() if inside is None else Q(grid__in=inside)
    if place and place.tier == Tier.DISTRICT:
        within = Q(district=place.pk)
    found = []
    if reach.districts:
        found.append(Q(district__in=reach.districts) & within)
    if grids:
        found.append(Q(grid__in=grids) & (within if inside is None else Q()))
    if departments := _departments(reach, place):
        here = Q() if inside is None else Q(grid__in=inside)
        found.append(Q(department__in=departments) & here & ~Q(grid__in=grids))
    return found


def seen(staff):
    """Condition of the cases that may be shown one by one: a city steers sums, and reads no case."""
    scope = Scope.of(staff)
    view, whole = scope.reach("case.view"), scope.reach(RIGHT)
    if whole.districts <= view.districts:
        return Q()
    return (
        Q(district__in=view.districts) | Q(grid__in=view.grids) | Q(department__in=view.departments)
    )


def districts(staff):
    """Keys of the districts that any of these cases can lie in."""
    scope = Scope.of(staff)
    return scope.district_ids | scope.reach(RIGHT).districts


def union(querysets):
    """(SQL, parameters) of the rows of all of them."""
    parts = [queryset.order_by().query.sql_with_params() for queryset in querysets]
    return " UNION ALL ".join(sql for sql, _values in parts), [
        v for _sql, values in parts for v in values
    ]


def _departments(reach, place):
    """Keys of the person's departments that serve this district, and are not counted with it."""
    rows = Department.objects.filter(pk__in=reach.departments).exclude(district__in=reach.districts)
    if place and place.district_id:
        rows = rows.filter(district=place.district_id)
    return set(rows.values_list("pk", flat=True)) if reach.departments else set()


def _inside(place):
    """Keys of the grids below the place and of their predecessors; None above the streets."""
    if place is None or place.tier in (Tier.CITY, Tier.DISTRICT):
        return None
    return Grid.objects.history_of(place)
