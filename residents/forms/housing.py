"""What one corrects about compounds, buildings and dwellings where one sees it."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from grids.models import Building, Compound, Grid
from grids.models.grid import HouseCodes
from grids.workbooks import spelling
from residents.forms.blanks import name_blanks
from residents.forms.custom import CustomFieldsMixin
from residents.forms.phones import checked_phone
from residents.models import Dwelling
from residents.places import buildings, house_codes

YES_NO = [("", "—"), ("1", _("Yes")), ("0", _("No"))]


def reason_field():
    return forms.CharField(
        label=_("Reason of the change"),
        max_length=100,
        required=False,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )


class Correction(forms.ModelForm):
    """`facts()` are the columns; the reason stands in the history."""

    reason = reason_field()

    def facts(self):
        return {
            name: value for name, value in self.cleaned_data.items() if name in self.Meta.fields
        }


class CompoundForm(Correction):
    class Meta:
        model = Compound
        fields = ["property_company", "property_phone", "address"]

    def clean_property_phone(self):
        return checked_phone(self, "property_phone")


class BuildingForm(Correction):
    has_lift = forms.TypedChoiceField(
        label=Building._meta.get_field("has_lift").verbose_name,
        choices=YES_NO,
        required=False,
        empty_value=None,
        coerce=lambda said: said == "1",
    )

    class Meta:
        model = Building
        fields = ["entrances", "floors", "built_in", "has_lift", "risk_note"]
        widgets = {"risk_note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"risk_note": _("E.g. no fire escape, loose facade, gas pipes.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        known = self.instance.has_lift
        self.initial["has_lift"] = {True: "1", False: "0"}.get(known, "")

    def clean_built_in(self):
        year = self.cleaned_data["built_in"]
        if year is not None and not buildings.is_year_of_building(year):
            raise forms.ValidationError(
                _("Write the year in four digits, e.g. 1998; it must not lie far ahead.")
            )
        return year


class NewCompoundForm(forms.ModelForm):
    class Meta:
        model = Compound
        fields = ["community", "name", *CompoundForm.Meta.fields]
        error_messages = {
            NON_FIELD_ERRORS: {
                "unique_together": _(
                    "This community has a compound of this name. Correct that one, or choose another name."
                )
            }
        }

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        kept = buildings.communities_kept_by(staff)
        self.fields["community"].queryset = kept
        self.fields["community"].empty_label = _("Choose")

    def place(self):
        """The compound, not saved yet."""
        compound = self.instance
        compound.district_id = compound.community.district_id
        return compound

    def clean_name(self):
        return self.cleaned_data["name"].strip()

    def clean_property_phone(self):
        return checked_phone(self, "property_phone")


class NewBuildingForm(BuildingForm):
    reason = None
    grid = forms.ModelChoiceField(
        Grid.objects.none(), label=_("Unit grid"), empty_label=_("Choose")
    )

    class Meta(BuildingForm.Meta):
        fields = ["name", *BuildingForm.Meta.fields]

    def __init__(self, *args, staff, community, compound=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.compound = compound
        self.fields["grid"].queryset = buildings.units_kept_by(staff, community)
        self.order_fields(["name", "grid"])

    def place(self):
        """The building, not saved yet."""
        building, grid = self.instance, self.cleaned_data["grid"]
        building.grid, building.district_id = grid, grid.district_id
        building.compound = self.compound
        return building

    def clean_name(self):
        return self.cleaned_data["name"].strip()


class DwellingForm(CustomFieldsMixin, Correction):
    area = forms.DecimalField(
        label=Dwelling._meta.get_field("area").verbose_name,
        min_value=0,
        max_digits=8,
        decimal_places=2,
        required=False,
    )

    class Meta:
        model = Dwelling
        fields = [
            "use",
            "tenure",
            "owner_name",
            "owner_phone",
            "area",
            "floor",
            "house_code",
        ]

    def __init__(self, *args, readable, **kwargs):
        super().__init__(*args, **kwargs)
        name_blanks(self)
        if "phone" not in readable:
            del self.fields["owner_phone"]
        if self.instance.use != Dwelling.Use.LAPSED:  # only a lease that runs out says so
            self.fields["use"].choices = [
                (use, label) for use, label in Dwelling.Use.choices if use != "lapsed"
            ]
        self.before = self.instance.house_code
        how = house_codes.check_of(self.instance.district_id)
        if how != HouseCodes.FREE:
            self.fields["house_code"].help_text = HouseCodes(how).label
        self.ask_custom("dwelling", self.instance)
        self.order_fields([name for name in self.fields if name != "reason"])

    def clean_owner_name(self):
        return spelling.name(self.cleaned_data["owner_name"])

    def clean_owner_phone(self):
        return spelling.phone(self.cleaned_data["owner_phone"])

    def clean_house_code(self):
        """A code that stood here before the district checked codes may stay."""
        written = self.cleaned_data["house_code"]
        if written == self.before:
            return written
        how = house_codes.check_of(self.instance.district_id)
        try:
            return house_codes.clean(written, how)
        except house_codes.WrongHouseCode as error:
            raise forms.ValidationError(str(error)) from error
