"""Dictionaries of the registers."""

from django.contrib import admin

from grids.scoped_admin import ScopedAdmin
from residents.models import CareCategory, Code


@admin.register(CareCategory)
class CareCategoryAdmin(ScopedAdmin):
    list_display = ["code", "name", "level", "is_sensitive"]
    list_filter = ["level", "is_sensitive"]
    search_fields = ["name", "code"]


@admin.register(Code)
class CodeAdmin(ScopedAdmin):
    list_display = ["table", "code", "name", "other_words"]
    list_filter = ["table"]
    search_fields = ["name", "code"]
