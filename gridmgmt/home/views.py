"""The way in: the first page of each role, the place, the language, the search box."""

import re

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.models import Case
from gridmgmt.home.context import SEARCHED
from gridmgmt.home.navigation import first_page
from gridmgmt.running import healthz
from grids.models import Grid
from grids.people import here
from grids.scope import Scope
from residents.views.people import people

# An ID number or a telephone: ten digits in a row, which the number of no case has.
NUMBER_OF_A_PERSON = re.compile(r"\d{10}")


def home(request):
    return redirect(first_page(request.user))


@require_POST
def choose_place(request):
    try:
        here.choose(request, int(request.POST.get("grid", "")))
    except (Grid.DoesNotExist, ValueError) as error:
        raise Http404 from error
    return _back(request)


@login_not_required
@require_POST
def set_language(request):
    language = request.POST.get("language", "")
    answer = _back(request)
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return answer


def search(request):
    """One box: a case's number opens the case, anything else is looked for in the register.

    It is sent by POST, so that an ID number stands in no address and in no log.
    """
    words = (request.POST or request.GET).get("q", "").strip()
    scope = Scope.of(request.user)
    case = words and Case.objects.visible_to(request.user).filter(number=words).first()
    if case:
        return redirect(case)
    if scope.has("register.view"):
        return people(request)
    scope.demand(*SEARCHED)
    if NUMBER_OF_A_PERSON.search("".join(words.split())):
        messages.info(request, _("Cases are found by number, title or address, not by a person."))
        return redirect("cases:list")
    return redirect(f"{reverse('cases:list')}?{urlencode({'q': words})}")


def system(request):
    """The state of the installation, without a word about any person."""
    Scope.of(request.user).demand("system.view")
    alive, ages = healthz.state()
    parts = [{"name": name, "alive": alive[name], "age": ages.get(name)} for name in alive]
    return render(request, "home/system.html", {"parts": parts})


def _back(request):
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = reverse("home")
    return HttpResponseRedirect(target)
