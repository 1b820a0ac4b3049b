"""The sheet of symbols: looked up once a process, for it stands some forty times on a page."""

import functools

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

register = template.Library()


@register.simple_tag
def icon_sheet():
    return _address()


@register.simple_tag
def icon(name, css=""):
    """What `_icon.html` draws, without a template: for the frame and for lists."""
    return _drawn(name, css)


@functools.cache
def _address():
    return static("img/icons.svg")


@functools.lru_cache(maxsize=256)
def _drawn(name, css):
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        _address(),
        name,
    )
