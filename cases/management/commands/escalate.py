"""Fires the alarms that are due: what beat does every minute."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cases.lateness import escalation


class Command(BaseCommand):
    help = "Fire the alarms of late cases, issue slips and tell people. Safe to run twice."

    def add_arguments(self, parser):
        parser.add_argument(
            "--now",
            help="a moment with offset, e.g. 2026-11-22T18:00+08:00; default: now",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, now=None, **options):
        done = escalation.sweep(_moment(now) if now else timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(done))
        else:
            self.stdout.write(
                "{now}: {fired} alarms, {slips} slips, {notices} notices, {seconds} s".format(
                    **done
                )
            )


def _moment(text):
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--now {text}: not a moment such as 2026-11-22T18:00+08:00")
    if timezone.is_naive(moment):
        raise CommandError(f"--now {text}: give the offset from UTC too, e.g. {text}+08:00")
    return moment
