"""`manage.py seed_demo`: two invented districts, or one at full size."""

import json
from argparse import RawDescriptionHelpFormatter
from datetime import date, datetime, time

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from gridmgmt.demo import loading
from gridmgmt.demo import seed as demo
from gridmgmt.demo.progress import Progress

HELP = """Two invented districts to try things out. The same seed and day give the same rows.

--scale small     in seconds: 1,500 households, 760 cases (what `make demo` shows)
--scale district  a whole district for trying and measuring at full size: 286,000 households with
                  1,000,000 persons, 1,000,000 cases of which 50,000 are open, their alarms, and
                  the schedules of all visits; the same log-ins. Rows have no history of how they
                  came in, and the inboxes are empty. TIME AND SPACE
"""
NEEDS = "Takes about 5 minutes and 6 GB of disk (3 GB stay)."


class Command(BaseCommand):
    help = HELP.replace("TIME AND SPACE", NEEDS)

    def create_parser(self, *names, **options):
        return super().create_parser(*names, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser):
        parser.add_argument("--scale", choices=sorted(demo.SCALES), default="small")
        parser.add_argument("--today", type=date.fromisoformat, help="The day it shall be.")
        parser.add_argument("--seed", type=int, default=20261122)
        parser.add_argument("--fresh", action="store_true", help="Empty the tables first.")

    def handle(self, *, scale, today, seed, fresh, **options):
        if demo.is_there() and not fresh:
            self.stdout.write("The demo district is already there; --fresh makes it anew.")
            return
        is_large = scale == "district"
        progress = Progress(self.stderr.write if is_large else None)
        try:
            counts = demo.seed(
                now=_moment(today),
                seed=seed,
                scale=scale,
                fresh=fresh,
                progress=progress,
            )
        except demo.SeedError as error:
            raise CommandError(str(error)) from error
        if is_large:
            with progress.of("vacuum"):
                loading.vacuum()
            progress.sum_up()
        self.stdout.write(json.dumps(counts))


def _moment(today):
    """Ten in the morning of that day, or now."""
    if today is None:
        return timezone.now()
    return timezone.make_aware(datetime.combine(today, time(10)))
