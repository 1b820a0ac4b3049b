"""How django-allauth works in this office: whom it lets in, what it says, what it keeps."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.accounts import sessions


class StaffAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy(
            "The user name and the password do not fit together."
        ),
        "enter_current_password": gettext_lazy("This is not your password of now."),
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def is_open_for_signup(self, request):
        return False

    def add_message(self, request, level, message_template=None, *args, message=None, **others):
        """The library's own sentences are left out: the page that follows shows what happened."""
        if message:
            messages.add_message(request, level, message)
        elif message_template == "account/messages/password_changed.txt":
            messages.success(
                request, _("Your password is changed. All other devices are logged out.")
            )

    def respond_user_inactive(self, request, user):
        messages.error(request, _("This account is closed. Ask your leader."))
        return redirect("login")

    def set_password(self, user, password):
        """The new password ends every session; the page that asked keeps its own."""
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end_all(user, but=self.request)
