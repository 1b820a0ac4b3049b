"""An empty workbook for each register: our own heads, an example marked as such, a sheet of notes."""

import csv
import functools
import io

from django.utils.translation import gettext as _

from grids.workbooks.words import fold
from grids.workbooks.writing import new_book
from residents import vocabulary
from residents.imports.workbook import words

EXAMPLE = "示例"  # rows that begin with it are left out by every import


def workbook(register, title):
    """The bytes of an .xlsx; `title` is what its sheet is called."""
    memory = io.BytesIO()
    with new_book(memory) as book:
        looks = {
            "head": book.add_format({"bold": True, "bg_color": "#E8ECF1", "border": 1}),
            "text": book.add_format({"num_format": "@"}),
            "example": book.add_format(
                {"italic": True, "font_color": "#6B7280", "num_format": "@"}
            ),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _write_rows(book.add_worksheet(title[:31]), register, looks)
        _write_notes(book.add_worksheet(_("Notes")), register, looks)
    return memory.getvalue()


def _write_rows(sheet, register, looks):
    """The first column is ours: it marks the example and is read by nobody."""
    examples = _examples(register)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 18)
    sheet.write_string(0, 0, "序号", looks["head"])
    sheet.write_string(1, 0, f"{EXAMPLE}（导入时略过）", looks["example"])
    for at, (name, label) in enumerate(vocabulary.labels(register).items(), start=1):
        sheet.set_column(at, at, max(12, 2 * len(label) + 4), looks["text"])
        sheet.write_string(0, at, label, looks["head"])
        sheet.write_string(1, at, examples.get(name, {}).get("example", ""), looks["example"])


def _write_notes(sheet, register, looks):
    examples, other = _examples(register), _other_words(register)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, 60)
    for at, head in enumerate((_("Column"), _("How to fill it in"), _("Is also understood"))):
        sheet.write_string(0, at, head, looks["head"])
    for row, (name, label) in enumerate(vocabulary.labels(register).items(), start=1):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, examples.get(name, {}).get("note", ""), looks["wrap"])
        sheet.write_string(row, 2, "、".join(other.get(name, [])[:8]), looks["wrap"])


def _other_words(register):
    """{field: other heads by which it is known}"""
    found, labels = {}, set(map(fold, vocabulary.labels(register).values()))
    for head, name in vocabulary.heads(register).items():
        if head not in labels and not head.isascii():
            found.setdefault(name, []).append(head)
    return found


@functools.cache
def _examples(register):
    with (words.DATA / "sheet_examples.csv").open(encoding="utf-8", newline="") as file:
        return {row["field"]: row for row in csv.DictReader(file) if row["register"] == register}
