"""The inbox: a person's messages, opened one by one or all marked as read."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from grids.messages import inbox as rules
from grids.models import Notification
from grids.people import stand_ins


def inbox(request):
    before = request.GET.get("before", "")
    found, next_key = rules.page_of(
        request.user, before=int(before) if before.isdecimal() else None
    )
    next_url = f"?before={next_key}" if next_key else None
    return render(
        request,
        "grids/inbox.html",
        {
            "found": found,
            "next_url": next_url,
            "previous_url": "?" if before else None,
            "held": stand_ins.held_by(request.user, timezone.localdate()),
            "absence": stand_ins.absence_of(request.user, timezone.localdate()),
        },
    )


@require_POST
def open_message(request, pk):
    message = get_object_or_404(Notification.objects.of(request.user), pk=pk)
    rules.read(message)
    return redirect(message.url or "grids:inbox")


@require_POST
def read_all(request):
    count = rules.read_all(request.user)
    if count:
        messages.success(
            request,
            ngettext(
                "%(count)d message marked as read.",
                "%(count)d messages marked as read.",
                count,
            )
            % {"count": count},
        )
    else:
        messages.info(request, _("There was nothing unread."))
    return redirect("grids:inbox")
