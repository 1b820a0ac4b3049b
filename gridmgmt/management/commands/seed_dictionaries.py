"""`manage.py seed_dictionaries`: the dictionaries that ship are added; edits stay."""

import json

from django.core.management import BaseCommand

from gridmgmt import dictionaries


class Command(BaseCommand):
    help = "Add missing code tables, care categories, case categories and case standards."

    def add_arguments(self, parser):
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Put back rows that were edited here.",
        )

    def handle(self, *, overwrite, **options):
        self.stdout.write(json.dumps(dictionaries.seed(overwrite=overwrite)))
