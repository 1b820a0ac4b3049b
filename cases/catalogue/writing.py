"""One row of each sheet into the database: `write` says new, changed or the same, and what changed.

A writer knows everything that it compares with before the first row: a row costs no query unless
it changes something.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.catalogue import columns, versions
from cases.catalogue.cells import Wrong, said_of, standard_row
from cases.models import (
    CaseStandard,
    Category,
    Responsibility,
    ServiceModule,
)
from cases.models.catalogue import STAGES_WITH_LIMIT
from grids.models import Department, Grid
from grids.scope import Scope

BATCH = 500


class Writer:
    sheet = ""

    def __init__(self, staff):
        self.staff, self.new, self.changed = staff, [], []
        self.categories = {
            (found.kind, found.code): found for found in Category.objects.select_related("module")
        }
        self.prepare()

    def prepare(self):
        pass

    def finish(self):
        pass

    def name(self, row):
        found = self.categories.get((row["kind"], row["code"]))
        named = found.name if found else row.get("name", "")
        return f"{Category.Kind(row['kind']).label} {row['code']} {named}".strip()

    def category(self, row):
        found = self.categories.get((row["kind"], row["code"]))
        if found is None:
            raise Wrong(
                _(
                    "There is no such category. Add it to the sheet of categories, or correct kind and code."
                ),
                "code",
            )
        return found

    def head(self, field):
        return columns.BY_KEY[self.sheet].column(field).head

    def differences(self, before, after):
        """(head, old words, new words) of the fields that the row has and that differ."""
        return [
            (self.head(name), said_of(before[name]), said_of(value))
            for name, value in after.items()
            if before.get(name) != value
        ]


class Categories(Writer):
    sheet = columns.CATEGORIES

    def prepare(self):
        self.modules = {}
        for module in ServiceModule.objects.all():
            self.modules |= {module.name: module, module.code: module}

    def key(self, row):
        return row["kind"], row["code"]

    def write(self, row):
        said = row.get("module", "")
        if said and said not in self.modules:
            raise Wrong(
                _("There is no such service module. Add it to the dictionary first."),
                "module",
            )
        found = self.categories.get(self.key(row))
        if found is None:
            self.new.append(self._filled(Category(kind=row["kind"], code=row["code"]), row))
            return "new", []
        before = {
            "name": found.name,
            "major_name": found.major_name,
            "is_active": found.is_active,
            "module": found.module.name if found.module else "",
        }
        after = {name: row[name] for name in before if name in row}
        if after.get("is_active", True) is None:
            del after["is_active"]
        if "module" in after and said:
            after["module"] = self.modules[said].name
        changes = self.differences(before, after)
        if changes:
            self.changed.append(self._filled(found, row))
        return ("changed" if changes else "same"), changes

    def finish(self):
        fields = ["name", "major_name", "module", "is_active"]
        Category.objects.bulk_create(self.new, batch_size=BATCH)
        Category.objects.bulk_update(self.changed, fields, batch_size=BATCH)

    def _filled(self, category, row):
        category.name = row["name"]
        category.major_name = row.get("major_name", category.major_name)
        if row.get("is_active") is not None:
            category.is_active = row["is_active"]
        if "module" in row:
            category.module = self.modules.get(row["module"])
        return category


class Standards(Writer):
    sheet = columns.STANDARDS

    def prepare(self):
        self.today = timezone.localdate()
        self.present = {
            (found.category_id, found.condition): found for found in versions.current(self.today)
        }

    def key(self, row):
        return row["kind"], row["code"], row["condition"]

    def name(self, row):
        return f"{super().name(row)} · {row['condition']}"

    def write(self, row):
        category = self.category(row)
        found = self.present.get((category.pk, row["condition"]))
        edited = self._edited(found, category, row)
        before = standard_row(found) if found else {}
        after = standard_row(edited)
        if found and before == after:
            return "same", []
        kept = versions.keep(edited, today=self.today)
        if not found:
            return "new", []
        changes = self.differences(before, after | {"valid_from": before["valid_from"]})
        if kept.pk != found.pk:
            changes.append((_("new version"), "", _("from %(day)s on") % {"day": kept.valid_from}))
        elif before["valid_from"] != after["valid_from"]:
            changes.append(
                (
                    self.head("valid_from"),
                    said_of(before["valid_from"]),
                    said_of(after["valid_from"]),
                )
            )
        return "changed", changes

    def _edited(self, found, category, row):
        """A row that is not stored: as it is now, with what the workbook says."""
        edited = CaseStandard(category=category, valid_from=self.today)
        if found:
            for attribute in ("pk", "valid_from", "valid_to", *versions.SAID):
                setattr(edited, attribute, getattr(found, attribute))
            edited._state.adding = False
        edited.limit_number, edited.limit_unit = row["limit"]
        edited.condition = row["condition"]
        steps = {
            stage: row[f"step_{stage}"] for stage in STAGES_WITH_LIMIT if f"step_{stage}" in row
        }
        kept = {stage: limit for stage, limit in edited.step_limits.items() if stage not in steps}
        edited.step_limits = kept | {stage: limit for stage, limit in steps.items() if limit}
        for name in ("closing_condition", "evidence", "default_line"):
            setattr(edited, name, row.get(name, getattr(edited, name)))
        for name in ("loop", "is_urgent", "is_admitted"):
            if row.get(name) not in ("", None):
                setattr(edited, name, row[name])
        # An earlier day is the one of a version before: the same workbook, uploaded again.
        entered = row.get("valid_from")
        if entered and (found is None or entered > found.valid_from):
            edited.valid_from = entered
        if "valid_to" in row:
            edited.valid_to = row["valid_to"]
        return edited


class Responsibilities(Writer):
    """Only in the districts whose dictionaries the person keeps."""

    sheet = columns.RESPONSIBILITIES

    def prepare(self):
        mine = Scope.of(self.staff).reach("dictionary.edit").districts
        self.grids = {
            grid.code: grid
            for grid in Grid.objects.filter(district__in=mine, valid_to=None).only(
                "code", "name", "path", "district"
            )
        }
        self.departments = {}
        rows = Department.objects.filter(district__in=mine, is_active=True)
        for found in rows.select_related("grid"):
            self.departments.setdefault(found.name, []).append(found)
        self.present = {
            (found.category_id, found.grid_id): found
            for found in Responsibility.objects.filter(district__in=mine).select_related(
                "department"
            )
        }

    def key(self, row):
        return row["kind"], row["code"], row["grid"]

    def name(self, row):
        grid = self.grids.get(row["grid"])
        return f"{super().name(row)} · {grid.name if grid else row['grid']}"

    def write(self, row):
        category, grid = self.category(row), self.grids.get(row["grid"])
        if grid is None or grid.district_id is None:
            raise Wrong(_("There is no grid with this code in your district."), "grid")
        department = self._serving(row["department"], grid)
        found = self.present.get((category.pk, grid.pk))
        if found is None:
            self.new.append(
                Responsibility(
                    district_id=grid.district_id,
                    grid=grid,
                    category=category,
                    department=department,
                )
            )
            return "new", []
        if found.department_id == department.pk:
            return "same", []
        change = (self.head("department"), found.department.name, department.name)
        found.department = department
        self.changed.append(found)
        return "changed", [change]

    def finish(self):
        Responsibility.objects.bulk_create(self.new, batch_size=BATCH)
        Responsibility.objects.bulk_update(self.changed, ["department"], batch_size=BATCH)

    def _serving(self, name, grid):
        """The department of that name of the grid's street, else of its district."""
        serving = [
            department
            for department in self.departments.get(name, [])
            if grid.path.startswith(department.grid.path)
        ]
        if not serving:
            raise Wrong(
                _(
                    "No active department of this name serves the grid. Write a department of its street or district."
                ),
                "department",
            )
        return max(serving, key=lambda department: len(department.grid.path))


WRITERS = {writer.sheet: writer for writer in (Categories, Standards, Responsibilities)}
