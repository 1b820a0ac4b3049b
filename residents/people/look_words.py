"""Access records (查阅记录) in words: what was looked at, and what for."""

from django.utils.translation import gettext as _

from residents.people import look_ups, looks


def field(record):
    """`record` has its `fact_label`, see `looks.with_labels`."""
    return {
        looks.ID_NUMBER: _("ID number"),
        looks.CARE: _("Care category"),
        looks.REQUEST: _("Data request"),
        look_ups.ID_NUMBER: _("Look-up by ID number"),
        look_ups.PHONE: _("Look-up by phone"),
    }.get(record.field) or (record.fact_label or record.field.removeprefix(looks.FACT))


def purpose(record):
    return {
        looks.OPENED: _("Opened the file"),
        look_ups.PURPOSE: _("Searched for"),
    }.get(record.purpose, record.purpose)
