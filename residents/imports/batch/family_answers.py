"""Are the families right? They are shown on the page of the dry run, and the answer is kept for the form."""

from residents.imports.batch import explain, first_families, queue
from residents.imports.workbook import columns, families


def shown(batch):
    """The first families, each member with the place of its row."""
    found = first_families.opened(batch)
    for home in found:
        home["members"] = [one | explain.row_place(batch, one["row"]) for one in home["members"]]
    return found


def answer(batch, said, *, by):
    """Look at the file again, with the families told so; False when it is too late."""
    tables = columns.kept(batch)
    if said not in dict(families.CHOICES) or not (tables and batch.file):
        return False
    chosen = families.chosen(tables, batch.columns, said)
    return queue.check_again(batch, tables, chosen, by=by)
