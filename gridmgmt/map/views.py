"""The grid map."""

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridmgmt.map import layers
from grids import here
from grids.models import Grid
from grids.scope import Scope


def _place(request):
    """The grid of the address, in scope, else the place that was chosen."""
    Scope.of(request.user).demand("grid.view")
    key = request.GET.get("grid", "")
    if key:
        key = int(key) if key.isdigit() else 0
        return get_object_or_404(Grid.objects.visible_to(request.user), pk=key)
    return here.grid_of(request)


@require_safe
def map_page(request):
    place = _place(request)
    mine = Grid.objects.visible_to(request.user)
    return render(
        request,
        "map/map.html",
        {
            "here": place,
            "crumbs": mine.filter(pk__in=Grid.objects.above(place)).order_by("path"),
            "cells": layers.features(place, request.user, now=timezone.now())[
                "features"
            ],
            "tile_url": settings.TILE_URL,
        },
    )


@require_safe
def map_layer(request):
    collection = layers.features(_place(request), request.user, now=timezone.now())
    return JsonResponse(collection, json_dumps_params={"ensure_ascii": False})
