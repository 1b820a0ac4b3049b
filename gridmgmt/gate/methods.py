"""A page is fetched or sent to; everything else that HTTP knows (TRACE, PUT ...) is answered 405."""

from django.http import HttpResponseNotAllowed

ANSWERED = ["GET", "HEAD", "OPTIONS", "POST"]


class MethodMiddleware:
    """Before everything else that could answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ANSWERED:
            return HttpResponseNotAllowed(ANSWERED)
        return self.get_response(request)
