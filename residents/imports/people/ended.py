"""Rows about somebody who died or moved away: they come back, or go, only when somebody says so.

A row about somebody who ended, and a row that says itself that somebody ended (人员状态, 死亡日期,
迁出日期, a remark), wait as a question beside the facts that differ (`conflicts`). To a yes belongs
the whole row, which the engine is then given again, or the step in the life of the household.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from grids.fields import reserve_keys
from grids.workbooks import spelling
from residents.imports.people import temp_tables
from residents.imports.workbook import words
from residents.imports.workbook.copying import NULL
from residents.models import ImportConflict
from residents.models.lasting import EndReason

BACK, GONE = "back", "gone"
FIELDS = ("state", "died_on", "left_on")
HERE, DIED, MOVED = "here", str(EndReason.DIED), str(EndReason.MOVED)
EXAMPLES = 3

# A remark tells of the person itself only where it begins so: 丈夫已去世 is about somebody else.
OF_NOTES = """
INSERT INTO import_gone
SELECT s.row, CASE WHEN s.note ~ '去世|死亡|病故|亡故|过世|已故' THEN 'died' ELSE 'moved' END, NULL
FROM import_row s
WHERE s.note <> '' AND s.note ~ '^(本人)?已?(于?[0-9年月日.-]+)?(去世|死亡|病故|亡故|过世|已故|迁出|搬走|搬离|注销户口|户口注销|死亡注销)'
  AND s.reason IS NULL AND NOT EXISTS (SELECT FROM import_gone g WHERE g.row = s.row)
"""
# The latest of the ended ones, as far as the importer has it in reach. Merged rows live on in others.
MATCH = """
UPDATE import_fate f SET action = 'waiting', ended_id = e.id
FROM (
    SELECT DISTINCT ON (s.row) s.row, r.id FROM import_fate x JOIN import_row s ON s.row = x.row
    JOIN residents_resident r ON r.id_index = s.id_index AND r.district_id = s.district_id
         AND r.document = s.document
    WHERE x.resident_id IS NULL AND x.action IS NULL AND r.id_index IS NOT NULL AND r.ended_on IS NOT NULL
      AND r.end_reason IN ('died', 'moved')
      AND (%(everywhere)s OR r.district_id = ANY(%(districts)s) OR r.grid_id = ANY(%(grids)s))
    ORDER BY s.row, r.ended_on DESC, r.id DESC
) e
WHERE e.row = f.row
"""
# Without a number they are known by household, name and birth.
MATCH_UNDOCUMENTED = """
UPDATE import_fate f SET action = 'waiting', ended_id = r.id
FROM import_row s, import_household h, residents_resident r
WHERE s.row = f.row AND h.no = f.household_no AND r.household_id = h.household_id
  AND r.name = s.name AND r.birth_on = s.birth_on AND r.end_reason IN ('died', 'moved')
  AND r.ended_on IS NOT NULL
  AND f.resident_id IS NULL AND f.action IS NULL AND (s.id_index IS NULL OR r.id_index IS NULL)
"""
# Both say the same; somebody lives who is said to be gone; nobody of the kind is here at all.
SETTLE_GONE = """
UPDATE import_fate f SET
    action = CASE WHEN f.ended_id IS NOT NULL THEN 'unchanged'
                  WHEN f.resident_id IS NOT NULL AND f.action IS NULL THEN 'waiting' ELSE 'rejected' END,
    reason = CASE WHEN f.ended_id IS NULL AND (f.resident_id IS NULL OR f.action IS NOT NULL) THEN 'says_gone' END,
    field = 'state',
    ended_id = CASE WHEN f.ended_id IS NULL AND f.action IS NULL THEN f.resident_id END
FROM import_gone g JOIN import_row s ON s.row = g.row
WHERE g.row = f.row AND (f.action IS NULL OR f.action = 'waiting') AND {which}
"""
ROWS = f"""
SELECT f.row, f.ended_id, r.end_reason, r.ended_on, n.what, n.on_day, {temp_tables.AS_SAID}
JOIN residents_resident r ON r.id = f.ended_id
LEFT JOIN import_gone n ON n.row = f.row
WHERE f.action = 'waiting' ORDER BY f.row
"""


class Said:
    """What the rows of a workbook say of an end; a workbook without such a column costs nothing."""

    def __init__(self, unknown, today):
        self.unknown, self.today, self.lines = unknown, today, []

    def note(self, keys, cells):
        """`cells` {field: its cells}, as of `rows.columns`."""
        named = [name for name in FIELDS if name in cells]
        if not named:
            return
        for key, *said in zip(keys, *(cells[name] for name in named), strict=True):
            if any(said):
                self._note(key, dict(zip(named, said, strict=True)))

    def block(self):
        """COPY text of `import_gone`."""
        return "".join(self.lines)

    def _note(self, key, said):
        for name in reversed(FIELDS):
            what, day = self._means(name, said.get(name, ""))
            if what != HERE:
                other = said.get("died_on" if what == DIED else "left_on", "")
                day = day or self._day(other)
                self.lines.append(f"{key}\t{what}\t{day or NULL}\n")
                return

    def _means(self, name, cell):
        """(what, day or ""): a day in a column of days says that it happened."""
        word = re.sub(r"[。.!！]+$", "", spelling.word(cell))
        if not word:
            return HERE, ""
        if name != "state" and (day := self._day(cell)):
            return (DIED if name == "died_on" else MOVED), day
        what = words.spellings("state").get(word)
        if what is None:
            self.unknown.note(name, word[:20])
            return HERE, ""
        if name == "died_on" and what == MOVED and word == "是":
            what = DIED
        return what, ""

    def _day(self, cell):
        """The day in full and not in the future, else ""."""
        day = spelling.day(cell)
        return day if day and len(day) == 10 and day <= self.today.isoformat() else ""


def settle(cursor, parameters):
    """Decide the rows with a number; before their households are looked for."""
    cursor.execute(OF_NOTES)
    cursor.execute(MATCH, parameters)
    cursor.execute(SETTLE_GONE.format(which="s.id_index IS NOT NULL"))


def settle_undocumented(cursor):
    cursor.execute(MATCH_UNDOCUMENTED)
    cursor.execute(SETTLE_GONE.format(which="s.id_index IS NULL"))


@dataclass
class Question:
    """One row that waits: who is meant, what the register and the row say, and the row itself."""

    row: int
    resident_id: int
    about: str  # BACK or GONE
    ours: str
    theirs: str
    facts: dict = field(default_factory=dict)


def questions():
    """[Question] of the import that was compared."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        names = [column.name for column in cursor.description]
        return [_question(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _question(said):
    row, key = said.pop("row"), said.pop("ended_id")
    ended = said.pop("end_reason"), said.pop("ended_on")
    gone = said.pop("what"), said.pop("on_day")
    if ended[1] is None:
        return Question(row, key, GONE, HERE, _text(*gone))
    facts = {name: str(value) for name, value in said.items() if value}
    return Question(row, key, BACK, _text(*ended), HERE, facts)


def _text(what, day):
    return f"{what} {day or ''}".strip()


def summary(found):
    """For the batch, as `conflicts.Found.summary` has it."""
    by_field, examples = {}, {}
    for one in found:
        by_field[one.about] = by_field.get(one.about, 0) + 1
        if by_field[one.about] <= EXAMPLES:
            said = {"row": one.row, "ours": one.ours, "theirs": one.theirs}
            examples.setdefault(one.about, []).append(said)
    return {"rows": len(found), "facts": len(found), "by_field": by_field, "examples": examples}


def keep(batch_id, found, numbers):
    """Keep the questions, sealed; `numbers` gives the ID numbers of rows."""
    texts = dict(numbers.of({one.row for one in found}))
    conflicts = reserve_keys(
        ImportConflict(
            batch_id=batch_id,
            row=one.row,
            resident_id=one.resident_id,
            field=one.about,
            ours_sealed=one.ours,
            theirs_sealed=json.dumps(
                {"text": one.theirs, "row": _with_number(one, texts)}, ensure_ascii=False
            ),
        )
        for one in found
    )
    ImportConflict.objects.bulk_create(conflicts, batch_size=2_000)


def _with_number(one, texts):
    return one.facts | ({"id_number": texts[one.row]} if one.row in texts and one.facts else {})


def parsed(text):
    """(reason, day or None) of "died 2026-05-01"."""
    what, __, day = text.partition(" ")
    return what, date.fromisoformat(day) if day else None


def in_words(text):
    what, day = parsed(text)
    if what == HERE:
        return _("Is here")
    label = str(EndReason(what).label)
    return f"{label} {day:%Y-%m-%d}" if day else label
