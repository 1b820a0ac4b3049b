"""What a patrol asks: nothing, or where to report."""

import uuid

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inspections.forms.visits import DayInput
from inspections.models import PatrolRule

MOST_POINTS = 30


class PatrolForm(forms.Form):
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    found = forms.ChoiceField(choices=[("nothing", ""), ("something", "")])
    day = forms.DateField(
        label=_("Walked on"),
        required=False,
        widget=DayInput(),
        initial=timezone.localdate,
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self):
        """The words of `patrols.log`."""
        cleaned = super().clean()
        found = cleaned.pop("found", None)
        if found:
            cleaned["found_nothing"] = found == "nothing"
        cleaned["day"] = cleaned.get("day") or timezone.localdate()
        return cleaned


class PointsForm(forms.Form):
    """One point a line, in walking order: name, then what to look at after a colon."""

    lines = forms.CharField(
        label=_("Points of the patrol"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            "One point a line, in walking order. What to look at stands after a colon: East gate: barrier, fire lane"
        ),
    )

    def __init__(self, *args, points, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["lines"] = "\n".join(
            f"{point.name}：{point.look_at}" if point.look_at else point.name for point in points
        )

    def clean_lines(self):
        rows = [line.strip() for line in self.cleaned_data["lines"].splitlines()]
        found = {}
        for number, line in enumerate(filter(None, rows), start=1):
            name, __, look_at = line.replace(":", "：", 1).partition("：")
            name, look_at = name.strip(), look_at.strip()
            if not name or len(name) > 60 or len(look_at) > 200:
                raise forms.ValidationError(
                    _("Line %(number)s: a name of at most 60 characters, then at most 200.")
                    % {"number": number}
                )
            if name in found:
                raise forms.ValidationError(
                    _("Line %(number)s: %(name)s stands there twice.")
                    % {"number": number, "name": name}
                )
            found[name] = look_at
        if len(found) > MOST_POINTS:
            raise forms.ValidationError(_("At most %(number)s points.") % {"number": MOST_POINTS})
        self._points = list(found.items())
        return self.cleaned_data["lines"]

    def points(self):
        """[(name, what to look at)]"""
        return self._points


class RuleForm(forms.ModelForm):
    per_day = forms.IntegerField(
        label=PatrolRule._meta.get_field("per_day").verbose_name,
        min_value=0,
        max_value=12,
    )

    class Meta:
        model = PatrolRule
        fields = ["per_day", "on_days_off"]

    def __init__(self, *args, place, **kwargs):
        found = PatrolRule.objects.filter(grid=place).first()
        rule = found or PatrolRule(grid=place, district_id=place.district_id)
        super().__init__(*args, instance=rule, **kwargs)

    def keep(self):
        self.save()
