"""Who sees which entries of the main navigation: a worker five, nobody a page without the right."""

import functools
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grids.scope import Scope


@dataclass(frozen=True)
class Entry:
    key: str
    label: str | Promise
    icon: str
    url_name: str
    right: str | None = None
    also: tuple = ()  # other beginnings of addresses that belong to the entry


REGISTER = (
    "/households/",
    "/premises/",
    "/tables/",
    "/exports/",
    "/move-ins/",
    "/duplicates/",
    "/compounds/",
    "/buildings/",
    "/dwellings/",
    "/leases/",
    "/support/",
    "/benefits/",
    "/help/",
)

OUTSIDE = ("/campaigns/", "/patrols/")

FIELD_WORK = [
    Entry("today", _("Today"), "today", "inspections:today", "visit.log"),
    Entry("visits", _("Visits"), "visit", "inspections:visits", "visit.view", OUTSIDE),
    Entry("report", _("Report"), "report", "cases:report", "case.report"),
    Entry(
        "people",
        _("Residents"),
        "people",
        "residents:people",
        "register.view",
        REGISTER,
    ),
    Entry("messages", _("Messages"), "message", "grids:inbox"),
]
OFFICE_WORK = [
    Entry("board", _("Board"), "board", "cases:board", "case.board"),
    Entry("cases", _("Cases"), "case", "cases:list", "case.view"),
    Entry(
        "people",
        _("Residents and dwellings"),
        "dwelling",
        "residents:people",
        "register.view",
        REGISTER,
    ),
    Entry("visits", _("Visits"), "visit", "inspections:visits", "visit.view", OUTSIDE),
    Entry("map", _("Grid map"), "map", "map:map", "grid.view"),
    Entry(
        "catalogue",
        _("Catalogue"),
        "dictionary",
        "cases:catalogue",
        "case.view",
        ("/cases/steps/",),
    ),
    Entry("imports", _("Import"), "import", "residents:imports", "register.import"),
    Entry("grids", _("Grids"), "grid", "admin:grids_grid_changelist", "dictionary.edit"),
    Entry("staff", _("Staff"), "staff", "admin:grids_staff_changelist", "dictionary.edit"),
    Entry(
        "cadence",
        _("How often we visit"),
        "visit",
        "inspections:cadence",
        "dictionary.edit",
    ),
    Entry(
        "dictionaries",
        _("Dictionaries"),
        "dictionary",
        "admin:index",
        "dictionary.edit",
    ),
    Entry(
        "requests",
        _("Data requests"),
        "file",
        "residents:data_requests",
        "request.view",
    ),
    Entry(
        "fields",
        _("Custom fields"),
        "dictionary",
        "residents:fields",
        "dictionary.edit",
    ),
    Entry("slips", _("Supervision slips"), "alert", "cases:slips", "case.board"),
    Entry("ladder", _("Ladder of lateness"), "stats", "cases:ladder", "dictionary.view"),
    Entry("stand_ins", _("Stand-ins"), "team", "grids:stand_ins", "staff.edit"),
    Entry("log_in_slips", _("Log-in slips"), "print", "slips", "staff.secure"),
    Entry(
        "posting_changes",
        _("Postings to confirm"),
        "check",
        "grids:posting_changes",
        "staff.confirm",
    ),
    Entry("guarded", _("Guarded categories"), "lock", "residents:guarded", "staff.confirm"),
    Entry("retention", _("Retention"), "history", "residents:retention", "retention.view"),
    Entry("clock", _("Work calendar"), "clock", "cases:clock", "dictionary.view"),
    Entry("audit", _("Audit"), "history", "grids:audit", "access.view", ("/access/",)),
    Entry("system", _("System"), "settings", "system", "system.view"),
    Entry("messages", _("Messages"), "message", "grids:inbox"),
]


def entries(staff):
    """The entries that `staff` may open: field work for those who only go out."""
    scope = Scope.of(staff)
    works_outside = scope.has("visit.log") and not scope.has("case.board")
    every = FIELD_WORK if works_outside else OFFICE_WORK
    return [entry for entry in every if entry.right is None or scope.has(entry.right)]


def navigation(request, unread):
    """The entries as the templates want them, in plain words; the one that is open is marked."""
    items = []
    for entry in entries(request.user):
        items.append(
            {
                "key": entry.key,
                "label": str(entry.label),
                "icon": entry.icon,
                "url": _address(entry.url_name),
                "count": unread() if entry.key == "messages" else None,
                "active": False,
                "also": entry.also,
            }
        )
    _mark_active(items, request.path)
    return items


_address = functools.cache(reverse)  # the same for everybody, all day


def _mark_active(items, path):
    """Mark the entry whose address is the longest beginning of `path`."""
    inside = [
        (len(beginning), item)
        for item in items
        for beginning in (item["url"], *item["also"])
        if path.startswith(beginning)
    ]
    if inside:
        max(inside, key=lambda pair: pair[0])[1]["active"] = True


def first_page(staff):
    """Where the person's work begins."""
    return entries(staff)[0].url_name
