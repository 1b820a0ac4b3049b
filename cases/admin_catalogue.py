"""Admin pages of the catalogue: modules, categories, standards in versions, ready answers."""

from django import forms
from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cases.catalogue import versions, words
from cases.models import AnswerTemplate, CaseStandard, Category, ServiceModule
from cases.steps.table import LABELS
from grids.models import Grid
from grids.scope import Scope
from grids.scoped_admin import ScopedAdmin, ScopedInline


class StandardForm(forms.ModelForm):
    """Refuses what `versions.keep` would refuse, at the form."""

    def _post_clean(self):
        super()._post_clean()
        is_edit = self.instance.pk and not self.errors
        if is_edit and (text := versions.obstacle(self.instance)):
            self.add_error(None, text)


class CaseStandardInline(ScopedInline):
    """The versions of today; earlier ones stand in the list of standards."""

    model = CaseStandard
    form = StandardForm
    show_change_link = True
    fields = [
        "condition",
        "limit_number",
        "limit_unit",
        "default_line",
        "loop",
        "is_urgent",
        "is_admitted",
        "valid_from",
        "valid_to",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(replaced_by=None)


@admin.register(ServiceModule)
class ServiceModuleAdmin(ScopedAdmin):
    list_display = ["code", "name", "is_active"]
    search_fields = ["name", "code"]


@admin.register(Category)
class CategoryAdmin(ScopedAdmin):
    list_display = ["kind", "code", "name", "major_name", "module", "is_active"]
    list_filter = ["kind", "is_active", "module", "major_name"]
    search_fields = ["name", "code"]
    inlines = [CaseStandardInline]

    def save_formset(self, request, form, formset, change):
        if formset.model is not CaseStandard:
            super().save_formset(request, form, formset, change)
            return
        for edited in formset.save(commit=False):
            _keep(request, edited)
        formset.save_m2m()


@admin.register(CaseStandard)
class CaseStandardAdmin(ScopedAdmin):
    """Every version; only those that nothing has replaced are edited, and through `versions`."""

    form = StandardForm
    list_display = ["category", "condition", "limit", "valid_from", "valid_to", "version_before"]
    list_filter = ["category__kind", "loop", "is_admitted", "is_urgent"]
    list_select_related = ["category", "replaces"]
    search_fields = ["category__name", "category__code", "condition"]
    autocomplete_fields = ["category"]
    readonly_fields = ["version_before", "version_after"]
    fields = [
        "category",
        *versions.SAID,
        "valid_from",
        "valid_to",
        "version_before",
        "version_after",
    ]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "category"] if obj else self.readonly_fields

    def has_change_permission(self, request, obj=None):
        is_replaced = obj is not None and hasattr(obj, "replaced_by")
        return not is_replaced and super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        obj.pk = _keep(request, obj).pk

    @admin.display(description=_("limit"))
    def limit(self, obj):
        return words.limit(obj.limit_number, obj.limit_unit)

    @admin.display(description=_("version before"))
    def version_before(self, obj):
        return _version(obj.replaces)

    @admin.display(description=_("version after"))
    def version_after(self, obj):
        return _version(getattr(obj, "replaced_by", None))


def _version(standard):
    if standard is None:
        return "—"
    text = f"{words.limit(standard.limit_number, standard.limit_unit)} · {standard.valid_from} – {standard.valid_to or ''}"
    address = reverse("admin:cases_casestandard_change", args=[standard.pk])
    return format_html('<a href="{}">{}</a>', address, text)


def _keep(request, edited):
    before = edited.pk
    kept = versions.keep(edited)
    if before and kept.pk != before:
        text = _("Cases keep the old version of “%(name)s”; the new one begins on %(day)s.")
        messages.info(request, text % {"name": kept.condition, "day": kept.valid_from})
    return kept


class AnswerTemplateForm(forms.ModelForm):
    step = forms.ChoiceField(label=_("step"), choices=lambda: list(LABELS.items()))


@admin.register(AnswerTemplate)
class AnswerTemplateAdmin(ScopedAdmin):
    form = AnswerTemplateForm
    list_display = ["step_label", "name", "category", "text"]
    list_select_related = ["category"]
    search_fields = ["name", "text"]
    autocomplete_fields = ["category"]
    fields = ["district", "step", "category", "name", "text"]

    @admin.display(description=_("step"), ordering="step")
    def step_label(self, obj):
        return LABELS.get(obj.step, obj.step)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "district":
            mine = Scope.of(request.user).reach("dictionary.edit").districts
            kwargs["queryset"] = Grid.objects.filter(pk__in=mine)
            kwargs["initial"] = min(mine, default=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
