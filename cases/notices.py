"""What people are told about a case: events that nobody has announced yet become messages."""


def announce(now, *, events=None):
    return 0
