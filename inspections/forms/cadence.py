"""A rule of the cadence: who, how, how often."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inspections.models import VisitRule
from residents.models import CareCategory, Premises

EDITABLE = [
    "every_months",
    "window_days",
    "grace_days",
    "priority",
    "new_days",
    "is_active",
]


class RuleForm(forms.ModelForm):
    """Of a rule that is there only the figures change: who it is for is what it is."""

    every_months = forms.IntegerField(
        label=VisitRule._meta.get_field("every_months").verbose_name,
        min_value=1,
        max_value=60,
    )
    window_days = forms.IntegerField(
        label=VisitRule._meta.get_field("window_days").verbose_name,
        min_value=0,
        max_value=31,
    )
    grace_days = forms.IntegerField(
        label=VisitRule._meta.get_field("grace_days").verbose_name,
        min_value=0,
        max_value=60,
    )
    priority = forms.IntegerField(
        label=VisitRule._meta.get_field("priority").verbose_name,
        min_value=1,
        max_value=9,
        help_text=_(
            "1 comes first. Households due by a rule of 1 to 3 are marked “First” in the day's round, can be"
            " listed by themselves and stand on top of what is overdue. Otherwise the round follows the feet."
        ),
    )

    class Meta:
        model = VisitRule
        fields = EDITABLE

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.target != VisitRule.Target.NEW and self.instance.pk:
            del self.fields["new_days"]


class NewRuleForm(RuleForm):
    class Meta(RuleForm.Meta):
        fields = ["target", "care_category", "premises_category", "mode", *EDITABLE]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["care_category"].queryset = CareCategory.objects.order_by("code")
        self.fields["care_category"].empty_label = "—"
        self.fields["premises_category"] = forms.ChoiceField(
            label=self.fields["premises_category"].label,
            required=False,
            choices=[("", "—"), *self._categories()],
        )
        self.initial |= {"window_days": 7, "every_months": 3}

    def _categories(self):
        rows = Premises.objects.filter(district=self.instance.district_id)
        names = rows.exclude(category="").values_list("category", flat=True)
        return [(name, name) for name in sorted(set(names))]

    def clean(self):
        cleaned = super().clean()
        who = VisitRule.Target
        if cleaned.get("target") == who.CATEGORY and not cleaned.get("care_category"):
            self.add_error("care_category", _("Choose the care category."))
        if cleaned.get("target") != who.CATEGORY:
            cleaned["care_category"] = None
        if cleaned.get("target") != who.PREMISES:
            cleaned["premises_category"] = ""
        same = VisitRule.objects.filter(
            district=self.instance.district_id,
            **{
                name: cleaned.get(name)
                for name in ("target", "care_category", "premises_category", "mode")
            },
        )
        if not self.errors and same.exists():
            self.add_error("target", _("There is a rule for them already: change it."))
        return cleaned
