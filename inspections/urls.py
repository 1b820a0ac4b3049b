from django.urls import path

from inspections.views import (
    cadence,
    campaigns,
    corrections,
    diary,
    digest,
    log,
    overdue,
    patrols,
    today,
    visits,
)

app_name = "inspections"

urlpatterns = [
    path("today/", today.today, name="today"),
    path("today/digest/", digest.digest, name="digest"),
    path("visits/", visits.visit_list, name="visits"),
    path("visits/overdue/", overdue.overdue, name="overdue"),
    path("visits/overdue/excel/", overdue.overdue_excel, name="overdue_excel"),
    path("visits/log/<int:household>/", log.log_visit, name="log_visit"),
    path("visits/log/<int:household>/card/", log.card, name="card"),
    path(
        "visits/log/<int:household>/appointment/",
        log.appointment,
        name="appointment",
    ),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/facts/", corrections.facts_to_decide, name="facts_to_decide"),
    path("visits/facts/<int:pk>/", corrections.decide_fact, name="decide_fact"),
    path("visits/photos/<int:pk>/", visits.photo, name="photo"),
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.new_campaign, name="new_campaign"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path(
        "campaigns/<int:pk>/households/",
        campaigns.campaign_targets,
        name="campaign_targets",
    ),
    path(
        "campaigns/<int:pk>/hand-over/<int:grid>/",
        campaigns.hand_over,
        name="campaign_hand_over",
    ),
    path("campaigns/<int:pk>/close/", campaigns.close_campaign, name="close_campaign"),
    path("cadence/", cadence.cadence, name="cadence"),
    path("cadence/new/", cadence.new_rule, name="new_rule"),
    path("cadence/<int:pk>/", cadence.edit_rule, name="edit_rule"),
    path("patrols/", patrols.patrol_list, name="patrols"),
    path("patrols/rule/", patrols.patrol_rule, name="patrol_rule"),
    path("patrols/<int:grid>/", patrols.walk, name="walk"),
    path("patrols/<int:grid>/points/", patrols.points, name="points"),
    path("visits/diary/<int:pk>/strike/", diary.strike_off, name="strike_off"),
    path("visits/diary/<int:pk>/case/", diary.raise_case, name="raise_case"),
]
