from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = _("Visits and patrols")

    def ready(self):
        from cases.origins import TAKERS
        from inspections import patrols, retention
        from inspections.visits import visit_log

        TAKERS.extend([visit_log.take_case, patrols.take_case])
        retention.register()
