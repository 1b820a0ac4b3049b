from django.apps import apps
from django.core.management import BaseCommand, call_command, get_commands
from django.db import transaction

from gridmgmt.models import Heartbeat


class Command(BaseCommand):
    help = "Migrations, the demo district when there is none yet, and static files, in one process."

    def handle(self, **options):
        self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        Heartbeat.objects.all().delete()  # of the run before: /healthz must wait for this one
        if "seed_demo" in get_commands() and self._is_wanted():
            self.stdout.write("Settling the demo district ...")
            with transaction.atomic():  # an interrupted one leaves nothing
                call_command("seed_demo", fresh=os.environ.get("FRESH") == "1")
        call_command("collectstatic", interactive=False, verbosity=0)

    def _is_wanted(self):
        return not apps.get_model("grids.Grid").objects.exists()
