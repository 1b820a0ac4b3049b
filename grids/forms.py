"""Forms of the inbox and of stand-ins."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from grids.models import Channel, Staff

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class QuietForm(forms.Form):
    quiet_from = forms.TimeField(
        label=_("Quiet from"),
        required=False,
        widget=TIME,
        help_text=_("In quiet hours only urgent messages go out."),
    )
    quiet_until = forms.TimeField(label=_("Quiet until"), required=False, widget=TIME)

    def clean(self):
        facts = super().clean()
        if bool(facts.get("quiet_from")) != bool(facts.get("quiet_until")):
            self.add_error("quiet_until", _("Give both times, or none."))
        return facts


class NewChannelForm(QuietForm):
    kind = forms.ChoiceField(label=_("Send by"), choices=Channel.Kind)
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("An e-mail address, or the https address of a webhook."),
    )
    field_order = ["kind", "address"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not settings.HAS_MAIL:
            self.fields["kind"].choices = [(Channel.Kind.WEBHOOK.value, Channel.Kind.WEBHOOK.label)]


class ChannelForm(QuietForm):
    is_active = forms.BooleanField(label=_("Switched on"), required=False)
    field_order = ["is_active"]


class StandInForm(forms.Form):
    staff = forms.ModelChoiceField(
        Staff.objects.none(),
        to_field_name="username",
        label=_("Who is away"),
        widget=forms.TextInput(attrs={"list": "staff-names", "autocomplete": "off"}),
        help_text=_("User name; type a name and choose."),
    )
    stand_in = forms.ModelChoiceField(
        Staff.objects.none(),
        to_field_name="username",
        label=_("Who stands in"),
        widget=forms.TextInput(attrs={"list": "staff-names", "autocomplete": "off"}),
    )
    since = forms.DateField(label=_("First day"), widget=DAY)
    until = forms.DateField(label=_("Last day"), widget=DAY)
    reason = forms.CharField(label=_("Why away"), required=False, max_length=60)

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("staff", "stand_in"):
            self.fields[name].queryset = staff
