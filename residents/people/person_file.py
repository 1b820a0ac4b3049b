"""What a person's file says besides name, number and care: only what belongs to the kind."""

from django.utils.translation import gettext as _

from residents.people import stays


def facts(one):
    """[(label, value)] of the filled facts; `one` is a resident through the reader's eyes."""
    row, names = one.resident, one.code_names
    pairs = [
        ("former_name", row.former_name),
        ("kind", row.get_kind_display()),
        ("ethnicity", names.get(("ethnicity", row.ethnicity))),
        ("native_place", row.native_place),
        ("education", names.get(("education", row.education))),
        ("marital", names.get(("marital", row.marital))),
        ("political", names.get(("political", row.political))),
        ("occupation", row.occupation),
        ("employer", row.employer),
        ("lives_where_registered", row.get_lives_where_registered_display()),
        ("registered_address", row.registered_address),
        ("went_to", row.went_to),
    ]
    found = [
        (row._meta.get_field(name).verbose_name, value)
        for name, value in pairs
        if value and (stays.belongs(name, row.kind) or row.ended_on)
    ]
    note = [(_("Note"), row.note)] if row.note else []
    return found + _stay(row) + note


def _stay(row):
    stay = stays.of(row)
    if stay is None:
        return []
    found = []
    for name in [*stays.STAY[row.kind], "ended_on"]:
        shown = getattr(stay, f"get_{name}_display", None)
        value = shown() if shown else getattr(stay, name)
        if value:
            found.append((stay._meta.get_field(name).verbose_name, value))
    return found
