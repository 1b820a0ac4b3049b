"""What a register is called in the code, whose place counts for it, and its workbook read."""

from django.db.models import Q
from django.utils import timezone

from grids.models import Grid
from grids.scope import Scope
from grids.workbooks import reader
from residents.imports.others import steps as others
from residents.imports.people import undo as people_undo
from residents.imports.workbook import custom, sheets
from residents.models import ImportBatch

RESIDENTS = ImportBatch.Register.RESIDENTS
USUAL = ("register.import",)
# A workbook of care says by its answer who has which category already.
RIGHTS = {
    ImportBatch.Register.STAFF: ("staff.edit",),
    ImportBatch.Register.CARE: (*USUAL, "register.read_care"),
}


def rights(register):
    """The rights that importing into the register takes, of one posting."""
    return RIGHTS.get(register, USUAL)


def open_to(staff):
    """(register, label) of the registers into which this person may import somewhere."""
    scope = Scope.of(staff)
    choices = ImportBatch.Register.choices
    return [choice for choice in choices if scope.reach_together(*rights(choice[0]))]


def reach_of(register, staff):
    """Where this person may import; None, everywhere, for the operator at the command line."""
    return None if staff is None else Scope.of(staff).reach_together(*rights(register))


def places_of(register, staff):
    """Keys of the places for which this person may import today."""
    reach = reach_of(register, staff)
    here = {posting.grid_id for posting in Scope.of(staff).postings}
    return sorted(here & (reach.grids | reach.districts))


def units_of(register, staff):
    """The unit grids of today into which this person may import."""
    units, reach = Grid.objects.on(timezone.localdate()).units(), reach_of(register, staff)
    if reach is None:
        return units
    return units.filter(Q(district__in=reach.districts) | Q(pk__in=reach.grids))


def grid_of(batch):
    """The code of the grid of rows that name none: the chosen one, or the only one of the importer."""
    if batch.default_grid_id:
        return batch.default_grid.code
    if batch.by is None:
        return ""
    units = list(units_of(batch.register, batch.by).values_list("code", flat=True)[:2])
    return units[0] if len(units) == 1 else ""


def read(path, sheet="", chosen=None, register=RESIDENTS, by=None):
    """(workbook, tables); WorkbookError when the file cannot be read.

    Custom fields are those of the districts of `by`; of all for the operator.
    """
    book = reader.open_workbook(path)
    return book, tables(book, sheet, chosen, register, by)


def tables(book, sheet="", chosen=None, register=RESIDENTS, by=None):
    found = sheets.tables(book, sheet, chosen, register)
    custom.recognise(found, by, chosen)
    return found


def written(register):
    """What an import into the register writes."""
    return people_undo.WRITTEN if register == RESIDENTS else others.of(register).written
