"""Every entry that is written while a page is made knows the page's person and address."""

from grids.audit import origin


class OriginMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with origin.of(request):
            return self.get_response(request)
