"""Moves between grids: the other grid is asked first, and answers in `move_ins`.

What shall happen on a yes is a plan, sealed in the request; nothing of the person is revealed.
"""

import json

from django.utils import timezone

from grids.fields import new_keys
from grids.scope import Scope
from residents import notices
from residents.models import MoveInRequest

RIGHT = "register.edit"
PLAN = "plan"


def may_edit(staff, grid):
    """Whether `staff` keeps the register of this grid."""
    reach = Scope.of(staff).reach(RIGHT)
    return grid.district_id in reach.districts or grid.pk in reach.grids


def ask(resident, plan, *, to_grid_id, by):
    """Ask the grid where the person lives to let the person go."""
    return _request(resident, plan, resident.grid_id, to_grid_id, by, is_offer=False)


def offer(resident, plan, *, to_grid_id, by):
    """Ask the grid that a household of ours moves to, to take it in; `resident` stands for all."""
    return _request(resident, plan, resident.grid_id, to_grid_id, by, is_offer=True)


def place_of(request):
    """The dwelling that an offered household moves to, in words; "" for other requests."""
    if not request.is_offer:
        return ""
    return "".join(json.loads(request.row_sealed.reveal())["place"].values())


def _request(resident, plan, from_grid_id, to_grid_id, by, *, is_offer):
    """One request while it waits: asking again changes nothing."""
    found, is_new = MoveInRequest.objects.get_or_create(
        resident=resident,
        to_grid_id=to_grid_id,
        state=MoveInRequest.State.WAITING,
        defaults={
            "pk": new_keys(MoveInRequest)[0],
            "district_id": resident.district_id,
            "from_grid_id": from_grid_id,
            "row_sealed": json.dumps(plan, ensure_ascii=False),
            "is_offer": is_offer,
            "asked_by": by,
            "asked_at": timezone.now(),
        },
    )
    if is_new:
        notices.announce_move_ins([found])
    return found
