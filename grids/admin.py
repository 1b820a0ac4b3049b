"""Grids, departments, staff and their postings."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from grids.models import Compound, Department, DistrictProfile, Grid, Posting, Staff
from grids.people import departments
from grids.scope import Scope
from grids.scoped_admin import ScopedAdmin, ScopedInline, in_scope


@admin.register(Grid)
class GridAdmin(ScopedAdmin):
    area = "grid"
    list_display = ["code", "name", "tier", "kind", "valid_from", "valid_to"]
    list_filter = ["tier", "kind"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fields = [
        "code",
        "name",
        "tier",
        "parent",
        "kind",
        "band_min",
        "band_max",
        "valid_from",
    ]
    readonly_fields = ["code", "tier", "parent", "valid_from"]

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(DistrictProfile)
class DistrictProfileAdmin(ScopedAdmin):
    list_display = ["district", "community_label", "base_label", "unit_label"]


@admin.register(Compound)
class CompoundAdmin(ScopedAdmin):
    area = "grid"
    list_display = ["name", "community", "property_company"]
    search_fields = ["name"]
    fields = ["name", "property_company"]

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Department)
class DepartmentAdmin(ScopedAdmin):
    area = "staff"
    list_display = ["name", "grid", "line", "phone", "is_active"]
    search_fields = ["name"]
    autocomplete_fields = ["grid"]
    fields = ["name", "grid", "line", "phone", "is_active"]

    def save_model(self, request, obj, form, change):
        departments.keep(obj)


class PostingInline(ScopedInline):
    model = Posting
    area = "staff"
    fields = ["role", "duty", "grid", "department", "building", "since", "until"]
    autocomplete_fields = ["grid", "department"]
    raw_id_fields = ["building"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Nobody grants a posting outside the places whose staff he or she administers."""
        if db_field.name in {"grid", "department", "building"}:
            related = db_field.remote_field.model
            kwargs["queryset"] = in_scope(related, request.user, right="edit")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NewStaffForm(AdminUserCreationForm):
    class Meta:
        model = Staff
        fields = ["username", "full_name", "district"]


class StaffForm(UserChangeForm):
    class Meta:
        model = Staff
        fields = [
            "username",
            "full_name",
            "phone",
            "email",
            "district",
            "is_active",
            "password",
        ]


@admin.register(Staff)
class StaffAdmin(ScopedAdmin, UserAdmin):
    area = "staff"
    add_form = NewStaffForm
    form = StaffForm
    inlines = [PostingInline]
    list_display = ["full_name", "username", "district", "phone", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["full_name", "username", "phone"]
    ordering = ["full_name"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (
            _("Person"),
            {"fields": ["full_name", "phone", "email", "district", "is_active"]},
        ),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "username",
                    "full_name",
                    "district",
                    "usable_password",
                    "password1",
                    "password2",
                ],
            },
        )
    ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "district":
            kwargs["queryset"] = Grid.objects.filter(pk__in=Scope.of(request.user).district_ids)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
