"""An empty workbook of somebody else's form comes back with rows in it.

The form is opened in a child (`form_sheet`); the rows are written into the XML of its sheet one by
one, as text and numbers, in bounded memory: no cell of ours becomes a formula.
"""

import pickle
import re
import tempfile
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from grids.jobs import queue as jobs
from residents.exports import columns, forms, write
from residents.models.exports import Subject

TELL_EVERY = 2_000
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_filled(path, export, tell):
    """(number of rows, Seen). `tell(rows)` is called after each chunk."""
    with jobs.local_copy(export.template) as template:
        form = forms.opened(template)
        forms.understand(form, export)
        by_position = {int(at): name for at, name in export.layout["columns"].items()}
        names = [name for name in by_position.values() if name != forms.SERIAL]
        chosen = columns.named(Subject(export.subject), export.by, names)
        order = {column.name: place for place, column in enumerate(chosen)}
        places = {at: order.get(name) for at, name in by_position.items()}
        serials = [at for at, name in by_position.items() if name == forms.SERIAL]
        with tempfile.TemporaryDirectory() as folder:
            spool, prepared = Path(folder) / "rows", Path(folder) / "form.xlsx"
            count, seen = _spool(spool, export, chosen, tell)
            look = _prepare(form, export, count, prepared)
            rows = _rows_xml(spool, places, serials, look, lambda: tell(count))
            _splice(prepared, path, look, rows)
    return count, seen


def _prepare(form, export, count, path):
    """The form saved at `path` with room for `count` rows; its Look."""
    first, about = export.layout["head_row"] + 1, (str(export.by), write.headline(export))
    look = form.call("prepare", str(path), export.layout["sheet"], first, count, *about)
    return Look(**look)


def _spool(path, export, chosen, tell):
    eyes, seen, count = columns.Eyes(export.by, chosen, export.wanted), write.Seen(), 0
    with path.open("wb") as file:
        for chunk in write.chunks(export, chosen, eyes):
            pickle.dump(chunk, file)
            count += len(chunk)
            seen.note(eyes)
            tell(count)
    return count, seen


@dataclass(frozen=True)
class Look:
    """How a row of the form looks: the style of each cell, the height, where the rows begin."""

    first: int
    height: float | None
    letters: dict
    styles: dict
    part: str


def _rows_xml(spool, places, serials, look, tell):
    """<row> elements. `places` {position: place in the spooled row, or None}."""
    height = f' ht="{look.height}" customHeight="1"' if look.height else ""
    number = 0
    with spool.open("rb") as file:
        while True:
            try:
                chunk = pickle.load(file)
            except EOFError:
                return
            for cells in chunk:
                row = look.first + number
                number += 1
                if number % TELL_EVERY == 0:
                    tell()
                said = {at: cells[place] for at, place in places.items() if place is not None}
                said |= dict.fromkeys(serials, number)
                inner = "".join(
                    _cell_xml(f"{letter}{row}", look.styles[at], said.get(at))
                    for at, letter in look.letters.items()
                )
                yield f'<row r="{row}"{height}>{inner}</row>'


def _cell_xml(address, style, value):
    if value is None or value == "":
        return f'<c r="{address}" s="{style}"/>' if style else ""
    if isinstance(value, int | Decimal):
        return f'<c r="{address}" s="{style}"><v>{value}</v></c>'
    text = escape(_NOT_XML.sub("", str(value))[:32767])
    return (
        f'<c r="{address}" s="{style}" t="inlineStr">'
        f'<is><t xml:space="preserve">{text}</t></is></c>'
    )


def _splice(prepared, path, look, rows):
    """The prepared workbook with the rows put in where the room of its sheet begins."""
    part = look.part
    with (
        zipfile.ZipFile(prepared) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            if item.filename != part:
                target.writestr(item, source.read(item.filename))
        before, after = _parted(source.read(part).decode(), look.first)
        with target.open(part, "w") as file:
            file.write(before.encode())
            for row in rows:
                file.write(row.encode())
            file.write(after.encode())


def _parted(xml, first):
    """The sheet's XML before and after its first row from `first` on."""
    xml = re.sub(r"<dimension [^>]*/>", "", xml, count=1)
    xml = xml.replace("<sheetData/>", "<sheetData></sheetData>").replace(
        "<sheetData />", "<sheetData></sheetData>"
    )
    for match in re.finditer(r'<row r="(\d+)"', xml):
        if int(match[1]) >= first:
            return xml[: match.start()], xml[match.start() :]
    place = xml.index("</sheetData>")
    return xml[:place], xml[place:]
