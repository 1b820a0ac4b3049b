"""`manage.py seal_files`: files of before are sealed, and keys of files by the first field key."""

from django.core.management import BaseCommand

from grids.files import sweeping


class Command(BaseCommand):
    help = "Seal stored files that are in clear, or whose key an older field key seals."

    def handle(self, **options):
        self.stdout.write(f"{len(sweeping.seal_all())} files sealed")
