"""One form per step of the loop. Its cleaned data are the keyword arguments of the verb."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import routing
from cases.forms.photos import PhotosField
from cases.models import CaseStandard, LimitUnit, Result, SupervisionSlip
from grids.models import Department


def _words(label, *, required=True, help_text="", rows=3, max_length=500):
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=max_length,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class StepForm(forms.Form):
    """Knows the case that it is about; most forms need nothing of it."""

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case
        self.prepare()

    def prepare(self):
        pass


class SolveForm(StepForm):
    note = _words(_("What was done"))
    photos = PhotosField(label=_("Photos after"))


class RegisterForm(StepForm):
    standard = forms.ModelChoiceField(
        CaseStandard.objects.none(),
        label=_("Filing condition"),
        empty_label=_("Choose"),
    )
    note = _words(_("Note"), required=False, rows=2)

    def prepare(self):
        today = timezone.localdate()
        field = self.fields["standard"]
        field.queryset = (
            CaseStandard.objects.filter(valid_from__lte=today)
            .exclude(valid_to__lt=today)
            .select_related("category")
            .order_by("category__kind", "category__code", "condition")
        )
        own, others = [], {}
        for standard in field.queryset:
            choice = (standard.pk, f"{standard.condition} · {limit_text(standard)}")
            if standard.category_id == self.case.category_id:
                own.append(choice)
            else:
                others.setdefault(standard.category.name, []).append(choice)
        groups = [(self.case.category.name, own)] if own else []
        field.choices = [("", _("Choose")), *groups, *others.items()]
        if self.case.standard_id or len(own) == 1:
            self.initial["standard"] = self.case.standard_id or own[0][0]


class RejectForm(StepForm):
    reason = _words(_("Reason"), help_text=_("The reporter reads it."))


class DispatchForm(StepForm):
    to = forms.ModelChoiceField(
        Department.objects.none(), label=_("To department"), empty_label=_("Choose")
    )
    note = _words(_("What is asked for"), required=False, rows=2)

    def prepare(self):
        self.fields["to"].queryset = Department.objects.serving(
            self.case.grid
        ).order_by("-grid__path", "name")
        usual = routing and routing.department_for(
            self.case.category, self.case.grid, self.case.standard
        )
        if usual is not None:
            self.initial["to"] = usual.pk
            self.fields["to"].help_text = _("Usually: %(department)s") % {
                "department": usual
            }


class AcceptForm(StepForm):
    pass


class SendBackForm(StepForm):
    reason = _words(
        _("Reason"), help_text=_("What was entered stays; the limit runs on.")
    )


class FeedBackForm(StepForm):
    note = _words(_("What was done"))
    photos = PhotosField(
        label=_("Photos after"), help_text=_("From the same place as the photo before.")
    )


class VerifyForm(StepForm):
    passed = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=[
            ("yes", _("Yes, close the case")),
            ("no", _("No, back to the department")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    result = forms.ChoiceField(
        label=_("Result"), choices=Result, initial=Result.FIXED, required=False
    )
    note = _words(
        _("Note"), required=False, rows=2, help_text=_("Needed when it is not solved.")
    )
    photos = PhotosField(label=_("Photos of the check"))

    def clean_result(self):
        return self.cleaned_data["result"] or Result.FIXED

    def clean(self):
        cleaned = super().clean()
        is_plain = cleaned.get("result") in (Result.FIXED, Result.ANSWERED)
        if (
            "passed" in cleaned
            and not (cleaned["passed"] and is_plain)
            and not cleaned.get("note", "").strip()
        ):
            self.add_error(
                "note", forms.ValidationError(_("Say what is missing, or why."))
            )
        return cleaned


class EvaluateForm(StepForm):
    rating = forms.TypedChoiceField(
        label=_("How was it?"),
        coerce=int,
        widget=forms.RadioSelect,
        choices=[
            (5, _("5 Very good")),
            (4, _("4 Good")),
            (3, _("3 Fair")),
            (2, _("2 Poor")),
            (1, _("1 Very poor")),
        ],
    )
    note = _words(_("Note"), required=False, rows=2, max_length=300)


class ReopenForm(StepForm):
    reason = _words(_("Reason"), help_text=_("The case begins again with a new limit."))


class UrgeForm(StepForm):
    note = _words(_("What you want to say"), required=False, rows=2)


class PauseForm(StepForm):
    reason = _words(_("Reason"), rows=2)
    until = forms.DateTimeField(
        label=_("At most until"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )

    def prepare(self):
        tomorrow = timezone.localtime() + dt.timedelta(days=1)
        self.initial["until"] = tomorrow.replace(
            hour=17, minute=30, second=0, microsecond=0
        )

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until <= timezone.now():
            raise forms.ValidationError(_("A pause ends in the future."))
        return until


class ResumeForm(StepForm):
    pass


class ExtendForm(StepForm):
    number = forms.IntegerField(label=_("By"), min_value=1, max_value=365, initial=1)
    unit = forms.ChoiceField(
        label=pgettext_lazy("of time", "Unit"),
        choices=LimitUnit,
        initial=LimitUnit.WORKING_DAYS,
    )
    reason = _words(_("Reason"), rows=2)


class IssueSlipForm(StepForm):
    colour = forms.ChoiceField(label=_("Colour"), choices=SupervisionSlip.Colour)
    text = _words(_("What is demanded"))


class AnswerSlipForm(StepForm):
    slip = forms.ModelChoiceField(
        SupervisionSlip.objects.none(), widget=forms.HiddenInput
    )
    text = _words(
        _("Explanation"),
        max_length=1000,
        help_text=_("Why it is late, and by when it is done."),
    )

    def prepare(self):
        self.fields["slip"].queryset = self.case.slips.filter(answered_at=None)


FORMS = {
    "solve": SolveForm,
    "register": RegisterForm,
    "reject": RejectForm,
    "dispatch": DispatchForm,
    "accept": AcceptForm,
    "send_back": SendBackForm,
    "feed_back": FeedBackForm,
    "verify": VerifyForm,
    "evaluate": EvaluateForm,
    "reopen": ReopenForm,
    "urge": UrgeForm,
    "pause": PauseForm,
    "resume": ResumeForm,
    "extend": ExtendForm,
    "issue_slip": IssueSlipForm,
    "answer_slip": AnswerSlipForm,
}


def limit_text(standard):
    return f"{standard.limit_number} {standard.get_limit_unit_display()}"
