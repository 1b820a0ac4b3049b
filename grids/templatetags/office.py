"""Dates as an office writes them."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language

register = template.Library()

WEEKDAYS = "一二三四五六日"


@register.filter
def office_day(moment):
    """11月22日 周日; with the year when it is not this one. Takes a date or a datetime."""
    if not moment:
        return ""
    if hasattr(moment, "tzinfo") and timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    is_this_year = moment.year == timezone.localdate().year
    if (get_language() or "").startswith("zh"):
        year = "" if is_this_year else f"{moment.year}年"
        return f"{year}{moment.month}月{moment.day}日 周{WEEKDAYS[moment.weekday()]}"
    return date_format(moment, "D j M" if is_this_year else "D j M Y")


@register.filter
def office_time(moment):
    """11月22日 14:05; with the year when it is not this one."""
    if not moment:
        return ""
    local = timezone.localtime(moment)
    is_this_year = local.year == timezone.localdate().year
    if (get_language() or "").startswith("zh"):
        year = "" if is_this_year else f"{local.year}年"
        return f"{year}{local.month}月{local.day}日 {local:%H:%M}"
    return date_format(local, "j M H:i" if is_this_year else "j M Y H:i")
