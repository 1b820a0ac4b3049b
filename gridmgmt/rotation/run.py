"""One place, batch by batch: each batch is locked, sealed anew, written, read again and compared."""

from dataclasses import asdict, dataclass, field

from django.db import IntegrityError, connection, transaction

from grids import locks
from grids.fields import SecretError

MOST_NAMED = 20


class NotTheSame(Exception):
    """What was written does not say what was there before; the batch is undone."""


@dataclass
class Found:
    """What became of a place; keys of rows that no key opens, or that stand there twice."""

    name: str
    seen: int = 0
    rewritten: int = 0
    unopened: list = field(default_factory=list)
    twice: list = field(default_factory=list)

    @property
    def left(self):
        return len(self.unopened) + len(self.twice)

    def as_dict(self):
        return asdict(self) | {
            one: getattr(self, one)[:MOST_NAMED] for one in ("unopened", "twice")
        }


def rotate(place, *, size=1000, tell=lambda found: None, dry_run=False):
    """Seal anew what is not sealed with the keys and the cipher of today; the Found."""
    found, after = Found(place.name), 0
    while page := place.page(after, size):
        with transaction.atomic():
            if place.is_register and not dry_run:
                _share({district for __, district in page})
            rows = place.locked([pk for pk, *__ in page])
            renewed = _renewed(place, rows, found)
            found.seen += len(rows)
            found.rewritten += len(renewed)
            if not dry_run:
                _write(place, rows, renewed, found)
        after = page[-1][0]
        tell(found)
    return found


def _share(districts):
    """As a form does: an import into the district finishes first, and a new one waits for us."""
    with connection.cursor() as cursor:
        for district_id in sorted(districts):
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, %s)", [locks.REGISTERS, district_id]
            )


def _renewed(place, rows, found):
    """{key: values} of those of the rows that change."""
    changed = {}
    for pk, values in rows.items():
        try:
            fresh = place.renewed(values)
        except (SecretError, KeyError):
            found.unopened.append(pk)
            continue
        if not place.are_same(fresh, values):
            changed[pk] = fresh
    return changed


def _write(place, rows, renewed, found):
    if not renewed:
        return
    try:
        place.write(renewed)
    except IntegrityError:
        _halve(place, rows, renewed, found)
        return
    _compare(place, rows, renewed)


def _halve(place, rows, renewed, found):
    """Somebody stands in the register twice: the others of the batch go on."""
    keys = list(renewed)
    if len(keys) == 1:
        found.twice.append(keys[0])
        found.rewritten -= 1
        return
    for some in (keys[: len(keys) // 2], keys[len(keys) // 2 :]):
        _write(place, rows, {pk: renewed[pk] for pk in some}, found)


def _compare(place, rows, renewed):
    for pk, values in place.locked(list(renewed)).items():
        if place.texts(values) != place.texts(rows[pk]):
            raise NotTheSame(f"{place.name} {pk}")
