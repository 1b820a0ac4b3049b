"""Django's admin as the page of dictionaries and staff."""

from django.contrib.admin import AdminSite
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(AdminSite):
    site_header = _("Settings and dictionaries")
    site_title = _("Grid management")
    index_title = _("Dictionaries, grids and staff")
    enable_nav_sidebar = True

    def login(self, request, extra_context=None):
        """One log-in page for the whole portal; for somebody without the right there is none."""
        if request.user.is_authenticated:
            raise Http404
        query = urlencode({"next": request.GET.get("next", reverse("admin:index"))})
        return redirect(f"{reverse('login')}?{query}")
