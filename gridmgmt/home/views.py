from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse

home = choose_place = set_language = search = lambda request: HttpResponse("")
