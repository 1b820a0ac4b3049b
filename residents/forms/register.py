"""The forms of the register: a household and its people, typed by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from residents.forms.purposes import purpose_field


class ExportForm(forms.Form):
    """Which columns, in the order in which they are sent, and what for."""

    columns = forms.MultipleChoiceField(
        label=pgettext_lazy("list", "Columns"),
        error_messages={"required": _("Choose at least one column.")},
    )
    purpose = purpose_field(_("Stands in the file and in the record of exports."))
    save_as = forms.CharField(
        label=_("Save this choice of columns as"),
        max_length=60,
        required=False,
        help_text=_("Under this name you find it again next time."),
    )

    def __init__(self, *args, columns, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(one.name, one.label) for one in columns]
