"""Addresses of the way in and of one's own account; django-allauth looks for them by these names."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import path

from grids.accounts.sign_on import configured
from grids.views.accounts import factors, own, sign_on, slips


def page(address, view, name, template, **options):
    """A page of allauth at an address of ours, with our template."""
    made = view.as_view(template_name=template, **options)
    return path(address, made, name=name)


urlpatterns = [
    *(
        page(
            "login/",
            account.LoginView,
            name,
            "accounts/log_in.html",
            extra_context={"sign_on": configured},
        )
        for name in ("login", "account_login")
    ),
    *(
        page("logout/", account.LogoutView, name, "accounts/log_out.html")
        for name in ("logout", "account_logout")
    ),
    path("account/", own.account, name="account"),
    page(
        "account/password/",
        account.PasswordChangeView,
        "account_change_password",
        "accounts/password.html",
    ),
    page(
        "account/again/",
        account.ReauthenticateView,
        "account_reauthenticate",
        "accounts/again.html",
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
    *sign_on.urlpatterns,
]

# The second factor: django-allauth looks for its pages as mfa_...
urlpatterns += [
    page("login/second/", mfa.AuthenticateView, "mfa_authenticate", "accounts/factor/ask.html"),
    path("login/passkey/", keys.LoginWebAuthnView.as_view(), name="mfa_login_webauthn"),
    path("account/second/", factors.index, name="mfa_index"),
    page(
        "account/again/second/", mfa.ReauthenticateView, "mfa_reauthenticate", "accounts/again.html"
    ),
    page(
        "account/again/passkey/",
        keys.ReauthenticateWebAuthnView,
        "mfa_reauthenticate_webauthn",
        "accounts/factor/again_by_key.html",
    ),
    page(
        "account/second/app/",
        totp.ActivateTOTPView,
        "mfa_activate_totp",
        "accounts/factor/app.html",
    ),
    page(
        "account/second/app/off/",
        totp.DeactivateTOTPView,
        "mfa_deactivate_totp",
        "accounts/factor/app_off.html",
    ),
    page(
        "account/second/codes/",
        codes.ViewRecoveryCodesView,
        "mfa_view_recovery_codes",
        "accounts/factor/codes.html",
    ),
    page(
        "account/second/codes/new/",
        codes.GenerateRecoveryCodesView,
        "mfa_generate_recovery_codes",
        "accounts/factor/codes_new.html",
    ),
    page(
        "account/second/passkey/",
        keys.AddWebAuthnView,
        "mfa_add_webauthn",
        "accounts/factor/key.html",
    ),
    path("account/second/passkey/<int:pk>/remove/", factors.remove_key, name="mfa_remove_webauthn"),
]
