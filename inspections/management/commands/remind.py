"""`manage.py remind`: announces due visits, as beat does; what it counted as JSON."""

import json
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inspections.telling import reminders


class Command(BaseCommand):
    help = "Announce coming, due and overdue visits; the same as the task of every minute."

    def add_arguments(self, parser):
        parser.add_argument(
            "--now", metavar="ISO-WITH-OFFSET", help="e.g. 2026-11-22T09:00:00+08:00"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        report = reminders.remind(_moment(options["now"]))
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in report.items()))


def _moment(text):
    if text is None:
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"--now {text!r} is not a date and time like 2026-11-22T09:00:00+08:00."
        ) from error
    if moment.tzinfo is None:
        raise CommandError(f"--now {text!r} needs an offset, e.g. 2026-11-22T09:00:00+08:00.")
    return moment
