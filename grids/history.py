"""History of register rows: who, when, from, to. Kept by statement-level triggers, so that
bulk statements and COPY are seen too."""

import pghistory


def track(*, secrets=(), exclude=()):
    """Class decorator: insert, update and delete of a row are kept in `<Model>Event`.

    `secrets` are encrypted columns: a new ciphertext of the same text is no change, so they
    do not count in the comparison (their blind index does), but they are kept in the event.
    Columns in `exclude` are not kept at all (a password has no history).
    """
    changed = pghistory.UpdateEvent
    silent = [*secrets, *exclude]
    return pghistory.track(
        pghistory.InsertEvent(),
        changed(condition=pghistory.AnyChange(exclude=silent)) if silent else changed(),
        pghistory.DeleteEvent(),
        exclude=list(exclude) or None,
    )
