from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

WORKBOOK_TYPES = ".xlsx,.xlsm,.xls,.ods,.csv"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook"),
        help_text=_(
            "Excel (.xlsx, .xls) or CSV. One row per person, one row with column heads."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": WORKBOOK_TYPES}),
        error_messages={
            "empty": _("The file is empty."),
            "required": _("Choose a file."),
            "missing": _("Choose a file."),
        },
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_WORKBOOK_BYTES:
            raise ValidationError(
                _(
                    "The file has %(size)s, more than %(most)s. Split it and upload the parts."
                )
                % {
                    "size": filesizeformat(file.size),
                    "most": filesizeformat(settings.MAX_WORKBOOK_BYTES),
                }
            )
        return file
