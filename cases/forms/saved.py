"""A name for a filter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.lists import saved
from cases.models import SavedView


class SavedViewForm(forms.Form):
    """`view` is the one that is renamed; without it the filter of `query` is kept."""

    name = forms.CharField(label=_("Name of the filter"), max_length=40)
    page = forms.ChoiceField(choices=SavedView.Page, widget=forms.HiddenInput)
    query = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data, *, staff, view=None, initial=None):
        super().__init__(data, initial=initial)
        self.staff, self.view = staff, view
        if view is not None:
            del self.fields["page"], self.fields["query"]

    def clean_query(self):
        query = saved.tidy(self.cleaned_data["query"])
        if len(query) > SavedView._meta.get_field("query").max_length:
            raise forms.ValidationError(_("This filter is too long to be kept."))
        return query

    def clean(self):
        page = self.view.page if self.view else self.cleaned_data.get("page")
        name = self.cleaned_data.get("name")
        if self.view:
            others = saved.own(self.staff).filter(page=page).exclude(pk=self.view.pk)
            if others.filter(name=name).exists():
                self.add_error("name", _("Another filter has this name."))
        elif obstacle := saved.obstacle(self.staff, page, name):
            self.add_error(None, obstacle)
        return self.cleaned_data
