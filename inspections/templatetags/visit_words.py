"""Days and outcomes in the words of the street."""

from django import template

from inspections import wording

register = template.Library()
register.filter("day", wording.day)
register.filter("long_day", wording.long_day)
register.filter("due", wording.due)
register.filter("late", wording.late)
register.filter("outcome", wording.outcome)
register.filter("phone_end", wording.phone_end)
register.filter("place", wording.place)
