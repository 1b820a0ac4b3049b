"""Move-in requests: a person who is in the register of another grid moves when that grid agrees."""

import json

from django.db import transaction
from django.utils import timezone

from grids.scope import Reach
from residents import life
from residents.changing import AlreadyAnswered
from residents.imports import one_row
from residents.life import asking_the_other_grid
from residents.models import MoveInRequest


@transaction.atomic
def accept(request, *, by):
    """Let the person move: the plan that was asked for is carried out.

    What an import asked for is its row, imported as it was sent. Refused when the
    registers have changed since.
    """
    _lock(request)
    facts = json.loads(request.row_sealed.reveal())
    if asking_the_other_grid.PLAN in facts:
        life.carry_out(request, facts, by=by)
    else:
        _import(request, facts, by)
    _answer(request, MoveInRequest.State.ACCEPTED, by)


def _import(request, facts, by):
    reach = Reach(grids=frozenset({request.from_grid_id, request.to_grid_id}))
    one_row.run(facts, reach=reach, by_id=request.asked_by_id or by.pk)


@transaction.atomic
def refuse(request, *, by):
    _lock(request)
    _answer(request, MoveInRequest.State.REFUSED, by)


def _lock(request):
    request.refresh_from_db(from_queryset=MoveInRequest.objects.select_for_update())
    if request.state != MoveInRequest.State.WAITING:
        raise AlreadyAnswered


def _answer(request, state, by):
    request.state, request.answered_by, request.answered_at = state, by, timezone.now()
    request.save(update_fields=["state", "answered_by", "answered_at"])
