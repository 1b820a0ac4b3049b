"""The sheets of the catalogue's workbook: their columns, what each means, how to fill it in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.catalogue import cells, words
from cases.models import Category, Loop

CATEGORIES, STANDARDS, RESPONSIBILITIES = "categories", "standards", "responsibilities"


@dataclass(frozen=True)
class Column:
    """`read` is None where a column only tells the reader something."""

    field: str
    head: Any
    note: Any = ""
    read: Callable | None = None
    width: int = 14
    is_needed: bool = False
    choices: Any = None


@dataclass(frozen=True)
class Sheet:
    """`mark` is the head that no other sheet has."""

    key: str
    title: Any
    mark: str
    columns: tuple

    def column(self, field):
        return next(column for column in self.columns if column.field == field)

    def heads(self):
        """{head in any language: field} of the columns that are read."""
        return {
            head: column.field
            for column in self.columns
            if column.read
            for head in words.in_all_languages(column.head)
        }


KIND = Column(
    "kind", _("kind"), _("Needed. Choose one of the list."), cells.kind, 10, True, Category.Kind
)
CODE = Column(
    "code",
    _("code"),
    _(
        "Needed. Major class 2 digits and minor class 3 digits, e.g. 01001. Kind and code name the category."
    ),
    cells.code,
    10,
    True,
)
NAMED = Column("category", _("category"), _("For reading only; kind and code decide."), width=22)
ANSWERS = _("yes or no")


def _step(stage, head, note):
    return Column(f"step_{stage}", head, note, cells.limit, 16)


_STEP_NOTE = _(
    "How long the case may stay at this step, e.g. 30 minutes or 4 working hours. Empty: no limit of its own."
)

SHEETS = (
    Sheet(
        CATEGORIES,
        _("Categories"),
        "name",
        (
            KIND,
            CODE,
            Column("name", _("name"), _("Needed."), cells.text(60), 26, True),
            Column("major_name", _("major class"), "", cells.text(60), 20),
            Column(
                "module",
                _("service module"),
                _("The name of a service module of the dictionary."),
                cells.text(40),
            ),
            Column(
                "is_active",
                _("active"),
                _("No: it is no longer offered; old cases keep it."),
                cells.yes_or_no,
                8,
                choices=ANSWERS,
            ),
        ),
    ),
    Sheet(
        STANDARDS,
        _("Case standards"),
        "condition",
        (
            KIND,
            CODE,
            NAMED,
            Column(
                "condition",
                _("filing condition"),
                _(
                    "Needed. With the category it names the standard: another wording is another standard."
                ),
                cells.text(120),
                28,
                True,
            ),
            Column(
                "limit",
                _("limit in all"),
                _(
                    "Needed. A number and its unit: 2 urgent hours (nights and holidays count), 4 working hours, 3 working days or 7 calendar days."
                ),
                cells.limit,
                16,
                True,
            ),
            _step("reported", _("limit to read"), _STEP_NOTE),
            _step("registered", _("limit to dispatch"), _STEP_NOTE),
            _step("dispatched", _("limit to accept"), _STEP_NOTE),
            _step("handling", _("limit to handle"), _STEP_NOTE),
            _step("feedback", _("limit to verify"), _STEP_NOTE),
            Column("closing_condition", _("closing condition"), "", cells.text(200), 30),
            Column("evidence", _("evidence"), "", cells.text(120), 20),
            Column(
                "default_line",
                _("line of work"),
                _(
                    "The key of the departments' line that answers where no responsibility says otherwise, e.g. city_management."
                ),
                cells.key,
                18,
            ),
            Column(
                "loop",
                _("loop"),
                _("Where it is solved. Choose one of the list."),
                cells.loop,
                20,
                choices=Loop,
            ),
            Column("is_urgent", _("urgent"), ANSWERS, cells.yes_or_no, 8, choices=ANSWERS),
            Column(
                "is_admitted",
                _("admitted for grid workers"),
                _("No: it is not filed for grid workers to handle."),
                cells.yes_or_no,
                12,
                choices=ANSWERS,
            ),
            Column(
                "valid_from",
                _("valid from"),
                _("The first day. Empty: today. A later day lets a change begin on that day."),
                cells.day,
                12,
            ),
            Column(
                "valid_to",
                _("valid to"),
                _("The last day on which cases are filed under it. Empty: open."),
                cells.day,
                12,
            ),
        ),
    ),
    Sheet(
        RESPONSIBILITIES,
        _("Responsibilities"),
        "department",
        (
            KIND,
            CODE,
            NAMED,
            Column(
                "grid",
                _("grid code"),
                _(
                    "Needed. The code of a grid, community, street or district; it holds there and below, the nearest row decides."
                ),
                cells.text(20),
                20,
                True,
            ),
            Column(
                "grid_name",
                pgettext_lazy("column", "grid"),
                _("For reading only; the code decides."),
                width=20,
            ),
            Column(
                "department",
                _("department"),
                _("Needed. The name of an active department of the grid's street or district."),
                cells.text(80),
                26,
                True,
            ),
        ),
    ),
)
BY_KEY = {sheet.key: sheet for sheet in SHEETS}
