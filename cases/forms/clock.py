"""What is asked to try a limit out."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import LimitUnit

MOST = {
    LimitUnit.URGENT_HOURS: 2000,
    LimitUnit.WORKING_HOURS: 1000,
    LimitUnit.WORKING_DAYS: 200,
    LimitUnit.CALENDAR_DAYS: 300,
}


class Moment(forms.DateTimeField):
    def __init__(self, **kwargs):
        widget = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value):
        found = super().clean(value)
        if found and abs(found.year - timezone.localdate().year) > 2:
            raise forms.ValidationError(_("A day of this year or the next two."))
        return found


class CalendarChoice(forms.ModelChoiceField):
    def label_from_instance(self, calendar):
        return str(calendar.department or calendar.district)


class ClockForm(forms.Form):
    begin = Moment(label=_("Begins"))
    number = forms.IntegerField(label=_("Limit"), min_value=1, max_value=2000)
    unit = forms.ChoiceField(label=_("Unit"), choices=LimitUnit)
    calendar = CalendarChoice(queryset=None, label=_("Calendar"), empty_label=None)
    pause_from = Moment(label=_("Paused from"), required=False)
    pause_to = Moment(label=_("Paused until"), required=False)

    def __init__(self, data, *, calendars):
        super().__init__(data)
        self.fields["calendar"].queryset = calendars

    def clean(self):
        given = super().clean()
        number, unit = given.get("number"), given.get("unit")
        if number and unit and number > MOST[unit]:
            self.add_error("number", _("At most %(most)d of these.") % {"most": MOST[unit]})
        pause = given.get("pause_from"), given.get("pause_to")
        if not any(pause):
            return given
        if not all(pause):
            self.add_error("pause_to", _("A pause has a beginning and an end."))
        elif pause[1] <= pause[0]:
            self.add_error("pause_to", _("The pause ends before it begins."))
        elif given.get("begin") and pause[0] < given["begin"]:
            self.add_error("pause_from", _("The limit has not begun then."))
        return given

    @property
    def pause(self):
        found = self.cleaned_data["pause_from"], self.cleaned_data["pause_to"]
        return found if all(found) else None
