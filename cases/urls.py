from django.urls import path

from cases.views import (
    board,
    case_steps,
    catalogue,
    catalogue_uploads,
    detail,
    files,
    ladders,
    list,
    photos,
    print,
    report,
    saved,
    slips,
    steps,
    trends,
)

app_name = "cases"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/part/", board.board_part, name="board_part"),
    path("board/excel/", board.board_excel, name="board_excel"),
    path("board/trends/", trends.trends, name="trends"),
    path("board/trends/excel/", trends.trends_excel, name="trends_excel"),
    path("cases/", list.case_list, name="list"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/excel/", catalogue.catalogue_excel, name="catalogue_excel"),
    path("catalogue/uploads/", catalogue_uploads.uploads, name="catalogue_uploads"),
    path(
        "catalogue/uploads/<int:pk>/",
        catalogue_uploads.upload,
        name="catalogue_upload",
    ),
    path(
        "catalogue/uploads/<int:pk>/confirm/",
        catalogue_uploads.confirm,
        name="catalogue_confirm",
    ),
    path("cases/steps/", case_steps.case_steps, name="case_steps"),
    path("cases/report/", report.report, name="report"),
    path("cases/report/place/", report.place, name="report_place"),
    path("cases/report/alike/", report.alike, name="report_alike"),
    path("cases/photos/<int:pk>/", photos.photo, name="photo"),
    path("cases/files/<int:pk>/", files.file, name="file"),
    path("cases/filters/", saved.keep, name="saved_keep"),
    path("cases/filters/<int:pk>/rename/", saved.rename, name="saved_rename"),
    path("cases/filters/<int:pk>/drop/", saved.drop, name="saved_drop"),
    path("cases/slips/", slips.slip_list, name="slips"),
    path("cases/slips/<int:pk>/", slips.slip, name="slip"),
    path("ladder/", ladders.ladders, name="ladder"),
    path("ladder/reset/", ladders.reset, name="ladder_reset"),
    path("cases/<str:number>/", detail.detail, name="detail"),
    path("cases/<str:number>/print/", print.paper, name="print"),
    path("cases/<str:number>/<slug:step>/", steps.step, name="step"),
]
