import json
from datetime import date, datetime, time

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from gridmgmt.demo import seed as demo


class Command(BaseCommand):
    help = "Two invented districts to try things out. The same seed and day give the same rows."

    def add_arguments(self, parser):
        parser.add_argument("--scale", choices=sorted(demo.SCALES), default="small")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="The day it shall be."
        )
        parser.add_argument("--seed", type=int, default=20261122)
        parser.add_argument(
            "--fresh", action="store_true", help="Empty the tables first."
        )

    def handle(self, *, scale, today, seed, fresh, **options):
        if demo.is_there() and not fresh:
            self.stdout.write(
                "The demo district is already there; --fresh makes it anew."
            )
            return
        try:
            counts = demo.seed(now=_moment(today), seed=seed, scale=scale, fresh=fresh)
        except demo.SeedError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(counts))


def _moment(today):
    """Ten in the morning of that day, or now."""
    if today is None:
        return timezone.now()
    return timezone.make_aware(datetime.combine(today, time(10)))
