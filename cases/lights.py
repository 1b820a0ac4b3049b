"""Red, yellow, green: computed, never stored; the light at closing is frozen.

`light` is the rule for one case, `Case.objects.with_light(now)` for many; a test holds them together.
"""

from django.db.models import Count

GREEN, YELLOW, RED = "green", "yellow", "red"
LIGHTS = (RED, YELLOW, GREEN)


def light(case, now):
    """The light of a case at `now`; of a closed case, the light that it closed with."""
    if case.closed_at is not None:
        return case.closing_light
    if case.due_at is not None and case.due_at <= now:
        return RED
    if case.warn_at is not None and case.warn_at <= now:
        return YELLOW
    return GREEN


def counts(cases, now):
    """{"red", "yellow", "green"}: the open cases of a queryset under each light."""
    found = cases.open().with_light(now).order_by().values("light").annotate(number=Count("pk"))
    return dict.fromkeys(LIGHTS, 0) | dict(found.values_list("light", "number"))
