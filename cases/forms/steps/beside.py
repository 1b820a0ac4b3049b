"""The forms of steps that other people take beside the loop: checks, help, time, samples, remarks."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.file import people
from cases.forms.photos import FilesField, PhotosField
from cases.forms.steps.base import StepForm, words, yes_or_no
from cases.models import CaseHelp, CasePhoto, Extension, LimitUnit, Sample
from grids.models import Department, Staff


def _person(label, **options):
    return forms.ModelChoiceField(
        Staff.objects.none(), label=label, empty_label=_("Choose"), **options
    )


class AskCheckForm(StepForm):
    step = "ask_check"
    worker = _person(_("Who looks"))
    question = words(_("What to look at"), required=False, rows=2, max_length=200)

    def prepare(self):
        self.fields["worker"].queryset = people.who_could_look(self.case)


class AnswerCheckForm(StepForm):
    step = "answer_check"
    moment = CasePhoto.Moment.BEFORE

    is_so = yes_or_no(_("Is it as reported?"), _("Yes, it is so"), _("No, it is not so"))
    note = words(
        _("What you saw"),
        required=False,
        rows=2,
        max_length=300,
        help_text=_("Needed when it is not so."),
    )
    photos = PhotosField(label=_("Photos"))

    def about(self):
        return self.case.checks.filter(answered_at=None).first()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_so") is False:
            self.demand_note(_("Say what you saw instead."))
        return cleaned


class AssignForm(StepForm):
    step = "assign"
    handler = _person(_("Who handles it"))
    note = words(_("Note"), required=False, rows=2)

    def prepare(self):
        self.fields["handler"].queryset = people.who_could_handle(self.case)
        self.initial["handler"] = self.case.handler_id


class DecideForm(StepForm):
    step = "decide"
    to = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("To department"),
        empty_label=_("Choose"),
        help_text=_("It cannot send the case back again."),
    )
    note = words(_("Why this department"))

    def prepare(self):
        self.fields["to"].queryset = Department.objects.serving(self.case.grid).order_by(
            "-grid__path", "name"
        )


class AskHelpForm(StepForm):
    step = "ask_help"
    departments = forms.ModelMultipleChoiceField(
        Department.objects.none(),
        label=_("Departments that help"),
        widget=forms.CheckboxSelectMultiple,
    )
    task = words(_("What is asked for"), rows=2, max_length=300)

    def prepare(self):
        self.fields["departments"].queryset = people.who_could_help(self.case)

    def calls(self):
        task = self.cleaned_data["task"]
        return [
            (self.case, {"department": department, "task": task})
            for department in self.cleaned_data["departments"]
        ]


class FinishHelpForm(StepForm):
    step = "finish_help"
    help = forms.ModelChoiceField(
        CaseHelp.objects.none(), label=_("For department"), empty_label=None
    )
    answer = words(_("What was done"))
    photos = PhotosField(label=_("Photos after"))
    attachments = FilesField()

    def prepare(self):
        departments = people.departments_of(self.staff, "case.help")
        waiting = self.case.helps.filter(done_at=None)
        if self.case.department_id not in departments:  # the leading one may end any
            waiting = waiting.filter(department__in=departments)
        field = self.fields["help"]
        field.queryset = waiting.select_related("department")
        field.label_from_instance = lambda row: row.department.name
        if len(field.queryset) == 1:
            field.widget = forms.HiddenInput()
            self.initial["help"] = field.queryset[0].pk

    def about(self):
        return self.cleaned_data.get("help") or self.case

    def calls(self):
        [(about, given)] = super().calls()
        return [(about, {"answer": given["answer"]})]


class AskExtensionForm(StepForm):
    step = "ask_extension"
    number = forms.IntegerField(label=_("By"), min_value=1, max_value=365, initial=1)
    unit = forms.ChoiceField(
        label=pgettext_lazy("of time", "Unit"),
        choices=LimitUnit,
        initial=LimitUnit.WORKING_DAYS,
    )
    reason = words(_("Reason"), rows=2, max_length=300)
    attachments = FilesField()


class DecideExtensionForm(StepForm):
    step = "decide_extension"
    granted = yes_or_no(_("More time?"), _("Yes, grant it"), _("No, the limit stays"))
    note = words(
        _("Note"),
        required=False,
        rows=2,
        max_length=300,
        help_text=_("Needed when it is not granted."),
    )

    def about(self):
        return self.case.extensions.filter(state=Extension.State.WAITING).first()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("granted") is False:
            self.demand_note(_("Say why."))
        return cleaned


class RemarkForm(StepForm):
    step = "remark"
    text = words(pgettext_lazy("of a remark", "Text"))
    mentions = forms.ModelMultipleChoiceField(
        Staff.objects.none(),
        label=_("Who is to read it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They get a message. Only people who may see the case."),
    )
    attachments = FilesField()

    def prepare(self):
        offered = people.who_see(self.case)
        offered.pop(self.staff and self.staff.pk, None)
        field = self.fields["mentions"]
        field.queryset = Staff.objects.filter(pk__in=offered)
        field.choices = list(offered.items())


class SampleForm(StepForm):
    kind = ""

    def about(self):
        return self.case.samples.filter(kind=self.kind, done_at=None).first()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("finding") == Sample.Finding.BAD:
            self.demand_note(_("Say what is not solved."))
        return cleaned


class RecheckForm(SampleForm):
    step = "recheck"
    kind = Sample.Kind.RECHECK

    finding = forms.ChoiceField(
        label=_("What you found"),
        choices=[
            (Sample.Finding.GOOD, _("Solved, as reported")),
            (Sample.Finding.BAD, _("Not solved: the case begins again")),
        ],
        widget=forms.RadioSelect,
    )
    note = words(_("Note"), required=False, rows=2, max_length=300)
    photos = PhotosField(label=_("Photos of the check"))


class CallBackForm(SampleForm):
    step = "call_back"
    kind = Sample.Kind.CALL_BACK

    finding = forms.ChoiceField(
        label=_("What the reporter says"),
        choices=[
            (Sample.Finding.GOOD, _("Solved")),
            (Sample.Finding.BAD, _("Not solved: the case begins again")),
            (Sample.Finding.UNREACHED, _("Nobody reached")),
        ],
        widget=forms.RadioSelect,
    )
    note = words(_("Note"), required=False, rows=2, max_length=300)
