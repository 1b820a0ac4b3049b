"""What the board and the wall show of the lights and of the last 30 days."""

from cases import wording


def lamp(light, board, district, ways):
    """One light: how many, the most urgent cases with their words, and the list behind it."""
    cases = board.urgent[light]
    for case in cases:
        case.hands = wording.hands(case, district)
        case.deadline = wording.deadline(case, board.now)
        case.light_text = wording.light_text(case, light, short=True)
    return {
        "light": light,
        "count": getattr(board.lights, light),
        "cases": cases,
        "url": ways.open_cases(light=light),
    }


def settled(board, ways):
    """The figures of the last 30 days, each with the list behind it; None without any."""
    found = board.settled
    if found is None or not (found.total or board.lights.red):
        return None
    since = {"closed_since": found.since.isoformat()}
    return {
        "rate": f"{board.on_time_rate:.1%}",
        "on_time": (found.on_time, ways.counted(closing="on_time", **since)),
        "closed": (found.total, ways.counted(**since)),
        "overdue": (board.lights.red, ways.open_cases(light="red")),
        "loops": [
            (loop, number, f"{share:.0%}", ways.counted(**since | {"loop": loop.value}))
            for loop, number, share in found.shares()
        ],
        "at": found.at,
    }
