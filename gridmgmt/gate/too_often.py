"""Searches, looks, exports, uploads and reports are counted by person; too many are answered 429."""

from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from gridmgmt.offline.middleware import HEADER as QUEUE
from grids import audit, throttle
from grids.templatetags.office import office_time

# Whoever sends one of these words with a value looks for somebody or something.
ASKING = ("q", "fact", "care", "benefit")
SECRET = {"csrfmiddlewaretoken", "password"}


class TooOftenMiddleware:
    """After the log-in and the queue: it needs to know who asks."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        kinds = list(_kinds(request))
        if not kinds or not request.user.is_authenticated:
            return None
        try:
            for name in kinds:
                throttle.demand(request, name)
        except throttle.TooOften as limit:
            return answer(request, limit)
        return None

    def process_exception(self, request, exception):
        if isinstance(exception, throttle.TooOften):
            return answer(request, exception)
        return None


def _kinds(request):
    """As what this request is counted."""
    counted = getattr(request.resolver_match.func, "counted", {})
    if kind := counted.get(request.method):
        yield kind
    elif any(request.GET.get(word) for word in ASKING) or (
        request.method == "POST" and request.POST.get("q")
    ):
        yield "search"


def answer(request, limit):
    """429 in the form that whoever asked can use; what was typed is in the page, to be sent again."""
    seconds = limit.seconds()
    _record(request, limit)
    if QUEUE in request.headers:
        told: HttpResponse = JsonResponse({"reason": "too_often", "again": seconds}, status=429)
    elif getattr(request, "htmx", False):
        told = HttpResponse(words(limit), "text/plain; charset=utf-8", status=429)
    else:
        context = {"limit": limit, "when": when(limit.again_at), "typed": _typed(request)}
        context["has_files"] = request.method == "POST" and bool(request.FILES)
        told = render(request, "429.html", context, status=429)
    told["Retry-After"] = str(seconds)
    return told


def _record(request, limit):
    """Once for each limit and the time that it lasts, however often it is run into."""
    if cache.add(f"limit:{request.user.pk}:{limit.name}:{limit.again_at:%d%H%M}", 1, 86400):
        detail = {"limit": limit.name}
        result = audit.Result.REFUSED
        audit.record(audit.Kind.LIMIT, words=limit.label, result=result, detail=detail)


def words(limit):
    """For the line above a page of which only a part was asked for."""
    facts = {"what": limit.label, "when": when(limit.again_at)}
    return _("%(what)s: too many in a short time. It works again at %(when)s.") % facts


def when(moment):
    """The time of day; to the second when it is near, with the day when it is another one."""
    now, moment = timezone.localtime(), timezone.localtime(moment)
    if moment.date() != now.date():
        return office_time(moment)
    return moment.strftime("%H:%M:%S" if (moment - now).total_seconds() < 90 else "%H:%M")


def _typed(request):
    """(name, value) of what the form held, except secrets and files."""
    if request.method != "POST":
        return []
    fields = request.POST.lists()
    return [(name, value) for name, given in fields if name not in SECRET for value in given]
