"""The forms of a file of premises: its facts, its end, its licences."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid
from grids.scope import Scope
from grids.workbooks import spelling
from residents.forms.blanks import name_blanks
from residents.forms.custom import CustomFieldsMixin
from residents.forms.phones import checked_phone
from residents.housing import file_of_premises
from residents.models import Premises
from residents.models.lasting import EndReason
from residents.people import credit_codes
from residents.places import doors, dwellings


def day_input(**attrs):
    return forms.DateInput(attrs={"type": "date"} | attrs, format="%Y-%m-%d")


def listed(name):
    """A line with suggestions from a <datalist> of the page."""
    return forms.TextInput(attrs={"list": name, "autocomplete": "off"})


class PremisesFilter(forms.Form):
    q = forms.CharField(label=_("Name, code or social credit code"), max_length=60, required=False)
    kind = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("All types")), *Premises.Kind.choices],
    )


class PremisesForm(CustomFieldsMixin, forms.ModelForm):
    """`by` writes in the grids where he or she keeps the register; a code is never typed."""

    grid = forms.CharField(
        label=_("Unit grid"),
        max_length=60,
        help_text=_("Name or code."),
        widget=listed("grids"),
    )
    building_name = forms.CharField(
        label=_("Building"),
        max_length=60,
        required=False,
        widget=listed("buildings"),
        help_text=_("As in the register, such as 3号楼; empty if it stands by itself."),
    )
    entrance = forms.CharField(label=_("Entrance"), max_length=20, required=False)
    room = forms.CharField(
        label=_("Room"),
        max_length=20,
        required=False,
        help_text=_("Only if it is in a dwelling."),
    )
    reason = forms.CharField(
        label=_("Reason of the change"),
        max_length=100,
        required=False,
        help_text=_("Stays in the history, e.g. seen the business licence."),
    )

    PARTS = [
        (_("What it is"), file_of_premises.WHAT),
        (
            _("Where it is"),
            ["grid", "building_name", "entrance", "room", *file_of_premises.WHERE],
        ),
        (_("Who is there"), file_of_premises.WHO),
        (_("Note"), ["note", "reason"]),
    ]

    class Meta:
        model = Premises
        fields = file_of_premises.FACTS
        labels = file_of_premises.LABELS
        help_texts = {
            "credit_code": _("18 characters, from the business licence."),
            "head_count": _("Everybody who works there."),
        }
        widgets = {"opened_on": day_input(), "category": listed("categories")}

    def __init__(self, *args, by, district_id, here=None, readable=frozenset(), **kwargs):
        super().__init__(*args, **kwargs)
        self.by, self.here = by, here
        name_blanks(self)
        is_new = self.instance.pk is None
        if not is_new:
            self._fill_in_place()
            if "phone" not in readable:
                del self.fields["phone"]
        elif here is not None and here.tier == "unit":
            self.fields["grid"].initial = here.name
        if is_new:
            del self.fields["reason"]
        self.fields["opened_on"].widget.attrs["max"] = timezone.localdate().isoformat()
        row = None if is_new else self.instance
        self.ask_custom("premises", row, district_id=district_id)

    def _fill_in_place(self):
        found = self.instance
        self.fields["grid"].initial = found.grid.name
        building = found.building or (found.dwelling and found.dwelling.building)
        self.fields["building_name"].initial = building.name if building else ""
        if found.dwelling:
            self.fields["entrance"].initial = found.dwelling.entrance
            self.fields["room"].initial = found.dwelling.room

    def parts(self):
        """[(title, bound fields)] in the order of the page."""
        parts = [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in self.PARTS
        ]
        custom = [self[name] for name in self.fields if name.startswith(("fact_", "clear_"))]
        if custom:
            parts.insert(-1, (_("Further facts"), custom))
        return parts

    def own_grids(self):
        """Suggestions: the unit grids where the person keeps the register."""
        return self._units().order_by("code")[:200]

    def own_buildings(self):
        grid = self.instance.grid if self.instance.pk else self.here
        if grid is None or grid.tier != "unit":
            return []
        return grid.buildings.order_by("pk").values_list("name", flat=True)[:100]

    def categories(self):
        """Those that premises of the person's place already have."""
        rows = Premises.objects.live().filter(grid__in=self._units().values("pk"))
        rows = rows.exclude(category="").order_by("category")
        return rows.values_list("category", flat=True).distinct()[:100]

    def _units(self):
        """Unit grids of the community looked at, as far as the person may write there."""
        reach = Scope.of(self.by).reach("register.edit")
        units = Grid.objects.on(timezone.localdate()).units()
        mine = units.filter(district__in=reach.districts) | units.filter(pk__in=reach.grids)
        place = self.instance.grid if self.instance.pk else self.here
        is_small = place is not None and place.tier in ("community", "base", "unit")
        return mine.filter(code__startswith=place.code[:12]) if is_small else mine

    def clean_grid(self):
        written = spelling.text(self.cleaned_data["grid"]).replace(" ", "")
        near = self._units()
        reach = Scope.of(self.by).reach("register.edit")
        every = Grid.objects.on(timezone.localdate()).units()
        every = every.filter(district__in=reach.districts) | every.filter(pk__in=reach.grids)
        for rows in (
            every.filter(code=written),
            near.filter(name=written),
            every.filter(name=written),
            near.filter(name__endswith=written),
        ):
            if len(found := list(rows[:2])) == 1:
                return found[0]
        raise forms.ValidationError(
            _("No unit grid of yours has this name or code, or several have it.")
        )

    def clean_name(self):
        return spelling.text(self.cleaned_data["name"])

    def clean_credit_code(self):
        return credit_code(self.cleaned_data["credit_code"])

    def clean_phone(self):
        return checked_phone(self, "phone")

    def clean_responsible_person(self):
        return spelling.name(self.cleaned_data["responsible_person"])

    def clean_opened_on(self):
        day = self.cleaned_data["opened_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("The day is in the future."))
        return day

    def clean_building_name(self):
        return spelling.word(self.cleaned_data["building_name"])

    def clean_entrance(self):
        return doors.entrance(self.cleaned_data["entrance"])

    def clean_room(self):
        return doors.room_as_said(self.cleaned_data["room"])

    def clean(self):
        facts = super().clean()
        self._check_counts(facts)
        grid, name = facts.get("grid"), facts.get("building_name")
        facts["building"] = None
        if grid and name:
            found = dwellings.buildings_named(grid, name)[:2]
            if len(found) == 1:
                facts["building"] = found[0]
            else:
                self.add_error(
                    "building_name",
                    _("Several buildings of this grid have this name.")
                    if found
                    else _("This grid has no building of this name."),
                )
        elif facts.get("room"):
            self.add_error("building_name", _("Write the building of the room."))
        return facts

    def _check_counts(self, facts):
        most = facts.get("head_count") or 0
        for name in file_of_premises.PARTS:
            if (facts.get(name) or 0) > most:
                self.add_error(name, _("More than the head count."))

    def _post_clean(self):
        """The instance stays as it is: the verbs write, and compare with what is stored."""

    def facts(self):
        """The arguments of the verbs."""
        known = self.cleaned_data
        facts = {name: known[name] for name in self.Meta.fields if name in known}
        room = (known["entrance"], known["room"]) if known.get("room") else None
        return {
            "grid": known["grid"],
            "facts": facts | {"building": known["building"]},
            "room": room,
            "note": known.get("reason", ""),
        }


def credit_code(written):
    """The code in its one form, or "". ValidationError for one that cannot be."""
    try:
        return credit_codes.checked(written)
    except credit_codes.WrongCreditCode:
        raise forms.ValidationError(
            _("This is no social credit code: compare it with the business licence.")
        ) from None


class EndForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[
            (one.value, one.label) for one in (EndReason.CLOSED, EndReason.MOVED, EndReason.MISTAKE)
        ],
        widget=forms.RadioSelect,
        initial=EndReason.CLOSED,
    )
    on = forms.DateField(label=_("Day"), widget=day_input())
    note = forms.CharField(label=_("Basis or note"), max_length=100, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate
