"""Forms of a person's own ways of being told."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from grids.models import Channel

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


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

    def __init__(self, *args, may_webhook, **kwargs):
        super().__init__(*args, **kwargs)
        is_offered = {Channel.Kind.EMAIL: settings.HAS_MAIL, Channel.Kind.WEBHOOK: may_webhook}
        self.fields["kind"].choices = [
            (kind.value, kind.label) for kind in is_offered if is_offered[kind]
        ]
        if not may_webhook:
            self.fields["address"].help_text = _("An e-mail address.")


class ChannelForm(QuietForm):
    is_active = forms.BooleanField(label=_("Switched on"), required=False)
    field_order = ["is_active"]
