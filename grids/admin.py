"""Grids, departments, staff and their postings."""

import re

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from grids import second_lock
from grids.accounts import sessions, slips
from grids.accounts.sign_on import configured
from grids.models import AccountPolicy, Compound, Department, DistrictProfile, Grid, Posting, Staff
from grids.people import departments, separation, switching_off
from grids.refusal import Refused
from grids.roles import Role
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


class ProfileForm(forms.ModelForm):
    class Meta:
        model = DistrictProfile
        fields = "__all__"  # noqa: DJ007  the admin's own choice, see get_fields

    def clean_building_words(self):
        """As they are kept, whatever stands between them."""
        return "、".join(
            filter(None, re.split(r"[\s,，;；、/|]+", self.cleaned_data["building_words"]))
        )

    def clean(self):
        """Three administrators are three people before it is switched on."""
        found = super().clean()
        if found.get("has_three_administrators") and self.instance.pk:
            separation.demand_three(self.instance.district_id)
        return found


@admin.register(DistrictProfile)
class DistrictProfileAdmin(ScopedAdmin):
    form = ProfileForm
    list_display = ["district", "community_label", "base_label", "unit_label"]

    def get_readonly_fields(self, request, obj=None):
        """A profile stays with its district: moved away, it would take its rules along."""
        return ["district"] if obj else []

    def save_model(self, request, obj, form, change):
        """What two switched on together is not switched off by one."""
        off = "has_three_administrators" in form.changed_data and not obj.has_three_administrators
        if change and off:
            obj.has_three_administrators = True
            self._ask_to_switch_off(request, obj)
        super().save_model(request, obj, form, change)

    def _ask_to_switch_off(self, request, obj):
        try:
            asked = switching_off.ask(obj.district_id, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.warning(request, _("%(what)s waits for a second person.") % {"what": asked})


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


class PostingFormSet(forms.BaseInlineFormSet):
    """What nobody may do alone or at all is said beside the line; see grids.people.separation."""

    by: Staff

    def clean(self):
        super().clean()
        changed = [form for form in self.forms if form.has_changed() and not form.errors]
        for form in changed:
            try:
                separation.check(form.instance, by=self.by)
            except Refused as refusal:
                form.add_error("role", str(refusal))
        separation.check_together([form.instance for form in changed])


class PostingInline(ScopedInline):
    model = Posting
    formset = PostingFormSet
    area = "staff"
    fields = ["role", "duty", "grid", "department", "building", "since", "until"]
    autocomplete_fields = ["grid", "department"]
    raw_id_fields = ["building"]

    def get_formset(self, request, obj=None, **kwargs):
        return type(
            "Postings", (super().get_formset(request, obj, **kwargs),), {"by": request.user}
        )

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Nobody grants a posting outside the places whose staff he or she administers."""
        if db_field.name in {"grid", "department", "building"}:
            related = db_field.remote_field.model
            kwargs["queryset"] = in_scope(related, request.user, right="edit")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NameOnce:
    """A name is given once in the installation, also where this person sees nobody."""

    def _post_clean(self):
        with second_lock.confined(second_lock.EVERYWHERE):
            super()._post_clean()


class StaffForm(NameOnce, forms.ModelForm):
    class Meta:
        model = Staff
        fields = ["username", "full_name", "phone", "email", "district", "is_active"]

    def clean_is_active(self):
        is_active = self.cleaned_data["is_active"]
        if self.instance.pk:
            was_active, self.instance.is_active = self.instance.is_active, is_active
            separation.check_account(self.instance, was_active=was_active)
        return is_active


@admin.register(AccountPolicy)
class AccountPolicyAdmin(ScopedAdmin):
    area = "staff"
    list_display = ["district", "grace_days", "password_days", "is_one_session"]

    def has_add_permission(self, request, obj=None):
        return Scope.of(request.user).has("staff.secure")

    def _may(self, request, verb, obj):
        """Rules of accounts are the security administrator's, where there is one."""
        return super()._may(request, "secure" if verb == "edit" else verb, obj)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """The roles as boxes to tick, not as a line of keys."""
        if db_field.name == "factor_roles":
            return forms.MultipleChoiceField(
                label=db_field.verbose_name,
                choices=Role.choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = Grid.objects.filter(pk__in=Scope.of(request.user).district_ids)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SignOnInline(ScopedInline):
    """The identifier by which an identity server knows the person; see grids/accounts/sign_on.py."""

    model = SocialAccount
    area = "staff"
    verbose_name = verbose_name_plural = _("sign-on")
    fields = ["provider", "uid"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "provider":
            return forms.ChoiceField(label=_("sign-on by"), choices=configured().items())
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Staff)
class StaffAdmin(ScopedAdmin):
    area = "staff"
    form = StaffForm
    inlines = [PostingInline]
    list_display = ["full_name", "username", "district", "phone", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["full_name", "username", "phone"]
    ordering = ["full_name"]

    def get_inlines(self, request, obj):
        """Whom one may not help with a password, one gives no other way in either."""
        may = obj is not None and slips.people_of(request.user).filter(pk=obj.pk).exists()
        return [*self.inlines, SignOnInline] if may and configured() else self.inlines

    def save_model(self, request, obj, form, change):
        """A new person has no password until a slip is used; a closed account has no session."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            sessions.end_all(obj)

    def save_formset(self, request, form, formset, change):
        """Postings that take two people are asked for, not saved."""
        if formset.model is not Posting:
            return super().save_formset(request, form, formset, change)
        for posting in formset.save(commit=False):
            try:
                asked = separation.keep(posting, by=request.user)
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                if asked:
                    messages.warning(
                        request, _("%(what)s waits for a second person.") % {"what": asked}
                    )
        formset.save_m2m()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "district":
            kwargs["queryset"] = Grid.objects.filter(pk__in=Scope.of(request.user).district_ids)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
