"""The few facts that change between visits, put right on the form of the visit."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from inspections.visits import corrections
from inspections.wording import phone_end
from residents.models import Household, Resident

PREFIX = "fact"
WAS = "was"
MOST = 60


class FactsForm(forms.Form):
    """`offered`: [(household or member, its facts)]. Empty, a number that is not shown stays."""

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, prefix=PREFIX, **kwargs)
        self.offered = offered
        self.facts = {fact.key: fact for __, facts in offered for fact in facts}
        for key, fact in self.facts.items():
            self.fields[key] = _field(fact)
        marks = " ".join(f"{key}:{fact.mark}" for key, fact in self.facts.items())
        self.fields[WAS] = forms.CharField(
            required=False, initial=marks, widget=forms.HiddenInput({"data-fact": ""})
        )

    @staticmethod
    def is_in(sent):
        """Whether a page with facts sent this."""
        return any(name.startswith(f"{PREFIX}-") for name in sent)

    def groups(self):
        """[(household or member, its bound fields)], for the page."""
        return [(row, [self[fact.key] for fact in facts]) for row, facts in self.offered]

    @property
    def is_written_in(self):
        return self.is_bound and any(
            self[key].errors or self[key]._has_changed() for key in self.facts
        )

    def corrections(self):
        """Every fact that was sent; also one that is not offered any more, so that it is not lost."""
        was = dict(pair.split(":", 1) for pair in self.cleaned_data[WAS].split() if ":" in pair)
        return [
            corrections.Correction(key, value, was.get(key, ""))
            for key, value in (self._offered() | self._no_longer_offered()).items()
        ]

    def _offered(self):
        said = {
            key: corrections.normal(key, self.cleaned_data[key])
            for key in self.facts
            if self.add_prefix(key) in self.data
        }
        return {key: value for key, value in said.items() if value or self.facts[key].is_readable}

    def _no_longer_offered(self):
        sent = (name.removeprefix(f"{PREFIX}-") for name in list(self.data)[: MOST * 4])
        keys = [key for key in sent if key not in self.facts and corrections.KEY.fullmatch(key)]
        said = {
            key: corrections.normal(key, self.data[self.add_prefix(key)])[: _length(key)]
            for key in keys[:MOST]
        }
        return {key: value for key, value in said.items() if value}


def _field(fact):
    box = {"autocomplete": "off", "data-fact": ""}
    if fact.name == "phone":
        box["inputmode"] = "tel"
    help_text = ""
    if not fact.is_readable and fact.value:
        help_text = _("Now %(end)s. Left empty, it stays.") % {"end": phone_end(fact.value)}
    return forms.CharField(
        label=capfirst(fact.field.verbose_name),
        max_length=fact.field.max_length,
        required=False,
        initial=fact.value if fact.is_readable else "",
        help_text=help_text,
        widget=forms.TextInput(attrs=box),
    )


def _length(key):
    model = Household if key.startswith("h") else Resident
    return model._meta.get_field(key.partition("-")[2]).max_length
