"""The forms of `leases`."""

from datetime import timedelta

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.workbooks import spelling
from residents.forms.housing import reason_field
from residents.housing.leases import FACTS, last_day
from residents.models import Dwelling, Household, Lease

LATELY = timedelta(days=90)


def day_field(label, **options):
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **options,
    )


def number_field(name):
    column = Lease._meta.get_field(name)
    return forms.DecimalField(
        label=column.verbose_name,
        min_value=0,
        required=False,
        max_digits=column.max_digits,
        decimal_places=column.decimal_places,
    )


class LeaseForm(forms.ModelForm):
    """`dwelling` that is let, `readable` facts of it, `by` who asks; a reason for a change."""

    household = forms.ModelChoiceField(
        Household.objects.none(),
        label=_("Household in the register"),
        required=False,
        empty_label=_("Not in the register yet"),
        help_text=_("Of this dwelling. It can be chosen later without a new approval."),
    )
    area = number_field("area")
    rent = number_field("rent")
    since = day_field(
        Lease._meta.get_field("since").verbose_name,
        required=False,
        help_text=_("Leave it empty only if nobody knows it."),
    )
    until = day_field(
        Lease._meta.get_field("until").verbose_name,
        required=False,
        help_text=_("Empty: open end, until somebody ends it."),
    )
    reason = reason_field()

    class Meta:
        model = Lease
        fields = [
            "tenant_name",
            "tenant_phone",
            "household",
            "landlord_name",
            "landlord_phone",
            "landlord_present",
            "area",
            "rent",
            "since",
            "until",
            "note",
        ]
        labels = {"note": _("Note")}

    def __init__(self, *args, dwelling, readable, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.dwelling = dwelling
        rows = Household.objects.visible_to(by)
        known = Q(pk=self.instance.household_id)
        living = rows.filter(Q(dwelling=dwelling, ended_on=None) | known)
        self.fields["household"].queryset = living.order_by("pk")
        self.fields["household"].label_from_instance = lambda one: one.head_name
        if not living:
            del self.fields["household"]
        if self.instance.pk is None:
            for name in ("landlord_name", "landlord_phone", "since"):
                self.fields[name].required = True
            del self.fields["reason"]
        elif "phone" not in readable:
            del self.fields["landlord_phone"], self.fields["tenant_phone"]

    def clean_tenant_name(self):
        return spelling.name(self.cleaned_data["tenant_name"])

    def clean_landlord_name(self):
        return spelling.name(self.cleaned_data["landlord_name"])

    def clean_tenant_phone(self):
        return spelling.phone(self.cleaned_data["tenant_phone"])

    def clean_landlord_phone(self):
        return spelling.phone(self.cleaned_data["landlord_phone"])

    def clean(self):
        known = super().clean()
        if known.get("since") and known.get("until") and known["until"] < known["since"]:
            self.add_error("until", _("The last day is before the first."))
        return known

    def facts(self):
        """The terms; a phone that was not asked for stays as it is."""
        known = {name: getattr(self.instance, name) for name in ("since", "until")}
        return known | {name: value for name, value in self.cleaned_data.items() if name in FACTS}

    def tenants(self):
        """The household of the register, asked for or as it was."""
        if "household" in self.fields:
            return self.cleaned_data["household"]
        return self.instance.household


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label=_("What is wrong"),
        max_length=200,
        min_length=2,
        help_text=_("Whoever entered it reads this and corrects it."),
    )


class EndForm(forms.Form):
    on = day_field(pgettext_lazy("lease", "Ended on"), initial=timezone.localdate)
    reason = forms.CharField(label=_("Reason"), max_length=100, required=False)


def beginning(dwelling, household):
    """What the register knows of a new lease: never ask what we know."""
    since = timezone.localdate()
    if household is not None and household.arrived_on:
        is_new = since - household.arrived_on <= LATELY
        since = household.arrived_on if is_new else since
    known = {
        "landlord_name": dwelling.owner_name,
        "landlord_phone": dwelling.owner_phone,
        "area": dwelling.area,
        "since": since,
        "until": last_day(since, years=1),
    }
    if household is not None:
        known |= {
            "household": household,
            "tenant_name": household.head_name,
            "tenant_phone": household.phone,
        }
    return known


def likely_tenants(dwelling, households):
    """Of a dwelling that is let already, its only household."""
    is_let = dwelling.use == Dwelling.Use.RENTED
    return households[0] if is_let and len(households) == 1 else None
