"""The forms of `life` about whole households: leave, die, head, split, merge, move."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Grid
from grids.scope import Scope
from grids.workbooks import spelling
from residents import life
from residents.forms.members import (
    LifeForm,
    member_field,
    members_field,
    relation_field,
    relations,
)
from residents.forms.stays import StayFields
from residents.models import Household
from residents.people import stays
from residents.places import doors


class WithNewHead(LifeForm):
    """Asks for the new head when the head goes and somebody stays."""

    head = member_field(
        _("New head of household"),
        required=False,
        help_text=_("Only if the head goes and others stay."),
    )

    def prepare(self):
        if len(self.live) > 1:
            self.fields["head"].queryset = self.live
        else:
            del self.fields["head"]

    def need_new_head(self, going):
        """Once the register knows who goes; the verb checks it again on locked rows."""
        members = list(self.live)
        head, chosen = (
            life.head_of(self.household, members),
            self.cleaned_data.get("head"),
        )
        stays = [one for one in members if one not in going]
        if chosen in going:
            self.add_error("head", _("Choose somebody who stays."))
        elif head in going and stays and chosen is None:
            self.add_error("head", _("The head goes: choose the new head."))
        elif head not in going:
            self.cleaned_data["head"] = None  # changing the head is a step of its own


class LeaveForm(WithNewHead):
    members = members_field(_("Who moves away"), help_text=_("Everybody: the household is closed."))
    to = forms.CharField(
        label=_("Where to"),
        max_length=200,
        required=False,
        help_text=_("City, district or address, as far as known."),
    )
    field_order = ["members", "to", "head"]

    def prepare(self):
        super().prepare()
        self.fields["members"].queryset = self.live
        self.fields["members"].initial = [one.pk for one in self.live]
        if not self.live:
            del self.fields["members"]

    def clean(self):
        facts = super().clean()
        if "members" in facts:
            self.need_new_head(list(facts["members"]))
        return facts

    def facts(self):
        return self.cleaned_data | {"members": list(self.cleaned_data.get("members", []))}


class DeathForm(WithNewHead):
    member = member_field(_("Who has died"))
    field_order = ["member", "head"]

    def prepare(self):
        super().prepare()
        self.fields["member"].queryset = self.live
        if "head" in self.fields:
            self.fields["head"].help_text = _("Only if it was the head who died.")
        if len(self.live) == 1:
            self.fields["member"].initial = self.live[0]

    def clean(self):
        facts = super().clean()
        if facts.get("member"):
            self.need_new_head([facts["member"]])
        return facts


class MistakeForm(WithNewHead):
    """Who was entered by mistake in the last days."""

    member = member_field(_("Who was entered by mistake"))
    note = forms.CharField(
        label=_("Why it was a mistake"), max_length=100, help_text=_("Stays in the history.")
    )
    on = None
    field_order = ["member", "head"]

    def prepare(self):
        super().prepare()
        lately = life.entered_lately(self.household, timezone.now()).values("pk")
        self.fields["member"].queryset = self.live.filter(pk__in=lately)

    def clean(self):
        facts = super().clean()
        if facts.get("member"):
            self.need_new_head([facts["member"]])
        return facts


class HeadForm(LifeForm):
    """The new head, and what each other member is to that head."""

    head = member_field(_("New head of household"))
    on = None

    def prepare(self):
        """Who is the head now cannot stay that: of him or her the relation is needed."""
        self.fields["head"].queryset = self.live
        head = life.head_of(self.household, list(self.live))
        for member in self.live:
            is_head = head is not None and member.pk == head.pk
            blank = _("Choose") if is_head else _("unchanged")
            self.fields[f"relation_{member.pk}"] = forms.ChoiceField(
                label=_("%s is to the new head") % member.name,
                required=is_head,
                choices=relations(str(blank)),
            )

    def facts(self):
        known = self.cleaned_data
        given = {
            member.pk: known[f"relation_{member.pk}"]
            for member in self.live
            if known.get(f"relation_{member.pk}") and member != known["head"]
        }
        return {"head": known["head"], "relations": given, "note": known["note"]}


class SplitForm(LifeForm):
    members = members_field(_("Who forms the new household"))
    head = member_field(_("Its head"))
    number = forms.CharField(
        label=_("Its household number"),
        max_length=30,
        required=False,
        help_text=_("Of the household booklet, if there is one."),
    )

    def prepare(self):
        """The head stays: who wants to go as the head changes the head first."""
        head = life.head_of(self.household, list(self.live))
        others = self.live.exclude(pk=head.pk) if head is not None else self.live
        for name in ("members", "head"):
            self.fields[name].queryset = others

    def clean(self):
        facts = super().clean()
        if facts.get("head") and facts["head"] not in facts.get("members", []):
            self.add_error("head", _("Choose one of those who go."))
        return facts

    def clean_number(self):
        return spelling.code_text(self.cleaned_data["number"])

    def facts(self):
        return self.cleaned_data | {"members": list(self.cleaned_data["members"])}


class MergeForm(LifeForm):
    into = forms.ModelChoiceField(
        Household.objects.none(),
        label=_("Into which household"),
        empty_label="—",
        help_text=_(
            "Of the same dwelling or building; move the household first if it lives elsewhere."
        ),
    )
    relation = relation_field(_("What this head is to that head"))

    def prepare(self):
        home = self.household.dwelling
        rows = Household.objects.live().visible_to(self.by, right="edit")
        near = (
            rows.filter(dwelling__building=home.building_id)
            if home.building_id
            else rows.filter(dwelling=home)
        )
        near = near.exclude(pk=self.household.pk).select_related("dwelling")
        self.fields["into"].queryset = near.order_by("dwelling__entrance", "dwelling__room", "pk")
        self.fields["relation"].choices = relations()


class MoveForm(StayFields, LifeForm):
    grid = forms.CharField(
        label=_("Unit grid"),
        max_length=60,
        help_text=_("Name or code. Another grid than yours is asked first."),
        widget=forms.TextInput(attrs={"list": "grids", "autocomplete": "off"}),
    )
    building = forms.CharField(label=_("Building"), max_length=60, required=False)
    entrance = forms.CharField(label=_("Entrance"), max_length=20, required=False)
    room = forms.CharField(label=_("Room"), max_length=20, required=False)
    address = forms.CharField(
        label=_("Address"),
        max_length=200,
        required=False,
        help_text=_("Only if it is in no building."),
    )

    def prepare(self):
        self.fields["grid"].initial = self.household.grid.name
        self._ask_who_stays()

    def _ask_who_stays(self):
        """Of the floating members what nobody has said yet, and until when they stay now."""
        floating = [one for one in self.live.select_related("stay") if one.kind in stays.STAY]
        self.ask_stay(stays.asked_on_a_move(floating))
        names = "、".join(one.name for one in floating)
        for name in self.of_stay:
            self.fields[name].help_text = _("Of %(names)s.") % {"names": names}
        until = {getattr(stays.of(one), "leaves_on", None) for one in floating}
        if len(until) == 1:
            self.fields["leaves_on"].initial = until.pop()

    def own_grids(self):
        """Suggestions: the grids of this community where the person keeps the register."""
        reach = Scope.of(self.by).reach("register.edit")
        units = self._units().filter(code__startswith=self.household.community.code)
        if self.household.district_id not in reach.districts:
            units = units.filter(pk__in=reach.grids)
        return units.order_by("code")

    def _units(self):
        today = Grid.objects.on(timezone.localdate())
        return today.units().filter(district=self.household.district_id)

    def clean_grid(self):
        written = spelling.text(self.cleaned_data["grid"]).replace(" ", "")
        units = self._units()
        named = units.filter(name=written)
        near = named.filter(code__startswith=self.household.community.code)
        for rows in (units.filter(code=written), near, named):
            if len(found := list(rows[:2])) == 1:
                return found[0]
        raise forms.ValidationError(_("No unit grid has this name or code."))

    def clean_building(self):
        return spelling.word(self.cleaned_data["building"])

    def clean_entrance(self):
        return doors.entrance(self.cleaned_data["entrance"])

    def clean_room(self):
        return doors.room_as_said(self.cleaned_data["room"])

    def clean_address(self):
        return spelling.text(self.cleaned_data["address"])

    def clean(self):
        facts = super().clean()
        self.check_stay()
        if facts.get("building") and not facts.get("room"):
            self.add_error("room", _("Write the room."))
        elif not facts.get("building") and not facts.get("address"):
            self.add_error("building", _("Write the building and room, or the address."))
        return facts

    def facts(self):
        known = self.cleaned_data
        names = ("building", "entrance", "room") if known["building"] else ("address",)
        place = {name: known[name] for name in names}
        return {
            "grid": known["grid"],
            "place": place,
            "on": known["on"],
            "note": known["note"],
            "stay": self.stay_facts(),
        }
