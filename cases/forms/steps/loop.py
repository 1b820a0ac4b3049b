"""The forms of the steps of the loop, and of its clock and slips."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cases.forms.photos import FilesField, PhotosField
from cases.forms.steps.base import StepForm, words, yes_or_no
from cases.models import CaseStandard, Result, SupervisionSlip
from cases.workflow import obstacles, routing
from cases.workflow.quality import UNHAPPY
from grids.models import Department
from grids.templatetags.office import office_time


class SolveForm(StepForm):
    step = "solve"
    note = words(_("What was done"))
    photos = PhotosField(label=_("Photos after"))


class AnswerPersonForm(StepForm):
    step = "answer_person"
    is_granted = yes_or_no(
        _("What was asked"), _("was done"), _("was refused, for the reason in the answer")
    )
    answer = words(_("Answer to the person"), help_text=_("As the person reads or hears it."))


class RegisterForm(StepForm):
    step = "register"
    standard = forms.ModelChoiceField(
        CaseStandard.objects.none(),
        label=_("Filing condition"),
        empty_label=_("Choose"),
    )
    note = words(_("Note"), required=False, rows=2)

    def prepare(self):
        today = timezone.localdate()
        field = self.fields["standard"]
        field.queryset = (
            CaseStandard.objects.in_force(today)
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
    step = "reject"
    reason = words(_("Reason"), help_text=_("The reporter reads it."))


class DispatchForm(StepForm):
    step = "dispatch"
    to = forms.ModelChoiceField(
        Department.objects.none(), label=_("To department"), empty_label=_("Choose")
    )
    note = words(_("What is asked for"), required=False, rows=2)

    def prepare(self):
        self.fields["to"].queryset = Department.objects.serving(self.case.grid).order_by(
            "-grid__path", "name"
        )
        usual = routing and routing.department_for(
            self.case.category, self.case.grid, self.case.standard
        )
        if usual is not None:
            self.initial["to"] = usual.pk
            self.fields["to"].help_text = _("Usually: %(department)s") % {"department": usual}


class AcceptForm(StepForm):
    step = "accept"


class SendBackForm(StepForm):
    step = "send_back"
    reason = words(_("Reason"), help_text=_("What was entered stays; the limit runs on."))


class FeedBackForm(StepForm):
    step = "feed_back"
    note = words(_("What was done"))
    photos = PhotosField(
        label=_("Photos after"), help_text=_("From the same place as the photo before.")
    )
    attachments = FilesField()


class VerifyForm(StepForm):
    step = "verify"
    passed = yes_or_no(
        _("Is it solved?"), _("Yes, close the case"), _("No, back to the department")
    )
    result = forms.ChoiceField(
        label=_("Result"), choices=Result, initial=Result.FIXED, required=False
    )
    passed_to = forms.CharField(
        label=_("Passed on to"),
        max_length=120,
        required=False,
        help_text=_("Only when it was passed on."),
    )
    note = words(_("Note"), required=False, rows=2, help_text=_("Needed when it is not solved."))
    photos = PhotosField(label=_("Photos of the check"))

    def prepare(self):
        results = obstacles.results_for(self.case.category)
        self.fields["result"].choices = [(each, each.label) for each in results]
        self.initial["result"] = results[0]

    def clean_result(self):
        return self.cleaned_data["result"] or self.initial["result"]

    def clean(self):
        cleaned = super().clean()
        is_passed_on = cleaned.get("result") == Result.PASSED_ON
        if cleaned.get("passed") and is_passed_on:
            self.demand_note(_("Say to whom."), name="passed_to")
        elif cleaned.get("passed") is False or (cleaned.get("result") == Result.NOT_FIXED):
            self.demand_note(_("Say what is missing, or why."))
        return cleaned

    def calls(self):
        [(case, given)] = super().calls()
        return [(case, {key: value for key, value in given.items() if value != ""})]


class EvaluateForm(StepForm):
    step = "evaluate"
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
    is_solved = yes_or_no(
        _("Is it solved?"), _("Yes"), _("No, it has to begin again"), required=False
    )
    note = words(_("Note"), required=False, rows=2, max_length=300)

    def prepare(self):
        self.initial["is_solved"] = "yes"

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_solved") is False and cleaned.get("rating", 0) > UNHAPPY:
            self.add_error(
                "rating",
                forms.ValidationError(_("What is not solved is rated 1 or 2.")),
            )
        return cleaned

    def calls(self):
        [(case, given)] = super().calls()
        return [(case, given | {"is_solved": given["is_solved"] is not False})]


class ReopenForm(StepForm):
    step = "reopen"
    reason = words(_("Reason"), help_text=_("The case begins again with a new limit."))


class UrgeForm(StepForm):
    step = "urge"
    note = words(_("What you want to say"), required=False, rows=2)


class PauseForm(StepForm):
    step = "pause"
    reason = words(_("Reason"), rows=2)
    until = forms.DateTimeField(
        label=_("At most until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def prepare(self):
        days = obstacles.policy_of(self.case.district_id).pause_days
        now = timezone.localtime()
        self.cap = now + dt.timedelta(days=days)
        field = self.fields["until"]
        field.widget.attrs["max"] = f"{self.cap:%Y-%m-%dT%H:%M}"
        field.help_text = ngettext(
            "At most %(days)d day: until %(cap)s.",
            "At most %(days)d days: until %(cap)s.",
            days,
        ) % {"days": days, "cap": office_time(self.cap)}
        self.initial["until"] = (now + dt.timedelta(days=1)).replace(
            hour=17, minute=30, second=0, microsecond=0
        )

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until <= timezone.now():
            raise forms.ValidationError(_("A pause ends in the future."))
        if until > self.cap:
            raise forms.ValidationError(
                _("At the latest %(cap)s.") % {"cap": office_time(self.cap)}
            )
        return until


class ResumeForm(StepForm):
    step = "resume"


class IssueSlipForm(StepForm):
    step = "issue_slip"
    colour = forms.ChoiceField(label=_("Colour"), choices=SupervisionSlip.Colour)
    text = words(_("What is demanded"))


class AnswerSlipForm(StepForm):
    step = "answer_slip"
    slip = forms.ModelChoiceField(SupervisionSlip.objects.none(), widget=forms.HiddenInput)
    text = words(
        _("Explanation"),
        max_length=1000,
        help_text=_("Why it is late, and by when it is done."),
    )

    def prepare(self):
        self.fields["slip"].queryset = self.case.slips.filter(answered_at=None)

    def calls(self):
        return [(self.cleaned_data["slip"], {"text": self.cleaned_data["text"]})]


def limit_text(standard):
    return f"{standard.limit_number} {standard.get_limit_unit_display()}"
