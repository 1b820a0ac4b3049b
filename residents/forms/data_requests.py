"""Forms of data requests: the department's question, the street's answer."""

import re
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Department
from grids.scope import Scope
from grids.workbooks import spelling
from residents import data_requests
from residents.people import idnumber

MOST_PERSONS = 500
MOST_DAYS = 90
_SEPARATORS = re.compile(r"[,，;；\t]+|\s{1,}")
PROBLEMS = {
    "id_checksum": _("line %(line)s: the ID number has a mistake; compare it with the document"),
    "id_birth": _("line %(line)s: the ID number holds no real date; compare it with the document"),
    "id_future": _("line %(line)s: the birth date in the ID number lies in the future"),
    "id_scientific": _("line %(line)s: the ID number was damaged by the spreadsheet; type it again"),
}  # fmt: skip


class RequestForm(forms.Form):
    """`staff` asks in the name of a department where he or she is posted with `request.ask`."""

    department = forms.ModelChoiceField(Department.objects.none(), label=_("Department"))
    purpose = forms.CharField(
        label=_("Purpose"),
        min_length=4,
        max_length=200,
        help_text=_("What the facts are needed for, e.g. yearly review of low-income aid."),
    )
    legal_basis = forms.CharField(
        label=_("Legal basis"),
        max_length=200,
        help_text=_("Law, regulation or document number."),
    )
    facts = forms.MultipleChoiceField(
        label=_("Facts"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, fact.label) for name, fact in data_requests.FACTS.items()],
        help_text=_("Only what the purpose needs; the street may give less."),
    )
    persons = forms.CharField(
        label=_("Named persons"),
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
        help_text=_(
            "One line each: name and ID number. Two columns copied from a workbook will do."
        ),
    )
    use_until = forms.DateField(
        label=_("Needed until"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The answer is deleted after this day, after 90 days at the latest."),
    )
    notice_days = forms.IntegerField(
        label=_("Days of public notice"),
        min_value=0,
        max_value=30,
        initial=0,
        help_text=_("0 when the purpose asks for none."),
    )

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        asking = Scope.of(staff).reach("request.ask").departments
        rows = Department.objects.filter(pk__in=asking, is_active=True)
        self.fields["department"].queryset = rows
        if rows.count() == 1:
            self.fields["department"].initial = rows[0].pk

    def clean_use_until(self):
        day, today = self.cleaned_data["use_until"], timezone.localdate()
        if not today <= day <= today + timedelta(days=MOST_DAYS):
            raise ValidationError(_("Choose a day within the next 90 days."))
        return day

    def clean_persons(self):
        lines = self.cleaned_data["persons"].splitlines()
        found, problems, seen = [], [], {}
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                person = _person(line)
            except ValidationError as error:
                problems.append(error.message % {"line": number})
                continue
            if person.number in seen:
                first = seen[person.number]
                problems.append(
                    _("line %(line)s: the same person as line %(first)s")
                    % {"line": number, "first": first}
                )
            seen.setdefault(person.number, number)
            found.append(person)
        if problems:
            raise ValidationError(problems[:20])
        if len(found) > MOST_PERSONS:
            raise ValidationError(
                _("%(count)s persons; a request takes 500 at most. Divide it.")
                % {"count": len(found)}
            )
        return found


def _person(line):
    """Name and number, in this order or the other."""
    parts = [part for part in _SEPARATORS.split(line.strip()) if part]
    at = next((n for n, part in enumerate(parts) if re.match(r"[\d０-９]{6}", part)), None)
    name = spelling.name("".join(parts[:at] or parts[1:])) if at is not None else ""
    if at is None or not name:
        raise ValidationError(_("line %(line)s: write the name, a blank and the ID number"))
    try:
        number = idnumber.parse(parts[at], timezone.localdate())
    except idnumber.NotAnIdNumber as error:
        raise ValidationError(PROBLEMS[error.reason]) from error
    return data_requests.Person(name[:60], number.text)


class NoticeForm(forms.Form):
    text = forms.CharField(
        label=_("Text of the notice"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("With the place and the phone for objections. Names are shortened in print."),
    )


class AnswerForm(forms.Form):
    """Which facts are given, and of whom not: a field per line, a reason per refused line."""

    facts = forms.MultipleChoiceField(
        label=_("Facts that are given"), widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(label=_("Note to the department"), max_length=300, required=False)

    def __init__(self, *args, offered, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            line.typed_reason = self.data.get(f"reason-{line.pk}", "")
        self.fields["facts"].choices = offered
        self.fields["facts"].initial = [name for name, _label in offered]

    def refused(self):
        """{line key: reason} of the lines whose box is not ticked."""
        given = set(self.data.getlist("line"))
        return {
            line.pk: self.data.get(f"reason-{line.pk}", "").strip()[:200]
            for line in self.lines
            if line.found is not None and str(line.pk) not in given
        }

    def clean(self):
        missing = [key for key, reason in self.refused().items() if not reason]
        if missing:
            raise ValidationError(
                _("Say why for each person whose facts are not given (%(count)s missing).")
                % {"count": len(missing)}
            )
        return super().clean()


class RefuseForm(forms.Form):
    note = forms.CharField(
        label=_("Why the whole request is refused"), min_length=2, max_length=200
    )
