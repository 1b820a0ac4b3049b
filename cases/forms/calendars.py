"""Days of a calendar to be edited, a department that wants its own, a published schedule."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.calendar import edits
from cases.forms.catalogue import WorkbookField
from cases.models import WorkCalendar
from grids.models import Department
from grids.refusal import Refused

MOST_DAYS = 800
WEEKDAYS = [
    (0, _("Mon")), (1, _("Tue")), (2, _("Wed")), (3, _("Thu")),
    (4, _("Fri")), (5, _("Sat")), (6, _("Sun")),
]  # fmt: skip


class DaysForm(forms.Form):
    class Kind:
        OFF, WORK, MORNING, AFTERNOON, OWN = (
            "off",
            "work",
            "morning",
            "afternoon",
            "own",
        )

    first = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    last = forms.DateField(
        label=_("Until (with this day)"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("Empty: this one day."),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on these weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kind = forms.ChoiceField(
        label=_("Is to be"),
        choices=[
            (Kind.OFF, _("Day off")),
            (Kind.WORK, _("Workday")),
            (Kind.MORNING, _("Half day, morning")),
            (Kind.AFTERNOON, _("Half day, afternoon")),
            (Kind.OWN, _("Hours of its own")),
        ],
        widget=forms.RadioSelect,
    )
    hours = forms.CharField(
        label=_("Hours"),
        required=False,
        max_length=100,
        help_text=_("Like 08:30-12:00 13:30-17:30; only for hours of its own."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=60)

    def __init__(self, *args, calendar, **kwargs):
        super().__init__(*args, **kwargs)
        self.calendar = calendar

    def clean(self):
        given = super().clean()
        first, last = given.get("first"), given.get("last") or given.get("first")
        if first and last < first:
            self.add_error("last", _("This is before the first day."))
        elif first and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("These are too many days."))
        if given.get("kind") == self.Kind.OWN:
            self._read_hours(given)
        return given

    def _read_hours(self, given):
        try:
            given["hours"] = edits.hours_of_text(given.get("hours", ""))
        except Refused as error:
            first = given.get("first")
            why = {"day": first.isoformat() if first else "", "why": error}
            self.add_error("hours", _("%(day)s: %(why)s") % why)
        else:
            if not given["hours"]:
                self.add_error("hours", _("Say from when to when."))

    @property
    def days(self):
        """The days as they are to be."""
        given, usual = self.cleaned_data, self.calendar.hours
        hours = {
            self.Kind.OFF: [],
            self.Kind.WORK: usual,
            self.Kind.MORNING: usual[:1],
            self.Kind.AFTERNOON: usual[1:] or usual,
            self.Kind.OWN: given["hours"],
        }[given["kind"]]
        last = given["last"] or given["first"]
        return edits.spread(given["first"], last, given["weekdays"], hours, given["note"])


class OwnCalendarForm(forms.Form):
    """Which department gets a calendar of its own; it starts as a copy of the district's."""

    department = forms.ModelChoiceField(queryset=None, label=_("Department"), empty_label=None)
    hours = forms.CharField(
        label=_("Hours"),
        max_length=100,
        help_text=_("Of its workdays from tomorrow on, like 08:30-12:00 13:30-17:30."),
    )

    def clean_hours(self):
        try:
            found = edits.hours_of_text(self.cleaned_data["hours"])
        except Refused as error:
            raise forms.ValidationError(str(error)) from None
        if not found:
            raise forms.ValidationError(_("Say from when to when."))
        return found

    def __init__(self, *args, districts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = (
            Department.objects.filter(district__in=districts)
            .exclude(pk__in=WorkCalendar.objects.exclude(department=None).values("department"))
            .order_by("name")
        )


class ScheduleForm(forms.Form):
    file = WorkbookField(
        label=_("File (.xlsx or .csv)"),
        help_text=_(
            "Columns 日期 (day), 类型 (休, 班, 上午, 下午) or hours, 说明 (note). A cell may hold a span: 2027-02-05~2027-02-11."
        ),
    )
    is_whole_year = forms.BooleanField(
        label=_("This is the whole schedule of the year"),
        help_text=_(
            "All other days of the year become Monday to Friday, and are no longer provisional."
        ),
        required=False,
        initial=True,
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > 1024 * 1024:
            raise forms.ValidationError(_("The file is too large for a schedule."))
        return file
