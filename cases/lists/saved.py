"""Filters of the list and of the board under a name; everybody has the own ones."""

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import SavedView
from grids.scope import Scope, filed_under

RIGHT = "case.view"
AT_MOST = 20
ADDRESSES = {SavedView.Page.BOARD: "cases:board", SavedView.Page.LIST: "cases:list"}
# Where somebody stands in a list, and what is ticked in it, is no part of a filter.
_PASSING = ("after", "before", "pk", "csrfmiddlewaretoken")


def around(staff, page, query, *, is_offered=True):
    """What `cases/lists/_saved_views.html` needs; None for who keeps nothing. One query.

    `query` is the one of the page that is shown; `is_offered`: it is worth keeping.
    """
    if not Scope.of(staff).owns_with("case.keep"):
        return None
    query, views = tidy(query), views_of(staff, page)
    for view in views:
        view.is_current = view.query == query
    is_new = not any(view.is_current for view in views)
    return {
        "views": views,
        "page": page,
        "query": query if is_offered and is_new and len(views) < AT_MOST else "",
    }


def views_of(staff, page):
    """[SavedView] with `url`, by name."""
    views = list(own(staff).filter(page=page))
    for view in views:
        view.url = address(page, view.query)
    return views


def own(staff):
    return SavedView.objects.visible_to(staff, right="keep")


def address(page, query):
    home = reverse(ADDRESSES[SavedView.Page(page)])
    return f"{home}?{query}" if query else home


def obstacle(staff, page, name):
    """Why one more filter cannot be kept under this name, else ""."""
    names = set(own(staff).filter(page=page).values_list("name", flat=True))
    if name in names or len(names) < AT_MOST:
        return ""
    return _("Delete a filter first: there are %(number)d already.") % {"number": len(names)}


def keep(*, by, page, name, query):
    """Under a name that is there already, the filter takes the place of the other one."""
    view, __ = SavedView.objects.update_or_create(
        by=by,
        page=page,
        name=name,
        defaults={"query": tidy(query), "district_id": filed_under(by)},
    )
    return view


def rename(view, name):
    view.name = name
    view.save(update_fields=["name"])


def drop(view):
    view.delete()


def tidy(query):
    """The query without what passes and what is empty, in the order of its names."""
    found = QueryDict(query)
    kept = QueryDict(mutable=True)
    for name in sorted(found):
        values = [value for value in found.getlist(name) if value]
        if values and name not in _PASSING:
            kept.setlist(name, values)
    return kept.urlencode()
