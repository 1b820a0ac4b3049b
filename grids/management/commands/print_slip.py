"""`manage.py print_slip USER`: a slip for somebody whom nobody may help in the browser."""

from django.core.management import BaseCommand, CommandError

from grids.accounts import slips
from grids.models import Staff


class Command(BaseCommand):
    help = (
        "A code that lets this person choose a new password, once: for administrators, auditors"
        " and operators, whose passwords nobody helps with in the browser."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        person = Staff.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody has the user name {username}.")
        [made] = slips.make([person], by=None)
        self.stdout.write(
            f"{made.address}\n{made.in_fours}, until {made.expires_at:%Y-%m-%d %H:%M %Z}"
        )
