from django.http import Http404


def step(request, number, step):
    raise Http404
