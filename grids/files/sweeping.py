"""The folder is swept: a file that no row knows goes, one in clear is sealed.

A worker that is killed, or a transaction that is taken back, leaves a file behind whose row never
came to be: nothing that reads rows would ever find it.
"""

import logging
import re
from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models

from grids.fields import SecretError

log = logging.getLogger(__name__)

YOUNG = timedelta(hours=2)  # the row of a file so young may still be on its way
MONTH = re.compile(
    r"\d{4}/\d{2}"
)  # what `upload_to` makes; other folders have a keeper of their own
FEW, SHARE, HANDFUL = 50, 0.2, 3
AT_ONCE = 2_000


def sweep(now):
    """Delete the orphans, seal what is in clear: {"deleted", "sealed", "unopened"}."""
    deleted = delete_orphans(now)
    sealed, unopened = seal_all(AT_ONCE)
    return {"deleted": len(deleted), "sealed": len(sealed), "unopened": len(unopened)}


def delete_orphans(now):
    """Names of the files that no row knew, and that are gone now.

    Were it very many, the database would be the wrong one, or hide rows from us: then nothing is.
    """
    found, known, orphans = 0, 0, []
    for names, fields in _months():
        found += len(names)
        old = [name for name in names if now - default_storage.get_modified_time(name) > YOUNG]
        ours = _known(old, fields)
        known += len(ours)
        orphans += sorted({*old} - ours)
    if len(orphans) > (max(FEW, SHARE * found) if known else HANDFUL):
        log.error("%s of %s files belong to no row: nothing is deleted", len(orphans), found)
        return []
    for name in orphans:
        default_storage.delete(name)
        log.warning("deleted %s, which belonged to no row", name)
    return orphans


def seal_all(most=None):
    """(names of the files that were in clear, or sealed by an older key, and are not now;
    names of those that no key opens, which stay as they are)."""
    sealed: list[str] = []
    unopened: list[str] = []
    storage: Any = default_storage  # ours, see settings.STORAGES
    for names, _fields in _months():
        for name in names:
            if len(sealed) == most:
                return sealed, unopened
            try:
                if storage.seal(name):
                    sealed.append(name)
            except SecretError as error:
                unopened.append(name)
                log.error("%s cannot be opened: %s", name, error)
    return sealed, unopened


def columns():
    """{folder: [(model, name of its field)]} of all fields that keep files."""
    found = defaultdict(list)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                found[str(field.upload_to).partition("/")[0]].append((model, field.attname))
    return found


def _known(names, fields):
    """Those of the names that rows have."""
    found = set()
    for model, field in fields:
        for start in range(0, len(names), AT_ONCE):
            part = {f"{field}__in": names[start : start + AT_ONCE]}
            found |= {*model._base_manager.filter(**part).values_list(field, flat=True)}
    return found


def _months():
    """(names of the files, the fields that may know them) of each folder that fields fill."""
    for folder, fields in columns().items():
        for year in _folders(folder):
            for month in _folders(f"{folder}/{year}"):
                if MONTH.fullmatch(f"{year}/{month}"):
                    place = f"{folder}/{year}/{month}"
                    names = sorted(default_storage.listdir(place)[1])
                    yield [f"{place}/{name}" for name in names], fields


def _folders(place):
    return default_storage.listdir(place)[0] if default_storage.exists(place) else []
