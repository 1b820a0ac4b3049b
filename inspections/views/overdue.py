"""Who has not been seen for too long, by grid, by care category and by household."""

import io

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from grids.models import Grid
from grids.scope import Scope
from grids.throttle import counted
from inspections import telling
from inspections.views.visits import chosen_place, pages
from inspections.visits import unseen
from residents.exports.desk import mark
from residents.models import CareCategory
from residents.models.exports import Elsewhere
from residents.views import desk

EXPORT = "register.export"


@require_safe
def overdue(request):
    Scope.of(request.user).demand("visit.view")
    today = timezone.localdate()
    asked = _asked(request)
    is_list = any(asked[name] for name in ("grid", "category", "why"))
    context = _list(request, today, asked) if is_list else _sums(request, today)
    context |= {
        "day": today,
        "may_export": Scope.of(request.user).has(EXPORT),
        "has_map": Scope.of(request.user).has("grid.view"),
        "has_digest": any(telling.kinds(request.user).values()),
    }
    return render(request, "inspections/visits/overdue.html", context)


def _asked(request):
    """What the address narrows to; 404 for a grid that is not in sight."""
    found = {"grid": None, "category": None, "why": request.GET.get("why", "")}
    if found["why"] not in unseen.WHY:
        found["why"] = ""
    if "grid" in request.GET:
        key = _key(request.GET["grid"])
        found["grid"] = get_object_or_404(Grid.objects.visible_to(request.user), pk=key)
    if "category" in request.GET:
        key = _key(request.GET["category"])
        found["category"] = get_object_or_404(CareCategory, pk=key)
    return found


def _key(text):
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _sums(request, today):
    under = chosen_place(request)
    grids = list(unseen.by_grid(request.user, today, under=under))
    return {
        "grids": grids[: unseen.FULLEST],
        "number": len(grids),
        "more": max(len(grids) - unseen.FULLEST, 0),
        "categories": unseen.by_category(request.user, today, under=under),
        "under": under,
        "households": sum(row["households"] for row in grids),
        "never": sum(row["never"] for row in grids),
        "attempts": sum(row["attempts"] for row in grids),
    }


def _list(request, today, asked):
    under = None if asked["grid"] else chosen_place(request)
    late = unseen.missing(request.user, today)
    rows = unseen.narrow(late, request.user, today, under=under, **asked)
    page, after = unseen.page_of(rows, after=request.GET.get("after", ""))
    scope = Scope.of(request.user)
    for row in page:
        row.is_named = scope.grants("register.view", row.household)
        row.url = _address(scope, row)
    return {
        "is_list": True,
        "under": under,
        "title": _title(asked),
        "schedules": page,
        "query": request.GET.urlencode(),
        **asked,
    } | pages(request, after)


def _title(asked):
    words = {
        "late": _("Households overdue"),
        "never": _("Never seen"),
        "attempts": _("Tried in vain"),
    }
    parts = [asked["grid"], asked["category"], words.get(asked["why"])]
    return " · ".join(str(part) for part in parts if part)


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def overdue_excel(request):
    """The households of what the address asks for, 5,000 at most, past the export desk."""
    scope = Scope.of(request.user)
    if not scope.has("visit.view") or not scope.has(EXPORT):
        raise PermissionDenied
    now, asked = timezone.now(), _asked(request)
    under = None if asked["grid"] else chosen_place(request)
    about = [str(part) for part in (under, _title(asked)) if part]
    late = unseen.missing(request.user, timezone.localdate(now))
    rows = unseen.narrow(late, request.user, timezone.localdate(now), under=under, **asked)
    number = min(unseen.by_household(rows).count(), unseen.AT_MOST)
    form = desk.form_of(request)
    if not form.is_valid():
        back = f"{reverse('inspections:overdue')}?{request.GET.urlencode()}"
        title = _("Not seen")
        return desk.ask(request, form, title=title, about=about, number=number, back=back)
    purpose, file = form.cleaned_data["purpose"], io.BytesIO()
    heads = unseen.write(
        file,
        rows,
        said=[*mark(request.user, purpose, now), *about],
        named=lambda household: scope.grants("register.view", household),
    )
    return desk.give(
        request,
        file,
        f"{_('Not seen')}.xlsx",
        what=Elsewhere.UNSEEN,
        title=_("Not seen"),
        about=about,
        heads=heads,
        rows=number,
        purpose=purpose,
        place=asked["grid"] or under,
    )


def _address(scope, row):
    """To the door for those who visit it, else to the file for those who may read it."""
    if scope.grants("visit.log", row.household):
        return reverse("inspections:log_visit", args=[row.household_id])
    if row.is_named:
        return reverse("residents:household", args=[row.household_id])
    return ""
