"""Lays out the work calendar of districts."""

from django.core.management.base import BaseCommand, CommandError

from cases.calendar import working_days
from grids.models import Grid, Tier


class Command(BaseCommand):
    help = (
        "Lay out years of the work calendar; years that nobody has published yet are provisional."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "years",
            nargs="*",
            type=int,
            metavar="YEAR",
            help="default: last year to two years ahead",
        )
        parser.add_argument("--district", metavar="CODE", help="default: all districts")

    def handle(self, *args, years, district=None, **options):
        districts = Grid.objects.filter(tier=Tier.DISTRICT)
        if district:
            districts = districts.filter(code=district)
            if not districts:
                raise CommandError(f"There is no district {district}.")
        for each in districts:
            calendar = working_days.ensure_calendar(each)
            if years:
                working_days.build(calendar, *years)
            self.stdout.write(
                f"{each.code} {each.name}: {calendar.first_day} to {calendar.last_day}"
            )
