"""Who is told about what happens in the registers."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Grid, Notification, Posting, Tier
from grids.roles import RIGHTS, Role

ANSWERING = sorted(
    role for role in Role if "register.edit" in RIGHTS[role] and role != Role.ADMINISTRATOR
)


def announce_move_ins(requests):
    """Tell those who answer: for the grid lived in, or offered to; once for each request."""
    grids = {_asked_grid(request) for request in requests}
    staff_of = {grid: _answering(grid) for grid in grids}
    Notification.objects.bulk_create(
        (
            Notification(
                recipient_id=staff_id,
                kind="move_in",
                title=_("A household is said to have moved to your grid")
                if request.is_offer
                else _("A person of your grid is said to have moved"),
                body=_("Another grid has registered the move. Please answer."),
                url=reverse("residents:move_ins"),
                key=f"move-in-{request.pk}",
                created_at=timezone.now(),
            )
            for request in requests
            for staff_id in staff_of[_asked_grid(request)]
        ),
        ignore_conflicts=True,
    )


def announce_move_in_answer(request):
    """Tell whoever asked."""
    if request.asked_by_id is None:
        return
    is_accepted = request.state == request.State.ACCEPTED
    title = (
        _("Your move-in request was accepted")
        if is_accepted
        else _("Your move-in request was refused")
    )
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=request.asked_by_id,
                kind="move_in",
                title=title,
                body=_("To %(grid)s") % {"grid": request.to_grid},
                url=reverse("residents:move_ins"),
                key=f"move-in-{request.pk}-{request.state}",
                created_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


def _asked_grid(request):
    return request.to_grid_id if request.is_offer else request.from_grid_id


def _answering(grid_id):
    """Staff posted today at the grid, or over it up to its community."""
    grid = Grid.objects.get(pk=grid_id)
    places = Grid.objects.above(grid).filter(
        Q(tier=Tier.COMMUNITY) | Q(tier=Tier.BASE) | Q(pk=grid.pk)
    )
    postings = Posting.objects.on(timezone.localdate()).filter(grid__in=places, role__in=ANSWERING)
    return set(postings.values_list("staff_id", flat=True))


def announce_data_request(request):
    """Tell those who answer for the street or the district that was asked."""
    places = Grid.objects.above(request.grid)
    roles = sorted(role for role in Role if "request.answer" in RIGHTS[role])
    postings = Posting.objects.on(timezone.localdate()).filter(
        grid__in=places, role__in=roles, department=None
    )
    _tell(
        set(postings.values_list("staff_id", flat=True)),
        request,
        title=_("A department asks for facts of the register"),
        key=f"data-request-{request.pk}",
    )


def announce_data_answer(request):
    _tell(
        {request.asked_by_id},
        request,
        title=_("Your data request was answered"),
        key=f"data-request-{request.pk}-{request.state}",
    )


def announce_look_up_stop(stop):
    """Tell the auditors of the place that somebody's look-ups by a secret were stopped."""
    roles = sorted(role for role in Role if "access.view" in RIGHTS[role])
    postings = Posting.objects.on(timezone.localdate()).filter(
        grid__in=Grid.objects.above(stop.grid), role__in=roles
    )
    staff_ids = set(postings.values_list("staff_id", flat=True)) - {stop.staff_id}
    Notification.objects.bulk_create(
        (
            Notification(
                recipient_id=staff_id,
                kind="look_up_stop",
                title=_("Look-ups were stopped for %s") % stop.staff,
                body=str(stop.get_why_display()),
                url=f"{reverse('residents:access')}?of=stops",
                is_urgent=True,
                key=f"look-up-stop-{stop.pk}",
                created_at=stop.since,
            )
            for staff_id in staff_ids
        ),
        ignore_conflicts=True,
    )


def _tell(staff_ids, request, *, title, key):
    Notification.objects.bulk_create(
        (
            Notification(
                recipient_id=staff_id,
                kind="data_request",
                title=title,
                body=f"{request.number} · {request.department} · {request.purpose}",
                url=reverse("residents:data_request", args=[request.pk]),
                key=key,
                created_at=timezone.now(),
            )
            for staff_id in staff_ids
        ),
        ignore_conflicts=True,
    )
