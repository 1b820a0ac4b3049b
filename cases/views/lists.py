"""Lists of cases: by role, narrowed by what is in the address, in pages by key."""

from urllib.parse import quote, urlencode

from django.db.models import F
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from cases import lights, wording
from cases.lists import excel, saved
from cases.models import Case, SavedView, Stage
from cases.views import place
from cases.views.asked import asked
from cases.views.tabs import tabs
from cases.workflow import bulk
from cases.workflow.steps import LABELS
from grids.models import Grid
from grids.scope import Scope

PAGE = 50
_SHOWN = (
    "district",
    "number",
    "title",
    "is_urgent",
    "stage",
    "stage_since",
    "reported_at",
    "closed_at",
    "closing_light",
    "due_at",
    "warn_at",
    "step_due_at",
)


@require_safe
def case_list(request):
    found = asked(request)
    page, chips = _page(request, found), _chips(request, found)
    query = request.GET.urlencode()
    offered = [] if found.show.is_history else bulk.offered_to(request.user)
    steps = [(step, LABELS[step]) for step in offered]
    context = {
        "show": found.show,
        "may_report": Scope.of(request.user).has("case.report"),
        "tabs": tabs(request, found.show.key),
        "form": found.form,
        "chips": chips,
        "saved": saved.around(request.user, SavedView.Page.LIST, query, is_offered=bool(chips)),
        "total": found.total,
        "page": page,
        "query": query,
        "most_rows": excel.AT_MOST,
        "bulk": {"steps": steps, "most": bulk.AT_MOST} if steps else None,
    }
    return render(request, "cases/lists/list.html", context | _around(request, page))


def _page(request, asked):
    shown = Case.objects.only(*_SHOWN).annotate(
        grid_name=F("grid__name"),
        department_name=F("department__name"),
        handler_name=F("handler__full_name"),
        decider_name=F("decider__full_name"),
    )
    found = asked.order.page(
        asked.rows,
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
            case.stage,
            case.department_name,
            case.handler_name,
            names[case.district_id],
            case.decider_name,
        )
        case.light_text = ""
        if case.is_open:
            case.light = lights.light(case, asked.now)
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
        "previous_url": _address(request, before=page.before, after="") if page.before else "",
        "next_url": _address(request, after=page.after, before="") if page.after else "",
    }


def _chips(request, asked):
    """What narrows the list, each with the address without it."""
    first = {"after": "", "before": ""}
    chips = [
        {"label": label, "url": _address(request, **{name: ""}, **first)}
        for name, label in asked.form.words().items()
    ]
    if asked.grid is not None:
        chips.append(
            {
                "label": asked.grid.name,
                "url": _address(request, grid=place.EVERYWHERE, **first),
            }
        )
    return chips


def _address(request, **changes):
    return _query(request.GET.dict() | changes)


def _query(values):
    return f"{reverse('cases:list')}?{urlencode({name: value for name, value in values.items() if value})}"
