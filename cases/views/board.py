from django.http import Http404


def board(request):
    raise Http404


board_part = board
