"""What cannot be done now, in words for the person who tried. Every rule refuses with these."""


class Refused(ValueError):
    """It cannot be done now; the text says why and what to do."""


def demand(text, message):
    """Words that a step cannot do without."""
    if not text.strip():
        raise Refused(message)
