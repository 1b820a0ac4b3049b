"""How a register is declared: its columns, the rows that exist, what is compared and written."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models

from grids.workbooks import spelling
from residents.imports.batch.written import Written
from residents.imports.others import cells
from residents.places import doors

TYPES = {
    models.CharField: "text",
    models.EmailField: "text",
    models.DateField: "date",
    models.DecimalField: "numeric",
    models.BooleanField: "bool",
    models.PositiveIntegerField: "int",
    models.PositiveSmallIntegerField: "int",
}
NUMBERS = {
    models.PositiveIntegerField: cells.count,
    models.PositiveSmallIntegerField: cells.small,
    models.DateField: cells.day,
    models.BooleanField: cells.yes_no,
    models.CharField: spelling.said,
    models.EmailField: cells.mail,
}


@dataclass(frozen=True)
class Column:
    """A column of the workbook. `type` and `most` (letters) are those of the model's column."""

    name: str
    kind: Callable
    type: str = "text"
    most: int = 200
    is_required: bool = False
    # Stored, and names nothing: what cannot be read of it is left out and reported.
    is_side: bool = False
    # What a problem shows of it: nothing of a person.
    is_private: bool = False


def column(name, field=None, kind=None, *, names=False, **options):
    """A column that is stored in `field` of a model, or (without one) only helps to find rows.

    A stored one that is not required is a side fact, and refuses no row, unless it `names` the row.
    """
    options["is_side"] = not (names or field is None or options.get("is_required"))
    if field is None:
        return Column(name, kind or spelling.said, **options)
    field = field.field
    if kind is None and isinstance(field, models.DecimalField):
        kind = cells.fraction(field.max_digits, field.decimal_places)
    return Column(
        name,
        kind or NUMBERS[type(field)],
        TYPES[type(field)],
        getattr(field, "max_length", None) or 200,
        **options,
    )


GRID = column("grid", kind=spelling.code_text, most=60)
PLACE = (
    column("compound", kind=spelling.said, most=60),
    column("building", kind=doors.building, most=60),
    column("entrance", kind=doors.entrance, most=20),
    column("room", kind=doors.room_as_said, most=20),
)


@dataclass(frozen=True)
class Sheet:
    """A register. SQL works on the temporary table `sheet_row`: a row per row of the workbook,
    with the columns of the workbook and `extra`; `key` is the row of `table` that it means.

    `match` fills in `key` and refuses (sets `reason`); `refuse` refuses further rows; what one of its
    statements returns (column, text) was left out, and is reported. `also` says what else makes a row
    "changed"; `before` and `after` write what hangs on it. Each statement may use
    %(everywhere)s %(districts)s %(grids)s (the reach) %(now)s %(today)s %(by)s %(source)s.
    """

    register: str
    model: type[models.Model]
    columns: tuple
    facts: dict  # {column of the table: SQL of what the row says, NULL or '' for nothing}
    match: tuple
    written: Written
    right: str = "register.import"
    refuse: tuple = ()
    districts: str = ""  # SQL: the districts of rows that name no grid
    is_on_the_ground: bool = True  # the table has grid_id and district_id
    needs_grid: bool = True
    every_tier: bool = False
    extra: str = ""  # further columns of sheet_row
    fixed: dict | None = None  # {column of the table: SQL} of a new row
    touched: dict | None = None  # {column of the table: SQL} of a changed row
    erased: dict | None = None  # {column of the table: SQL: the row says that there is none}
    also: str = "false"
    before: tuple = ()
    after: tuple = ()
    judge: Callable = lambda cells, place, seen: None
    complete: Callable | None = None  # (cells of a row by name, Unknown) -> cells
    tables: tuple = ()  # temporary tables besides sheet_row
    decide: str = ""  # SQL, where the comparison is another one
    writes_main: bool = True
    new_places: str = ""  # SQL: (grid_id, compound, building, row) of buildings that it adds

    @property
    def table(self):
        return self.model._meta.db_table

    @property
    def names(self):
        return [one.name for one in self.columns]
