"""The limits and alarms of one case, set from its standard by the clock."""


def start(case, at):
    """Begin the limit of the case's standard at `at`; write its alarms."""


def enter_stage(case, at):
    """Set the clock of the stage that the case has come to; take alarms away at the end."""


def shift_for_pause(case, at, until):
    """Move the limits as if the pause ran to its cap."""


def end_pause(case, at):
    """End a pause that is running, or ran to its cap, and pull the limits back."""


def extend(case, at, number, unit):
    """Move the limit, and begin a new run of alarms."""
