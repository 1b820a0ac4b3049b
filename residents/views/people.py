"""Finding people: the list of residents, by name or the newest first, and what a search leaves in the
address."""

from urllib.parse import urlencode

from django.db.models import F
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
)

from grids.lists.paging import page_by_key, page_of_steps
from grids.people import here
from grids.scope import Scope
from residents.custom_fields import custom_fields
from residents.lists import narrowing
from residents.models import Resident
from residents.models.exports import Subject
from residents.people import finding, idnumber, look_ups, looks
from residents.people.showing import shown
from residents.views.look_ups import closed

_SHOWN = (
    "district",
    "grid",
    "household",
    "name",
    "relation",
    "sex",
    "birth_on",
    "id_mask",
    "phone",
)


@require_http_methods(["GET", "HEAD", "POST"])
def people(request):
    """Searching is a POST: names and numbers stand in no log, and in an address only sealed."""
    Scope.of(request.user).demand("register.view")
    words = request.POST.get("q", "").strip()[:60]
    secret = finding.secret(words)
    if request.method == "POST" and not secret:
        query = f"?{urlencode({'q': finding.sealed(words)})}" if words else ""
        return redirect(reverse("residents:people") + query)
    wanted = {"q": words} if secret else narrowing.read(request.GET)
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    by_name = "q" in wanted or finding.is_small(place)
    try:
        page = _page(request, wanted, place, by_name)
    except look_ups.Closed as why:
        return closed(request, why)
    page.rows = shown(rows_of(page.rows, request.user), request.user, "relation")
    if "benefit" in wanted:
        looks.note_cared([one.resident for one in page.rows], by=request.user)
    looks.note_care_seen(page.rows, by=request.user)
    context = _search(request, wanted) | _list(request, wanted, place)
    context |= {"page": page, "by_name": by_name}
    return render(request, "residents/people/people.html", context)


def _page(request, wanted, place, by_name):
    """A Page of keys: what was searched for, else by name or the newest first."""
    if wanted.keys() == {"q"}:
        return page_of_steps(request, finding.steps(request.user, wanted["q"]))
    rows = narrowing.residents(request.user, place, wanted)
    if by_name:
        return page_of_steps(request, [finding.Step(lambda: rows, ("pinyin",))])
    page = page_by_key(request, rows.order_by("-pk").only("pk"), descending=True)
    page.rows = [row.pk for row in page.rows]
    return page


def rows_of(keys, staff):
    """The residents with these keys, in their order, with `address` and `grid_name`.

    Asked with the keys in one statement they take longer: the planner prepares for many.
    Rows of other tables are made only for those whose rights hang on a building.
    """
    rows = Resident.objects.only(*_SHOWN).annotate(
        address=F("household__dwelling__address"), grid_name=F("grid__name")
    )
    if Scope.of(staff).reach("register.view").buildings:
        rows = rows.select_related("household__dwelling")
    found = {row.pk: row for row in rows.filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def _search(request, wanted):
    """What was asked for, and what else than persons answers to it."""
    words = wanted.get("q", "")
    number = finding.id_number(words)
    is_first = words and not number and not request.GET.get("after")
    return {
        "words": idnumber.mask(number) if number else words,
        "other_finds": finding.others(request.user, words) if is_first else [],
        "sealed_words": finding.sealed(words) if is_first else "",
    }


def _list(request, wanted, place):
    scope, is_secret = Scope.of(request.user), bool(finding.secret(wanted.get("q", "")))
    everywhere = wanted.keys() == {"q"}
    return {
        "place_name": place,
        # One address for all rows: looking each one up costs more than the row.
        "home_url": reverse("residents:household", args=[0]).removesuffix("0/"),
        "narrowed": narrowing.narrowed(Subject.RESIDENTS, wanted),
        "custom": custom_fields.offered("resident", scope),
        "fact": wanted.get("fact", ""),
        "fact_is": wanted.get("is", ""),
        "may_care": scope.has("register.read_care"),
        "may_edit": scope.has("register.edit"),
        "may_export": scope.has("register.export") and not is_secret,
        "query": "" if is_secret else narrowing.query(wanted, None if everywhere else place),
    }
