"""Forms of the way in and of one's own account."""

from allauth.account import forms as account
from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD = {"autocomplete": "current-password"}
NEW_PASSWORD = {"autocomplete": "new-password"}


class LogInForm(account.LoginForm):
    """Its fields are called `username` and `password`, as ever."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name")

    def add_prefix(self, field_name):
        return super().add_prefix("username" if field_name == "login" else field_name)


class NewPasswordForm(account.ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _plain(self.fields["oldpassword"], _("Your password of now"), PASSWORD)
        _plain(self.fields["password1"], _("New password"), NEW_PASSWORD)
        _plain(self.fields["password2"], _("New password once more"), NEW_PASSWORD)


class AgainForm(account.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"], _("Password"), PASSWORD)


def _plain(field, label, attributes):
    field.label, field.help_text = label, ""
    field.widget = forms.PasswordInput(attrs=attributes)
