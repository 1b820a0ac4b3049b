"""What is asked at the door: one choice, the rest is known."""

import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.forms.photos import PhotosField
from cases.forms.report import CategoryField, quick_picks
from cases.models import Category
from grids.models import Grid
from grids.refusal import Refused
from inspections.models import Appointment, Mode
from inspections.visits import visit_log
from inspections.wording import OUTCOMES

MATTERS = 5


class DayInput(forms.DateInput):
    """The phone's own calendar; it wants ISO days whatever the language."""

    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class VisitForm(forms.Form):
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    mode = forms.ChoiceField(choices=Mode, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what came of it.")},
    )
    is_unchanged = forms.BooleanField(label=_("All as it was"), required=False, initial=True)
    happened_on = forms.DateField(label=_("Visited on"), widget=DayInput())
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    photos = PhotosField(label=_("Photos"))

    def __init__(self, *args, household, mode, **kwargs):
        super().__init__(*args, **kwargs)
        self.household, self.today = household, timezone.localdate()
        self.fields["mode"].initial = mode
        self.fields["outcome"].choices = list(OUTCOMES[mode].items())
        self.fields["happened_on"].initial = self.today
        self.fields["happened_on"].widget.attrs |= {
            "min": (self.today - visit_log.OLDEST).isoformat(),
            "max": self.today.isoformat(),
        }

    def clean_happened_on(self):
        day = self.cleaned_data["happened_on"]
        try:
            visit_log.check_day(day, household=self.household, today=self.today)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return day


class AppointmentForm(forms.Form):
    on = forms.DateField(label=pgettext_lazy("appointment", "Day"), widget=DayInput())
    part = forms.ChoiceField(
        label=pgettext_lazy("appointment", "When"),
        choices=Appointment.Part,
        initial=Appointment.Part.EVENING,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class MatterForm(forms.Form):
    """One line of the diary, and what becomes of it."""

    KEEP, SOLVED, REMIND, CASE = "keep", "solved", "remind", "case"
    THEN = [
        (KEEP, _("Note it")),
        (SOLVED, _("Solved on the spot")),
        (REMIND, _("Remind me in a week")),
        (CASE, _("Report as a case")),
    ]

    text = forms.CharField(
        label=_("What was brought up"),
        max_length=300,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": _("What they said, what needs to be done")}
        ),
    )
    then = forms.ChoiceField(
        label=_("Then"),
        choices=THEN,
        initial=KEEP,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args, may_report, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_report:
            self.fields["then"].choices = self.THEN[:3]


class BaseDiary(forms.BaseFormSet):
    """The lines that have a text."""

    def matters(self):
        return [
            visit_log.Matter(
                line["text"],
                is_solved=line["then"] == MatterForm.SOLVED,
                is_to_remind=line["then"] == MatterForm.REMIND,
            )
            for line in self.written()
        ]

    def first_case(self):
        """The place, among the written lines, of the first that is to become a case; None without one."""
        marked = [
            place for place, line in enumerate(self.written()) if line["then"] == MatterForm.CASE
        ]
        return marked[0] if marked else None

    def written(self):
        return [line for line in self.cleaned_data if line.get("text")]


Diary = forms.formset_factory(
    MatterForm,
    formset=BaseDiary,
    extra=MATTERS,
    max_num=MATTERS,
    absolute_max=MATTERS,
    validate_max=True,
)


class RaiseCaseForm(forms.Form):
    """A diary item becomes a case: only what the visit does not know."""

    quick = forms.ModelChoiceField(
        Category.objects.filter(is_active=True),
        label=_("What is it?"),
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    category = CategoryField(
        Category.objects.filter(is_active=True),
        label=_("Another category"),
        required=False,
    )
    photos = PhotosField(label=_("Photos"))
    description = forms.CharField(
        label=_("What happened"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_urgent = forms.BooleanField(
        label=_("Urgent"),
        help_text=_("Somebody is in danger, or it is getting worse."),
        required=False,
    )

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["quick"].choices = [(pick.pk, pick.name) for pick in quick_picks(staff)]
        self.fields["category"].offer(staff)

    def clean(self):
        cleaned = super().clean()
        cleaned["category"] = cleaned.get("category") or cleaned.get("quick")
        if not cleaned["category"] and not self.errors.keys() & {"quick", "category"}:
            self.add_error("quick", forms.ValidationError(_("Choose what it is.")))
        return cleaned


class VisitFilter(forms.Form):
    """Which visits to list; a value that does not fit filters nothing."""

    grid = forms.ModelChoiceField(
        Grid.objects.none(), label=_("Grid"), required=False, empty_label=_("All grids")
    )
    mode = forms.ChoiceField(
        label=_("How"), choices=[("", _("All")), *Mode.choices], required=False
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("", _("All")), *OUTCOMES[Mode.HOME].items()],
        required=False,
    )
    since = forms.DateField(
        label=_("From day"),
        required=False,
        widget=DayInput(),
    )
    until = forms.DateField(
        label=_("To day"),
        required=False,
        widget=DayInput(),
    )

    def __init__(self, *args, grids, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["grid"].queryset = grids
        self.is_valid()

    @property
    def is_set(self):
        return any(self.cleaned_data.values())

    def apply(self, rows):
        asked = self.cleaned_data
        conditions = {
            "grid__path__startswith": asked.get("grid") and asked["grid"].path,
            "mode": asked.get("mode"),
            "outcome": asked.get("outcome"),
            "happened_on__gte": asked.get("since"),
            "happened_on__lte": asked.get("until"),
        }
        return rows.filter(**{name: value for name, value in conditions.items() if value})
