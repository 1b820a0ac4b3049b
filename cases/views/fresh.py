"""Answers for a page that asks again and again: 304 while its copy holds, at the price of one look."""

from django.http import HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.translation import get_language

from cases.board import freshness


def reader(request, place):
    """Who reads what."""
    words = sorted(request.GET.lists())
    return freshness.reader(request.user, words, place and place.pk, get_language())


def first(request, reader, draw):
    """(part, ETag) for the page around it."""
    happened = freshness.happened()
    part = draw()
    return part, str(_stamp(part, happened, reader))


def answer(request, reader, draw):
    """The part, or 304: nothing happened, or what happened changes nothing here."""
    theirs = freshness.read(request.headers.get("If-None-Match"))
    happened = freshness.happened()
    if theirs and theirs.holds(happened, reader, timezone.now()):
        return _with(theirs, HttpResponseNotModified())
    part = draw()
    ours = _stamp(part, happened, reader)
    if theirs and theirs.says_the_same(ours):
        return _with(ours, HttpResponseNotModified())
    return _with(ours, HttpResponse(part))


def _stamp(part, happened, reader):
    return freshness.put(part, happened=happened, reader=reader, now=timezone.now())


def _with(stamp, response):
    response["ETag"] = str(stamp)
    return response
