"""Dictionaries of the cases. Cases themselves are worked on in the portal, never here."""

from django.contrib import admin

from cases.models import (
    CalendarDay,
    CaseStandard,
    Category,
    LightPolicy,
    Responsibility,
)
from grids.scoped_admin import ScopedAdmin, ScopedInline


class CaseStandardInline(ScopedInline):
    model = CaseStandard
    fields = [
        "condition", "limit_number", "limit_unit", "default_line", "loop", "is_urgent",
        "is_admitted", "valid_from", "valid_to",
    ]  # fmt: skip


@admin.register(Category)
class CategoryAdmin(ScopedAdmin):
    list_display = ["kind", "code", "name", "major_name", "is_active"]
    list_filter = ["kind", "is_active", "major_name"]
    search_fields = ["name", "code"]
    inlines = [CaseStandardInline]


@admin.register(Responsibility)
class ResponsibilityAdmin(ScopedAdmin):
    list_display = ["category", "grid", "department"]
    autocomplete_fields = ["category", "grid", "department"]
    search_fields = ["category__name"]
    fields = ["category", "grid", "department"]

    def save_model(self, request, obj, form, change):
        obj.district_id = obj.grid.district_id
        super().save_model(request, obj, form, change)


@admin.register(LightPolicy)
class LightPolicyAdmin(ScopedAdmin):
    list_display = ["district", "warn_percent"]
    fields = ["warn_percent"]

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(CalendarDay)
class CalendarDayAdmin(ScopedAdmin):
    list_display = ["day", "calendar", "hours", "is_provisional", "note"]
    list_filter = ["is_provisional"]
    date_hierarchy = "day"

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj=None):
        return False
