"""Businesses and institutions."""

from django.db.models import Count, Sum
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from grids import here
from grids.scope import Scope, readable_fields
from residents import narrowing
from residents.forms.register import PremisesFilter
from residents.models import Premises
from residents.paging import page_by_key
from residents.showing import phone_for


@require_safe
def premises(request):
    Scope.of(request.user).demand("register.view")
    form = PremisesFilter(request.GET)
    wanted = narrowing.read(request.GET)
    if not form.is_valid():
        wanted.pop("kind", None)
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    rows = narrowing.premises(request.user, place, wanted)
    page = page_by_key(request, rows.select_related("grid").order_by("pk"))
    context = {
        "page": page, "form": form, "kinds": _by_kind(rows), "place_name": place,
        "may_export": Scope.of(request.user).has("register.export"),
        "query": narrowing.query(wanted, place), "within": wanted.get("in", ""),
    }  # fmt: skip
    return render(request, "residents/premises.html", context)


def _by_kind(rows):
    """(type, number, head count) of the filtered rows."""
    labels = dict(Premises.Kind.choices)
    found = (
        rows.order_by("kind")
        .values_list("kind")
        .annotate(number=Count("pk"), people=Sum("head_count"))
    )
    return [(labels[kind], number, people) for kind, number, people in found]


@require_safe
def premises_detail(request, pk):
    rows = Premises.objects.visible_to(request.user).select_related(
        "grid", "building__compound", "dwelling"
    )
    found = get_object_or_404(rows, pk=pk)
    phone = phone_for(found.phone, "phone" in readable_fields(request.user, found))
    return render(
        request, "residents/premises_detail.html", {"premises": found, "phone": phone}
    )
