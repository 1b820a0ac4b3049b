"""Slips: printed by a leader or an administrator, used by the person; and the one that comes by mail."""

import contextlib

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from kombu.exceptions import OperationalError

from grids import tasks, throttle
from grids.accounts import factor
from grids.accounts import slips as rules
from grids.accounts.squares import with_square
from grids.audit import origin
from grids.forms.accounts import ChosenPasswordForm, CodeOfSlipForm, ForgottenForm
from grids.models import Posting, Slip
from grids.refusal import Refused
from grids.scope import Scope

SHOWN = 100
HELD = "slip"  # in the session: the key of the slip whose code was given


@require_safe
def slips(request):
    Scope.of(request.user).demand("staff.slip", "staff.secure")
    people = rules.people_of(request.user)
    words = request.GET.get("q", "").strip()
    found = people.filter(Q(full_name__icontains=words) | Q(username__icontains=words))
    return render(
        request,
        "accounts/slips/list.html",
        {
            "new": rules.never_came(people).count(),
            "found": _with_facts(found)[:SHOWN],
            "words": words,
            "may_take_factor": Scope.of(request.user).has("staff.secure"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def print_slips(request):
    """The codes stand on this page and nowhere else: printed anew, they are others."""
    Scope.of(request.user).demand("staff.slip", "staff.secure")
    if request.method != "POST":
        return redirect("slips")
    people = rules.people_of(request.user)
    if request.POST.get("who") == "new":
        chosen = rules.never_came(people)
    else:
        keys = [key for key in request.POST.getlist("staff") if key.isdecimal()]
        chosen = people.filter(pk__in=[int(key) for key in keys if len(key) < 18])
    made = rules.make(chosen.order_by("district_id", "full_name", "pk"), by=request.user)
    if not made:
        messages.error(request, _("Nobody was chosen for whom you may print a slip."))
        return redirect("slips")
    context = {"made": map(with_square, made), "number": len(made), "site": settings.SITE_URL}
    return render(request, "accounts/slips/print.html", context)


@require_POST
def take_factor(request, pk):
    """The second factor of somebody who lost the phone and the codes."""
    if not Scope.of(request.user).has("staff.secure"):
        raise Http404
    person = get_object_or_404(rules.people_of(request.user), pk=pk)
    factor.take_away(person, by=request.user)
    messages.success(request, _("The second factor is taken away; all sessions are ended."))
    return redirect("slips")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def first(request):
    """The code of the slip: typed, or brought along by the square behind the # of the address."""
    form = CodeOfSlipForm(request.POST or None)
    if form.is_valid():
        slip = rules.find(form.cleaned_data["code"])
        if slip:
            request.session[HELD] = slip.pk
            return redirect("slip_password")
        form.add_error("code", _("This code is not right, was used or has run out."))
    status = 422 if form.errors else 200
    return render(request, "accounts/slips/code.html", {"form": form}, status=status)


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def slip_password(request):
    open_slips = Slip.objects.open(timezone.now()).select_related("staff")
    slip = open_slips.filter(pk=request.session.get(HELD)).first()
    if slip is None:
        return redirect("slip")
    form = ChosenPasswordForm(slip.staff, request.POST or None)
    if form.is_valid():
        try:
            return _go_in(request, slip, form.cleaned_data["password1"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"form": form, "person": slip.staff, "is_first": slip.kind == Slip.Kind.FIRST}
    return render(
        request, "accounts/slips/password.html", context, status=422 if form.errors else 200
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request):
    """The same answer whoever is asked for: nobody learns which names there are."""
    form = ForgottenForm(request.POST or None)
    if settings.HAS_MAIL and form.is_valid():
        address = origin.address_of(request)
        if again_at := throttle.spend("slip", address):  # nobody is logged in here
            raise throttle.TooOften("slip", again_at)
        with contextlib.suppress(OperationalError):  # the broker is away: a slip on paper is left
            tasks.mail_slip.delay(form.cleaned_data["name"])
        return render(request, "accounts/slips/forgotten.html", {"is_sent": True})
    context = {"form": form, "has_mail": settings.HAS_MAIL}
    return render(request, "accounts/slips/forgotten.html", context)


def _go_in(request, slip, password):
    rules.use(slip, password)
    del request.session[HELD]
    return perform_login(request, Login(user=slip.staff))


def _with_facts(people):
    now = timezone.now()
    is_open = Slip.objects.open(now).filter(staff=OuterRef("pk"))
    postings = Posting.objects.on(timezone.localdate(now)).select_related("grid")
    found = people.annotate(has_slip=Exists(is_open)).order_by("full_name", "pk")
    held = Prefetch("postings", postings.defer("grid__boundary"), to_attr="held")
    return found.prefetch_related(held)
