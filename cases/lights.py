"""Red, yellow, green: computed, never stored; the light at closing is frozen."""

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
