"""`manage.py check_audit`: whether the audit is what it was, from the first entry on."""

from django.core.management import BaseCommand

from grids.audit import chain


class Command(BaseCommand):
    help = "Read the whole chain of the audit; say what does not agree, and end with 1 then."

    def handle(self, **options):
        faults = chain.check()
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise SystemExit(1)
        last = chain.last_mark()
        known = f", signed up to {last.detail['number']}" if last else ""
        self.stdout.write(f"The audit is whole{known}.")
