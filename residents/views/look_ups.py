"""Look-ups by a secret: what somebody reads who may make none now, and how an auditor lets go."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from grids.refusal import Refused
from grids.scope import Scope
from residents.models import LookUpStop
from residents.people import look_ups


def closed(request, why):
    """Instead of the finds, until when (`look_ups.Closed`)."""
    answer = render(request, "residents/people/look_ups_closed.html", {"why": why}, status=429)
    seconds = (why.until - timezone.now()).total_seconds()
    answer.headers["Retry-After"] = str(max(int(seconds), 1))
    return answer


@require_POST
def release(request, pk):
    rows = LookUpStop.objects
    stop = get_object_or_404(rows.visible_to(request.user), pk=pk)
    Scope.of(request.user).demand("access.release")
    stop = get_object_or_404(rows.visible_to(request.user, right="release"), pk=pk)
    try:
        look_ups.release(stop, by=request.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Look-ups are open again for %s.") % stop.staff)
    return redirect(f"{reverse('residents:access')}?of=stops")
