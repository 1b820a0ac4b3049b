"""Forms of the second factor, in the words and the style of the office."""

from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

CODE = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autocapitalize": "none",
    "spellcheck": "false",
}


class _Code:
    """Digits are often typed in two groups of three."""

    code_help = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text = _("Verification code"), self.code_help
        field.widget = forms.TextInput(attrs=CODE)
        field.clean = lambda value: forms.CharField.clean(field, (value or "").replace(" ", ""))


class AppForm(_Code, totp.ActivateTOTPForm):
    code_help = _("The six digits that the app shows now.")


class CodeForm(_Code, base.AuthenticateForm):
    code_help = _("Six digits from the app on your phone, or one of your recovery codes.")


class CodeAgainForm(_Code, base.ReauthenticateForm):
    code_help = _("Six digits from the app on your phone, or one of your recovery codes.")


class NewKeyForm(webauthn.AddWebAuthnForm):
    """A passkey is always one that can stand alone: it asks for finger, face or PIN."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this device")
        self.fields["name"].widget.attrs |= {"maxlength": 40}
        self.fields["name"].max_length = 40
        self.fields.pop("passwordless", None)
