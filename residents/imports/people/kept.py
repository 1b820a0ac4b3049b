"""What the dry run read, kept beside the batch until the import is confirmed.

The file holds ID numbers, so each part is sealed; it opens only for this batch, with the same
file, columns, reach and dictionaries (`fingerprint`). Whatever does not fit is read again.
"""

import contextlib
import hashlib
import json
import struct
import tempfile
from collections import Counter

from django.core.files import File
from django.utils import timezone

from grids.fields import SecretError, all_indexes, decrypt, encrypt
from grids.models import Grid
from residents.imports.people import dwelling_codes, rows, temp_tables
from residents.imports.people.document_numbers import Numbers
from residents.imports.people.staging import Staged
from residents.imports.workbook import custom, words
from residents.imports.workbook.said_doors import Doors
from residents.models import CareCategory, Code, ImportBatch

FOLDER = "imports/kept"
_PLAIN = [
    "rows",
    "households",
    "unknown",
    "left_out",
    "rejected",
    "rare",
    "has_hidden",
    "known_grids",
]
_LENGTH = struct.Struct(">Q")
_State = ImportBatch.State
# A batch in another state never needs its kept rows again.
WAITING = [_State.CHECKING, _State.CHECKED, _State.IMPORTING]


class Unusable(Exception):
    """There are no kept rows, or they are another's, or damaged: read the workbook again."""


def fingerprint(batch, columns, reach):
    """Changes with anything that could make the same file be read otherwise."""
    codes = Code.objects.order_by("pk").values_list("table", "code", "name", "other_words")
    categories = CareCategory.objects.order_by("pk").values_list(
        "pk", "code", "name", "other_words"
    )
    today = timezone.localdate()
    grids = (
        Grid.objects.on(today).order_by("pk").values_list("pk", "code", "name", "tier", "district")
    )
    says = [
        batch.file_hash,
        batch.sheet,
        batch.default_grid_id,
        batch.taken_in,
        batch.places,
        json.dumps(columns, sort_keys=True),
        today,
        reach and (sorted(reach.districts), sorted(reach.grids)),
        [*codes],
        [*categories],
        [*grids],
        custom.marks(),
        dwelling_codes.marks(),
        Doors().marks(),
        words.digest(),
        rows.ROW_COLUMNS,
        all_indexes(""),
        sorted(temp_tables.STAGED),
    ]
    return hashlib.sha256(repr(says).encode()).hexdigest()


class Keeper:
    """Collects what is read, part by part, sealed already in the temporary file."""

    def __init__(self, batch, mark):
        self.name, self._context = _name(batch.pk), _context(batch.pk, mark)
        self._parts = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  `save` closes it

    def add(self, kind, text):
        """A part: text of a kind of `tables.STAGED`, or numbers."""
        self._write(self._parts, f"{kind}\n{text}")
        self._parts += 1

    def finish(self, staged):
        """The last part tells what there should be before it."""
        for rows_, texts in staged.numbers.chunks:
            self.add("numbers", f"{rows_}\n{texts}")
        start = self._file.tell()
        state = {name: getattr(staged, name) for name in _PLAIN} | {
            "district_ids": sorted(staged.district_ids),
            "parts": self._parts,
        }
        self._write("end", json.dumps(state))
        self._file.write(_LENGTH.pack(start))

    def save(self):
        storage = _storage()
        storage.delete(self.name)
        self._file.seek(0)
        stored = storage.save(self.name, File(self._file))
        self._file.close()
        if stored != self.name:  # somebody else just kept the same rows
            storage.delete(stored)

    def _write(self, number, text):
        sealed = encrypt(text, f"{self._context}.{number}")
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)


class Kept:
    """The kept rows of a batch; Unusable at once or in the middle of `stage`."""

    def __init__(self, batch, mark):
        self._context, name = _context(batch.pk, mark), _name(batch.pk)
        storage = _storage()
        if not storage.exists(name):
            raise Unusable
        try:
            self._file = storage.open(name)
        except (OSError, SecretError) as error:
            raise Unusable from error
        try:
            self._file.seek(-_LENGTH.size, 2)
            self._file.seek(_LENGTH.unpack(self._file.read())[0])
            self._state = json.loads(self._part("end"))
        except (OSError, ValueError, IndexError, struct.error) as error:
            self.close()
            raise Unusable from error

    def stage(self, tell):
        """Fill the temporary tables of the import; what was read."""
        state, numbers = self._state, Numbers()
        parts = state["parts"]
        self._file.seek(0)
        for number in range(parts):
            kind, __, text = self._opened(number).partition("\n")
            if kind == "numbers":
                numbers.chunks.append(tuple(text.split("\n", 1)))
            else:
                temp_tables.copy(kind, text)
            tell("reading", state["rows"] * (number + 1) // parts)
        return Staged(
            **{name: state[name] for name in _PLAIN[:4]},
            rare=state["rare"],
            known_grids=state["known_grids"],
            numbers=numbers,
            district_ids=set(state["district_ids"]),
            rejected=Counter(state["rejected"]),
            has_hidden=state["has_hidden"],
        )

    def close(self):
        self._file.close()

    def _opened(self, number):
        try:
            return self._part(number)
        except (OSError, SecretError, IndexError, struct.error) as error:
            raise Unusable from error

    def _part(self, number):
        (length,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
        return decrypt(self._file.read(length), f"{self._context}.{number}")


def keeping(batch, columns, reach):
    """For `engine.run`: {"keeper": ...} where rows are kept; only the household register is so long."""
    if batch.register != ImportBatch.Register.RESIDENTS:
        return {}
    return {"keeper": Keeper(batch, fingerprint(batch, columns, reach))}


def rows_of(batch, reach):
    """The Kept of the batch, to be closed; Unusable when it does not fit."""
    return contextlib.closing(Kept(batch, fingerprint(batch, batch.columns, reach)))


def tidy(batch_id):
    """Remove the kept rows of a batch that does not wait for them any more."""
    if not ImportBatch.objects.filter(pk=batch_id, state__in=WAITING).exists():
        _storage().delete(_name(batch_id))


def sweep():
    """Remove what a killed worker left of batches that do not wait any more."""
    storage = _storage()
    if not storage.exists(FOLDER):
        return
    names = storage.listdir(FOLDER)[1]
    waiting = ImportBatch.objects.filter(state__in=WAITING, pk__in=filter(str.isdecimal, names))
    keep = set(map(str, waiting.exclude(file="").values_list("pk", flat=True)))
    for name in names:
        if name not in keep:
            storage.delete(f"{FOLDER}/{name}")


def _storage():
    return ImportBatch._meta.get_field("file").storage


def _name(batch_id):
    return f"{FOLDER}/{batch_id}"


def _context(batch_id, mark):
    return f"residents.importbatch.kept.{batch_id}.{mark}"
