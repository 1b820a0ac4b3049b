"""Access records in words."""

from django import template
from django.utils.translation import gettext as _

from residents import looks, premises
from residents.models import CustomField

register = template.Library()


@register.filter
def look_field(record):
    return {
        looks.ID_NUMBER: _("ID number"),
        looks.CARE: _("Care category"),
        looks.REQUEST: _("Data request"),
    }.get(record.field) or _custom_fact(record)


def _custom_fact(record):
    key = record.field.removeprefix(looks.FACT)
    rows = CustomField.objects.filter(district=record.district_id, key=key)
    return rows.values_list("label", flat=True).first() or key


@register.filter
def look_purpose(record):
    return {
        looks.OPENED: _("Opened the file"),
        premises.PRINTED: _("Printed the file"),
    }.get(record.purpose, record.purpose)
