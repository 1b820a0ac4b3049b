from django.http import Http404


def case_list(request):
    raise Http404
