"""Keeping a filter under a name, renaming it, deleting it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.forms.saved import SavedViewForm
from cases.lists import saved
from grids.scope import Scope


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request):
    Scope.of(request.user).demand(saved.RIGHT)
    form = SavedViewForm(request.POST or None, staff=request.user, initial=request.GET.dict())
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "cases/lists/saved_view.html", {"form": form}, status=status)
    view = saved.keep(by=request.user, **form.cleaned_data)
    messages.success(request, _("The filter was kept."))
    return redirect(saved.address(view.page, view.query))


@require_POST
def rename(request, pk):
    view = _mine(request, pk)
    form = SavedViewForm(request.POST, staff=request.user, view=view)
    if not form.is_valid():
        context = {"form": form, "view": view}
        return render(request, "cases/lists/saved_view.html", context, status=422)
    saved.rename(view, form.cleaned_data["name"])
    return redirect(saved.address(view.page, view.query))


@require_POST
def drop(request, pk):
    view = _mine(request, pk)
    saved.drop(view)
    messages.success(request, _("The filter was deleted."))
    return redirect(saved.address(view.page, ""))


def _mine(request, pk):
    Scope.of(request.user).demand(saved.RIGHT)
    return get_object_or_404(saved.own(request.user), pk=pk)
