"""The words that offices use: heads of columns, spellings of values. All of it is data."""

import csv
import functools
import hashlib
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
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
def beginnings_of_none():
    """Characters with which a word for "nothing" begins, the traditional ones too, and no character."""
    first = {word[:1] for word in spellings("none")}
    traditional = {chr(old) for old, new in _simplified().items() if chr(new) in first}
    return frozenset(first | traditional | {""})


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


def fold(head):
    """Small simplified letters without blanks, marks or notes in brackets."""
    import re
    import unicodedata

    text = simplified(unicodedata.normalize("NFKC", str(head)))
    text = re.sub(r"[(\[【〔][^)\]】〕]*[)\]】〕]?", "", text)
    return re.sub(r"[\s\u200b\ufeff_*:;,.、/\\|·\-]+", "", text).lower()


def simplified(text):
    """Words of the office in simplified characters; not for names of people."""
    return text if text.isascii() else text.translate(_simplified())


@functools.cache
def _simplified():
    [row] = _read("traditional")
    return str.maketrans(row["traditional"], row["simplified"])


@functools.cache
def digest():
    """Changes with any of these words, and with the readings of names."""
    names = ["columns", "words", "traditional", "pinyin"]
    return hashlib.sha256(
        b"".join((DATA / f"{name}.csv").read_bytes() for name in names)
    ).hexdigest()


def _read(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
