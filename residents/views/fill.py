"""A superior's empty workbook comes back filled from the register."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from grids.people import here
from grids.scope import Scope
from grids.throttle import counted
from residents.exports import queue
from residents.forms.papers import FillForm
from residents.lists import narrowing
from residents.models import Export
from residents.models.exports import Subject
from residents.people import finding
from residents.views.exports import RIGHT, send

SUBJECTS = (Subject.RESIDENTS, Subject.HOUSEHOLDS, Subject.PREMISES)


@counted("export")
@require_http_methods(["GET", "HEAD", "POST"])
def fill(request):
    scope = Scope.of(request.user)
    scope.demand(RIGHT)
    subject = request.GET.get("subject", Subject.RESIDENTS)
    wanted = narrowing.read(request.GET)
    if subject not in SUBJECTS or finding.secret(wanted.get("q", "")):
        raise Http404
    place = narrowing.place(request.user, wanted, here.grid_of(request))
    may_reveal = scope.has("register.reveal") and subject == Subject.RESIDENTS
    form = FillForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        may_reveal=may_reveal,
    )
    if form.is_bound and form.is_valid():
        return send(_begin(request, subject, wanted, place, form))
    context = {
        "form": form,
        "subject": subject,
        "query": request.GET.urlencode(),
        "subjects": [(one.value, one.label) for one in SUBJECTS],
        "about": narrowing.words_of(subject, wanted, place),
        "number": narrowing.rows(subject, request.user, place, wanted).count(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "residents/exports/fill.html", context, status=status)


def _begin(request, subject, wanted, place, form):
    """The form as it came: a worker opens it, and finds out which columns it asks for."""
    template = form.cleaned_data["template"]
    export = queue.begin(
        by=request.user,
        here=place,
        subject=subject,
        names=[],
        wanted=wanted,
        purpose=form.cleaned_data["purpose"],
        title=template.name.rpartition(".")[0][:60],
        format=Export.Format.FILLED,
    )
    export.layout = {"is_full": form.is_full()}
    export.template.save("form.xlsx", template, save=False)
    return export
