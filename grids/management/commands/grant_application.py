"""`manage.py grant_application`: the role under which web, worker and beat use the database."""

import os
from urllib.parse import unquote, urlsplit

from django.core.management import BaseCommand, CommandError

from grids.audit import grants

VARIABLE = "APPLICATION_DATABASE_URL"


class Command(BaseCommand):
    help = (
        "Make the role of APPLICATION_DATABASE_URL and grant it what the application needs: no "
        "table is its own, and what is only added to it can neither change nor remove. "
        "Run it as the owner of the tables, after each migrate."
    )

    def handle(self, **options):
        address = urlsplit(os.environ.get(VARIABLE, ""))
        if not address.username:
            raise CommandError(f"Set {VARIABLE} to the address that the application will use.")
        try:
            grants.grant(address.username, unquote(address.password or ""))
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{address.username} may use the database.")
