"""Answers for what a phone sends later: it needs to know what became of it, not where to go."""

from urllib.parse import urlsplit

from django.http import JsonResponse

HEADER = "X-Queue"
UNDECIDED = "X-Undecided"


class QueueMiddleware:
    """A request with the header X-Queue (the key of the person who typed it) is answered by

    - 201 {"url"} where a browser would be sent on: it is kept, once, and may be forgotten;
      with "undecided" so many of its facts wait for a decision at that address
    - 401 when nobody, or somebody else, is logged in: it waits
    - anything else as it is (422: the page with what is wrong; 5xx: try again)
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        typed_by = request.headers.get(HEADER)
        if typed_by is None:
            return self.get_response(request)
        if str(request.user.pk) != typed_by:
            return JsonResponse({"reason": "login"}, status=401)
        return _in_words(self.get_response(request))


def _in_words(answer):
    if answer.status_code not in (301, 302, 303):
        return answer
    place = urlsplit(answer["Location"])
    words = {"url": place._replace(scheme="", netloc="").geturl()}
    if answer.has_header(UNDECIDED):
        words["undecided"] = int(answer[UNDECIDED])
    told = JsonResponse(words, status=201)
    told.cookies = answer.cookies  # what the next page is to say
    return told
