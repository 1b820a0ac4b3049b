"""Numbers as people read them."""

from django import template

register = template.Library()


@register.filter
def thousands(number):
    """1,204; a text stays as it is."""
    return f"{number:,}" if isinstance(number, int) else number or ""
