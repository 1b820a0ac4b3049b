"""What every page of the portal shows around its content."""

import functools

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from gridmgmt.home import pulse
from gridmgmt.home.navigation import navigation
from grids.models import Notification
from grids.people import here

SEARCHED = ("register.view", "case.view", "case.report")


def portal(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    unread = functools.cache(Notification.objects.of(user).unread().count)
    return {
        "nav": SimpleLazyObject(lambda: navigation(request, unread)),
        "my_place": here.describe(request),
        "unread": SimpleLazyObject(unread),
        "search_url": reverse("search") if any(map(user.has, SEARCHED)) else "",
        "pulse": SimpleLazyObject(pulse.state),
        "today": timezone.localdate(),
        "may_print_slips": SimpleLazyObject(
            lambda: user.has("staff.slip") or user.has("staff.secure")
        ),
    }
