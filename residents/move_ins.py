"""Move-in requests: a person who is in the register of another grid moves when that grid agrees."""

import json

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.refusal import Refused
from grids.scope import Reach
from residents import life, notices
from residents.changing import AlreadyAnswered
from residents.imports import one_row
from residents.life import asking_the_other_grid
from residents.models import MoveInRequest, Resident


def accept(request, *, by):
    """Let the person move: the plan that was asked for is carried out.

    What an import asked for is its row, imported as it was sent. Refused when the
    registers have changed since; a person who lives in a third grid by now is asked of that one.
    """
    if _passed_on(request):
        raise Refused(_("the person lives in another grid by now, which is asked instead."))
    _carry_out(request, by)


@transaction.atomic
def _passed_on(request):
    _lock(request)
    now = Resident.objects.select_for_update(of=("self",)).get(pk=request.resident_id)
    is_there = now.grid_id in (request.from_grid_id, request.to_grid_id)
    if request.is_offer or now.ended_on is not None or is_there:
        return False
    request.from_grid_id = now.grid_id
    request.save(update_fields=["from_grid"])
    notices.announce_move_ins([request])
    return True


@transaction.atomic
def _carry_out(request, by):
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
    notices.announce_move_in_answer(request)
