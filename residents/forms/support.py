"""The forms of care, help and benefits: each asks only for what its step needs."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Department, Posting, Staff
from residents.help import benefits
from residents.models import Resident
from residents.models.care import open_to


def day_field(label, **options):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


def worth_field(label):
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=10, decimal_places=2
    )


class AddForm(forms.Form):
    """Something for a member of `household`; `by` asks. `facts()` are for the verb."""

    member = forms.ModelChoiceField(Resident.objects.none(), label=_("For whom"), empty_label="—")

    def __init__(self, *args, household, by, chosen, **kwargs):
        """`chosen` is the address's query: member, benefit."""
        super().__init__(*args, **kwargs)
        self.household, self.by, self.chosen = household, by, chosen
        live = household.residents.live().order_by("relation", "pk")
        self.fields["member"].queryset = live
        only = live[0] if len(live) == 1 else None
        named = [one for one in live if str(one.pk) == chosen.get("member")]
        self.fields["member"].initial = named[0] if named else only
        if "since" in self.fields:
            self.fields["since"].initial = timezone.localdate
        self.prepare()

    def prepare(self):
        """Fill in the choices."""

    def clean(self):
        facts = super().clean()
        since, until = facts.get("since"), facts.get("until")
        if since and until and until < since:
            self.add_error("until", _("It cannot end before it began."))
        return facts

    def facts(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "member"}


class CareForm(AddForm):
    category = forms.ModelChoiceField(None, label=_("Care category"), empty_label="—")
    since = day_field(_("Begins on"))
    until = day_field(_("Ends on"), required=False, help_text=_("Empty: it goes on."))
    source = forms.CharField(
        label=_("Source"),
        max_length=60,
        required=False,
        help_text=_("Who found or confirmed it, e.g. the civil affairs office."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def prepare(self):
        self.fields["category"].queryset = open_to(self.by).order_by("code")


class PlanForm(AddForm):
    what = forms.CharField(
        label=_("What help"),
        max_length=200,
        help_text=_("In a sentence, e.g. shopping and a visit every Tuesday."),
    )
    helper = forms.ModelChoiceField(
        Staff.objects.none(), label=_("Who helps"), required=False, empty_label="—"
    )
    helper_name = forms.CharField(
        label=_("or somebody outside the staff"), max_length=60, required=False
    )
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("Department"),
        required=False,
        empty_label="—",
    )
    since = day_field(_("Begins on"))
    until = day_field(_("Ends on"), required=False, help_text=_("Empty: it goes on."))
    review_on = day_field(_("Next review"), required=False)

    def prepare(self):
        """Staff who are posted above or in the household's grid, and departments there."""
        grid = self.household.grid
        above = type(grid).objects.above(grid).values("pk")
        posted = Posting.objects.on(timezone.localdate()).filter(grid__in=above)
        staff = Staff.objects.filter(pk__in=posted.values("staff"), is_active=True)
        self.fields["helper"].queryset = staff.order_by("full_name", "pk")
        rows = Department.objects.filter(grid__in=above)
        self.fields["department"].queryset = rows.order_by("name")

    def clean(self):
        facts = super().clean()
        if not facts.get("helper") and not facts.get("helper_name"):
            self.add_error("helper", _("Say who helps."))
        return facts


class BenefitForm(AddForm):
    benefit = forms.ModelChoiceField(None, label=_("Benefit"), empty_label="—")
    since = day_field(_("Begins on"))
    until = day_field(_("Ends on"), required=False, help_text=_("Empty: it goes on."))
    amount = worth_field(_("Yuan per month"))
    source = forms.CharField(label=_("Source"), max_length=60, required=False)

    def prepare(self):
        self.fields["benefit"].queryset = benefits.offered(self.by)
        self.initial.setdefault("benefit", self.chosen.get("benefit"))


class StepForm(forms.Form):
    """A step of a row that is there already."""

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, **kwargs)
        self.row = row
        for name in ("until", "on"):
            if name in self.fields and self.fields[name].required:
                self.fields[name].initial = timezone.localdate

    def facts(self):
        return self.cleaned_data


class EndForm(StepForm):
    until = day_field(_("Last day"))
    note = forms.CharField(
        label=_("Reason"),
        max_length=100,
        required=False,
        help_text=_("Stays in the history."),
    )


class ReviewForm(StepForm):
    on = day_field(_("Looked at on"))
    outcome = forms.CharField(label=_("What came of it"), max_length=300)
    review_on = day_field(_("Next review"), required=False)
    until = day_field(_("Ends on"), required=False, help_text=_("Only if the help ends."))

    def clean(self):
        facts = super().clean()
        if not facts.get("review_on") and not facts.get("until"):
            self.add_error("review_on", _("Say when it is looked at again, or when it ends."))
        return facts


class AidForm(StepForm):
    on = day_field(_("Given on"))
    what = forms.CharField(label=_("What was given"), max_length=200)
    worth = worth_field(_("Worth in yuan"))
