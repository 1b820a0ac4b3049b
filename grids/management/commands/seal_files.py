"""`manage.py seal_files`: files of before are sealed, and keys of files by the first field key."""

from django.core.management import BaseCommand, CommandError

from grids.files import sweeping


class Command(BaseCommand):
    help = "Seal stored files that are in clear, or whose key an older field key seals."

    def handle(self, **options):
        sealed, unopened = sweeping.seal_all()
        self.stdout.write(f"{len(sealed)} files sealed")
        if unopened:
            raise CommandError(f"no key opens {unopened[:20]}; keep every old key")
