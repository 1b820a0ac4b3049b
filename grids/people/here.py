"""The place that a person looks at: a grid within the person's scope, kept in the session."""

from django.utils.functional import SimpleLazyObject

from grids.models import Grid, Tier
from grids.scope import Scope

SESSION_KEY = "place"


def grid_of(request):
    """The chosen grid, else the place of the first posting; None without a posting."""
    if not hasattr(request, "_here"):
        request._here = _chosen(request) or _posted(request.user)
    return request._here


def choose(request, key):
    """Remember a grid; DoesNotExist for one that is out of scope."""
    request.session[SESSION_KEY] = _within(request.user).get(pk=key).pk


def describe(request):
    """{"crumbs": the grids from the top of the scope to here, "choices": the ones below}."""
    return SimpleLazyObject(lambda: _describe(request))


def _describe(request):
    here = grid_of(request)
    if here is None:
        return {"crumbs": [], "choices": []}
    above = [here]
    if here.parent_id:
        above = list(Grid.objects.above(here).only("name", "district"))
    scope = Scope.of(request.user)
    mine = {grid.pk for grid in above if scope.grants("grid.view", grid)}
    return {
        "here": here,
        "crumbs": [grid for grid in above if grid.pk in mine or grid.pk == here.pk],
        "choices": [] if here.tier == Tier.UNIT else _choices(here),
    }


def _choices(here):
    # With the parent: a grid that came without it would be asked for it, one by one.
    below = here.children.filter(is_passthrough=False, valid_to=None).order_by("code")
    return list(below.only("name", "parent"))


def _within(staff):
    return Grid.objects.visible_to(staff).defer("boundary")


def _chosen(request):
    key = request.session.get(SESSION_KEY)
    return key and _within(request.user).filter(pk=key).first()


def _posted(staff):
    """The widest place of the person's postings; a department's own district or street."""
    postings = Scope.of(staff).postings
    order = ["city", "district", "street", "community", "base", "unit"]
    return min(
        (posting.grid for posting in postings),
        key=lambda grid: (order.index(grid.tier), grid.code),
        default=None,
    )
