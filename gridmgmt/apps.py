import sys
import types

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class GridmgmtConfig(AppConfig):
    name = "gridmgmt"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self):
        """Every process sends its tasks through our Celery app, so that a lost broker is no error."""
        from gridmgmt import celery  # noqa: F401


class LeafletWithoutGdalConfig(AppConfig):
    """django-leaflet for its map tags only.

    `leaflet.admin` imports GDAL bindings, and the admin's autodiscovery would import it;
    an empty module in its place keeps a machine without GDAL running.
    """

    name = "leaflet"
    verbose_name = "Leaflet"

    def ready(self):
        sys.modules.setdefault("leaflet.admin", types.ModuleType("leaflet.admin"))


class PortalAdminConfig(AdminConfig):
    default_site = "gridmgmt.admin_site.PortalAdminSite"
