"""A telephone number as somebody types it: as strict as the import of the same register."""

from django.core.exceptions import ValidationError

from residents.imports.others import cells
from residents.imports.workbook import reasons


def checked_phone(form, name):
    """The number in our spelling; what was there before and stays is not asked about."""
    written = form.cleaned_data[name]
    if name not in form.changed_data:
        return written
    try:
        return cells.phone(written)
    except cells.Wrong as error:
        wrong = reasons.of(error.reason)
        raise ValidationError([wrong.text, wrong.remedy]) from error
