"""The dictionaries that ship with the product, from the data files of each app."""

import csv
from pathlib import Path

from django.conf import settings
from django.db import models, transaction

from cases.catalogue import shipped
from residents.models import Benefit, CareCategory, Code


@transaction.atomic
def seed(*, overwrite: bool = False) -> dict[str, int]:
    """Add what is missing; {table: rows added}. `overwrite` also puts back what was edited."""
    return seed_registers(overwrite=overwrite) | shipped.seed(overwrite=overwrite)


@transaction.atomic
def seed_registers(*, overwrite: bool = False) -> dict[str, int]:
    """The same of what the registers need, without the catalogue of cases."""
    return {
        "codes": _add(Code, _codes(), ["table", "code"], overwrite),
        "care_categories": _add(CareCategory, _care_categories(), ["code"], overwrite),
        "benefits": _add_benefits(overwrite),
    }


def _add(model: type[models.Model], rows: list, keys: list[str], overwrite: bool) -> int:
    before = model._default_manager.count()
    if overwrite:
        others = [
            field.name
            for field in model._meta.concrete_fields
            if not field.primary_key and field.name not in keys
        ]
        model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=keys, update_fields=others
        )
    else:
        model._default_manager.bulk_create(rows, ignore_conflicts=True)
    return model._default_manager.count() - before


def _codes():
    return [
        Code(
            table=row["table"],
            code=row["code"],
            name=row["name"],
            other_words=_words(row),
        )
        for row in _read("residents/data/codes.csv")
    ]


def _care_categories():
    return [
        CareCategory(
            code=row["code"],
            name=row["name"],
            other_words=_words(row),
            level=row["level"],
            is_sensitive=row["sensitive"] == "yes",
            is_guarded=row["guarded"] == "yes",
        )
        for row in _read("residents/data/care_categories.csv")
    ]


def _add_benefits(overwrite):
    """Benefits, and whom those that were added (or all, with `overwrite`) are for."""
    known = set() if overwrite else {one.code for one in _shipped_benefits()}
    rows = list(_read("residents/data/benefits.csv"))
    added = _add(Benefit, _benefits(rows), ["district", "code"], overwrite)
    keys = dict(CareCategory.objects.values_list("code", "pk"))
    benefits = {one.code: one for one in _shipped_benefits()}
    links = Benefit.categories.through
    links.objects.bulk_create(
        [
            links(benefit_id=benefits[row["code"]].pk, carecategory_id=keys[code])
            for row in rows
            for code in row["categories"].split("|")
            if code in keys and row["code"] not in known
        ],
        ignore_conflicts=True,
    )
    return added


def _shipped_benefits():
    return Benefit.objects.filter(district=None)


def _benefits(rows):
    return [
        Benefit(
            code=row["code"],
            name=row["name"],
            needs_all=row["needs_all"] == "yes",
            min_age=int(row["min_age"]) if row["min_age"] else None,
            basis=row["basis"],
        )
        for row in rows
    ]


def _words(row):
    return [word for word in row["other_words"].split("|") if word]


def _read(path: str):
    with (Path(settings.BASE_DIR) / path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
