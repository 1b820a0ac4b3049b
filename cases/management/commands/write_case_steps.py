"""`manage.py write_case_steps`: docs/case-steps.md and its drawing, from the tables of the loop."""

from pathlib import Path

from django.conf import settings
from django.core.management import BaseCommand

from cases.paper.steps_paper import files


class Command(BaseCommand):
    help = "Write docs/case-steps.md and its drawing from the tables of the loop."

    def handle(self, **options):
        for name, text in files().items():
            (Path(settings.BASE_DIR) / name).write_text(text, encoding="utf-8")
            self.stdout.write(name)
