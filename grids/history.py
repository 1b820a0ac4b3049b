"""History of register rows: who, when, from, to. Kept by statement-level triggers, so that
bulk statements and COPY are seen too."""

import pghistory


def track(*, secrets=()):
    """Class decorator: insert, update and delete of a row are kept in `<Model>Event`.

    `secrets` are encrypted columns: a new ciphertext of the same text is no change, so they
    do not count in the comparison (their blind index does), but they are kept in the event.
    """
    changed = pghistory.UpdateEvent
    return pghistory.track(
        pghistory.InsertEvent(),
        changed(condition=pghistory.AnyChange(exclude=list(secrets)))
        if secrets
        else changed(),
        pghistory.DeleteEvent(),
    )
