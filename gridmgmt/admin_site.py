"""Django's admin as the page of dictionaries and staff."""

from django.contrib.admin import AdminSite
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from grids.scoped_admin import ScopedAdmin


class PortalAdminSite(AdminSite):
    site_header = _("Settings and dictionaries")
    site_title = _("Grid management")
    index_title = _("Dictionaries, grids and staff")

    def register(self, model_or_iterable, admin_class=None, **options):
        """Only pages that know scopes: those that libraries bring along are left out."""
        if admin_class is not None and issubclass(admin_class, ScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request):
        """For somebody who is logged in without the right, these pages do not exist."""
        if request.user.is_authenticated and not super().has_permission(request):
            raise Http404
        return super().has_permission(request)

    def login(self, request, extra_context=None):
        """There is one log-in page, the portal's."""
        if request.user.is_authenticated:
            return redirect("admin:index")
        query = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return redirect(f"{reverse('login')}?{query}")
