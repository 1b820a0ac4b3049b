"""Bare views to compare with: no log-in, no scope, no portal around them. Served by the bench only.

A WSGI application of its own: `gunicorn bench.bare:application`.
"""

import functools
import uuid
from datetime import datetime

from django import forms
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path
from django.utils import timezone

from bench import server

PAGE = 50
ROWS = Engine().from_string(
    "<table>{% for case in cases %}<tr><td>{{ case.number }}</td><td>{{ case.title }}</td>"
    "<td>{{ case.category.name }}</td><td>{{ case.department.name }}</td><td>{{ case.grid.name }}</td>"
    "<td>{{ case.address }}</td><td>{{ case.due_at }}</td></tr>{% endfor %}</table>"
)
PEOPLE = Engine().from_string(
    "<table>{% for one in people %}<tr><td>{{ one.name }}</td><td>{{ one.sex }} {{ one.birth_on }}</td>"
    "<td>{{ one.id_mask }}</td><td>{{ one.household.dwelling.address }}</td><td>{{ one.relation }}</td>"
    "<td>{{ one.phone }}</td><td>{{ one.grid.name }}</td></tr>{% endfor %}</table>"
)
ROUND = Engine().from_string(
    "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>"
    "{% endfor %}</table>"
)
TODAY = """
SELECT household.id, head_name, household.phone, compound.name, building.name, entrance, room,
       dwelling.address, rule.mode, next_due_on, next_due_on + grace_days AS last_day
FROM grids_grid AS unit
JOIN residents_household AS household ON household.grid_id = unit.id AND household.ended_on IS NULL
JOIN residents_dwelling AS dwelling ON dwelling.id = dwelling_id
LEFT JOIN grids_building AS building ON building.id = building_id
LEFT JOIN grids_compound AS compound ON compound.id = compound_id
JOIN inspections_schedule AS schedule ON schedule.household_id = household.id AND next_due_on <= %s
JOIN inspections_visitrule AS rule ON rule.id = rule_id
WHERE unit.path LIKE %s
ORDER BY compound.name, building.name, entrance, room
LIMIT 60
"""
INSERT = """
INSERT INTO inspections_visit (district_id, grid_id, client_uuid, household_id, visitor_id, mode,
    outcome, is_unchanged, note, happened_on, logged_at)
VALUES (%s, %s, %s, %s, %s, 'home', 'met', true, '', %s, now())
"""

server.prepare_django()
settings.ROOT_URLCONF = "bench.bare"
settings.MIDDLEWARE = []
application = WSGIHandler()


def insert_visit(request):
    sent = request.POST
    names = ("district", "grid", "client_uuid", "household", "visitor", "happened_on")
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [sent[name] for name in names])
    return HttpResponse(status=302)


def save_visit_form(request):
    from inspections.models import Visit

    fields = [
        "district",
        "grid",
        "household",
        "visitor",
        "mode",
        "outcome",
        "note",
        "happened_on",
    ]
    form_class = forms.modelform_factory(Visit, fields=fields)
    visit = Visit(client_uuid=uuid.UUID(request.POST["client_uuid"]), logged_at=timezone.now())
    form = form_class(request.POST, instance=visit)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    form.save()
    return HttpResponse(status=302)


def numbered_page(request):
    """What a Paginator does: count everything, skip what lies before."""
    return _render(Paginator(_cases(), PAGE).page(request.GET["page"]).object_list)


def page_after(request):
    """A page by key, as bare as it can be."""
    moment, _, key = request.GET["after"].partition("~")
    at = datetime.fromisoformat(moment)
    further = Q(reported_at__lt=at) | Q(id__lt=key)
    return _render(_cases().filter(further, reported_at__lte=at)[:PAGE])


def numbered_people(request):
    page = Paginator(_people(), PAGE).page(request.GET["page"])
    return HttpResponse(PEOPLE.render(Context({"people": page.object_list})))


def people_after(request):
    people = _people().filter(pk__lt=request.GET["after"])[:PAGE]
    return HttpResponse(PEOPLE.render(Context({"people": people})))


def today_at_once(request):
    """The households that are due, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(TODAY, [timezone.localdate(), f"{request.GET['path']}%"])
        rows = cursor.fetchall()
    return HttpResponse(ROUND.render(Context({"rows": rows})))


def today_each(request):
    """The same as it is usually written: from each schedule to what hangs on it."""
    from inspections.models import Schedule, Visit
    from residents.models import CareRecord

    due = Schedule.objects.filter(
        household__grid__path__startswith=request.GET["path"],
        household__ended_on=None,
        next_due_on__lte=timezone.localdate(),
    )
    rows = []
    for schedule in due.order_by("next_due_on")[:60]:
        household = schedule.household
        building = household.dwelling.building
        care = CareRecord.objects.filter(resident__household=household)
        visits = Visit.objects.filter(household=household).order_by("-happened_on")
        rows.append(
            (
                household.head_name,
                household.phone,
                building and building.compound,
                building,
                household.dwelling.address,
                schedule.rule.mode,
                schedule.next_due_on,
                list(care.select_related("category")),
                visits.first(),
            )
        )
    return HttpResponse(ROUND.render(Context({"rows": rows})))


@functools.cache
def _district():
    from grids.models import Grid

    return Grid.objects.get(code="370402").pk


def _cases():
    from cases.models import Case

    rows = Case.objects.filter(district=_district()).order_by("-reported_at", "-id")
    return rows.select_related("category", "department", "grid").defer("grid__boundary")


def _people():
    from residents.models import Resident

    rows = Resident.objects.filter(district=_district(), ended_on=None).order_by("-pk")
    return rows.select_related("household__dwelling", "grid").defer("grid__boundary")


def _render(cases):
    return HttpResponse(ROWS.render(Context({"cases": cases})))


urlpatterns = [
    path("insert/", insert_visit),
    path("form/", save_visit_form),
    path("page/", numbered_page),
    path("after/", page_after),
    path("today/each/", today_each),
    path("today/at-once/", today_at_once),
    path("people/page/", numbered_people),
    path("people/after/", people_after),
]
