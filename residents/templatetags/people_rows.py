"""The rows of the list of people: all alike, so the template is read once and filled row by row."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from grids.templatetags.frame import open_row

register = template.Library()

CELLS = (
    "care",
    "url",
    "name",
    "sex_and_age",
    "number",
    "address",
    "relation",
    "phone",
    "grid",
)
NOTHING = "—"


@register.simple_tag
def people_rows(people, home_url):
    """`people`: Shown residents with `address` and `grid_name`; `home_url`: of a household, but its key."""
    rows = {
        is_cared_for: open_row("residents/people/_row.html", CELLS, is_cared_for=is_cared_for)
        for is_cared_for in (True, False)
    }
    return mark_safe("".join([_filled(rows[bool(one.care)], one, home_url) for one in people]))


def _filled(row, one, home_url):
    person = one.resident
    return format_html(
        row,
        _tags(one.care),
        f"{home_url}{one.home}/",
        person.name,
        one.sex_and_age,
        person.id_mask or NOTHING,
        person.address,
        one.relation_name,
        one.phone or NOTHING,
        person.grid_name,
    )


def _tags(care):
    if not care:
        return ""
    names = ((record.category.name,) for record in care)
    return format_html_join("", '<span class="tag">{}</span> ', names)
