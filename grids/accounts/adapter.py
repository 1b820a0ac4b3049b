"""How django-allauth works in this office: whom it lets in, what it says, what it keeps."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.accounts import gate, passwords, sessions, tries
from grids.accounts.policy import policy_of
from grids.audit import origin


class StaffAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy(
            "The user name and the password do not fit together."
        ),
        "enter_current_password": gettext_lazy("This is not your password of now."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "too_many_login_attempts": gettext_lazy("Too many wrong codes. Wait some minutes."),
    }

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        return origin.address_of(request) or "0.0.0.0"

    def add_message(self, request, level, message_template=None, *args, message=None, **others):
        """The library's own sentences are left out: the page that follows shows what happened."""
        if message:
            messages.add_message(request, level, message)
        elif message_template == "account/messages/password_changed.txt":
            messages.success(
                request, _("Your password is changed. All other devices are logged out.")
            )

    def authenticate(self, request, **credentials):
        """The person, if the password is right and was not tried too often from there."""
        name, address = credentials.get("username", ""), origin.address_of(request)
        attempt, again_at = tries.begin(name, address, tries.device_of(request))
        if again_at:
            tries.tell_once(name, address)
            raise ValidationError(_wait(again_at))
        staff = super().authenticate(request, **credentials)
        if staff:
            tries.succeeded(attempt)
        return staff

    def pre_authenticate(self, request, **credentials):
        """Counted in `authenticate`, by our own rules."""

    def pre_login(self, request, user, **others):
        if answer := super().pre_login(request, user, **others):
            return answer
        if not user.postings_on(timezone.localdate()).exists():
            messages.error(request, _("You have no posting today. Ask your administrator."))
            return redirect("login")
        return None

    def respond_user_inactive(self, request, user):
        messages.error(request, _("This account is closed. Ask your leader."))
        return redirect("login")

    def login(self, request, user):
        super().login(request, user)
        if policy_of(user).is_one_session:
            sessions.end_all(user, but=request)
        gate.enter(request, user)

    def post_login(self, request, user, **others):
        answer = super().post_login(request, user, **others)
        device = tries.device_of(request).and_of(user.username)
        answer.set_cookie(
            tries.COOKIE,
            device.sealed(),
            max_age=settings.KNOWN_DEVICE_DAYS * 24 * 3600,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        return answer

    def logout(self, request):
        sessions.end_here(request)
        super().logout(request)

    def set_password(self, user, password):
        passwords.choose(user, password, here=self.request)
        gate.paid(self.request, "password")


def _wait(again_at):
    minutes = max(1, -int((timezone.now() - again_at).total_seconds()) // 60)
    return _(
        "Too many wrong passwords. Try again in %(minutes)s min. On a device where you have"
        " logged in before you need not wait; or ask your leader for a slip."
    ) % {"minutes": minutes}
