from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ResidentsConfig(AppConfig):
    name = "residents"
    verbose_name = _("Registers")

    def ready(self):
        """The kinds that are kept for a time; each `migrate` sets what erases them again."""
        from residents.retention import catalogue, forgetting, papers

        catalogue.register()
        post_migrate.connect(forgetting.after_migrations, sender=self)
        post_migrate.connect(papers.after_migrations, sender=self)
