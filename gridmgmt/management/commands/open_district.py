"""`manage.py open_district`: a real district is opened, with its first administrator."""

import getpass
import os
from pathlib import Path

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from gridmgmt.opening import Administrator, open_district
from grids.refusal import Refused


class Command(BaseCommand):
    help = (
        "Open a district: its grids, dictionaries, calendar, visit rules and first administrator."
    )

    def add_arguments(self, parser):
        parser.add_argument("code", help="6 digits, e.g. 370402")
        parser.add_argument("name")
        parser.add_argument("--administrator", required=True, help="user name")
        parser.add_argument("--full-name", default="", help="of the administrator")
        parser.add_argument("--security", help="user name of the security administrator")
        parser.add_argument("--auditor", help="user name of the auditor")
        parser.add_argument(
            "--grids",
            type=Path,
            help="CSV with the columns code, name, parent, from the top down",
        )

    def handle(self, *, code, name, administrator, full_name, security, auditor, grids, **options):
        if bool(security) != bool(auditor):
            raise CommandError("Three administrators: give --security and --auditor, or neither.")
        try:
            person = _ask("GRIDMGMT_ADMINISTRATOR_PASSWORD", administrator, full_name)
            others = {
                "security": security and _ask("GRIDMGMT_SECURITY_PASSWORD", security),
                "auditor": auditor and _ask("GRIDMGMT_AUDITOR_PASSWORD", auditor),
            }
            lines = grids.read_text(encoding="utf-8-sig").splitlines() if grids else None
            open_district(code, name, administrator=person, grids_file=lines, **others)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{name} ({code}) is open. Log in as {administrator}.")
        if not security:
            self.stdout.write(
                "One administrator alone: post a security administrator and an auditor, then"
                " switch three administrators on in the district profile."
            )


def _ask(variable, username, full_name=""):
    """The person, with the password of this variable or the one that is typed."""
    password = os.environ.get(variable) or getpass.getpass(f"Password of {username}: ")
    validate_password(password)
    return Administrator(username, full_name or username, password)
