"""Every address of the installation."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from gridmgmt.home import pulse
from gridmgmt.home import views as home
from gridmgmt.offline import views as offline
from gridmgmt.running import healthz

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", healthz.healthz, name="healthz"),
    path("", include("grids.views.accounts.urls")),
    path("place/", home.choose_place, name="choose_place"),
    path("language/", home.set_language, name="set_language"),
    path("search/", home.search, name="search"),
    path("system/", home.system, name="system"),
    path("pulse/", pulse.pulse, name="pulse"),
    path("sw.js", offline.worker, name="service_worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.offline, name="offline"),
    path("offline/day/", offline.day, name="offline_day"),
    path("waiting/", offline.waiting, name="waiting"),
    path("", include("gridmgmt.map.urls")),
    path("", include("grids.urls")),
    path("", include("residents.urls")),
    path("", include("cases.urls")),
    path("", include("inspections.urls")),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    from gridmgmt.home import components

    urlpatterns.append(path("_components/", components.gallery))
