"""The way to the identity server and back; each exists only where the operator has set it up."""

import logging
from functools import wraps

from allauth.socialaccount.providers.dingtalk import views as dingtalk
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grids.accounts import sign_on
from grids.accounts.wecom import views as wecom

log = logging.getLogger(__name__)


def _where_set_up(provider, view):
    @login_not_required
    @wraps(view)
    def found(request, *args, **kwargs):
        if provider not in sign_on.configured():
            raise Http404
        return view(request, *args, **kwargs)

    return found


def _said_who(view):
    """An answer of the server that does not say who somebody is signs nobody on."""

    @wraps(view)
    def asked(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except KeyError:  # the library looks for the identifier without a net
            log.exception("sign-on: an answer without an identifier")
            messages.error(request, sign_on.WENT_WRONG)
            return redirect("login")

    return asked


@login_not_required
@require_safe
def cancelled(request):
    messages.info(request, _("You did not sign on. Log in with a password, or try again."))
    return redirect("login")


def _pair(provider, name, go, come, **kwargs):
    go, come = _where_set_up(provider, require_POST(go)), _where_set_up(provider, _said_who(come))
    return [
        path(f"sign-on/{provider}/", go, kwargs, name=f"{name}_login"),
        path(f"sign-on/{provider}/back/", come, kwargs, name=f"{name}_callback"),
    ]


urlpatterns = [
    *_pair(
        sign_on.OIDC,
        "openid_connect",
        openid_connect.login,
        openid_connect.callback,
        provider_id=sign_on.OIDC,
    ),
    *_pair("wecom", "wecom", wecom.oauth2_login, wecom.oauth2_callback),
    *_pair("dingtalk", "dingtalk", dingtalk.oauth2_login, dingtalk.oauth2_callback),
    path("sign-on/cancelled/", cancelled, name="socialaccount_login_cancelled"),
]
