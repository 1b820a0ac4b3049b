"""What nobody can read or keep is answered 400: NUL bytes, half characters, numbers without end."""

import json
import logging
import re

from django.core.exceptions import BadRequest
from django.db import DataError

log = logging.getLogger(__name__)

# PostgreSQL keeps neither of the first two; Python reads no number of thousands of digits.
UNREADABLE = re.compile("[\x00\ud800-\udfff]|\\d{100}")
ENDLESS = 10**100


class ReadableMiddleware:
    """After the language is known, before the session is read: a cookie may hold it, too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        _demand("address", [request.path_info])
        _demand("query", _words(request.GET))
        _demand("cookies", [*request.COOKIES, *request.COOKIES.values()])
        _demand("headers", (value for name, value in request.META.items() if _is_header(name)))
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.content_type == "application/json" and request.body:
            _demand("body", _inside(_json(request.body)))
        elif request.method not in {"GET", "HEAD", "OPTIONS"}:
            _demand("form", _words(request.POST))
            _demand("files", [file.name for _, files in request.FILES.lists() for file in files])

    def process_exception(self, request, exception):
        """A number that is none for the database, or too big for it."""
        if isinstance(exception, (DataError, OverflowError)):
            log.warning("a value that cannot be kept", exc_info=exception)
            raise BadRequest("a value that cannot be kept") from exception


def _demand(where, values):
    if any(isinstance(value, str) and UNREADABLE.search(value) for value in values):
        raise BadRequest(f"unreadable: {where}")


def _words(query):
    for name, values in query.lists():
        yield name
        yield from values


def _is_header(name):
    return name.startswith("HTTP_") or name == "CONTENT_TYPE"


def _json(body):
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("unreadable: body") from error


def _inside(found):
    """Every word of a JSON value; a number that is none, or is endless, is none that can be read."""
    rest = [found]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += [*one, *one.values()]
        elif isinstance(one, list):
            rest += one
        elif isinstance(one, (int, float)) and not -ENDLESS < one < ENDLESS:
            yield "\0"
        else:
            yield one
