from django.urls import path

from residents.views import (
    access,
    duplicates,
    exports,
    households,
    imports,
    life,
    move_ins,
    people,
    premises,
    tables,
)

app_name = "residents"

urlpatterns = [
    path("residents/", people.people, name="people"),
    path("residents/<int:pk>/", people.resident, name="resident"),
    path("residents/<int:pk>/reveal/", people.reveal, name="reveal"),
    path("residents/<int:pk>/edit/", people.edit_resident, name="edit_resident"),
    path("households/<int:pk>/", households.household, name="household"),
    path("households/<int:pk>/undo/", life.bring_back, name="bring_back"),
    path(
        "households/<int:pk>/life/<slug:what>/",
        life.household_life,
        name="household_life",
    ),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<int:pk>/<int:other>/", duplicates.duplicate, name="duplicate"),
    path("move-ins/", move_ins.move_ins, name="move_ins"),
    path("move-ins/<int:pk>/answer/", move_ins.answer_move_in, name="answer_move_in"),
    path("premises/", premises.premises, name="premises"),
    path("premises/<int:pk>/", premises.premises_detail, name="premises_detail"),
    path("access/", access.access, name="access"),
    path("households/", tables.households, name="households"),
    path("tables/", tables.tables, name="tables"),
    path("tables/excel/", tables.table_excel, name="table_excel"),
    path("exports/", exports.exports, name="exports"),
    path("exports/new/", exports.export_new, name="export_new"),
    path("exports/<int:pk>/", exports.export_detail, name="export_detail"),
    path("exports/<int:pk>/progress/", exports.export_progress, name="export_progress"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("exports/<int:pk>/print/", exports.export_print, name="export_print"),
    path(
        "exports/lists/<int:pk>/delete/",
        exports.delete_export_list,
        name="delete_export_list",
    ),
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:pk>/confirm/", imports.import_confirm, name="import_confirm"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/result/", imports.import_result, name="import_result"),
]
