"""Addresses of the grid map."""

from django.urls import path

from gridmgmt.map import views

app_name = "map"

urlpatterns = [
    path("map/", views.map_page, name="map"),
    path("map/layer/", views.map_layer, name="layer"),
]
