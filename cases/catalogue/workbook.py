"""The catalogue as a workbook that can be edited and uploaded again; without rows, a blank form."""

import io

from django.db.models import F
from django.utils.translation import gettext as _

from cases.catalogue import columns, versions
from cases.catalogue.cells import NO, YES, said_of, standard_row
from cases.models import Category, Responsibility
from grids.workbooks.writing import new_book

BLANK_ROWS = 200  # rows with drop-down lists below the data


def write(staff, *, is_blank=False):
    """The bytes of an .xlsx; responsibilities of the person's own districts only."""
    memory = io.BytesIO()
    with new_book(memory) as book:
        looks = {
            "head": book.add_format(
                {"bold": True, "bg_color": "#E8ECF1", "border": 1, "text_wrap": True}
            ),
            "note": book.add_format({"bg_color": "#F5F6F8", "border": 1, "italic": True}),
            "text": book.add_format({"num_format": "@"}),
        }
        for declared in columns.SHEETS:
            rows = [] if is_blank else ROWS[declared.key](staff)
            _write_sheet(book.add_worksheet(str(declared.title)[:31]), declared, rows, looks)
    return memory.getvalue()


def _write_sheet(sheet, declared, rows, looks):
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(declared.columns):
        sheet.set_column(at, at, column.width, looks["text"])
        head = str(column.head)
        sheet.write_string(0, at, head, looks["head" if column.read else "note"])
        if column.note:
            sheet.write_comment(0, at, str(column.note), {"x_scale": 2})
    count = 0
    for count, row in enumerate(rows, start=1):
        for at, column in enumerate(declared.columns):
            sheet.write_string(count, at, said_of(row.get(column.field)), looks["text"])
    for at, column in enumerate(declared.columns):
        if offered := _offered(column):
            sheet.data_validation(
                1,
                at,
                count + BLANK_ROWS,
                at,
                {
                    "validate": "list",
                    "source": offered,
                    "error_type": "warning",
                    "error_message": str(_("Choose one of the list.")),
                },
            )
    if count:
        sheet.autofilter(0, 0, count, len(declared.columns) - 1)


def _offered(column):
    if column.choices is columns.ANSWERS:
        return [str(YES), str(NO)]
    return [str(label) for label in column.choices.labels] if column.choices else None


def _categories(staff):
    for found in Category.objects.select_related("module"):
        yield {
            "kind": found.get_kind_display(),
            "code": found.code,
            "name": found.name,
            "major_name": found.major_name,
            "is_active": found.is_active,
            "module": found.module.name if found.module else "",
        }


def _standards(staff):
    rows = versions.current().select_related("category")
    for found in rows.order_by("category__kind", "category__code", "pk"):
        yield standard_row(found) | _named(found.category)


def _responsibilities(staff):
    mine = Responsibility.objects.visible_to(staff, right="edit")
    rows = mine.filter(grid__valid_to=None).select_related("category", "department")
    for found in rows.order_by("category__kind", "category__code", "grid__code").annotate(
        grid_code=F("grid__code"), grid_name=F("grid__name")
    ):
        yield _named(found.category) | {
            "grid": found.grid_code,
            "grid_name": found.grid_name,
            "department": found.department.name,
        }


def _named(category):
    return {"kind": category.get_kind_display(), "code": category.code, "category": category.name}


ROWS = {
    columns.CATEGORIES: _categories,
    columns.STANDARDS: _standards,
    columns.RESPONSIBILITIES: _responsibilities,
}
