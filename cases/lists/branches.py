"""Cases as the union of querysets, each of which can walk an index of its own.

PostgreSQL reads a whole table for an OR over two columns, and sorts a whole scope for an IN over a
union; of the union of pages it reads the pages.
"""

from collections import Counter

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from cases.models import Case
from grids.scope import branches

# The union is SQL of Django's own; its values are parameters.
TALLY = """
SELECT category, department, count(*)
  FROM ({union}) AS found (pk, category, department)
 GROUP BY category, department
"""


class Branches:
    """`parts`: querysets of cases, none with a case twice; one case may stand in several."""

    def __init__(self, parts):
        self.parts = list(parts) or [Case.objects.none()]

    @classmethod
    def visible_to(cls, staff, rows, right="view"):
        """The rows that the person may see, as `rows.visible_to` has them."""
        return cls(rows.filter(_once(condition)) for condition in branches(Case, staff, right))

    def each(self, change):
        """The same narrowing of every branch: `change` takes and gives a queryset."""
        return Branches(change(part) for part in self.parts)

    def first(self, number, *order):
        """Keys of the first cases in an order, as one queryset."""
        return self._union(part.order_by(*order).values("pk")[:number] for part in self.parts)

    def together(self):
        """One queryset of all of them, for what needs no order."""
        if len(self.parts) == 1:
            return self.parts[0]
        keys = self._union(part.order_by().values("pk") for part in self.parts)
        return Case.objects.filter(pk__in=keys)

    def count(self):
        if len(self.parts) == 1:
            return self.parts[0].count()
        return self._union(part.order_by().values("pk") for part in self.parts).count()

    def tally(self):
        """Counter of (category, department): what there is, in one look at the rows.

        Grouped by hand: Django would look each case of a union up once more.
        """
        columns = ("pk", "category", "department")
        rows = self._union(part.order_by().values_list(*columns) for part in self.parts)
        try:
            union, params = rows.query.sql_with_params()
        except EmptyResultSet:
            return Counter()
        with connection.cursor() as cursor:
            cursor.execute(TALLY.format(union=union), params)
            return Counter({(one, other): number for one, other, number in cursor})

    @staticmethod
    def _union(keys):
        first, *rest = keys
        return first.union(*rest) if rest else first


def _once(condition):
    """A condition on a related table would give a case once for each row there."""
    related = f"{Case.scope.helpers}__in"
    if related in dict(condition.children):
        return Q(pk__in=Case.objects.filter(condition).values("pk"))
    return condition
