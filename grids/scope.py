"""Who may see and do what, computed in ONE place from the postings of today.

`Model.objects.visible_to(staff, right="view")` returns the rows for which one posting
grants `<area>.<right>`. Every branch of the answer can use an index; several branches are
a UNION, never an OR, because PostgreSQL reads a whole table for an OR over two columns.
"""

import functools
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.utils import timezone

from grids.roles import (
    CITY_RIGHTS,
    HELPERS_RIGHTS,
    JOINED_RIGHTS,
    OWNER_RIGHTS,
    RIGHTS,
    SECURITY_RIGHTS,
    Role,
)


@dataclass(frozen=True)
class ScopeRule:
    """How the rows of a model hang on places and people; each value is a lookup path.

    By related tables, `helpers` leads to departments that only look on (`HELPERS_RIGHTS`), and
    `joined` to people who joined the row's owner: they keep what `OWNER_RIGHTS` name for sight.
    """

    area: str
    grid: str | None = "grid"
    district: str = "district"
    building: str | None = None
    department: str | None = None
    helpers: str | None = None
    owner: str | None = None
    joined: str | None = None


@dataclass(frozen=True)
class Reach:
    """Where one right holds: keys of districts, grids, buildings and departments."""

    districts: frozenset = frozenset()
    grids: frozenset = frozenset()
    buildings: frozenset = frozenset()
    departments: frozenset = frozenset()

    def __bool__(self):
        return bool(self.districts or self.grids or self.buildings or self.departments)


@dataclass
class Scope:
    """The rights of one person today. Three queries at most, once per request."""

    staff: models.Model
    postings: list = field(default_factory=list)
    memo: dict = field(default_factory=dict)  # what rule modules keep for the request
    _reaches: dict = field(default_factory=dict)
    _known: dict = field(default_factory=dict)

    @classmethod
    def of(cls, staff):
        if not getattr(staff, "pk", None) or not staff.is_active:
            return cls(staff)
        scope = getattr(staff, "_scope", None)
        if scope is None:
            scope = staff._scope = cls(staff, list(staff.postings_on(timezone.localdate())))
        return scope

    def has(self, right):
        """Whether any posting of today grants `right` ("case.dispatch") anywhere."""
        return any(right in self._rights_of(posting) for posting in self.postings)

    def demand(self, *rights):
        """Refuse (403) a person none of whose postings grants one of `rights`."""
        if not any(self.has(right) for right in rights):
            raise PermissionDenied

    @property
    def roles(self):
        return {posting.role for posting in self.postings}

    @property
    def district_ids(self):
        return frozenset(
            posting.grid.district_id for posting in self.postings if posting.grid.district_id
        )

    def reach(self, right, roles=None):
        """Where `right` holds, or where it does by a posting with one of these roles."""
        return self._reach((right,), roles)

    def reach_together(self, *rights):
        """Where all of these rights hold by one and the same posting."""
        return self._reach(rights, None)

    def _reach(self, rights, roles):
        key = (rights, roles)
        if key not in self._reaches:
            self._reaches[key] = self._compute(rights, roles)
        return self._reaches[key]

    def covers(self, grid_ids, *rights):
        """Whether these rights hold, by one and the same posting, in every one of these grids."""
        reach = self.reach_together(*rights)
        left = set(grid_ids) - reach.grids - reach.districts
        if not left or not reach.districts:
            return not left
        grids = self._grid_model().objects.filter(pk__in=left)
        return not grids.exclude(district__in=reach.districts).exists()

    def _grid_model(self):
        return type(self.postings[0].grid)

    def roles_with(self, right):
        return {posting.role for posting in self.postings if right in self._rights_of(posting)}

    def districts_with(self, right):
        """Keys of the districts in which some posting grants `right`, wherever in them."""
        holding = (one for one in self.postings if right in self._rights_of(one))
        return frozenset(one.grid.district_id for one in holding if one.grid.district_id)

    def grants(self, right, row):
        """Whether `right` holds on this row; asks the database nothing for grid_id rows."""
        rule, reach = row.scope, self.reach(right)
        return (
            value_at(row, rule.district) in reach.districts
            or (rule.grid is not None and value_at(row, rule.grid) in reach.grids)
            or (
                rule.building is not None
                and reach.buildings  # else no look-up on the way to it
                and value_at(row, rule.building) in reach.buildings
            )
            or (rule.department is not None and value_at(row, rule.department) in reach.departments)
            or self._helps(rule, right, row)
            or (
                self.owns_with(right)
                and rule.owner is not None
                and value_at(row, rule.owner) == self.staff.pk
                and value_at(row, rule.district) in self.district_ids
            )
            or self._has_joined(rule, right, row)
        )

    def _helps(self, rule, right, row):
        """Whether a department of the person was called to help with the row."""
        departments = self.reach(right).departments
        if rule.helpers is None or right not in HELPERS_RIGHTS or not departments:
            return False
        called = {"pk": row.pk, f"{rule.helpers}__in": departments}
        return type(row)._base_manager.filter(**called).exists()

    def _has_joined(self, rule, right, row):
        if rule.joined is None or right not in JOINED_RIGHTS:
            return False
        if not self.owns_with(right) or value_at(row, rule.district) not in self.district_ids:
            return False
        mine = {"pk": row.pk, rule.joined: self.staff}
        return type(row)._base_manager.filter(**mine).exists()

    def owns_with(self, right):
        """Whether the person keeps `right` on the rows that he or she made."""
        return right in OWNER_RIGHTS and self.has(OWNER_RIGHTS[right])

    def _rights_of(self, posting):
        rights = RIGHTS[posting.role]
        if posting.role == Role.ADMINISTRATOR and posting.has_three:
            rights -= SECURITY_RIGHTS
        return rights & CITY_RIGHTS if posting.grid.tier == "city" else rights

    def _compute(self, rights, roles):
        districts, places, buildings, departments = set(), set(), set(), set()
        for posting in self.postings:
            if not self._rights_of(posting).issuperset(rights):
                continue
            if roles is not None and posting.role not in roles:
                continue
            if posting.department_id:
                departments.add(posting.department_id)
            elif posting.building_id:
                buildings.add(posting.building_id)
            elif posting.grid.tier == "district":
                districts.add(posting.grid_id)
            elif posting.grid.tier == "city":
                districts |= self._districts_of(posting.grid)
            else:
                places.add(posting.grid)
        grids = self._below(frozenset(places))
        return Reach(*map(frozenset, (districts, grids, buildings, departments)))

    def _below(self, places):
        """Keys of the grids, all below them, and the predecessors whose history they carry on."""
        if not places:
            return frozenset()
        if places not in self._known:
            grids = type(next(iter(places))).objects
            self._known[places] = frozenset(grids.history_of(*places))
        return self._known[places]

    def _districts_of(self, city):
        return set(city.children.values_list("pk", flat=True))


def value_at(row, path):
    """The key at the end of a lookup path: "household__grid" -> row.household.grid_id."""
    *steps, last = path.split("__")
    for step in steps:
        row = getattr(row, step)
        if row is None:
            return None
    model: Any = type(row)
    return getattr(row, _column(model, last))


@functools.cache
def _column(model, name):
    """The attribute that holds the key: "grid" -> "grid_id"."""
    return (model._meta.pk if name == "pk" else model._meta.get_field(name)).attname


def branches(model, staff, right, roles=None):
    """The conditions under which a row is visible, each one able to use an index."""
    rule, scope = model.scope, Scope.of(staff)
    full_right = f"{rule.area}.{right}"
    reach = scope.reach(full_right, roles)
    conditions = []
    if reach.districts:
        conditions.append(Q(**{f"{rule.district}__in": reach.districts}))
    if reach.grids and rule.grid is not None:
        conditions.append(Q(**{f"{rule.grid}__in": reach.grids}))
    if reach.buildings and rule.building is not None:
        conditions.append(Q(**{f"{rule.building}__in": reach.buildings}))
    if reach.departments and rule.department is not None:
        conditions.append(Q(**{f"{rule.department}__in": reach.departments}))
    if reach.departments and rule.helpers and full_right in HELPERS_RIGHTS:
        conditions.append(Q(**{f"{rule.helpers}__in": reach.departments}))
    if rule.owner is not None and scope.owns_with(full_right):
        elsewhere = scope.district_ids - reach.districts
        if elsewhere:
            conditions.append(Q(**{rule.owner: staff.pk, f"{rule.district}__in": elsewhere}))
            if rule.joined is not None and full_right in JOINED_RIGHTS:
                conditions.append(Q(**{rule.joined: staff.pk, f"{rule.district}__in": elsewhere}))
    return conditions


def filed_under(staff, place=None):
    """Key of the district under which what `staff` makes is filed: that of the place, else the
    person's own, else the first in reach. A city has none; None for somebody without a posting."""
    own = (place and place.district_id) or staff.district_id
    return own or min(Scope.of(staff).district_ids, default=None)


SENSITIVE_FIELDS = {
    "birth_on": "register.read_birth",
    "phone": "register.read_phone",
    "care": "register.read_care",
}


class ScopedQuerySet(models.QuerySet):
    """A queryset of a model with a `scope` rule."""

    def visible_to(self, staff, right="view"):
        """Rows of this queryset on which a posting of `staff` grants `right` today.

        Each branch carries the filters set before, so that it can use a partial index.
        """
        conditions = branches(self.model, staff, right)
        if not conditions:
            return self.none()
        if len(conditions) == 1:
            return self.filter(conditions[0])
        first, *rest = (self.filter(condition).order_by().values("pk") for condition in conditions)
        return self.filter(pk__in=first.union(*rest))

    def read_by(self, staff, fact):
        """Rows of which `staff` reads this sensitive fact (a name of SENSITIVE_FIELDS).

        The ONE way to select rows by such a fact: a filter, a count, a campaign, a rule or an
        export that goes through it is never finer than what its reader may read.
        """
        area, _dot, right = SENSITIVE_FIELDS[fact].partition(".")
        model: Any = self.model
        assert area == model.scope.area, (model, fact)
        return self.visible_to(staff, right=right)


def readable_fields(staff, row):
    """Names of the sensitive columns of `row` that `staff` reads without giving a purpose.

    A full ID number is never among them: it is revealed one at a time (`register.reveal`),
    with a purpose, on record.
    """
    scope = Scope.of(staff)
    return frozenset(name for name, right in SENSITIVE_FIELDS.items() if scope.grants(right, row))
