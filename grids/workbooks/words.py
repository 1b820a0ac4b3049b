"""Words as offices write them in any workbook: traditional characters, heads, words for "nothing"."""

import csv
import functools
import re
import unicodedata
from pathlib import Path

TRADITIONAL = Path(__file__).parents[1] / "data" / "traditional.csv"
NOTHING = Path(__file__).parents[1] / "data" / "nothing.csv"


@functools.cache
def nothing():
    """Words that stand for an empty cell."""
    with NOTHING.open(encoding="utf-8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file))


@functools.cache
def beginnings_of_nothing():
    """Characters with which a word for "nothing" begins, the traditional ones too, and no character."""
    first = {word[:1] for word in nothing()}
    traditional = {chr(old) for old, new in _simplified().items() if chr(new) in first}
    return frozenset(first | traditional | {""})


def fold(head):
    """Small simplified letters without blanks, marks or notes in brackets."""
    text = simplified(unicodedata.normalize("NFKC", str(head)))
    text = re.sub(r"[(\[【〔][^)\]】〕]*[)\]】〕]?", "", text)
    return re.sub(r"[\s\u200b\ufeff_*:;,.、/\\|·\-]+", "", text).lower()


def simplified(text):
    """Words of the office in simplified characters; not for names of people."""
    return text if text.isascii() else text.translate(_simplified())


@functools.cache
def _simplified():
    with TRADITIONAL.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    return str.maketrans(row["traditional"], row["simplified"])
