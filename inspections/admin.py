"""The cadence of a district."""

from django.contrib import admin

from grids.scoped_admin import ScopedAdmin
from inspections.models import VisitRule


@admin.register(VisitRule)
class VisitRuleAdmin(ScopedAdmin):
    list_display = [
        "target", "care_category", "premises_category", "mode", "every_months", "window_days", "grace_days",
        "is_active", "district",
    ]  # fmt: skip
    list_filter = ["target", "mode", "is_active"]
