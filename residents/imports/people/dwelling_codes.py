"""House codes in the residents' workbooks, checked as the district has chosen.

Each distinct cell is checked once; a workbook without such a column costs nothing. A row whose
code cannot be right is rejected, with the digit or the count that is wrong as its reason. A code
of ours gives way only to a file that is said to count ("theirs").
"""

import re
from functools import partial

from django.db import connection

from grids.models import DistrictProfile
from grids.models.grid import HouseCodes
from grids.workbooks import spelling
from residents.models import ImportBatch
from residents.people import idnumber
from residents.places import house_codes

FIELD = "house_code"
DAMAGED, CONTRADICTS = "number_damaged", "house_code_contradicts"
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")

_DIFFERS = "d.house_code <> '' AND {ours} AND x.house_code <> d.house_code"
CHANGES = f"""
UPDATE import_fate f SET action = 'changed'
FROM import_household h
JOIN import_dwelling d ON d.no = h.dwelling_no
JOIN residents_dwelling x ON x.id = d.dwelling_id
WHERE f.row = h.row AND f.household_no = h.no AND f.action = 'unchanged' AND {_DIFFERS}
"""  # noqa: S608  column names of our own
WRITE = f"""
UPDATE residents_dwelling x SET house_code = d.house_code
FROM import_dwelling d
JOIN import_household h ON h.dwelling_no = d.no
JOIN import_fate f ON f.row = h.row AND f.household_no = h.no AND f.action IN ('created', 'changed')
WHERE x.id = d.dwelling_id AND {_DIFFERS}
"""  # noqa: S608  column names of our own


class Codes:
    """What the file says; `of_dwelling` {dwelling key: code}, the first row that says one counts."""

    def __init__(self):
        self.of_dwelling, self._memos, self._checks = {}, {}, {}

    def expect(self, tables):
        """Ask how the districts check, before rows are read: then the connection is busy."""
        if is_among(tables):
            self._checks = dict(marks())

    def judge(self, cells, homes):
        """{place: (reason, field, shown value)} of the rows that cannot be right."""
        wrong = {}
        for at, (cell, home) in enumerate(zip(cells, homes, strict=True)):
            if cell in ("", None) or home.place is None:
                continue
            code, verdict = self._memo(home.place.district_id)[cell]
            if verdict is None and self._contradicts(home.dwelling_key, code):
                verdict = CONTRADICTS, FIELD, code
            if verdict:
                wrong[at] = verdict
        return wrong

    def _contradicts(self, dwelling_key, code):
        if dwelling_key is None or not code:
            return False
        return self.of_dwelling.setdefault(dwelling_key, code) != code

    def _memo(self, district_id):
        if district_id not in self._memos:
            how = self._checks.get(district_id, HouseCodes.FREE)
            read = partial(_read, how=how)
            self._memos[district_id] = spelling.Memo(read)
        return self._memos[district_id]


def _read(cell, how):
    """(code, verdict)"""
    if isinstance(cell, float | int) and abs(cell) >= 1e15:
        return "", (DAMAGED, FIELD, f"{cell:.0E}")
    written = spelling.code_text(cell)
    if _SCIENTIFIC.fullmatch(written):
        return "", (DAMAGED, FIELD, written[:40])
    try:
        return house_codes.clean(cell, how), None
    except house_codes.WrongHouseCode as error:
        return "", (error.reason, FIELD, _shown(written))


def _shown(written):
    """The number of a person that got into this column stays hidden."""
    return idnumber.mask(written) if _ID_NUMBER.fullmatch(written) else written[:40]


def is_among(tables):
    return any(FIELD in table.columns for table in tables)


def compare(on_conflict):
    """Rows that only bring a code for their dwelling are changed; whether there are codes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM import_dwelling WHERE house_code <> '')")
        (is_said,) = cursor.fetchone()
    if is_said:
        _execute(CHANGES, on_conflict)
    return is_said


def write(on_conflict):
    _execute(WRITE, on_conflict)


def _execute(statement, on_conflict):
    is_theirs = on_conflict == ImportBatch.OnConflict.THEIRS
    with connection.cursor() as cursor:
        cursor.execute(statement.format(ours="true" if is_theirs else "x.house_code = ''"))


def marks():
    """What changes when a district checks its codes otherwise: kept rows do not fit any more."""
    rows = DistrictProfile.objects.order_by("district")
    return list(rows.values_list("district", "house_codes"))
