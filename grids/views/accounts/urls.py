"""Addresses of the way in and of one's own account; django-allauth looks for them by these names."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import path

from grids.accounts.sign_on import configured
from grids.views.accounts import factors, own, sign_on, slips

log_in = account.LoginView.as_view(
    template_name="accounts/log_in.html", extra_context={"sign_on": configured}
)
log_out = account.LogoutView.as_view(template_name="accounts/log_out.html")

urlpatterns = [
    path("login/", log_in, name="login"),
    path("login/", log_in, name="account_login"),
    path("logout/", log_out, name="logout"),
    path("logout/", log_out, name="account_logout"),
    path("account/", own.account, name="account"),
    path(
        "account/password/",
        account.PasswordChangeView.as_view(template_name="accounts/password.html"),
        name="account_change_password",
    ),
    path(
        "account/again/",
        account.ReauthenticateView.as_view(template_name="accounts/again.html"),
        name="account_reauthenticate",
    ),
    path("first/", slips.first, name="slip"),
    path("first/password/", slips.slip_password, name="slip_password"),
    path("forgotten/", slips.forgotten, name="forgotten"),
    path("staff/slips/", slips.slips, name="slips"),
    path("staff/slips/print/", slips.print_slips, name="print_slips"),
    path("staff/slips/<int:pk>/factor/", slips.take_factor, name="take_factor"),
    path("account/sessions/", own.sessions, name="sessions"),
    path("account/sessions/others/end/", own.end_others, name="end_other_sessions"),
    path("account/sessions/<int:pk>/end/", own.end_session, name="end_session"),
]

urlpatterns += sign_on.urlpatterns

# The second factor.
urlpatterns += [
    path(
        "login/second/",
        mfa.AuthenticateView.as_view(template_name="accounts/factor/ask.html"),
        name="mfa_authenticate",
    ),
    path("login/passkey/", keys.LoginWebAuthnView.as_view(), name="mfa_login_webauthn"),
    path("account/second/", factors.index, name="mfa_index"),
    path(
        "account/again/second/",
        mfa.ReauthenticateView.as_view(template_name="accounts/again.html"),
        name="mfa_reauthenticate",
    ),
    path(
        "account/again/passkey/",
        keys.ReauthenticateWebAuthnView.as_view(template_name="accounts/factor/again_by_key.html"),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "account/second/app/",
        totp.ActivateTOTPView.as_view(template_name="accounts/factor/app.html"),
        name="mfa_activate_totp",
    ),
    path(
        "account/second/app/off/",
        totp.DeactivateTOTPView.as_view(template_name="accounts/factor/app_off.html"),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/second/codes/",
        codes.ViewRecoveryCodesView.as_view(template_name="accounts/factor/codes.html"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/second/codes/new/",
        codes.GenerateRecoveryCodesView.as_view(template_name="accounts/factor/codes_new.html"),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/second/passkey/",
        keys.AddWebAuthnView.as_view(template_name="accounts/factor/key.html"),
        name="mfa_add_webauthn",
    ),
    path("account/second/passkey/<int:pk>/remove/", factors.remove_key, name="mfa_remove_webauthn"),
]
