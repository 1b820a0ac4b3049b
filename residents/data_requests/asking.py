"""The department's side: to ask, and to take it back."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit, locks
from grids.fields import blind_index, reserve_keys
from grids.refusal import Refused
from grids.scope import Scope
from residents import notices
from residents.models import DataRequest, DataRequestLine
from residents.people import idnumber

State = DataRequest.State


@dataclass(frozen=True)
class Person:
    name: str
    number: str  # 18 digits


@transaction.atomic
def ask(department, *, by, persons, purpose, legal_basis, facts, use_until, notice_days=0):
    """File the request and tell those who answer. `persons` are `Person`s, in their order."""
    if department.pk not in Scope.of(by).reach("request.ask").departments:
        raise Refused(_("You may not ask in the name of %(name)s.") % {"name": department})
    request = DataRequest.objects.create(
        district_id=department.district_id,
        grid_id=department.grid_id,
        department=department,
        number=_number(department),
        purpose=purpose,
        legal_basis=legal_basis,
        facts=list(facts),
        use_until=use_until,
        notice_days=notice_days,
        asked_by=by,
        asked_at=timezone.now(),
    )
    lines = reserve_keys(
        DataRequestLine(
            request=request,
            position=position,
            name=person.name,
            id_sealed=person.number,
            id_index=blind_index(person.number),
            id_mask=idnumber.mask(person.number),
        )
        for position, person in enumerate(persons, start=1)
    )
    DataRequestLine.objects.bulk_create(lines)
    notices.announce_data_request(request)
    detail = {"rows": len(persons), "columns": request.facts}
    audit.record(
        audit.Kind.REQUEST, of=request, words=request.number, by=by, purpose=purpose, detail=detail
    )
    return request


@transaction.atomic
def withdraw(request):
    """Take an unanswered request back; False when it was answered meanwhile."""
    taken = DataRequest.objects.filter(
        pk=request.pk, state__in=[State.WAITING, State.NOTICE]
    ).update(state=State.WITHDRAWN)
    if taken:
        request.lines.update(id_sealed=None)
    return bool(taken)


def _number(department):
    """SQ-370402-2611-0001: counted through the month of the district."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [locks.DATA_REQUESTS, department.district_id]
        )
    head = f"SQ-{department.grid.code[:6]}-{timezone.localdate():%y%m}-"
    last = (
        DataRequest.objects.filter(district=department.district_id, number__startswith=head)
        .order_by(Length("number").desc(), "-number")
        .values_list("number", flat=True)
        .first()
    )
    return f"{head}{int(last.rpartition('-')[2]) + 1 if last else 1:04d}"
