"""The base class of every admin page: rows, choices and autocompletes in scope, nothing deleted."""

from django.contrib import admin
from django.http import Http404

from grids import audit
from grids.audit import signals
from grids.scope import Scope, ScopedQuerySet


def in_scope(model, staff, right="view"):
    """Rows of `model` for `staff`; a dictionary without a scope rule is the installation's."""
    rows = model._default_manager.all()
    return rows.visible_to(staff, right=right) if isinstance(rows, ScopedQuerySet) else rows


class _Scoped:
    """Rights of the role table in the words of Django's admin."""

    area = "dictionary"

    def has_view_permission(self, request, obj=None):
        return self._may(request, "view", obj)

    def has_change_permission(self, request, obj=None):
        return self._may(request, "edit", obj)

    def has_add_permission(self, request, obj=None):
        return Scope.of(request.user).has(f"{self.area}.edit")

    def has_delete_permission(self, request, obj=None):
        return False

    def has_module_permission(self, request):
        return Scope.of(request.user).has(f"{self.area}.view") and request.user.is_staff

    def get_queryset(self, request):
        mine = in_scope(self.model, request.user)
        return super().get_queryset(request).filter(pk__in=mine.values("pk"))

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404  # Django would redirect, and so tell that the address is known
        return found

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs.setdefault("queryset", in_scope(db_field.remote_field.model, request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _may(self, request, verb, obj):
        scope = Scope.of(request.user)
        if not scope.has(f"{self.area}.{verb}"):
            return False
        if obj is None or not isinstance(obj, self.model) or not hasattr(obj, "scope"):
            return True
        return in_scope(self.model, request.user, verb).filter(pk=obj.pk).exists()


class ScopedAdmin(_Scoped, admin.ModelAdmin):
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def log_addition(self, request, obj, message):
        self._record(obj, {"new": True})

    def log_change(self, request, obj, message):
        self._record(obj, {"changed": {name: [] for name in _names_of(message)}})

    def _record(self, obj, detail):
        """In the audit instead of Django's own log; most rows are recorded where they are saved."""
        if signals.kind_of(type(obj)) is None:
            audit.record(audit.Kind.DICTIONARY, of=obj, words=obj, detail=detail)


def _names_of(message):
    """The columns in Django's message of a change."""
    return [name for part in message for name in part.get("changed", {}).get("fields", [])]


class ScopedInline(_Scoped, admin.TabularInline):
    extra = 0
