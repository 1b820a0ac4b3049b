"""Access records in words."""

from django import template
from django.utils.translation import gettext as _

from residents.housing import premises
from residents.people import look_ups, looks

register = template.Library()


@register.filter
def look_field(record):
    return {
        looks.ID_NUMBER: _("ID number"),
        looks.CARE: _("Care category"),
        looks.REQUEST: _("Data request"),
        look_ups.ID_NUMBER: _("Look-up by ID number"),
        look_ups.PHONE: _("Look-up by phone"),
    }.get(record.field) or (record.fact_label or record.field.removeprefix(looks.FACT))


@register.filter
def look_purpose(record):
    return {
        looks.OPENED: _("Opened the file"),
        premises.PRINTED: _("Printed the file"),
        look_ups.PURPOSE: _("Searched for"),
    }.get(record.purpose, record.purpose)
