from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class GridsConfig(AppConfig):
    name = "grids"
    verbose_name = _("Grids and staff")

    def ready(self):
        """Each `migrate` sets the guards again; what is saved and who logs in is recorded."""
        from grids.accounts import signals as _factors  # noqa: F401  (they listen from now on)
        from grids.audit import guard, signals
        from grids.second_lock import policies

        post_migrate.connect(guard.after_migrations, sender=self)
        post_migrate.connect(policies.after_migrations, sender=self)
        signals.connect()
