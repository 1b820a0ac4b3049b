"""The registers in numbers, and the list of households behind them."""

from io import BytesIO

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from grids.lists.paging import address, page_by_key
from grids.people import here
from grids.scope import Scope, readable_fields
from grids.throttle import counted
from grids.workbooks.writing import who_and_when
from residents import tables as numbers
from residents.custom_fields import custom_fields
from residents.exports import sums
from residents.exports.columns import members_of
from residents.lists import narrowing
from residents.models import Resident
from residents.models.exports import Subject
from residents.people import finding, flows, look_ups, looks
from residents.people.showing import phone_for, shown
from residents.views.look_ups import closed
from residents.views.people import people

RIGHT = "register.view"
_HOME = "household__dwelling"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def tables(request):
    Scope.of(request.user).demand(RIGHT)
    name, place, month, offered = _asked(request)
    context = {
        "name": name,
        "label": offered[name],
        "tabs": offered.items(),
        "place_name": place,
        "tables": numbers.tables(name, request.user, place, month=month),
        "months": flows.months(timezone.localdate()) if name == "flows" else [],
        "month": month,
        "query": request.GET.urlencode(),
    }
    return render(request, "residents/tables/tables.html", context)


@counted("export", on="GET")
@require_safe
def table_excel(request):
    Scope.of(request.user).demand(RIGHT)
    name, place, month, offered = _asked(request)
    found = numbers.tables(name, request.user, place, month=month)
    file = BytesIO()
    sums.write(file, found, f"{who_and_when(request.user)} · {place}")
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    filename = f"{offered[name]}-{place}-{timezone.localdate():%Y%m%d}.xlsx"
    response.headers["Content-Disposition"] = sums.attachment(filename)
    return response


def _asked(request):
    """(table, place, month, {name: label} of the tables)."""
    offered = numbers.offered(request.user)
    name = request.GET.get("table", "residents")
    if name not in offered:
        raise Http404
    place = narrowing.place(request.user, narrowing.read(request.GET), here.grid_of(request))
    today = flows.months(timezone.localdate())[0]
    return name, place, flows.month_of(request.GET.get("month", "")) or today, offered


@require_http_methods(["GET", "HEAD", "POST"])
def households(request):
    """Searching is a POST, answered by an address in which the words are sealed."""
    Scope.of(request.user).demand(RIGHT)
    wanted = narrowing.read(request.GET)
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    if request.method == "POST":
        words = request.POST.get("q", "").strip()[:60]
        if finding.secret(words):
            return people(request)
        return redirect(request.path + address(request, q=finding.sealed(words)))
    try:
        rows = narrowing.households(request.user, place, wanted)
    except look_ups.Closed as why:
        return closed(request, why)
    rows = rows.select_related("grid", "dwelling__building").defer("grid__boundary")
    page = page_by_key(request, rows.order_by("pk"), of_few=finding.is_small(place))
    cared_for = narrowing.cared_for(request.user, wanted, page.rows)
    seen = Resident.objects.filter(pk__in=cared_for).select_related(_HOME)
    looks.note_care_seen(shown(seen, request.user), by=request.user)
    members = members_of(page.rows)
    for one in page.rows:
        one.member_count = members.get(one.pk, 0)
        one.shown_phone = phone_for(one.phone, "phone" in readable_fields(request.user, one))
    context = {
        "page": page,
        "words": wanted.get("q", ""),
        "place_name": place,
        "about": narrowing.words_of(Subject.HOUSEHOLDS, wanted, place),
        "is_narrowed": bool(wanted.keys() - {"in"}),
        "may_export": Scope.of(request.user).has("register.export"),
        "query": narrowing.query(wanted, place),
        "custom": custom_fields.offered("household", Scope.of(request.user)),
        "fact": wanted.get("fact", ""),
        "fact_is": wanted.get("is", ""),
    }
    return render(request, "residents/tables/households.html", context)
