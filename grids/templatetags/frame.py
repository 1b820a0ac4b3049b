"""Parts of a page that are drawn once and remembered by what they show: its frame, the rows of a list.

Every page stands in the frame; drawing it anew cost more than a list of fifty rows.
"""

import functools

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

register = template.Library()


def remembered(draw):
    """While templates are being written they are read anew."""
    kept = functools.lru_cache(maxsize=512)(draw)
    return lambda *key: (draw if settings.DEBUG else kept)(*key)


@register.simple_tag
def once(name, **shown):
    """A part that needs nothing of the page but plain words: once a process for each language."""
    return _part(name, get_language(), tuple(shown.items()))


@register.simple_tag
def menu(name, nav):
    """A part that needs the entries of the navigation alone; equal ones are drawn once."""
    return _menu(name, get_language(), tuple(tuple(item.items()) for item in nav))


@remembered
def _part(name, language, shown):
    return get_template(name).render(dict(shown))


@remembered
def _menu(name, language, items):
    nav = [dict(item) for item in items]
    unread = sum(item["count"] or 0 for item in nav if item["key"] == "messages")
    return get_template(name).render({"nav": nav, "unread": unread})


def open_row(name, cells, **shown):
    """The template of a row with its cells still open, "<td>{1}</td>", for Django's `format_html`.

    `shown`: what the template asks about. It holds no braces of its own. `format_html` escapes
    what it fills in; why rows are filled like this: docs/decisions/0020.
    """
    return _open_row(name, get_language(), cells, tuple(shown.items()))


@remembered
def _open_row(name, language, cells, shown):
    places = {cell: mark_safe(f"{{{place}}}") for place, cell in enumerate(cells)}
    return get_template(name).render(places | dict(shown))
