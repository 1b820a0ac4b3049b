"""What the pages of the catalogue ask for."""

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from cases.models import Category
from grids.workbooks import reader


class LookUpForm(forms.Form):
    about = forms.CharField(
        label=_("Name, code or filing condition"),
        required=False,
        max_length=60,
        widget=forms.SearchInput(attrs={"placeholder": _("e.g. broken manhole cover")}),
    )
    kind = forms.ChoiceField(choices=Category.Kind, required=False)
    major = forms.CharField(required=False, max_length=60)


class WorkbookField(forms.FileField):
    """A file that by its first letters may be a workbook; what is in it, a worker finds out."""

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        try:
            reader.sniff(file)
        except reader.WorkbookError as error:
            raise forms.ValidationError(str(error.message)) from None
        return file


class CatalogueUploadForm(forms.Form):
    file = WorkbookField(
        label=_("Workbook"),
        help_text=_("The downloaded workbook after editing, or the empty form filled in."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xlsm,.xls,.ods,.csv"}),
        error_messages={"required": _("Choose the workbook.")},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_WORKBOOK_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)s. Split it and upload the parts.")
                % {"most": filesizeformat(settings.MAX_WORKBOOK_BYTES)}
            )
        return file
