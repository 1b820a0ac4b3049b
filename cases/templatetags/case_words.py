"""Lights, deadlines and hands in the words of the office."""

from django import template

from cases import wording

register = template.Library()
register.filter("deadline", wording.deadline)
register.filter("light_text", wording.light_text)
register.filter("hands", wording.hands)
register.filter("desk", wording.desk)
register.filter("in_hands_for", wording.in_hands_for)


@register.filter
def thousands(number):
    """1204 -> 1,204: Chinese number formats of Django group by nothing."""
    return f"{number:,}"


register.filter("minutes", wording.minutes)
register.filter("skipped", wording.skipped)
