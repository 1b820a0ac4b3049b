from django.urls import path

from cases.views import board, detail, files, list, photos, report, saved, slips, steps

app_name = "cases"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/part/", board.board_part, name="board_part"),
    path("cases/", list.case_list, name="list"),
    path("cases/report/", report.report, name="report"),
    path("cases/report/place/", report.place, name="report_place"),
    path("cases/photos/<int:pk>/", photos.photo, name="photo"),
    path("cases/files/<int:pk>/", files.file, name="file"),
    path("cases/filters/", saved.keep, name="saved_keep"),
    path("cases/filters/<int:pk>/rename/", saved.rename, name="saved_rename"),
    path("cases/filters/<int:pk>/drop/", saved.drop, name="saved_drop"),
    path("cases/slips/<int:pk>/", slips.slip, name="slip"),
    path("cases/<str:number>/", detail.detail, name="detail"),
    path("cases/<str:number>/<slug:step>/", steps.step, name="step"),
]
