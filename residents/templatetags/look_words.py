"""Access records in words."""

from django import template
from django.utils.translation import gettext as _

from residents.housing import premises
from residents.people import look_words

register = template.Library()
register.filter("look_field", look_words.field)


@register.filter
def look_purpose(record):
    is_print = record.purpose == premises.PRINTED
    return _("Printed the file") if is_print else look_words.purpose(record)
