"""Addresses of the way in and of one's own account; django-allauth looks for them by these names."""

from allauth.account import views as account
from django.urls import path

from grids.views.accounts import own

log_in = account.LoginView.as_view(template_name="accounts/log_in.html")
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
    path("account/sessions/", own.sessions, name="sessions"),
    path("account/sessions/others/end/", own.end_others, name="end_other_sessions"),
    path("account/sessions/<int:pk>/end/", own.end_session, name="end_session"),
]
