"""Dictionaries of the cases. Cases themselves are worked on in the portal, never here."""

from django.contrib import admin
from django.utils import timezone

import cases.admin_catalogue  # noqa: F401  registers its pages
from cases.catalogue import responsibilities
from cases.forms.ladders import HearerForm
from cases.models import (
    CalendarDay,
    CasePolicy,
    LadderHearer,
    LadderPolicy,
    Responsibility,
)
from grids.models import Staff
from grids.roles import RIGHTS
from grids.scope import Scope
from grids.scoped_admin import ScopedAdmin


@admin.register(Responsibility)
class ResponsibilityAdmin(ScopedAdmin):
    list_display = ["category", "grid", "department"]
    autocomplete_fields = ["category", "grid", "department"]
    search_fields = ["category__name"]
    fields = ["category", "grid", "department"]

    def save_model(self, request, obj, form, change):
        responsibilities.keep(obj)


@admin.register(CasePolicy)
class CasePolicyAdmin(ScopedAdmin):
    list_display = ["district", "decider", "pause_days", "slip_answer_hours"]
    fields = [
        "decider",
        "recheck_percent",
        "call_back_percent",
        "pause_days",
        "extensions_at_most",
        "slip_answer_hours",
    ]

    def has_add_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, field, request, **kwargs):
        """Only somebody who dispatches in the district decides in it."""
        if field.name == "decider":
            reach = Scope.of(request.user).reach("dictionary.edit").districts
            kwargs["queryset"] = Staff.objects.posted(
                timezone.localdate(),
                role__in=[role for role in RIGHTS if "case.dispatch" in RIGHTS[role]],
                grid__in=reach,
            ).order_by("full_name")
        return super().formfield_for_foreignkey(field, request, **kwargs)


@admin.register(CalendarDay)
class CalendarDayAdmin(ScopedAdmin):
    list_display = ["day", "calendar", "hours", "is_provisional", "note"]
    list_filter = ["is_provisional"]
    date_hierarchy = "day"

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(LadderPolicy)
class LadderPolicyAdmin(ScopedAdmin):
    """To look at; rungs are edited on the page of the ladder, because open cases follow."""

    list_display = [
        "district",
        "category",
        "warn_percent",
        "half_percent",
        "full_percent",
        "double_percent",
    ]

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(LadderHearer)
class LadderHearerAdmin(ScopedAdmin):
    """Rows of a rung replace the shipped table of that rung in the district."""

    list_display = ["level", "role", "place", "only_at_desk"]
    fields = ["level", "role", "place", "only_at_desk"]
    form = HearerForm

    def save_model(self, request, obj, form, change):
        if not change:
            districts = Scope.of(request.user).reach("dictionary.edit").districts
            obj.district_id = min(districts)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, "edit", obj)
