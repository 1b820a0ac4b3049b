"""The telephone number of a place or a firm as somebody types it."""

from django.core.exceptions import ValidationError

from residents.places import phones


def checked_phone(form, name):
    """The number in our spelling; what was there before and stays is not asked about."""
    written = form.cleaned_data[name]
    if name not in form.changed_data:
        return written
    try:
        return phones.checked(written)
    except phones.WrongPhone as error:
        raise ValidationError([str(error), error.remedy]) from error
