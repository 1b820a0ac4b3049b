"""Numbers as people read them."""

from django import template

register = template.Library()


@register.filter
def thousands(number):
    """1,204"""
    return f"{number:,}" if isinstance(number, int) else ""
