"""Visit rules."""

from django.contrib import admin

from grids.scoped_admin import ScopedAdmin
from inspections.models import VisitRule


@admin.register(VisitRule)
class VisitRuleAdmin(ScopedAdmin):
    list_display = [
        "district", "target", "care_category", "premises_category", "mode", "every_months", "is_active",
    ]  # fmt: skip
    list_filter = ["target", "mode", "is_active"]
