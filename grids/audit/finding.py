"""What auditors ask the audit for: whose, of which kind, when, with which result, about what."""

from datetime import datetime, time, timedelta

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from grids.models import AuditEntry, Grid, Staff
from grids.roles import Role

STAFF = Staff._meta.label_lower
PEOPLE = 50  # of one name
# What of the detail stands on the page; the workbook has all of it.
_MEANING = {"rows": gettext_lazy("rows:"), "columns": gettext_lazy("columns:")}


def entries(auditor, wanted):
    """Entries in the auditor's scope; `wanted` holds person, kind, result, since, until, of,
    words and address, each of which may be missing."""
    rows = AuditEntry.objects.all()
    if person := wanted.get("person"):
        rows = rows.filter(by__in=_people(person))
    for column in ("kind", "result", "address"):
        if value := wanted.get(column):
            rows = rows.filter(**{column: value})
    if since := wanted.get("since"):
        rows = rows.filter(at__gte=_begin_of(since))
    if until := wanted.get("until"):
        rows = rows.filter(at__lt=_begin_of(until + timedelta(days=1)))
    if words := wanted.get("words"):
        rows = rows.filter(words__icontains=words)
    if of := wanted.get("of"):
        model, _, key = of.partition(":")
        rows = rows.filter(object_type=model, object_key=key)
    return rows.visible_to(auditor).select_related("by")


def _people(words):
    """Keys of the staff with that user name or with these letters in the name."""
    found = Staff.objects.filter(Q(username=words) | Q(full_name__icontains=words))
    return list(found.values_list("pk", flat=True)[:PEOPLE])


def _begin_of(day):
    return timezone.make_aware(datetime.combine(day, time()))


def name(found):
    """Puts the words of postings and objects on entries, with one query for all of them."""
    codes = {code for one in found for _, code, _ in _postings(one)}
    places = dict(Grid.objects.filter(code__in=codes).values_list("code", "name"))
    labels = dict(Role.choices)
    _name_the_staff(found)
    for one in found:
        one.held = [
            f"{labels.get(role, role)} · {places.get(code, code)}"
            for role, code, _ in _postings(one)
        ]
        one.what = _noun(one.object_type)
        one.said = _said(one)
        one.reference = f"{one.object_type}:{one.object_key}" if one.object_key else ""
    return found


def _name_the_staff(found):
    """Of an account that stands without words: whose it is; nothing where it is one's own."""
    plain = [one for one in found if one.object_type == STAFF and not one.words]
    names = dict(
        Staff.objects.filter(
            pk__in={one.object_key for one in plain if one.object_key}
        ).values_list("pk", "full_name")
    )
    for one in plain:
        if one.object_key == str(one.by_id):
            one.object_type = one.object_key = ""
        elif one.object_key:
            one.words = names.get(int(one.object_key), "")


def _postings(entry):
    for held in entry.postings:
        role, _, place = held.partition("@")
        code, _, department = place.partition("#")
        yield role, code, department


def _noun(label):
    try:
        return capfirst(apps.get_model(label)._meta.verbose_name) if label else ""
    except LookupError:
        return label


def _said(entry):
    """The detail in a line: what changed into what, how many rows."""
    detail = dict(entry.detail)
    said = [
        _change(entry.object_type, name, change)
        for name, change in (detail.pop("changed", None) or {}).items()
    ]
    said += [f"{_MEANING[key]} {detail[key]}" for key in _MEANING if key in detail]
    return "; ".join(said)


def _change(label, name, change):
    """ "role: grid worker → grid leader"; of a new row what it holds, of a secret only its name."""
    try:
        field = apps.get_model(label)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return name
    labels = dict(field.flatchoices)
    words = [str(labels.get(word, word)) for word in change]
    if words and not words[0]:
        words = words[1:]
    return f"{field.verbose_name} {' → '.join(word or '-' for word in words)}".strip()
