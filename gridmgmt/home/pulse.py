"""When the lights were last computed: the older sign of life of beat and of the worker."""

from datetime import timedelta

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from gridmgmt.running import heartbeats, outage

PARTS = ("beat", "worker")
STALE_SECONDS = 300
LATE_SECONDS = 120  # two sweeps


@require_safe
def pulse(request):
    outage.look()
    return HttpResponse(render_to_string("_pulse.html", {"pulse": state()}))


def state():
    """{"age": seconds or None (a part never gave a sign), "at", "ago": the same in words, "is_stale"}."""
    ages = heartbeats.ages()
    age = None
    if all(part in ages for part in PARTS):
        age = max(ages[part] for part in PARTS)
        if ages.get("lights", 0) > LATE_SECONDS:  # they live, but the sweep fails
            age = max(age, ages["lights"])
    return {
        "age": None if age is None else round(age),
        "at": None if age is None else timezone.now() - timedelta(seconds=age),
        "ago": "" if age is None else _ago(age),
        "is_stale": age is None or age >= STALE_SECONDS,
    }


def _ago(age):
    if age < 60:
        number = round(age)
        text = ngettext("%(number)d second ago", "%(number)d seconds ago", number)
    else:
        number = int(age // 60)
        text = ngettext("%(number)d minute ago", "%(number)d minutes ago", number)
    return text % {"number": number} if age >= 1 else _("just now")
