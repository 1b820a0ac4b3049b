"""How the rows of an export are read: a column, and the eyes of the person who takes them."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _now

from grids.models import Grid
from grids.scope import SENSITIVE_FIELDS, Scope, readable_fields, value_at
from residents.lists import narrowing
from residents.models import CareCategory, Resident
from residents.people.showing import age_for, code_names, phone_for, with_care

FULL_NUMBER, MASK, CARE = "id_number", "id_mask", "care"


@dataclass(frozen=True)
class Column:
    """`read(row, eyes)` gives text or a number; `right` is one that offers the column at all."""

    name: str
    read: Callable
    right: str = ""
    width: int = 14
    is_usual: bool = True
    needs: str = ""  # a row that is read along: a lookup for select_related
    label: str | Promise = ""

    @property
    def is_short(self):
        return self.width < 20


class Eyes:
    """What one person reads of the rows of one export."""

    def __init__(self, staff, columns, wanted):
        self.wanted = wanted
        self.staff, self.scope = staff, Scope.of(staff)
        self.names = {column.name for column in columns}
        self.today = timezone.localdate()
        self.revealed, self.care_seen = [], set()
        self.used = defaultdict(set)  # {right: keys of the grids of the rows that were read by it}
        self._choices = {}

    @cached_property
    def codes(self):
        return code_names()

    @cached_property
    def grid_names(self):
        return dict(Grid.objects.values_list("pk", "name"))

    @cached_property
    def sexes(self):
        return {"1": _now("male"), "2": _now("female")}

    @cached_property
    def _is_of_guarded(self):
        """Whether the list is of one guarded category."""
        guarded = CareCategory.objects.filter(is_guarded=True)
        return guarded.filter(code=self.wanted.get("care", "")).exists()

    def choice(self, row, name):
        """The label of a choice; looked up once a file, because translating costs more than reading."""
        key = (type(row), name)
        if key not in self._choices:
            choices = row._meta.get_field(name).choices
            self._choices[key] = {value: str(label) for value, label in choices}
        return self._choices[key].get(getattr(row, name), "")

    def readable(self, row):
        if getattr(row, "_readable", None) is None:
            row._readable = readable_fields(self.staff, row)
        return row._readable

    def prepare(self, rows):
        """What a whole chunk needs, in one query each."""
        grids = {value_at(row, row.scope.grid) for row in rows}
        self.used["register.export"] |= grids
        if CARE in self.names:
            with_care(rows, self.staff)
        if found := narrowing.cared_for(self.staff, self.wanted, rows):
            self.care_seen |= found
            self.used["register.read_care"] |= grids
            if self._is_of_guarded:
                self.used["register.read_guarded"] |= grids
        if "members" in self.names:
            self.members = members_of(rows)

    def use(self, right, row):
        self.used[right].add(value_at(row, row.scope.grid))

    def number(self, row):
        """The full number where this person may reveal it, else its mask."""
        if row.id_sealed is None or not self.scope.grants("register.reveal", row):
            return row.id_mask
        self.revealed.append(row)
        self.use("register.reveal", row)
        return row.id_sealed.reveal()

    def care(self, row):
        if not row.current_care:
            return ""
        self.care_seen.add(row.pk)
        self.use("register.read_care", row)
        if any(record.category.is_guarded for record in row.current_care):
            self.use("register.read_guarded", row)
        return "、".join(record.category.name for record in row.current_care)

    def birth(self, row):
        if row.birth_on is None:
            return ""
        if self._reads("birth_on", row):
            return row.birth_on.isoformat()
        return _now("%(year)s") % {"year": row.birth_on.year}

    def age(self, row):
        return age_for(row.birth_on, self._reads("birth_on", row), self.today)

    def phone(self, row):
        return self.short(row.phone, row)

    def short(self, phone, row):
        """A telephone number of `row`, in full for those who may read it."""
        return phone_for(phone, self._reads("phone", row))

    def _reads(self, fact, row):
        is_open = fact in self.readable(row)
        if is_open:
            self.use(SENSITIVE_FIELDS[fact], row)
        return is_open

    def code(self, table, value):
        return self.codes.get((table, value), "")


def members_of(households):
    """{household: number of live members} in one query."""
    rows = Resident.objects.live().filter(household__in=[one.pk for one in households])
    return dict(rows.order_by().values_list("household").annotate(Count("pk")))
