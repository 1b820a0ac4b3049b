"""The installable app: its manifest, the service worker, the pages of the day, what waits."""

import hashlib

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grids.scope import Scope
from inspections import patrols
from inspections.models import Mode
from inspections.visits import rounds

# What every page of the day draws itself with.
SHELL = [
    "css/tokens.css",
    "css/base.css",
    "css/components.css",
    "css/print.css",
    "css/cases.css",
    "css/inspections.css",
    "css/offline.css",
    "js/arrival.js",
    "js/htmx-config.js",
    "js/confirm.js",
    "js/sealing.js",
    "js/drafts.js",
    "js/progress.js",
    "js/menu.js",
    "js/shortcuts.js",
    "js/offline.js",
    "js/queue.js",
    "vendor/idb-8.0.4/index.js",
    "js/waiting.js",
    "js/photo-shrink.js",
    "js/report.js",
    "js/visit-diary.js",
    "js/visit-facts.js",
    "img/icons.svg",
    "img/favicon.svg",
    "django_htmx/htmx-2.min.js",
]
MOST_PAGES = 150  # of a day; a page of visits is some 8 KB
ICONS = [("img/app-192.png", "192x192"), ("img/app-512.png", "512x512")]


@login_not_required
@require_safe
def worker(request):
    """Served at the root, because a service worker rules only what lies below it."""
    shell = [static(path) for path in SHELL] + [reverse("offline")]
    version = hashlib.sha256("\n".join(shell).encode()).hexdigest()[:12]
    context = {
        "shell": shell,
        "version": version,
        "offline": reverse("offline"),
        "STATIC_URL": settings.STATIC_URL,
        "TIME_ZONE": settings.TIME_ZONE,
    }
    answer = render(request, "offline/sw.js", context, "text/javascript")
    answer["Service-Worker-Allowed"] = "/"
    return answer


@login_not_required
@require_safe
def manifest(request):
    name = _("Grid management")
    facts = {
        "name": name,
        "short_name": name,
        "id": "/",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "lang": request.LANGUAGE_CODE,
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {
                "src": static(path),
                "sizes": size,
                "type": "image/png",
                "purpose": purpose,
            }
            for path, size in ICONS
            for purpose in ("any", "maskable")
        ],
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@login_not_required
@require_safe
def offline(request):
    """What a page that is not on the phone shows without a signal. Knows nobody."""
    return render(request, "offline/offline.html")


@require_safe
def waiting(request):
    """What is typed and not sent yet: it is on the phone only, so the phone draws it."""
    Scope.of(request.user).demand("visit.log", "case.report")
    return render(request, "offline/waiting.html")


@require_safe
def day(request):
    """The addresses that the phone keeps for today: the round, its forms, the report."""
    scope = Scope.of(request.user)
    scope.demand("visit.log", "case.report")
    today = timezone.localdate()
    pages = [reverse("waiting")]
    if scope.has("case.report"):
        pages.append(reverse("cases:report"))
    if scope.has("visit.log"):
        pages += _round(request.user, today)
    return JsonResponse(
        {"user": request.user.pk, "day": today.isoformat(), "pages": pages[:MOST_PAGES]}
    )


def _round(staff, today):
    todays = rounds.todays_round(staff, today)
    stops = [stop for entrance in todays.entrances for stop in (*entrance.stops, *entrance.coming)]
    return [
        reverse("inspections:today"),
        *(
            reverse("inspections:walk", args=[beat.grid.pk])
            for beat in patrols.todays(staff, today)
        ),
        *map(_form, stops),
    ]


def _form(stop):
    """The address as the round has it."""
    form = reverse("inspections:log_visit", args=[stop.key])
    return form if stop.mode == Mode.HOME else f"{form}?mode={stop.mode}"
