"""Dictionaries of the registers."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.roles import Role
from grids.scope import Scope
from grids.scoped_admin import ScopedAdmin
from residents.models import Benefit, CareCategory, Code


class CareCategoryForm(forms.ModelForm):
    readers = forms.TypedMultipleChoiceField(
        label=_("who may read it"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nobody chosen: every role that reads care categories."),
    )


@admin.register(CareCategory)
class CareCategoryAdmin(ScopedAdmin):
    form = CareCategoryForm
    readonly_fields = ["is_guarded"]  # set on a page of its own, taken off by two
    list_display = ["code", "name", "level", "is_sensitive", "is_guarded", "readers"]
    list_filter = ["level", "is_sensitive", "is_guarded"]
    search_fields = ["name", "code"]


@admin.register(Benefit)
class BenefitAdmin(ScopedAdmin):
    """The benefits that ship with the product belong to all districts, others to one."""

    fields = [
        "code",
        "name",
        "categories",
        "needs_all",
        "min_age",
        "basis",
        "is_active",
    ]
    list_display = ["code", "name", "min_age", "basis", "is_active"]
    search_fields = ["name", "code"]
    filter_horizontal = ["categories"]

    def get_queryset(self, request):
        mine = Q(district=None) | Q(district__in=_districts(request))
        return admin.ModelAdmin.get_queryset(self, request).filter(mine)

    def _may(self, request, verb, obj):
        may = Scope.of(request.user).has(f"{self.area}.{verb}")
        is_here = obj is None or obj.district_id in {None, *_districts(request)}
        return may and is_here

    def save_model(self, request, obj, form, change):
        if not change:
            obj.district_id = min(_districts(request))
        super().save_model(request, obj, form, change)


def _districts(request):
    return Scope.of(request.user).reach("dictionary.edit").districts


@admin.register(Code)
class CodeAdmin(ScopedAdmin):
    list_display = ["table", "code", "name", "other_words"]
    list_filter = ["table"]
    search_fields = ["name", "code"]
