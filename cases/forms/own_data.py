"""Who asks about the own data, and how that was checked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import OwnDataRequest

NOBODY = "0"


class IdentityForm(forms.Form):
    name = forms.CharField(label=_("Name of the person"), max_length=60)
    how = forms.ChoiceField(
        label=_("How was it checked who asks?"),
        choices=OwnDataRequest.Check,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Of an agent: name and authority. No ID number."),
    )

    def __init__(self, *args, people=(), **kwargs):
        """`people` are those of the register who may be meant; asked for when there are some."""
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        if self.people:
            choices = [(key, _told(one)) for key, one in self.people.items()]
            self.fields["resident"] = forms.ChoiceField(
                label=_("Which of them?"),
                error_messages={"required": _("Choose who of the register it is.")},
                choices=[*choices, (NOBODY, _("None of these: not in the register"))],
                widget=forms.RadioSelect,
            )
            self.order_fields(["name", "resident"])

    def resident(self):
        return self.people.get(self.cleaned_data.get("resident", NOBODY))


def _told(one):
    parts = [one.name, one.id_mask, one.household.dwelling.address]
    if one.ended_on:
        parts.append(one.get_end_reason_display())
    return " · ".join(part for part in parts if part)
