"""What a session owes before it goes on: to be alive, a fresh password, a second factor."""

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from grids import audit
from grids.accounts import factor, passwords, sessions

OWES = "owes"  # in the session: "password" or "factor"
WHERE = {"password": "account_change_password", "factor": "mfa_index"}
QUEUE = "X-Queue"


def enter(request, staff, now=None):
    """At log-in: begin the session and note what it owes."""
    now = now or timezone.now()
    sessions.begin(request.session, staff, now)
    due_at = factor.due_at(staff, now)
    if passwords.is_too_old(staff, now) and staff.has_usable_password():
        request.session[OWES] = "password"
    elif due_at and due_at <= now:
        request.session[OWES] = "factor"
    elif due_at:
        messages.warning(
            request,
            _("Your work needs a second factor. Set it up in “My account” by %(day)s.")
            % {"day": timezone.localtime(due_at).strftime("%Y-%m-%d")},
        )


def paid(request, what):
    if request.session.get(OWES) == what:
        del request.session[OWES]
    return request.session.get(OWES)


class GateMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        if _is_over(request):
            logout(request)
            return _ask(request, reverse("login") + f"?next={_next(request)}")
        owed = request.session.get(OWES)
        if owed == "factor" and factor.has_one(request.user):
            owed = paid(request, "factor")
        if owed and not request.path.startswith(("/account/", "/logout/", "/language/")):
            return _ask(request, reverse(WHERE[owed]))
        return None


def _is_over(request):
    """What a page asks for by itself is no use of it."""
    now = timezone.now()
    if sessions.is_over(request.session, now):
        audit.record(audit.Kind.SESSION, of=request.user, detail={"what": "ran out"})
        return True
    by_itself = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    if request.method == "GET" and by_itself:
        return False
    if sessions.touch(request.session, now):
        return not request.user.postings_on(timezone.localdate(now)).exists()
    return False


def _next(request):
    return quote(request.get_full_path()) if request.method == "GET" else "/"


def _ask(request, address):
    """In the form that whoever asked can use: a phone's queue waits, a part of a page gives way."""
    if QUEUE in request.headers:
        return JsonResponse({"reason": "login"}, status=401)
    if "HX-Request" in request.headers:
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = address
        return answer
    return redirect(address)
