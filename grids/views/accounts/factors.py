"""The second factor in one's own account."""

from allauth.mfa.models import Authenticator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grids.accounts import factor


@require_safe
def index(request):
    found = {kind: [] for kind in Authenticator.Type.values}
    for one in Authenticator.objects.filter(user=request.user).order_by("created_at"):
        found[one.type].append(one)
    codes = found["recovery_codes"]
    context = {
        "app": found["totp"],
        "keys": found["webauthn"],
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "due_at": factor.due_at(request.user, timezone.now()),
    }
    return render(request, "accounts/factor/index.html", context)
