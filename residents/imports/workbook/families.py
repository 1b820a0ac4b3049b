"""How the families of a list are told where no household number tells them: asked once per form."""

from django.utils.translation import gettext_lazy as _

AS_READ, BELOW, DOOR = "as_read", "below", "door"
KEY = "families"  # beside the positions, in what somebody said of the columns of a form
CHOICES = [
    (AS_READ, _("Yes, these are the families")),
    (BELOW, _("No: a head and all rows below, up to the next head, are a family")),
    (DOOR, _("No: everybody with the same address is a family")),
]


def chosen(tables, known, said):
    """What was said of the columns, with the answer to the question of families."""
    return {
        str(table.index): _columns(table, known.get(str(table.index))) | {KEY: said}
        for table in tables
    }


def _columns(table, known):
    if known:
        return known
    columns = {str(at): "" for at in table.all_heads}
    return columns | {str(at): field for field, at in table.columns.items()}
