"""Sign-on by the office's identity server, WeCom or DingTalk: it says who somebody is, no more.

It makes no account and grants no right. A person is found by the identifier that an administrator
has set; the second factor, the postings and everything else stay as they are.
"""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids import audit

OIDC = "oidc"
WENT_WRONG = gettext_lazy("Signing on did not work. Try again, or log in with a password.")
NAMES = {"wecom": gettext_lazy("WeCom"), "dingtalk": gettext_lazy("DingTalk")}


class SignOnAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False

    def on_authentication_error(self, request, provider, **others):
        messages.error(request, WENT_WRONG)
        raise ImmediateHttpResponse(redirect("login"))

    def pre_social_login(self, request, sociallogin):
        """Only for people whose identifier an administrator has set; what else was said is dropped."""
        account = sociallogin.account
        is_to_log_in = sociallogin.state.get("process") == "login"
        if not sociallogin.is_existing or not is_to_log_in or not _may_enter(sociallogin.user):
            audit.record(
                audit.Kind.LOGIN_FAILED,
                result=audit.Result.REFUSED,
                detail={"what": "sign-on", "provider": account.provider},
            )
            messages.error(
                request,
                _("No account is set to your identifier %(uid)s. Tell it to your administrator.")
                % {"uid": account.uid[:80]},
            )
            raise ImmediateHttpResponse(redirect("login"))
        SocialAccount.objects.filter(pk=account.pk).update(extra_data={})


def _may_enter(staff):
    return staff.is_active and (settings.DEMO or not staff.is_demo)


def configured():
    """{provider: its name} of those that the operator has set up."""
    shown = {}
    for kind, said in settings.SOCIALACCOUNT_PROVIDERS.items():
        for app in said["APPS"]:
            shown[app.get("provider_id") or kind] = app.get("name") or NAMES[kind]
    return shown
