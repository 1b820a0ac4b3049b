from django.http import Http404


def slip(request, pk):
    raise Http404
