"""The catalogue for everybody: what a case can be about, its limits, who answers for it here."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from cases.catalogue import browse, workbook
from cases.forms.catalogue import LookUpForm
from cases.models import Category
from grids.people import here
from grids.scope import Scope

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def catalogue(request):
    scope = Scope.of(request.user)
    scope.demand("case.view", "case.report", "dictionary.view")
    form = LookUpForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"about": "", "kind": "", "major": ""}
    kind = asked["kind"] or Category.Kind.MATTER
    majors = browse.majors(kind)
    major = asked["major"] if asked["major"] in majors else next(iter(majors), "")
    grid = here.grid_of(request)
    found = browse.entries(kind=kind, major=major, text=asked["about"].strip(), grid=grid)
    context = {
        "form": form,
        "kinds": Category.Kind.choices,
        "kind": kind,
        "majors": majors,
        "major": major,
        "asked": asked["about"].strip(),
        "entries": found,
        "grid": grid,
        "most": browse.MOST,
        "may_edit": scope.has("dictionary.edit"),
    }
    return render(request, "cases/catalogue/catalogue.html", context)


@require_safe
def catalogue_excel(request):
    Scope.of(request.user).demand("dictionary.edit")
    is_blank = "blank" in request.GET
    name = pgettext("workbook", "empty form") if is_blank else f"{timezone.localdate():%Y%m%d}"
    response = HttpResponse(workbook.write(request.user, is_blank=is_blank), content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(
        True, f"{_('Catalogue')}-{name}.xlsx"
    )
    return response
