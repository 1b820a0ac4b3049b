"""What a cell of the registers' workbooks means, by our code tables and lists.

A value that no dictionary knows is left out and counted, never guessed.
"""

import re
from collections import Counter

from grids.workbooks import spelling
from grids.workbooks.words import simplified
from residents.imports.workbook import words

_CODE_AND_WORD = re.compile(r"(\d{1,4})[-—_.:：、]?(\D.*)")


def household_number(cell):
    """A household number as text; "" for zeros and words that stand in place of one (待定, 空挂)."""
    found = spelling.code_text(cell)
    is_none = not found.strip("0") or simplified(found) in words.spellings("no_household_number")
    return "" if is_none else found


class Unknown:
    """Values that no dictionary knows, by field: they are left out and reported."""

    def __init__(self):
        self.seen = {}

    def note(self, field, value):
        counts = self.seen.setdefault(field, Counter())
        if value in counts or len(counts) < 50:
            counts[value] += 1

    def as_dict(self):
        return {field: dict(counts.most_common(5)) for field, counts in self.seen.items()}


class Coded:
    """A column of a code table: (code, codes it agrees with or ()) for a cell."""

    def __init__(self, table, rows, unknown):
        self.table, self.unknown = table, unknown
        self.codes = {}
        for code, label, other_words in rows:
            for word in (*other_words, label, code, code.lstrip("0") or code):
                self.codes[word] = code

    def __call__(self, cell):
        said = spelling.word(cell)
        if not said:
            return "", ()
        if agreeing := words.coarse_words(self.table).get(said):
            return agreeing[0], agreeing
        code = (
            self.codes.get(said)
            or words.spellings(self.table).get(said.lower())
            or self._code_and_word(said)
        )
        if code is None:
            self.unknown.note(self.table, said[:20])
            return "", ()
        return code, words.coarse_codes().get((self.table, code), ())

    def _code_and_word(self, said):
        """Of "02-户主", when both say the same."""
        match = _CODE_AND_WORD.fullmatch(said)
        first, second = map(self.codes.get, match.groups()) if match else (None, None)
        return first if first == second else None


class Listed:
    """A column whose values are a fixed list of ours (kind, document), spelled in words.csv."""

    def __init__(self, name, unknown):
        self.name, self.unknown = name, unknown

    def __call__(self, cell):
        said = spelling.word(cell)
        known = words.spellings(self.name)
        found = known.get(said) or known.get(said.lower())
        if said and found is None:
            self.unknown.note(self.name, said[:20])
        return found or ""


class Categories:
    """A cell that names care categories, one or several: their keys."""

    def __init__(self, rows, unknown):
        self.unknown = unknown
        self.keys = {
            word: key for key, code, label, others in rows for word in (*others, label, code)
        }

    def __call__(self, cell):
        found = simplified(spelling.said(cell)).replace(" ", "、")
        keys = []
        for one in re.split(r"[、,，;；/|]+", found):
            if one in self.keys:
                keys.append(self.keys[one])
            elif one:
                self.unknown.note("care", one[:20])
        return tuple(sorted(set(keys)))
