"""The dictionaries that ship with the product. Adding them again never undoes an edit."""

import csv
import datetime as dt
from pathlib import Path

from django.db import transaction

from cases.catalogue import versions
from cases.models import AnswerTemplate, CaseStandard, Category, ServiceModule
from grids.models import Grid, Tier

DATA = Path(__file__).resolve().parent.parent / "data"
SINCE = dt.date(2026, 1, 1)


@transaction.atomic
def seed(*, overwrite=False):
    """Add what is missing: {table: rows added}. `overwrite` also puts back what was edited.

    A category that has any standard gets none of the shipped ones, a district with any ready
    answer none of those: a renamed one would come twice.
    """
    return {
        "service_modules": _add_modules(overwrite),
        "categories": _add_categories(overwrite),
        "standards": _put_back_standards() if overwrite else _add_standards(),
        "answers": sum(
            add_answers(district) for district in Grid.objects.filter(tier=Tier.DISTRICT)
        ),
    }


def add_answers(district):
    """The ready answers of a district (a grid or its key) that has none; how many were added."""
    key = getattr(district, "pk", district)
    if AnswerTemplate.objects.filter(district=key).exists():
        return 0
    categories = _categories()
    rows = [
        AnswerTemplate(
            district_id=key,
            step=row["step"],
            name=row["name"],
            text=row["text"],
            category=categories[row["kind"], row["code"]] if row["kind"] else None,
        )
        for row in read("answer_templates.csv")
    ]
    return len(AnswerTemplate.objects.bulk_create(rows))


def _add_modules(overwrite):
    rows = [
        ServiceModule(code=row["code"], name=row["name"]) for row in read("service_modules.csv")
    ]
    return _add(ServiceModule, rows, ["code"], ["name", "is_active"], overwrite)


def _add_categories(overwrite):
    """The first time, categories that an older version brought get their module too."""
    modules = dict(ServiceModule.objects.values_list("code", "pk"))
    is_first = not Category.objects.exclude(module=None).exists()
    rows = [
        Category(
            kind=row["kind"],
            code=row["code"],
            name=row["name"],
            major_name=row["major_name"],
            module_id=modules[row["module"]],
        )
        for row in read("categories.csv")
    ]
    fields = ["name", "major_name", "module", "is_active"]
    added = _add(Category, rows, ["kind", "code"], fields, overwrite)
    if is_first:
        _give_modules(rows)
    return added


def _give_modules(rows):
    wanted = {(row.kind, row.code): row.module_id for row in rows}
    without = [
        category
        for category in Category.objects.filter(module=None)
        if (category.kind, category.code) in wanted
    ]
    for category in without:
        category.module_id = wanted[category.kind, category.code]
    Category.objects.bulk_update(without, ["module"], batch_size=500)


def _add_standards():
    known = set(CaseStandard.objects.values_list("category", flat=True))
    rows = [row for row in standards() if row.category_id not in known]
    return len(CaseStandard.objects.bulk_create(rows))


def _put_back_standards():
    """What was shipped holds again: in place where no case uses what is there, else as a new version."""
    present = {(row.category_id, row.condition): row for row in versions.current()}
    added = 0
    for row in standards():
        found = present.get((row.category_id, row.condition))
        if found is None:
            added += 1
            row.valid_from = _free_from(row)
            versions.keep(row)
        elif any(getattr(found, name) != getattr(row, name) for name in versions.SAID):
            for name in versions.SAID:
                setattr(found, name, getattr(row, name))
            versions.keep(found)
    return added


def _free_from(row):
    """The day after an ended one of the same condition, so that they never hold together."""
    ended = CaseStandard.objects.filter(category=row.category_id, condition=row.condition)
    last = ended.order_by("-valid_to").values_list("valid_to", flat=True).first()
    return last + versions.DAY if last else row.valid_from


def standards():
    """The shipped standards as rows that are not stored."""
    categories = _categories()
    return [
        CaseStandard(
            category=categories[row["kind"], row["code"]],
            condition=row["condition"],
            limit_number=int(row["limit_number"]),
            limit_unit=row["limit_unit"],
            step_limits=_step_limits(row["step_limits"]),
            closing_condition=row["closing_condition"],
            evidence=row["evidence"],
            default_line=row["department"],
            loop=row["loop"],
            is_urgent=row["limit_unit"] == "urgent_hours",
            is_admitted=row["admitted"] == "yes",
            valid_from=SINCE,
        )
        for row in read("standards.csv")
    ]


def _step_limits(written):
    """registered=30 minutes|dispatched=1 working_hours -> {"registered": [30, "minutes"], ...}"""
    limits = {}
    for part in filter(None, written.split("|")):
        stage, limit = part.split("=")
        number, unit = limit.split()
        limits[stage] = [int(number), unit]
    return limits


def _categories():
    return {(found.kind, found.code): found for found in Category.objects.all()}


def _add(model, rows, keys, fields, overwrite):
    before = model.objects.count()
    if overwrite:
        model.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=keys, update_fields=fields
        )
    else:
        model.objects.bulk_create(rows, ignore_conflicts=True)
    return model.objects.count() - before


def read(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
