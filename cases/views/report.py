from django.http import Http404


def report(request):
    raise Http404


def place(request):
    raise Http404
