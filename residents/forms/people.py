"""The facts of a resident that staff correct by hand: only those that belong to the kind."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.workbooks import spelling
from residents.forms import stays as stay_form
from residents.forms.blanks import name_blanks
from residents.forms.custom import CustomFieldsMixin
from residents.models import Code, Resident, Stay
from residents.people import stays


class FactsForm(CustomFieldsMixin, forms.ModelForm):
    """What one may not read is left out. `asked` says which fields belong to which kinds."""

    reason_of_change = forms.CharField(
        label=_("Reason of the change"),
        max_length=100,
        required=False,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )

    class Meta:
        model = Resident
        fields = [
            "name",
            "former_name",
            "relation",
            "phone",
            "kind",
            "ethnicity",
            "native_place",
            "education",
            "marital",
            "political",
            "occupation",
            "employer",
            "lives_where_registered",
            "registered_address",
            "went_to",
            "note",
        ]

        labels = {"name": _("Name"), "phone": _("Phone"), "note": _("Note")}
        help_texts = {"went_to": _("Of somebody who is registered here and lives elsewhere.")}

    CODED = ["relation", "ethnicity", "education", "marital", "political"]
    TEXTS = ["former_name", "native_place", "occupation", "went_to"]

    def __init__(self, *args, readable, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.CODED:
            self.fields[name] = self._coded(name)
        if "phone" not in readable:
            del self.fields["phone"]
        of_stay = forms.fields_for_model(
            Stay,
            fields=list(stays.stay_fields()),
            widgets=dict.fromkeys(
                stay_form.DAYS, forms.DateInput(attrs=stay_form.DAY, format="%Y-%m-%d")
            ),
        )
        stay = getattr(self.instance, "stay", None)
        for name, field in of_stay.items():
            self.fields[name] = field
            self.initial.setdefault(name, getattr(stay, name, None))
        name_blanks(self)
        self.order_fields(["name", "former_name", "relation", "phone", "kind", *of_stay])
        self.fields["kind"].widget.attrs["data-kind"] = True
        self.ask_custom("resident", self.instance)
        self.order_fields([one for one in self.fields if one != "reason_of_change"])
        self._say_what_is_asked()

    def _coded(self, table):
        codes = Code.objects.filter(table=table).values_list("code", "name")
        label = Resident._meta.get_field(table).verbose_name
        return forms.ChoiceField(label=label, required=False, choices=[("", "—"), *codes])

    def _say_what_is_asked(self):
        """For the page: the kinds of each field, and whether it is asked of the present kind."""
        kind = self["kind"].value()
        for name, field in self.fields.items():
            kinds = stays.ONLY.get(name) or stays.stay_fields().get(name) or ()
            field.kinds = " ".join(sorted(kinds))
            field.is_asked = stays.belongs(name, kind)

    def clean_name(self):
        return spelling.name(self.cleaned_data["name"])

    def clean_phone(self):
        return spelling.phone(self.cleaned_data["phone"])

    def clean(self):
        facts = super().clean()
        kind = self.cleaned_data.get("kind")
        for name in self.TEXTS:
            self.cleaned_data[name] = spelling.said(self.cleaned_data.get(name, ""))
        stay_form.check(self, stays.stay_fields(), kind)
        return facts

    def facts(self):
        """The facts of the person's own row that belong to the kind."""
        kind = self.cleaned_data["kind"]
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.Meta.fields and stays.belongs(name, kind)
        }

    def stay_facts(self):
        return {
            name: self.cleaned_data[name]
            for name in stays.stay_fields()
            if name in self.cleaned_data
        }


class HouseholdForm(CustomFieldsMixin, forms.Form):
    """What a household has besides its members and its dwelling."""

    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)

    reason_of_change = forms.CharField(
        label=_("Reason of the change"),
        max_length=100,
        required=False,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )

    def __init__(self, *args, household, readable, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("phone", household.phone)
        if "phone" not in readable:
            del self.fields["phone"]
        self.ask_custom("household", household)
        self.order_fields([one for one in self.fields if one != "reason_of_change"])

    def clean_phone(self):
        return spelling.phone(self.cleaned_data["phone"])

    def facts(self):
        return {name: value for name, value in self.cleaned_data.items() if name == "phone"}
