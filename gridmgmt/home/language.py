"""Staff pages speak Chinese until somebody chooses otherwise; public pages ask the browser."""

from django.conf import settings
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

PUBLIC = ("/report/", "/track/")


class PortalLocaleMiddleware(LocaleMiddleware):
    def process_request(self, request):
        if request.path.startswith(PUBLIC):
            super().process_request(request)
            return
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        known = chosen in dict(settings.LANGUAGES)
        translation.activate(chosen if known else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
