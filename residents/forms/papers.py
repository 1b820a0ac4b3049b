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

    def __init__(self, *args, subject, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.subject, self.staff = subject, staff

    def clean(self):
        known = super().clean()
        if known.get("template"):
            try:
                book = workbooks.open_form(known["template"])
                known["layout"] = workbooks.understand(
                    book, self.subject, self.staff, is_full=self.is_full()
                ).as_json()
            except Refused as error:
                self.add_error("template", str(error))
        return known
