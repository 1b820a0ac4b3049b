"""What a campaign asks for, and whom its visits are handed to."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Grid, Tier
from grids.scope import Scope
from inspections.campaigns import campaigns
from inspections.forms.visits import DayInput
from inspections.models import Campaign
from inspections.visits import visit_log
from residents.models.care import open_to

MOST_NUMBERS = 5000
SHOWN = 5


def places_of(staff):
    """Where the person may plan: grids of the postings that say so, and those right below."""
    reach = Scope.of(staff).reach("visit.plan")
    tiers = [Tier.DISTRICT, Tier.STREET, Tier.COMMUNITY, Tier.BASE, Tier.UNIT]
    rows = Grid.objects.filter(tier__in=tiers, valid_to=None).defer("boundary")
    if reach.districts:
        upper = rows.filter(tier__in=tiers[:3])
        return upper.filter(district__in=reach.districts) | upper.filter(pk__in=reach.districts)
    return rows.filter(pk__in=reach.grids)


class CampaignForm(forms.ModelForm):
    goal_percent = forms.IntegerField(
        label=Campaign._meta.get_field("goal_percent").verbose_name,
        initial=Campaign._meta.get_field("goal_percent").default,
        min_value=1,
        max_value=100,
    )
    numbers = forms.CharField(
        label=_("Household numbers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line, for a list."),
    )

    class Meta:
        model = Campaign
        fields = [
            "name",
            "purpose",
            "grid",
            "who",
            "care_category",
            "mode",
            "since",
            "until",
            "goal_percent",
        ]
        widgets = {"since": DayInput(), "until": DayInput()}
        help_texts = {"since": _("Up to 30 days back: visits since then count.")}

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        self.staff = staff
        self.fields["grid"].queryset = places_of(staff).order_by("code")
        self.fields["grid"].empty_label = _("Choose")
        self.fields["care_category"].queryset = open_to(staff).order_by("code")
        self.fields["care_category"].empty_label = "—"
        self.fields["who"].choices = Campaign.Who.choices
        if not Scope.of(staff).has("register.read_care"):
            del self.fields["care_category"]
            offered = [one for one in Campaign.Who.choices if one[0] not in campaigns.ABOUT_CARE]
            self.fields["who"].choices = offered

    def clean_since(self):
        since = self.cleaned_data["since"]
        if since < timezone.localdate() - visit_log.OLDEST:
            words = _("A campaign begins at most 30 days ago; visits since then count.")
            raise forms.ValidationError(words)
        return since

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day comes after the first."))
        who = cleaned.get("who")
        if who == Campaign.Who.CATEGORY and not cleaned.get("care_category"):
            self.add_error("care_category", _("Choose the care category."))
        if who != Campaign.Who.CATEGORY:
            cleaned["care_category"] = None
        numbers = list(dict.fromkeys(cleaned.get("numbers", "").split()))
        if who == Campaign.Who.LIST and cleaned.get("grid"):
            self._check(numbers, cleaned["grid"])
        cleaned["numbers"] = numbers
        return cleaned

    def _check(self, numbers, grid):
        if not numbers:
            self.add_error("numbers", _("Write the household numbers."))
        if len(numbers) > MOST_NUMBERS:
            self.add_error("numbers", _("At most %(number)s at a time.") % {"number": MOST_NUMBERS})
            return
        unknown = campaigns.unknown_numbers(self.staff, grid, numbers)
        if unknown:
            words = _("Not found in this place: %(numbers)s (%(count)s in all).")
            self.add_error(
                "numbers",
                words % {"numbers": "、".join(unknown[:SHOWN]), "count": len(unknown)},
            )


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(
        None,
        label=pgettext_lazy("hand over", "To"),
        required=False,
        empty_label=_("Whoever is posted there"),
    )

    def __init__(self, *args, grid, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = campaigns.workers_of(grid)


class CloseForm(forms.Form):
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stands above the figures of the closing report."),
    )
