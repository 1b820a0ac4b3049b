"""The rows of the list of cases: all alike, so the template is read once and filled row by row."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from grids.templatetags.frame import open_row

register = template.Library()

CELLS = ("pk", "url", "title", "light_text", "stage", "place", "hands", "number")


@register.simple_tag
def case_rows(cases, is_pickable=False):
    """`cases` with `url`, `stage_name`, `grid_name`, `hands`, `light_text` and, open ones, `light`."""
    return mark_safe("".join([_filled(case, bool(is_pickable)) for case in cases]))


def _filled(case, is_pickable):
    light = case.light if case.is_open else ""
    row = open_row(
        "cases/lists/_row.html",
        CELLS,
        light=light,
        is_urgent=case.is_urgent,
        is_pickable=is_pickable,
    )
    return format_html(
        row,
        case.pk,
        case.url,
        case.title,
        case.light_text,
        case.stage_name,
        case.grid_name,
        case.hands,
        case.number,
    )
