"""`manage.py prepare_demo`: what `make demo` needs before it serves: migrations, files, the demo district."""

import io
import os

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import transaction

from gridmgmt.demo.seed import is_there
from gridmgmt.models import Heartbeat
from grids.audit import grants


class Command(BaseCommand):
    help = "Migrations, the demo district when there is none yet, and static files, in one process."

    def handle(self, **options):
        fresh = os.environ.get("FRESH") == "1"
        self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        if settings.EMBEDDED:
            grants.grant("gridmgmt_app")
        # Of the run before: /healthz must wait for this one.
        Heartbeat.objects.all().delete()
        if fresh or not is_there():
            self.stdout.write("Settling the demo district ...")
            with transaction.atomic():  # an interrupted one leaves nothing
                call_command("seed_demo", fresh=fresh, stdout=io.StringIO())
        call_command("collectstatic", interactive=False, verbosity=0)
