"""What a list of choices says while nothing is chosen."""

from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext as _


def name_blanks(form):
    """Words, or one dash, in the place of Django's row of dashes."""
    for field in form.fields.values():
        choices = list(getattr(field, "choices", None) or [])
        if choices[:1] == BLANK_CHOICE_DASH:
            said = _("Choose") if field.required else "—"
            field.choices = [("", said), *choices[1:]]
