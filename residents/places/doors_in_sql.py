"""The spellings of `doors` in SQL, for buildings, entrances and rooms that stand in the register.

A name that is spelled as we spell it costs one look.
"""

from residents.models.households import PLAIN_ENTRANCE, PLAIN_ROOM
from residents.places.doors import (
    BEFORE,
    BUILDINGS,
    DIGITS,
    ENTRANCES,
    HAN,
    LEADING_ZEROS,
    NUMBER,
    ROOMS,
    WEAK,
    ZEROS,
)

_HALF = "translate({name}, '０１２３４５６７８９＃　 ', '0123456789#')"
_WORDS = "|".join((*BUILDINGS, *WEAK))
# As the condition of the index of dwellings (`residents.models.households.SPELLED_OTHERWISE`).
SPELLED_OTHERWISE = (
    "{x}.building_id IS NOT NULL"
    f" AND (NOT ({{x}}.entrance ~ '{PLAIN_ENTRANCE}') OR NOT ({{x}}.room ~ '{PLAIN_ROOM}'))"
)
# The district's own words for a building, of its profile p, for the pattern.
OWN = "'|' || replace(NULLIF(p.building_words, ''), '、', '|')"


def building(name, own="''"):
    """As `doors.building`; `own` is SQL of further words: "|排|组", or NULL."""
    said = _HALF.format(name=name)
    pattern = f"('^(?:{BEFORE})?({NUMBER})(?:{_WORDS}' || COALESCE({own}, '') || ')?$')"
    return f"""CASE WHEN {name} ~ '^[1-9][0-9]{{0,3}}号楼$' THEN {name}
    WHEN {said} ~ {pattern} AND {_number(_first(said, pattern))} <> ''
    THEN {_number(_first(said, pattern))} || '号楼' ELSE {said} END"""


def entrance(name):
    said = _HALF.format(name=name)
    pattern = f"'^第?({NUMBER})(?:{'|'.join(ENTRANCES)}|#)?$'"
    return f"""CASE WHEN {name} ~ '{PLAIN_ENTRANCE}' THEN {name}
    WHEN {said} ~ {pattern} AND {_number(_first(said, pattern))} <> ''
    THEN {_number(_first(said, pattern))} || '单元' ELSE {said} END"""


def room(name):
    said = _HALF.format(name=name)
    words = "|".join(ROOMS)
    in_han = f"'^({HAN})(?:{words})?$'"
    ending = f"'^(.*[0-9][A-Za-z]?)(?:{words})$'"
    return f"""CASE WHEN {name} ~ '{PLAIN_ROOM}' THEN {name}
    WHEN {said} ~ {in_han} AND {_number(_first(said, in_han))} <> '' THEN {_number(_first(said, in_han))}
    ELSE regexp_replace(regexp_replace({said}, {ending}, '\\1'), '{LEADING_ZEROS}', '') END"""


def door(x):
    """Entrance and room of a dwelling as "1单元/101", also where its room says both."""
    words = "|".join(ENTRANCES)
    both = f"'^((?:第?(?:{NUMBER}))(?:{words})).+$'"
    rest = f"regexp_replace({x}.room, '^第?(?:{NUMBER})(?:{words})', '')"
    return f"""CASE WHEN {x}.entrance = '' AND {x}.room ~ {both}
    THEN {entrance(_first(f"{x}.room", both))} || '/' || {room(rest)}
    ELSE {entrance(f"{x}.entrance")} || '/' || {room(f"{x}.room")} END"""


def _first(said, pattern):
    return f"substring({said} FROM {pattern})"


def _number(said):
    """As `doors.number`."""
    tens = f"""CASE WHEN strpos({said}, '十') > 0
    THEN COALESCE(NULLIF(split_part({said}, '十', 1), ''), '一') || COALESCE(NULLIF(split_part({said}, '十', 2), ''), '〇')
    ELSE {said} END"""
    return f"ltrim(translate({tens}, '{ZEROS}{DIGITS}', '000123456789'), '0')"
