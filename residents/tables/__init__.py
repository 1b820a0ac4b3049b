"""The registers in numbers: each table is a few GROUP BYs over what the reader may see.

A number carries the query of the address that lists the rows behind it (see `narrowing`).
"""

from django.utils.translation import gettext_lazy, pgettext_lazy

from grids.scope import Scope
from residents.tables import floating, people, premises
from residents.tables.ground import PEOPLE, Cell, Places, Table

__all__ = ["PEOPLE", "TABLES", "Cell", "Places", "Table", "offered", "tables"]

TABLES = {
    "residents": gettext_lazy("By kind"),
    "care": gettext_lazy("Care"),
    "floating": gettext_lazy("Floating population"),
    "flows": pgettext_lazy("tables", "Flows"),
    "premises": gettext_lazy("Premises"),
    "licences": gettext_lazy("Licences"),
}


def offered(staff):
    """{name: label} of the tables that this person may open."""
    may_care = Scope.of(staff).has("register.read_care")
    return {name: label for name, label in TABLES.items() if name != "care" or may_care}


def tables(name, staff, here, *, month=None):
    """The tables of a page."""
    places = Places(here)
    if name == "flows":
        return [people.monthly(staff, places, month)]
    make = {
        "residents": people.residents,
        "care": people.care,
        "floating": floating.floating,
        "premises": premises.premises,
        "licences": premises.licences,
    }
    return make[name](staff, places)
