"""What a report asks for, which categories are offered to tap, and where one may report."""

import uuid
from itertools import groupby

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.photos import PhotosField
from cases.models import Category, Source
from grids.models import Building, Grid
from grids.scope import Scope
from residents.models import Household

K = Category.Kind
REPORTABLE = [
    K.MATTER,
    K.REQUEST,
    K.INQUIRY,
    K.SUGGESTION,
    K.COMPLAINT,
    K.DISPUTE,
    K.ERRAND,
]
# Offered before a person has reports of his or her own.
USUAL = [
    (K.MATTER, "06010"),
    (K.MATTER, "09012"),
    (K.MATTER, "06036"),
    (K.MATTER, "01037"),
    (K.MATTER, "06013"),
    (K.MATTER, "09009"),
    (K.REQUEST, "02007"),
    (K.DISPUTE, "01002"),
]
QUICK = 8
REMEMBERED = 100
FEW = 4


def quick_picks(staff):
    """The categories that the person reports most, filled up with the usual ones."""
    latest = staff.reported_cases.order_by("-id").values_list("category", flat=True)[:REMEMBERED]
    keys = list(latest)
    often = sorted(set(keys), key=keys.count, reverse=True)[:QUICK]
    known = {
        category.pk: category
        for category in Category.objects.filter(pk__in=often, is_active=True)
        | Category.objects.filter(
            is_active=True,
            kind__in={k for k, __ in USUAL},
            code__in=[c for __, c in USUAL],
        )
    }
    by_code = {(category.kind, category.code): category for category in known.values()}
    picks = [known[key] for key in often if key in known]
    picks += [by_code[key] for key in USUAL if key in by_code and by_code[key] not in picks]
    return picks[:QUICK]


def grids_to_report_in(staff):
    """Unit grids in which the person may report."""
    reach = Scope.of(staff).reach("case.report")
    units = Grid.objects.units().filter(valid_to=None).order_by("code")
    if reach.districts:
        return units.filter(district__in=reach.districts)
    if reach.departments and not reach.grids:
        return units.filter(district__in=Scope.of(staff).districts_with("case.report"))
    return units.filter(pk__in=reach.grids | _grids_of(reach.buildings))


def _grids_of(buildings):
    return set(Building.objects.filter(pk__in=buildings).values_list("grid", flat=True))


class CategoryField(forms.ModelChoiceField):
    """Any active category is accepted; those that people report are offered, by class."""

    def offer(self, staff):
        """Requests about own data are taken at the desk, by who may register them."""
        kinds = REPORTABLE + [K.OWN_DATA] * Scope.of(staff).has("case.register")
        offered = Category.objects.filter(is_active=True, kind__in=kinds).only(
            "kind", "code", "major_name", "name"
        )
        order = {kind: place for place, kind in enumerate(kinds)}
        ordered = sorted(offered, key=lambda category: (order[category.kind], category.code))
        groups = groupby(ordered, key=lambda category: (category.kind, category.major_name))
        self.choices = [
            ("", _("Choose")),
            *(
                (
                    f"{K(kind).label} · {major}" if major else K(kind).label,
                    [(c.pk, c.name) for c in rows],
                )
                for (kind, major), rows in groups
            ),
        ]


class GridField(forms.ModelChoiceField):
    """Any unit grid of the districts where the person reports; the person's own are offered."""

    def offer(self, rows):
        # Names only: the boundaries of a whole district are megabytes.
        named = list(rows.values_list("pk", "name", "parent__parent__name"))
        if 0 < len(named) <= FEW:
            self.widget = forms.RadioSelect()
            self.choices = [(key, name) for key, name, __ in named]
            return
        grouped = [
            (community, [(key, name) for key, name, __ in units])
            for community, units in groupby(named, key=lambda grid: grid[2])
        ]
        self.choices = [
            ("", _("Choose")),
            *(grouped if len(grouped) > 1 else grouped[0][1] if grouped else []),
        ]


class ReportForm(forms.Form):
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    quick = forms.ModelChoiceField(
        Category.objects.filter(is_active=True),
        required=False,
        label=_("What is it?"),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    category = CategoryField(
        Category.objects.filter(is_active=True),
        required=False,
        label=_("Another category"),
    )
    photos = PhotosField(label=_("Photos"))
    description = forms.CharField(
        label=_("What happened"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_urgent = forms.BooleanField(
        label=_("Urgent"),
        help_text=_(
            "Somebody is in danger, or it is getting worse. Community and street are told at once,"
            " nights and holidays count, and you stay with it to the end."
        ),
        required=False,
    )
    grid = GridField(
        Grid.objects.none(),
        label=_("Grid"),
        error_messages={"required": _("Choose the grid.")},
    )
    address = forms.CharField(
        label=_("Place"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("So that somebody else finds it: building, door, across from what."),
    )
    lon = forms.FloatField(widget=forms.HiddenInput, required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(widget=forms.HiddenInput, required=False, min_value=-90, max_value=90)
    source = forms.ChoiceField(label=_("Source"), choices=Source, initial=Source.PATROL)
    household = forms.ModelChoiceField(
        Household.objects.none(), widget=forms.HiddenInput, required=False
    )
    visit = forms.IntegerField(widget=forms.HiddenInput, required=False)
    visit_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    # Which line of the visit's diary it came from: 0, 1, ...
    line = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=99)
    patrol_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1)
    is_solved = forms.BooleanField(
        label=_("I have solved it on the spot"),
        help_text=_("It counts; somebody else may look at it again."),
        required=False,
    )
    after = PhotosField(label=_("Photos after"))

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        scope = Scope.of(staff)
        self.picks = self._already_picked() + quick_picks(staff)
        self.fields["quick"].choices = [(pick.pk, pick.name) for pick in dict.fromkeys(self.picks)]
        self.fields["category"].offer(staff)
        self.fields["grid"].queryset = Grid.objects.units().filter(
            district__in=scope.districts_with("case.report"), valid_to=None
        )
        self.fields["grid"].offer(grids_to_report_in(staff))
        self.fields["household"].queryset = Household.objects.live().visible_to(staff)
        if not scope.has("case.board"):
            self.fields["source"].widget = forms.HiddenInput()
        if not scope.has("case.solve"):
            del self.fields["is_solved"], self.fields["after"]

    def place_and_matter(self):
        """What is chosen so far, of a form that is still being written; None for the rest."""
        self.full_clean()
        given = {
            name: self.cleaned_data.get(name)
            for name in ("category", "grid", "lon", "lat", "household", "is_urgent")
        }
        if given["lon"] is None or given["lat"] is None:
            given |= {"lon": None, "lat": None}
        return given

    def _already_picked(self):
        """A category that was searched for stays picked when the form comes back."""
        key = self.data.get("quick", "")
        return (
            list(Category.objects.filter(pk=key, is_active=True))
            if key.isdecimal() and len(key) < 10
            else []
        )

    def clean(self):
        cleaned = super().clean()
        cleaned["category"] = cleaned.get("category") or cleaned.get("quick")
        if not cleaned["category"] and not self.errors.keys() & {"quick", "category"}:
            self.add_error("quick", forms.ValidationError(_("Choose what it is.")))
        has_words = cleaned.get("description", "").strip() or self.errors.get("description")
        if not has_words and not cleaned.get("photos") and "photos" not in self.errors:
            self.add_error(
                "description",
                forms.ValidationError(_("Write a few words or add a photo.")),
            )
        return cleaned
