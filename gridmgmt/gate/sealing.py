"""What a phone keeps is sealed; the key comes with the log-in as a cookie and goes with the session.

The key is the person's own: after the next log-in of the same person a draft or a visit that waits
can be read again, by nobody else. See static/js/sealing.js.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

COOKIE = "seal"


class SealMiddleware:
    """After the log-in: it looks at what became of the session in the end."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = self.get_response(request)
        if not request.session.accessed:  # /healthz answers without a database
            return answer
        if request.user.is_authenticated:
            self._give(request, answer)
        elif COOKIE in request.COOKIES:
            answer.delete_cookie(COOKIE, samesite="Lax")
            answer["Clear-Site-Data"] = '"cache"'
        return answer

    def _give(self, request, answer):
        key = key_of(request.user)
        if request.COOKIES.get(COOKIE) != key:
            answer.set_cookie(
                COOKIE,
                key,
                max_age=request.session.get_expiry_age(),
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )


def key_of(person):
    """32 bytes in hex; after a dot those of former secrets, with which something may be sealed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return ".".join(_key_of(person, secret) for secret in secrets)


def _key_of(person, secret):
    salt = "gridmgmt.gate.sealing"
    return salted_hmac(salt, str(person.pk), secret, algorithm="sha256").hexdigest()
