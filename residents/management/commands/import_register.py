"""`manage.py import_register`: a workbook into a register; what came of it as one JSON object."""

import json
from pathlib import Path

from django.core.management import BaseCommand, CommandError
from django.utils.translation import gettext as _

from grids.models import Staff
from grids.workbooks import reader
from residents.imports.batch import batches, place_answers, registers
from residents.models import ImportBatch


class Command(BaseCommand):
    help = "Import a register from a workbook; the same engine as in the browser."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--register",
            choices=ImportBatch.Register.values,
            default=registers.RESIDENTS,
            help="which register the workbook is of; the residents' by default",
        )
        parser.add_argument("--sheet", default="", help="only this sheet")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen, write nothing",
        )
        parser.add_argument(
            "--by",
            default="",
            help="user name of the importer, who then means by the columns what he or she said before; "
            "without it, the operator, unrestricted, whom nobody's word binds",
        )
        parser.add_argument(
            "--on-conflict",
            choices=batches.ON_CONFLICT,
            default=batches.THEIRS,
            help="when the workbook and the register say different things: take theirs (default), keep ours, or ask later, in the browser",
        )
        parser.add_argument("--grid", default="", help="code of the grid of rows that name none")
        parser.add_argument(
            "--place",
            action="append",
            default=[],
            metavar="NEW=KNOWN",
            help="this compound of the workbook is that one of the register; may be given again",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *, file, by, json: bool, **options):
        names = ("register", "sheet", "dry_run", "on_conflict", "grid")
        chosen = {name: options[name] for name in names}
        try:
            answer = batches.run_file(file, by=_staff(by), places=options["place"], **chosen)
        except reader.WorkbookError as error:
            self._fail(str(error.message), error.code, json)
        except Staff.DoesNotExist:
            self._fail(_("There is no user “%s”.") % by, "user_unknown", json)
        except OSError as error:
            reason = f"{error.filename or file}: {error.strerror or error}"
            self._fail(reason, "unreadable", json)
        else:
            self.stdout.write(_as_json(answer) if json else _as_text(answer))

    def _fail(self, message, code, as_json):
        if as_json:
            self.stdout.write(_as_json({"error": message, "code": code}))
            raise SystemExit(1)
        raise CommandError(message)


def _staff(username):
    return Staff.objects.get(username=username, is_active=True) if username else None


def _as_json(answer):
    return json.dumps(answer, ensure_ascii=False)


def _as_text(answer):
    places = place_answers.lines(answer.get("new_places", {}))
    shown = [(name, value) for name, value in answer.items() if name != "new_places"]
    shown += [
        (name, line)
        for name, line in zip(["new_places", *[""] * len(places)], places, strict=False)
    ]
    return "\n".join(f"{name:>20}  {value}" for name, value in shown)
