"""Forms of the way in and of one's own account."""

from allauth.account import forms as account
from django import forms
from django.conf import settings
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


class TypedTwice(forms.Form):
    """A new password is typed twice, so that nobody is locked out by a slip of the finger."""

    def clean_password2(self):
        first, second = self.cleaned_data.get("password1"), self.cleaned_data["password2"]
        if first and first != second:
            raise forms.ValidationError(_("The two new passwords are not the same."))
        return second


class NewPasswordForm(TypedTwice, account.ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _plain(self.fields["oldpassword"], _("Your password of now"), PASSWORD)
        _plain(self.fields["password1"], _("New password"), NEW_PASSWORD, rules())
        _plain(self.fields["password2"], _("New password once more"), NEW_PASSWORD)


class AgainForm(account.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _plain(self.fields["password"], _("Password"), PASSWORD)


class CodeOfSlipForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the slip"),
        max_length=40,
        help_text=_("Sixteen letters and digits; capital or small, with or without the dashes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class ChosenPasswordForm(TypedTwice, account.SetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _plain(self.fields["password1"], _("New password"), NEW_PASSWORD, rules())
        _plain(self.fields["password2"], _("New password once more"), NEW_PASSWORD)


class ForgottenForm(forms.Form):
    name = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


def rules():
    """The rules of passwords as one sentence; which one was broken is said beside the field."""
    return _(
        "At least %(number)s characters. No names, telephone numbers or rows of keys, and nothing"
        " that many use. Three words with something between them are easy to keep."
    ) % {"number": settings.PASSWORD_LENGTH}


def _plain(field, label, attributes, words=""):
    field.label, field.help_text = label, words
    field.widget = forms.PasswordInput(attrs=attributes)
