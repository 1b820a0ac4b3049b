"""Access records in words."""

from django import template
from django.utils.translation import gettext as _

from residents.housing import premises
from residents.people import looks

register = template.Library()


@register.filter
def look_field(record):
    return {
        looks.ID_NUMBER: _("ID number"),
        looks.CARE: _("Care category"),
        looks.REQUEST: _("Data request"),
    }.get(record.field) or (record.fact_label or record.field.removeprefix(looks.FACT))


@register.filter
def look_purpose(record):
    return {
        looks.OPENED: _("Opened the file"),
        premises.PRINTED: _("Printed the file"),
    }.get(record.purpose, record.purpose)
