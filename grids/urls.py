from django.urls import path

from grids.views import audit, channels, inbox, posting_changes, stand_ins

app_name = "grids"

urlpatterns = [
    path("audit/", audit.audit, name="audit"),
    path("audit/excel/", audit.excel, name="audit_excel"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="read_all"),
    path("inbox/channels/", channels.channels, name="channels"),
    path("inbox/channels/<int:pk>/", channels.channel, name="channel"),
    path("inbox/channels/<int:pk>/test/", channels.test, name="channel_test"),
    path("inbox/<int:pk>/", inbox.open_message, name="open_message"),
    path("postings/waiting/", posting_changes.posting_changes, name="posting_changes"),
    path("postings/waiting/<int:pk>/", posting_changes.decide, name="posting_change"),
    path("settings/waiting/<int:pk>/", posting_changes.decide_setting, name="setting_change"),
    path("stand-ins/", stand_ins.stand_ins, name="stand_ins"),
    path("stand-ins/<int:pk>/end/", stand_ins.end, name="stand_in_end"),
]
