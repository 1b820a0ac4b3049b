"""The forms of an import: upload, what columns mean, what becomes of differences."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Grid, Staff
from residents.models import ImportBatch

WORKBOOK_TYPES = ".xlsx,.xlsm,.xls,.ods,.csv"
MOST_FILES = 100


class WorkbooksInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class WorkbooksField(forms.FileField):
    """One file or many; a list."""

    widget = WorkbooksInput

    def clean(self, data, initial=None):
        files = (data or [None]) if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_FILES:
            raise ValidationError(
                _("These are %(number)s files; upload at most %(most)s at once.")
                % {"number": len(files), "most": MOST_FILES}
            )
        # An empty file among many is told on its own line.
        self.allow_empty_file = len(files) > 1
        cleaned = [super(WorkbooksField, self).clean(file, initial) for file in files]
        for file in cleaned:
            if file.size > settings.MAX_WORKBOOK_BYTES:
                raise ValidationError(_too_large(file))
        return cleaned


def _too_large(file):
    return _(
        "The file “%(name)s” has %(size)s, more than %(most)s. Split it and upload the parts."
    ) % {
        "name": file.name,
        "size": filesizeformat(file.size),
        "most": filesizeformat(settings.MAX_WORKBOOK_BYTES),
    }


class UploadForm(forms.Form):
    """`registers` are the (register, label) that this person may import into."""

    register = forms.ChoiceField(label=_("Into which register"))
    file = WorkbooksField(
        label=_("Workbooks"),
        help_text=_(
            "Excel (.xlsx, .xls) or CSV, one or many. One row per entry, one row with column heads."
        ),
        widget=WorkbooksInput(attrs={"accept": WORKBOOK_TYPES}),
        error_messages={
            "empty": _("The file is empty. Choose another file."),
            "required": _("Choose a file."),
            "missing": _("Choose a file."),
        },
    )

    def __init__(self, *args, registers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["register"].choices = registers
        if len(registers) == 1 or (self.is_bound and "register" not in self.data):
            del self.fields["register"]


class WhichGridForm(forms.Form):
    """Of which grid a list is that names none."""

    grid = forms.ModelChoiceField(
        Grid.objects.none(), label=_("Grid of the whole list"), empty_label="—"
    )

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["grid"].queryset = units.order_by("code")
        self.fields["grid"].label_from_instance = lambda grid: f"{grid.name} · {grid.code}"


class OnConflictForm(forms.Form):
    """What happens where the workbook and the register differ."""

    on_conflict = forms.ChoiceField(
        label=_("When a fact differs"),
        choices=ImportBatch.OnConflict.choices,
        initial=ImportBatch.OnConflict.THEIRS,
        widget=forms.RadioSelect,
    )


class HistoryFilter(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", pgettext_lazy("imports", "All states")), *ImportBatch.State.choices],
    )
    register = forms.ChoiceField(
        label=pgettext_lazy("noun", "Register"),
        required=False,
        choices=[("", _("All registers")), *ImportBatch.Register.choices],
    )
    by = forms.ModelChoiceField(
        Staff.objects.none(),
        label=pgettext_lazy("import", "By"),
        required=False,
        empty_label=_("Everybody"),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["by"].queryset = people

    def chosen(self):
        """The filters that were set, as keyword arguments of a queryset."""
        if not self.is_valid():
            return {}
        return {name: value for name, value in self.cleaned_data.items() if value}
