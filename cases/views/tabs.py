"""The lists that a person has, side by side: by role, and what was drawn by lot."""

from urllib.parse import urlencode

from django.urls import reverse

from cases.lists import listing, samples
from cases.models import Sample

ADDRESSES = {
    Sample.Kind.RECHECK: "cases:rechecks",
    Sample.Kind.CALL_BACK: "cases:call_backs",
}


def tabs(request, current):
    """`current`: the key of a list, or a kind of samples.

    Another list keeps the place and nothing else: a filter of one list may be empty in another.
    """
    kept = {"grid": request.GET["grid"]} if request.GET.get("grid") else {}
    shows = [show for show in listing.shows_for(request.user) if show.is_tab or show.key == current]
    lists = [(show.key, show.label, _list_address(show, kept)) for show in shows]
    drawn = [
        (kind, samples.TITLES[kind], reverse(ADDRESSES[kind]))
        for kind in samples.kinds_for(request.user)
    ]
    # All there is stands last.
    work = [tab for tab in lists if tab[0] not in ("open", "all")]
    rest = [tab for tab in lists if tab[0] in ("open", "all")]
    return [
        {"label": label, "url": url, "is_current": key == current}
        for key, label, url in [*work, *drawn, *rest]
    ]


def _list_address(show, kept):
    return f"{reverse('cases:list')}?{urlencode(kept | {'show': show.key})}"
