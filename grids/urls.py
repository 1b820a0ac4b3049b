from django.urls import path

from grids import views

app_name = "grids"

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.read_all, name="read_all"),
    path("inbox/<int:pk>/", views.open_message, name="open_message"),
]
