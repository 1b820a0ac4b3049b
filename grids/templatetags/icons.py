"""The sheet of symbols: looked up once a process, for it stands some forty times on a page."""

import functools

from django import template
from django.templatetags.static import static

register = template.Library()


@register.simple_tag
def icon_sheet():
    return _address()


@functools.cache
def _address():
    return static("img/icons.svg")
