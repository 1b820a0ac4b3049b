"""The forms of what leaves the register: books on paper, and forms of others that we fill."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.refusal import Refused
from residents.exports import forms as workbooks
from residents.forms.purposes import purpose_field


class WithFullNumbers(forms.Form):
    full = forms.BooleanField(
        label=_("With full ID numbers"),
        required=False,
        help_text=_("Each person's number is then on record with your name and the purpose."),
    )

    def __init__(self, *args, may_reveal, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_reveal:
            del self.fields["full"]

    def is_full(self):
        return bool(self.cleaned_data.get("full"))


class DeskForm(WithFullNumbers):
    purpose = purpose_field(_("Stands on what you take and in the record."))
    field_order = ["purpose", "full"]


class BookForm(WithFullNumbers):
    purpose = purpose_field(_("Stands on the paper and in the record of exports."))
    field_order = ["purpose", "full"]


class FillForm(WithFullNumbers):
    template = forms.FileField(
        label=_("The empty form"),
        help_text=_(
            "An .xlsx workbook with its heads in the first 20 rows; title rows may stand above."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose another file."),
        },
    )
    purpose = purpose_field(_("Stands in the file and in the record of exports."))
    field_order = ["template", "purpose", "full"]

    def clean_template(self):
        template = self.cleaned_data["template"]
        try:
            workbooks.look_over(template)
        except Refused as error:
            raise forms.ValidationError(str(error)) from None
        return template
