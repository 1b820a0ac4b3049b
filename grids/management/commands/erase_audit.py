"""`manage.py erase_audit`: what has been kept long enough leaves the audit, on record."""

from datetime import datetime, time

from django.core.management import BaseCommand, CommandError
from django.db import Error, connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date

from grids import audit
from grids.audit.guard import kept_models
from grids.models import AuditLink


class Command(BaseCommand):
    help = (
        "Erase entries, looks at files and history from before a day that is six months gone at "
        "least. Only the owner of the tables can; that it was done is an entry."
    )

    def add_arguments(self, parser):
        parser.add_argument("--before", required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--table", help="Only this one, e.g. residents_accessrecord.")

    @transaction.atomic
    def handle(self, *, before, table, **options):
        day = _day(before)
        models = [one for one in kept_models() if one is not AuditLink]
        chosen = [one for one in models if table in (None, one._meta.db_table)]
        if not chosen:
            raise CommandError(f"{table} is none of the tables that are only added to.")
        for model in chosen:
            number = _erase(model._meta.db_table, day)
            detail = {"before": day.date().isoformat(), "rows": number}
            audit.record(audit.Kind.ERASURE, of=model, words=model._meta.db_table, detail=detail)
            self.stdout.write(f"{model._meta.db_table}: {number}")


def _day(text):
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"{text!r} is no day; write it like 2026-05-31.")
    return timezone.make_aware(datetime.combine(day, time()))


def _erase(table, day):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_erase(%s::regclass, %s)", [table, day])
            return cursor.fetchone()[0]
    except Error as error:
        raise CommandError(str(error).splitlines()[0]) from error
