"""The verdict on one row, from the file and the dictionaries alone: the first reason that applies."""

from residents.imports.people import rows
from residents.imports.people.document_numbers import Identity, NoNumber
from residents.imports.people.masked import Masked
from residents.people import idnumber

FIRST_YEAR = "1900"


class Judge:
    """Remembers what the file has said already, so that nobody comes in twice."""

    def __init__(self, unknown, today):
        self.unknown, self.today = unknown, today.isoformat()
        self.numbers, self._people = set(), set()
        self.has_hidden = False  # rows that do not say who is meant in full

    def verdict(self, cells, place, found, household_key):
        """(reason, field, masked value), or None. `found` is Identity, NoNumber, Masked or None."""
        identity = found if isinstance(found, Identity) else None
        refused = found if isinstance(found, NoNumber) else None
        is_first = identity is None or _is_first(self.numbers, identity.key)
        if refused and refused.reason in rows.FIRST_REASONS:
            return refused.reason, "id_number", rows.masked(*refused)
        if not cells.name:
            return rows.NAME_MISSING, "name", ""
        if place is None:
            return rows.GRID_UNKNOWN, "grid", cells.grid[:40]
        if identity is not None and not is_first:
            return rows.DUPLICATE, "id_number", identity.mask
        if contradiction := _contradiction(cells, identity):
            return contradiction
        if not place.is_allowed:
            return rows.OUTSIDE, "grid", cells.grid[:40]
        if refused:
            return refused.reason, "id_number", idnumber.mask(refused.written[:20])
        if too_long := rows.too_long(cells):
            return "too_long", too_long, ""
        if "*" in cells.name or isinstance(found, Masked):
            self.has_hidden = True
        if isinstance(found, Masked):
            return None
        if identity and identity.birth:
            if cells.birth_on is None:
                self.unknown.note("birth_on", "****")
            return None
        return self._verdict_undocumented(cells, identity, household_key)

    def _verdict_undocumented(self, cells, identity, household_key):
        """Newborns: known by household, name and birth."""
        birth = cells.birth_on
        if birth is None:
            return "birth_unreadable", "birth_on", ""
        if birth and not FIRST_YEAR <= birth <= self.today:
            return "birth_outside", "birth_on", birth[:4]
        if birth and len(birth) < 10 and identity is None:
            return "birth_incomplete", "birth_on", birth[:4]
        if identity is not None:
            return None
        if not birth:
            self.has_hidden = True
            return None
        if household_key is None:
            return "household_missing", "number", ""
        if not _is_first(self._people, (household_key, cells.name, birth)):
            return "person_duplicate_in_file", "name", ""
        return None


def _contradiction(cells, identity):
    birth, sex = cells.birth_on, cells.sex[0]
    if identity is None:
        return None
    if identity.birth and birth and not identity.birth.startswith(birth):
        return rows.CONTRADICTS, "birth_on", birth[:4] + "****"
    if identity.sex and sex in ("1", "2") and sex != identity.sex:
        return rows.CONTRADICTS, "sex", sex
    return None


def _is_first(seen, key):
    if key in seen:
        return False
    seen.add(key)
    return True
