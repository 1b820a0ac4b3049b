from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from residents.models import CareCategory, Code, Premises, Resident
from residents.register_import import values

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


class PurposeForm(forms.Form):
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        min_length=2,
        help_text=_("Is recorded with your name, e.g. application for aid."),
        widget=forms.TextInput(attrs={"list": "purposes", "autocomplete": "off"}),
    )


class FactsForm(forms.ModelForm):
    """The facts of a resident that staff correct by hand; what one may not read is left out."""

    reason = forms.CharField(
        label=_("Reason of the change"), max_length=100, required=False,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )  # fmt: skip

    class Meta:
        model = Resident
        fields = [
            "name", "relation", "phone", "kind", "ethnicity", "education", "marital",
            "registered_address", "employer", "note",
        ]  # fmt: skip

        labels = {"name": _("Name"), "phone": _("Phone"), "note": _("Note")}

    CODED = ["relation", "ethnicity", "education", "marital"]

    def __init__(self, *args, readable, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.CODED:
            self.fields[name] = self._coded(name)
        if "phone" not in readable:
            del self.fields["phone"]
        if "care" in readable:
            self.fields["care"] = self._care()
            self.order_fields(["name", "relation", "phone", "care"])

    def _coded(self, table):
        codes = Code.objects.filter(table=table).values_list("code", "name")
        label = Resident._meta.get_field(table).verbose_name
        return forms.ChoiceField(
            label=label, required=False, choices=[("", "—"), *codes]
        )

    def _care(self):
        current = self.instance.care_records.filter(until=None)
        return forms.ModelMultipleChoiceField(
            CareCategory.objects.order_by("code"),
            label=_("Care category"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            initial=list(current.values_list("category", flat=True)),
        )

    def clean_name(self):
        return values.name(self.cleaned_data["name"])

    def clean_phone(self):
        return values.phone(self.cleaned_data["phone"])

    def facts(self):
        """The facts of the person's own row."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.Meta.fields
        }


class PremisesFilter(forms.Form):
    q = forms.CharField(label=_("Name of the premises"), required=False)
    kind = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("All types")), *Premises.Kind.choices],
    )


class ExportForm(forms.Form):
    """Which columns, in the order in which they are sent, and what for."""

    columns = forms.MultipleChoiceField(
        label=pgettext_lazy("list", "Columns"),
        error_messages={"required": _("Choose at least one column.")},
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        min_length=2,
        help_text=_("Stands in the file and in the record of exports."),
        widget=forms.TextInput(attrs={"list": "purposes", "autocomplete": "off"}),
    )
    save_as = forms.CharField(
        label=_("Save this choice of columns as"), max_length=60, required=False,
        help_text=_("Under this name you find it again next time."),
    )  # fmt: skip

    def __init__(self, *args, columns, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(one.name, one.label) for one in columns]
