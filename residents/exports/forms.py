"""Somebody else's empty workbook: where its head is, and which of our columns its columns ask for."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from grids.confined.asking import Confined
from grids.refusal import Refused
from grids.workbooks import reader
from grids.workbooks.words import fold
from residents import vocabulary
from residents.exports import columns
from residents.exports.form_sheet import MAX_BYTES, Unfit
from residents.models.exports import Export, Subject

OPENER = "residents.exports.form_sheet:Form"
SECONDS, MEMORY_BYTES = 30, 1024**3
SERIAL = "serial"
NUMBERS = {columns.MASK, columns.FULL_NUMBER}
FEWEST = 2

MESSAGES = {
    "wrong_type": _("Only .xlsx can be filled. Open the form in Excel and save it as .xlsx."),
    "too_large": _("The form is too large: it must be an empty table of at most 2 MB, 5,000 rows and few columns."),
    "no_head": _("No row with heads that the register knows was found in the first 20 rows."),
}  # fmt: skip


@dataclass
class Layout:
    """`columns` is {position from 1: name of our column}; `heads` {position: as written}."""

    sheet: str
    head_row: int
    columns: dict
    heads: dict

    def as_json(self):
        return {
            "sheet": self.sheet,
            "head_row": self.head_row,
            "columns": {str(at): name for at, name in self.columns.items()},
            "filled": [self.heads[at] for at in sorted(self.columns)],
            "empty": [self.heads[at] for at in sorted(set(self.heads) - set(self.columns))],
        }


def look_over(upload):
    """Refuse by its size and first letters what cannot be a form; nothing is opened."""
    if upload.size > MAX_BYTES:
        raise Refused(MESSAGES["too_large"])
    upload.seek(0)
    start = upload.read(4)
    upload.seek(0)
    if start != b"PK\x03\x04":
        raise Refused(MESSAGES["wrong_type"])


def opened(path):
    """The form, in a child; Stopped for what is none, or is far larger than a form."""
    return Confined(OPENER, str(path), seconds=SECONDS, memory=MEMORY_BYTES)


def understand(form, export):
    """Note on the export what the form asks for; Unfit where nothing is understood."""
    is_full = bool(export.layout.get("is_full"))
    layout = _layout(form.call("heads"), export.subject, export.by, is_full=is_full)
    names = [name for name in layout.columns.values() if name != SERIAL]
    chosen = columns.named(Subject(export.subject), export.by, names)
    export.columns, export.layout = [one.name for one in chosen], layout.as_json()
    export.layout["is_full"] = is_full
    export.save(update_fields=["columns", "layout"])


def why(export):
    """Why a form was not filled, in words; "" for other failures."""
    if export.format != Export.Format.FILLED:
        return ""
    return MESSAGES.get(export.error) or reader.words_of(export.error) or ""


def _layout(sheets, subject, staff, *, is_full):
    """The Layout of the first sheet with a head that we know."""
    known = dictionary(subject, staff, is_full=is_full)
    for sheet in sheets:
        if found := _head_of(sheet, known):
            return found
    raise Unfit("no_head")


def dictionary(subject, staff, *, is_full=False):
    """{folded head: name of a column} of what this person may take."""
    offered = {one.name for one in columns.offered(subject, staff)} | {SERIAL}
    known = {fold(head): name for head, name in columns.custom_heads(subject, staff).items()}
    for head, name in vocabulary.form_heads(str(subject)).items():
        if name in NUMBERS:
            name = columns.FULL_NUMBER if is_full else columns.MASK
        if name in offered:
            known[head] = name
    return known


def _head_of(sheet, known):
    """The lowest row in which most columns are understood."""
    best = None
    for row in range(1, sheet["rows"] + 1):
        found = _row_as_head(sheet, row, known)
        if len(found.columns) >= FEWEST and (
            best is None or len(found.columns) >= len(best.columns)
        ):
            best = found
    return best


def _row_as_head(sheet, row, known):
    """A merged cell says what its first cell says; its others stand for nothing."""
    layout, taken = Layout(sheet["title"], row, {}, {}), set()
    for column in range(1, sheet["columns"] + 1):
        low, top = _text(sheet, row, column), _text(sheet, row - 1, column)
        if not low or _first(sheet, row, column)[1] < column:
            continue
        layout.heads[column] = " ".join(low.split())
        name = known.get(fold(top + low)) or known.get(fold(low))
        if name and name not in taken:
            taken.add(name)
            layout.columns[column] = name
    return layout


def _first(sheet, row, column):
    return sheet["first"].get((row, column), (row, column))


def _text(sheet, row, column):
    return sheet["texts"].get(_first(sheet, row, column), "")
