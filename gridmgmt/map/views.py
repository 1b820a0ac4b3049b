"""The grid map."""

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gridmgmt.map import layers
from grids.models import Grid
from grids.people import here
from grids.scope import Scope


def _asked(request):
    """(the grid of the address, in scope, else the place that was chosen; what the map shows)."""
    scope = Scope.of(request.user)
    scope.demand("grid.view")
    show = request.GET.get("show", "")
    if show == "unseen":
        scope.demand("visit.view")
    return _place(request), show if show in layers.SHOWS else "lights"


def _place(request):
    key = request.GET.get("grid", "")
    if key:
        key = int(key) if key.isdecimal() else 0
        return get_object_or_404(Grid.objects.visible_to(request.user), pk=key)
    return here.grid_of(request)


@require_safe
def map_page(request):
    place, show = _asked(request)
    mine = Grid.objects.visible_to(request.user)
    drawn = layers.features(place, request.user, now=timezone.now(), show=show)
    cells = layers.to_read(drawn["features"], show)
    context = {
        "here": place,
        "crumbs": mine.filter(pk__in=Grid.objects.above(place)).order_by("path"),
        "cells": cells,
        "left_out": len(drawn["features"]) - len(cells),
        "show": show,
        "may_see_visits": Scope.of(request.user).has("visit.view"),
        "tile_url": settings.TILE_URL,
    }
    return render(request, "map/map.html", context)


@require_safe
def map_layer(request):
    place, show = _asked(request)
    collection = layers.features(place, request.user, now=timezone.now(), show=show)
    return JsonResponse(collection, json_dumps_params={"ensure_ascii": False})
