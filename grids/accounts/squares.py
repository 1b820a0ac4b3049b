"""A slip with its square to scan; drawn in the page, nothing is fetched."""

import segno
from django.utils.safestring import mark_safe

LOOK = {"border": 2, "omitsize": True, "svgclass": None, "lineclass": None}


def with_square(printed):
    """{"slip": Printed, "square": SVG}; one at a time, 1,200 need not fit in memory at once."""
    # A fixed mask is as valid, and four times as quick as looking for the best one.
    drawn = segno.make(printed.address, error="m", micro=False, mask=3).svg_inline(**LOOK)
    return {"slip": printed, "square": mark_safe(drawn)}  # made of numbers only
