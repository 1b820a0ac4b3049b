"""Which rows below a head are no data: sums, signatures, notes, examples, the head once more.

The words are in `data/no_data.csv`:
    sum        alone or before a mark ("合计：2 人"), whatever else the row says
    short      before a mark ("审核：李四") or alone; a name may begin so (签字笔专卖)
    end        alone or between marks ("——以下空白——"), in a row that says nothing else: its other
               cells hold the same words, a serial number or marks
    signature  before a mark; as it stands (a role may be called so) or goes on ("填表人张三") only
               in a row of two cells or beside another such word
A row that says more is data: it is judged, and a wrong one is shown; so is one with nothing but a
name. The others are listed as left out.
"""

import csv
import functools
import re
from typing import NamedTuple

from grids.workbooks.words import simplified
from residents.imports.workbook import words

FILE = words.DATA / "no_data.csv"
FEWEST_CELLS = 3, 2  # of a row of residents, of the other registers
_SHORT_ROW = 2
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,12}")
_PLACES = ("社区", "村", "网格", "小区", "街道", "乡", "镇", "号楼", "栋", "单元", "组", "委员会")
_NO_LETTER = r"(?:[^\w]|\d)"
_SERIAL = re.compile(r"[\W_]*\d{0,4}[\W_]*")
_MARKS = re.compile(r"^[\W_]+|[\W_]+$")


class _Rules(NamedTuple):
    beginnings: tuple
    sums: re.Pattern
    marked: re.Pattern
    signatures: tuple
    short: tuple
    ends: frozenset


@functools.cache
def _rules():
    with FILE.open(encoding="utf-8", newline="") as file:
        said = {row["kind"]: tuple(row["words"].split("|")) for row in csv.DictReader(file)}
    notes = said["signature"] + said["short"]
    return _Rules(
        said["sum"] + notes,
        re.compile(f"(?:{'|'.join(said['sum'])})(?:$|{_NO_LETTER})"),
        re.compile(f"(?:{'|'.join(notes)}){_NO_LETTER}"),
        said["signature"],
        said["short"],
        frozenset(said["end"]),
    )


def row_filter(table):
    """A function that tells of the cells of a row whether they are data."""
    fewest = FEWEST_CELLS[table.register != words.RESIDENTS]
    places = list(table.columns.values())
    heads = {at: table.heads[field] for field, at in table.columns.items() if table.heads[field]}
    id_at = table.columns.get("id_number", -1)
    name_at = table.columns.get("name", -1)
    is_head_of_words = not heads.get(id_at, "")[:1].isdigit()

    def is_data(cells):
        if 0 <= id_at < len(cells) and is_head_of_words and is_long_number(cells[id_at]):
            return True
        filled = [cell for cell in cells if cell not in ("", None)]
        if len(filled) < fewest and not is_name(cells, name_at):
            return False
        said = [at for at in places if at < len(cells) and cells[at] not in ("", None)]
        # Nothing said: notes beside the data.
        if not said or is_note(filled) or is_end(filled):
            return False
        return not _is_head_again(cells, said, heads)

    return is_data


def is_name(cells, at):
    """A person's: a place in this column is a title."""
    if not 0 <= at < len(cells):
        return False
    said = _squeezed(cells[at])
    return _NAME.fullmatch(said) is not None and not said.endswith(_PLACES)


def is_long_number(cell):
    return cell.__class__ is str and len(cell) > 7 and cell[:1].isdigit()


def is_note(filled):
    """Whether the filled cells of a row are a sum, a signature, a note or an example."""
    first = filled[0]
    if not begins(first):
        return False
    rules, written = _rules(), simplified(first.strip())
    squeezed = "".join(written.split())
    if rules.sums.match(squeezed) or rules.marked.match(squeezed) or rules.marked.match(written):
        return True
    if squeezed in rules.short:
        return True
    return _is_signature(first) and (
        len(filled) <= _SHORT_ROW or any(map(_is_signature, filled[1:]))
    )


def is_end(filled):
    """Whether the filled cells of a row say that nothing follows, and nothing else."""
    first = next((cell for cell in filled if not _is_serial(cell)), "")
    return _says_the_end(first) and all(_says_the_end(one) or _is_serial(one) for one in filled)


def _says_the_end(cell):
    return _MARKS.sub("", _squeezed(cell)) in _rules().ends


def _is_serial(cell):
    """A number of a row, or marks: whoever is entered says more."""
    return _SERIAL.fullmatch(str(cell)) is not None


def begins(cell):
    """Whether a cell begins with a word of a sum, a signature or a note."""
    return _squeezed(cell).startswith(_rules().beginnings)


def _is_signature(cell):
    rules, said = _rules(), _squeezed(cell)
    return said in rules.short or said.startswith(rules.signatures)


def _squeezed(cell):
    return simplified("".join(cell.split())) if cell.__class__ is str else ""


def _is_head_again(cells, said, heads):
    def is_own_head(at):
        return " ".join(str(cells[at]).split()) == heads.get(at)

    return any(map(is_own_head, said[:3])) and sum(map(is_own_head, said)) >= 2
