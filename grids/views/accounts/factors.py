"""The second factor in one's own account."""

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.shortcuts import get_object_or_404, render
from django.urls import reverse_lazy
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


_remove = RemoveWebAuthnView.as_view(
    template_name="accounts/factor/key_off.html", success_url=reverse_lazy("mfa_index")
)


def remove_key(request, pk):
    """One's own alone; the library would ask who one is before it looks."""
    get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.WEBAUTHN, pk=pk)
    return _remove(request, pk=pk)
