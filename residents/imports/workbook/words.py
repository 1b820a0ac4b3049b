"""The words that offices use: heads of columns, spellings of values. All of it is data."""

import csv
import functools
import hashlib
from pathlib import Path

from grids.workbooks import words
from grids.workbooks.words import fold

DATA = Path(__file__).parents[2] / "data"
RESIDENTS = "residents"


@functools.cache
def columns(register=RESIDENTS):
    """{folded head: field}; the field "ignored" is known and not taken over."""
    return {
        fold(word): row["field"]
        for row in _columns_of(register)
        for word in row["words"].split("|")
    }


@functools.cache
def labels(register=RESIDENTS):
    """{field: what our own workbooks call it}."""
    return {row["field"]: row["label"] for row in _columns_of(register) if row["label"]}


def _columns_of(register):
    if register == RESIDENTS:
        return _read("columns")
    return [row for row in _read("sheet_columns") if row["register"] == register]


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
    """Changes with any of these words, and with the readings of names."""
    own = [DATA / f"{name}.csv" for name in ("columns", "words", "pinyin")]
    files = [*own, words.TRADITIONAL, words.NOTHING]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _read(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
