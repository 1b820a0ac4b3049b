"""Lists of cases: by role, narrowed by what is in the address, in pages by key."""

from urllib.parse import quote, urlencode

from django.db.models import F
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases import lights, listing, saved, wording
from cases.forms.filters import CaseFilter
from cases.models import Case, SavedView, Stage
from cases.paging import Order
from cases.views import place
from grids.models import Grid
from grids.scope import Scope

URGENT_FIRST, LATEST_FIRST = Order("due_at"), Order("reported_at", is_descending=True)
PAGE = 50
_SHOWN = (
    "district", "number", "title", "is_urgent", "stage", "stage_since", "reported_at", "closed_at",
    "closing_light", "due_at", "warn_at", "step_due_at",
)  # fmt: skip


@require_safe
def case_list(request):
    scope = Scope.of(request.user)
    scope.demand("case.view", "case.report")
    now, shows = timezone.now(), listing.shows_for(request.user)
    show = next(
        (show for show in shows if show.key == request.GET.get("show")), shows[0]
    )
    every = listing.rows_of(show, request.user, now=now)
    grid = place.chosen(request)
    if grid is not None:
        every = every.each(lambda rows: listing.in_place(rows, grid))
    tally = None if show.is_history else every.tally()
    form = CaseFilter(request.GET, tally=tally, districts=scope.district_ids)
    rows = every.each(lambda rows: _narrowed(rows, form, now))
    page = _page(request, rows, show, now)
    chips = _chips(request, form, grid)
    context = {
        "show": show,
        "may_report": scope.has("case.report"),
        "tabs": _tabs(request, shows, show),
        "form": form,
        "grid": grid,
        "chips": chips,
        "saved": saved.around(
            request.user,
            SavedView.Page.LIST,
            request.GET.urlencode(),
            is_offered=bool(chips),
        ),
        "total": _total(rows, show, tally, form),
        "page": page,
    }
    return render(request, "cases/list.html", context | _around(request, page))


def _narrowed(rows, form, now):
    return (
        listing.narrow(rows, now=now, **form.chosen) if form.is_valid() else rows.none()
    )


def _total(rows, show, tally, form):
    """How many there are; None where that is too much to count."""
    if not show.is_counted:
        return None
    is_whole = tally is not None and form.is_valid() and not form.chosen
    return tally.total() if is_whole else rows.count()


def _page(request, rows, show, now):
    shown = Case.objects.only(*_SHOWN).annotate(
        grid_name=F("grid__name"),
        department_name=F("department__name"),
        handler_name=F("handler__full_name"),
    )
    order = LATEST_FIRST if show.is_history else URGENT_FIRST
    found = order.page(
        rows,
        shown=shown,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        size=PAGE,
    )
    names = _names_of({case.district_id for case in found.rows}, request.user)
    home, stages = (
        reverse("cases:list"),
        {key: str(name) for key, name in Stage.choices},
    )
    for case in found.rows:
        case.url = f"{home}{quote(case.number)}/"
        case.stage_name = stages[case.stage]
        case.hands = wording.in_hands(
            case.stage, case.department_name, case.handler_name, names[case.district_id]
        )
        case.light_text = ""
        if case.is_open:
            case.light = lights.light(case, now)
            case.light_text = wording.light_text(case, case.light)
            case.hands += f" · {wording.in_hands_for(case)}"
    return found


def _names_of(districts, staff):
    """{key: name}: of a district where one is posted the scope knows the name."""
    grids = [posting.grid for posting in Scope.of(staff).postings]
    names = {grid.pk: grid.name for grid in grids if grid.pk in districts}
    if districts - names.keys():
        missing = Grid.objects.filter(pk__in=districts - names.keys())
        names |= dict(missing.values_list("pk", "name"))
    return names


def _around(request, page):
    return {
        "previous_url": _address(request, before=page.previous, after="")
        if page.previous
        else "",
        "next_url": _address(request, after=page.next, before="") if page.next else "",
    }


def _tabs(request, shows, current):
    """Another list keeps the place and nothing else: a filter of one list may be empty in another."""
    kept = {"grid": request.GET["grid"]} if request.GET.get("grid") else {}
    return [
        {
            "label": show.label,
            "url": _query(kept | {"show": show.key}),
            "is_current": show is current,
        }
        for show in shows
        if show.is_tab or show is current
    ]


def _chips(request, form, grid):
    """What narrows the list, each with the address without it."""
    first = {"after": "", "before": ""}
    chips = [
        {"label": label, "url": _address(request, **{name: ""}, **first)}
        for name, label in form.words().items()
    ]
    if grid is not None:
        chips.append(
            {
                "label": grid.name,
                "url": _address(request, grid=place.EVERYWHERE, **first),
            }
        )
    return chips


def _address(request, **changes):
    return _query(request.GET.dict() | changes)


def _query(values):
    return f"{reverse('cases:list')}?{urlencode({name: value for name, value in values.items() if value})}"
