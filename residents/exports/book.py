"""The printed book of a place: a cover, contents by building, one entry for each file.

A browser prints some hundred pages well and thousands badly: a large book has several volumes.
The file is a ZIP with one piece of HTML for each; the pages of the print view wrap them.
"""

import re
import zipfile
from dataclasses import dataclass, field

from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from residents.exports import columns, entries, write
from residents.models.exports import Export, Subject

VOLUME = 500
MOST = 20_000
CHUNK = 100
SUBJECTS = (Subject.HOUSEHOLDS, Subject.PREMISES)
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Kind:
    """How a register becomes a book: where its rows lie, what an entry needs."""

    title: str
    place: tuple  # lookups: compound, building, entrance, room, address
    related: tuple
    entries: object
    template: str


def kind_of(subject):
    if subject == Subject.HOUSEHOLDS:
        return Kind(
            _("Book of households"),
            (
                "dwelling__building__compound__name",
                "dwelling__building__name",
                "dwelling__entrance",
                "dwelling__room",
                "dwelling__address",
            ),
            ("dwelling__building",),
            entries.of_households,
            "residents/papers/_household.html",
        )
    return Kind(
        _("Book of premises"),
        (
            Coalesce("building__compound__name", "dwelling__building__compound__name"),
            Coalesce("building__name", "dwelling__building__name"),
            "dwelling__entrance",
            "dwelling__room",
            "address",
        ),
        ("building", "dwelling__building"),
        entries.of_premises,
        "residents/papers/_premises.html",
    )


@dataclass
class Group:
    """The entries of one building (or of none) of a grid, in a row."""

    grid: str
    building: str
    first: int
    keys: list = field(default_factory=list)

    @property
    def last(self):
        return self.first + len(self.keys) - 1


def write_book(path, export, tell):
    """(number of entries, Seen). `tell(number)` is called after each chunk."""
    subject = Subject(export.subject)
    kind = kind_of(subject)
    eyes = columns.Eyes(export.by, [], export.wanted)
    eyes.names = {columns.CARE, *export.columns}
    seen, done = write.Seen(), 0
    volumes = cut(groups_of(export, kind, eyes))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, groups in enumerate(volumes, start=1):
            with archive.open(_piece(number), "w") as piece:
                piece.write(_front(export, kind, number, volumes).encode())
                for group in groups:
                    for html, count in _pages(export, kind, group, eyes):
                        piece.write(html.encode())
                        done += count
                        seen.note(eyes)
                        tell(done)
    Export.objects.filter(pk=export.pk).update(layout={"volumes": _index(volumes)})
    return done, seen


def read(export, number):
    """The HTML of a volume as it was written; KeyError for one that does not exist."""
    with export.file.open("rb") as file, zipfile.ZipFile(file) as archive:
        return archive.read(_piece(number)).decode()


def groups_of(export, kind, eyes):
    """[Group] in the order of grids, compounds, buildings, doors; numbers as people count."""
    rows = write.rows_of(export).order_by()
    found = rows.values_list("grid__code", "grid_id", *kind.place, "pk")
    found = sorted(found, key=lambda row: (row[0], *map(_natural, row[2:-1]), row[-1]))
    groups = []
    for serial, (__, grid_id, compound, building, *__, key) in enumerate(found, start=1):
        grid = eyes.grid_names[grid_id]
        eyes.used["register.export"].add(grid_id)
        name = f"{compound or ''}{building or ''}" or _("Outside of buildings")
        if not groups or (groups[-1].grid, groups[-1].building) != (grid, name):
            groups.append(Group(grid, name, serial))
        groups[-1].keys.append(key)
    return groups


def cut(groups):
    """Volumes of whole buildings where that is possible: [[Group]]."""
    volumes, size = [[]], 0
    for group in groups:
        if volumes[-1] and size + len(group.keys) > VOLUME:
            volumes.append([])
            size = 0
        for start in range(0, len(group.keys), VOLUME):
            part = group.keys[start : start + VOLUME]
            if start:
                volumes.append([])
                size = 0
            volumes[-1].append(Group(group.grid, group.building, group.first + start, part))
            size += len(part)
    return volumes


def _natural(text):
    """ "10号楼" comes after "2号楼"; nothing comes last."""
    parts = _NUMBER.split(text or "")
    return (
        not text,
        [(int(part), "") if part.isdecimal() else (-1, part) for part in parts],
    )


def _piece(number):
    return f"{number}.html"


def _index(volumes):
    return [
        {
            "first": groups[0].first,
            "last": groups[-1].last,
            "begins": groups[0].building,
            "ends": groups[-1].building,
        }
        for groups in volumes
        if groups
    ]


def _front(export, kind, number, volumes):
    groups = volumes[number - 1]
    context = {
        "title": kind.title,
        "export": export,
        "groups": groups,
        "number": number,
        "volumes": len(volumes),
        "total": sum(len(g.keys) for v in volumes for g in v),
        "in_volume": sum(len(group.keys) for group in groups),
        "is_full": columns.FULL_NUMBER in export.columns,
        "is_households": export.subject == Subject.HOUSEHOLDS,
    }
    return render_to_string("residents/papers/_book_front.html", context)


def _pages(export, kind, group, eyes):
    """(HTML, entries) of each chunk of a building."""
    rows = write.rows_of(export).select_related(*kind.related)
    for start in range(0, len(group.keys), CHUNK):
        keys = group.keys[start : start + CHUNK]
        by_key = {row.pk: row for row in rows.filter(pk__in=keys)}
        found = kind.entries([by_key[key] for key in keys if key in by_key], eyes)
        serials = {key: group.first + start + place for place, key in enumerate(keys)}
        for entry in found:
            row = getattr(entry, "household", None) or entry.premises
            entry.serial = serials[row.pk]
        context = {"entries": found, "template": kind.template}
        context["group"] = group if start == 0 else None
        yield render_to_string("residents/papers/_book_entries.html", context), len(found)
