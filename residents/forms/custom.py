"""Custom fields in the forms of the registers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.custom_fields import custom_fields
from residents.custom_fields.custom_fields import Kind
from residents.models import CustomField

PREFIX, CLEAR = "fact_", "clear_"
YES_NO = [("", "—"), ("1", _("Yes")), ("0", _("No"))]


class CustomFieldsMixin:
    """`ask_custom` adds the fields of a register; `custom_values` are what `write` takes."""

    def ask_custom(self, register, row=None, *, district_id=None):
        district = district_id or row.district_id
        self.custom = custom_fields.fields_of(register, district)
        stored = row.facts if row is not None else {}
        for field in self.custom:
            self.fields[PREFIX + field.key] = _form_field(field, stored.get(field.key, ""))
            if field.is_sensitive and stored.get(field.key):
                self.fields[CLEAR + field.key] = forms.BooleanField(
                    label=_("Delete the stored value: %(label)s") % {"label": field.label},
                    required=False,
                )

    def clean(self):
        facts = super().clean()
        for field in self.custom:
            name = PREFIX + field.key
            if name in self.cleaned_data:
                self.cleaned_data[name] = self._kept(field, name)
        return facts

    def _kept(self, field, name):
        value = self.cleaned_data[name]
        kept = "" if value is None else custom_fields.parse(field, value)
        if kept is None:
            self.add_error(name, _("This is no value of the field."))
        return kept

    def custom_values(self):
        """{key: kept form}; a sensitive field that was left empty keeps what it has."""
        known = self.cleaned_data
        found = {}
        for field in self.custom:
            value = known.get(PREFIX + field.key, "")
            if field.is_sensitive and not value:
                value = "" if known.get(CLEAR + field.key) else None
            found[field.key] = value
        return found


def _form_field(field: CustomField, stored):
    options = {
        "label": field.label,
        "required": False,
        "help_text": _("Purpose: %(purpose)s") % {"purpose": field.purpose},
    }
    if field.is_sensitive:
        return _secret(field, options, stored)
    options["initial"] = stored
    if field.kind == Kind.NUMBER:
        return forms.DecimalField(max_digits=16, decimal_places=4, **options)
    if field.kind == Kind.DATE:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(widget=widget, **options)
    if field.kind == Kind.YES_NO:
        return forms.ChoiceField(choices=YES_NO, **options)
    if field.kind == Kind.CHOICE:
        return forms.ChoiceField(choices=_choices(field, stored), **options)
    return forms.CharField(max_length=custom_fields.LONGEST, **options)


def _choices(field, stored):
    """The list, and the value that the row has though the list has it no longer."""
    past = [stored] if stored and stored not in field.choices else []
    return [("", "—"), *((one, one) for one in [*field.choices, *past])]


class SecretFact(forms.TextInput):
    """What was typed is not in the page that comes back."""

    def format_value(self, value):
        return None


def _secret(field, options, stored):
    if stored:
        options["help_text"] = _("A value is kept. Write here only to replace it.")
    widget = SecretFact(attrs={"autocomplete": "off", "data-no-draft": True})
    return forms.CharField(max_length=custom_fields.LONGEST, widget=widget, **options)
