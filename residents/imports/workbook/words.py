"""The words that offices use for values. All of it is data; heads of columns: `vocabulary`."""

import csv
import functools
import hashlib
from pathlib import Path

from grids.workbooks import words
from residents import vocabulary

DATA = Path(__file__).parents[2] / "data"
RESIDENTS = "residents"


@functools.cache
def spellings(name):
    """{word: value} of a list in words.csv."""
    return {
        word: row["value"]
        for row in _read("words")
        if row["list"] == name
        for word in row["words"].split("|")
    }


@functools.cache
def coarse_codes():
    """{(table, code): the codes it agrees with}, e.g. "married" agrees with "remarried"."""
    return {
        tuple(row["value"].split(":")): tuple(row["words"].split("|"))
        for row in _read("words")
        if row["list"] == "coarse"
    }


@functools.cache
def coarse_words(table):
    """{word: the codes it agrees with}, the first one is taken when nothing is known yet."""
    found = {}
    for row in _read("words"):
        if row["list"] == "coarse_word":
            of, *codes = row["value"].split(":")
            if of == table:
                found |= dict.fromkeys(row["words"].split("|"), tuple(codes))
    return found


@functools.cache
def digest():
    """Changes with any of these words, with heads of columns, rows that are no data, readings of names."""
    own = [DATA / f"{name}.csv" for name in ("words", "no_data", "pinyin")]
    files = [*own, vocabulary.FILE, words.TRADITIONAL, words.NOTHING]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _read(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
