"""The forms of `life`: each asks only for what changed. An ID number is never sent back."""

from django import forms
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.workbooks import spelling
from residents.forms.blanks import name_blanks
from residents.forms.stays import StayFields
from residents.imports.workbook import reasons
from residents.models import HEAD_OF_HOUSEHOLD, Code, Resident
from residents.people import idnumber, stays
from residents.people.showing import age_on


class SecretInput(forms.TextInput):
    """What was typed is not in the page that comes back."""

    def format_value(self, value):
        return None


class LifeForm(forms.Form):
    """`household` as it is, `by` who asks. `facts()` are the arguments of the verb."""

    on = forms.DateField(
        label=pgettext_lazy("life of a household", "Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=_("Basis or note"),
        max_length=100,
        required=False,
        help_text=_("Stays in the history, e.g. shown the household booklet."),
    )
    LAST = ["on", "note"]

    def __init__(self, *args, household, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.household, self.by = household, by
        relation = Code.objects.filter(table="relation", code=OuterRef("relation"))
        self.live = (
            household.residents.live()
            .annotate(relation_name=Subquery(relation.values("name")[:1]))
            .order_by("relation", "pk")
        )
        if "on" in self.fields:
            self.fields["on"].initial = timezone.localdate
            self.fields["on"].widget.attrs["max"] = timezone.localdate().isoformat()
        self.prepare()
        name_blanks(self)
        first = [name for name in self.fields if name not in self.LAST]
        self.order_fields([*first, *self.LAST])

    def prepare(self):
        """Fill in the choices that depend on the household."""

    def clean_on(self):
        if self.cleaned_data["on"] > timezone.localdate():
            raise forms.ValidationError(_("The day is in the future."))
        return self.cleaned_data["on"]

    def facts(self):
        return self.cleaned_data


class _Named:
    """Members with what tells them apart: 王秀兰 · 配偶 · 52岁."""

    def label_from_instance(self, member):
        age = age_on(member.birth_on, timezone.localdate())
        years = _("%(age)s years") % {"age": age} if age is not None else ""
        return " · ".join(filter(None, [member.name, member.relation_name, years]))


class MemberField(_Named, forms.ModelChoiceField):
    pass


class MembersField(_Named, forms.ModelMultipleChoiceField):
    pass


def member_field(label, **options):
    return MemberField(Resident.objects.none(), label=label, empty_label="—", **options)


def members_field(label, **options):
    return MembersField(
        Resident.objects.none(),
        label=label,
        widget=forms.CheckboxSelectMultiple,
        **options,
    )


def relation_field(label, **options):
    return forms.ChoiceField(label=label, **options)


def relations(blank="—"):
    rows = Code.objects.filter(table="relation").exclude(code__in=["01", HEAD_OF_HOUSEHOLD])
    return [("", blank), *rows.values_list("code", "name")]


class PersonForm(StayFields, LifeForm):
    """Who: by ID number, else by birth date and sex."""

    name = forms.CharField(label=_("Name"), max_length=60)
    relation = relation_field(_("Relation to head"))
    id_number = forms.CharField(
        label=_("ID number"),
        required=False,
        max_length=40,
        help_text=_("Birth date and sex follow from it. Leave it out if there is none yet."),
        widget=SecretInput(
            attrs={"autocomplete": "off", "data-no-draft": True, "inputmode": "text"}
        ),
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        required=False,
        choices=[("", "—"), ("1", _("male")), ("2", _("female"))],
    )
    birth_on = forms.DateField(
        label=_("Birth date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Resident.Kind, required=False)

    def prepare(self):
        if "relation" in self.fields:
            self.fields["relation"].choices = relations()
        if "kind" in self.fields:
            self.fields["kind"].widget.attrs["data-kind"] = True
            self.ask_stay(stays.ON_COMING, self["kind"].value() or Resident.Kind.REGISTERED)
            self.fields["came_on"].help_text = _("Empty: the day below.")

    def clean_name(self):
        name = spelling.name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Write the name."))
        return name

    def clean_phone(self):
        return spelling.phone(self.cleaned_data["phone"])

    def clean_id_number(self):
        written = self.cleaned_data["id_number"].strip()
        if not written:
            return None
        try:
            return idnumber.parse(written, timezone.localdate())
        except idnumber.NotAnIdNumber as error:
            raise forms.ValidationError(reasons.of(error.reason).text) from None

    def clean(self):
        facts = super().clean()
        self.check_stay(facts.get("kind"))
        number, born = facts.get("id_number"), facts.get("birth_on")
        if "id_number" in self.errors:
            return facts
        if number is None:
            self._need_birth_and_sex(facts)
        elif (born and born != number.birth_on) or facts.get("sex", "") not in (
            "",
            number.sex,
        ):
            self.add_error("id_number", _("The birth date or sex contradicts the number."))
        return facts

    def _need_birth_and_sex(self, facts):
        born = facts.get("birth_on")
        for name in ("birth_on", "sex"):
            if not facts.get(name) and name not in self.errors:
                self.add_error(name, _("Without an ID number this is needed."))
        if born and born > timezone.localdate():
            self.add_error("birth_on", _("The day is in the future."))

    def facts(self):
        known = self.cleaned_data
        person = {name: known.get(name) for name in ("name", "sex", "birth_on", "kind")}
        person |= {
            "number": known.get("id_number"),
            "phone": known.get("phone", ""),
            "relation": known.get("relation", HEAD_OF_HOUSEHOLD),
        }
        person["stay"] = self.stay_facts()
        return {"on": known["on"], "note": known["note"], "person": person}


class BirthForm(PersonForm):
    phone = None
    kind = None

    def facts(self):
        return super().facts() | {"is_birth": True}


class ArriveForm(PersonForm):
    """A household begins with its head."""

    relation = None
    number = forms.CharField(
        label=_("Household number"),
        max_length=30,
        required=False,
        help_text=_("Of the household booklet, if there is one."),
    )

    def clean_number(self):
        return spelling.code_text(self.cleaned_data["number"])

    def facts(self):
        return super().facts() | {"number": self.cleaned_data["number"]}
