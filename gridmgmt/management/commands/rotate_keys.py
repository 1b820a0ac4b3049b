"""Seals every stored secret anew with the keys and the cipher of today, while people work."""

import json
import time

from django.core.management.base import BaseCommand, CommandError

from gridmgmt.rotation import elsewhere, places, rotate


class Command(BaseCommand):
    help = (
        "Seals every stored secret anew with the first key of GRIDMGMT_FIELD_KEYS, "
        "GRIDMGMT_FIELD_CIPHER and the first key of GRIDMGMT_HMAC_KEY. May be stopped and begun again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only count, write nothing")
        parser.add_argument("--batch", type=int, default=1000, help="rows in one transaction")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, check, batch, **options):
        if batch < 1:
            raise CommandError("--batch must be 1 or more.")
        started = time.monotonic()
        found = [rotate(place, size=batch, tell=self.tell, dry_run=check) for place in places()]
        factors = len(elsewhere.waiting()) if check else elsewhere.renew_factors()
        files, unopened = (0, []) if check else elsewhere.renew_files()
        told = {
            "factors": factors,
            "files": files,
            "rewritten": sum(one.rewritten for one in found),
            "left": sum(one.rewritten if check else 0 for one in found)
            + sum(one.left for one in found)
            + len(unopened)
            + (factors if check else 0),
            "places": [one.as_dict() for one in found],
            "seconds": round(time.monotonic() - started, 1),
        }
        self.stdout.write(json.dumps(told) if options["json"] else in_words(told, check))
        wrong = [_wrong(one) for one in found if one.left]
        if unopened:
            wrong.append(f"files: no key opens {unopened[:20]}")
        if wrong:
            raise CommandError(
                "Some could not be sealed anew; keep every old key until they are put right:\n"
                + "\n".join(wrong)
            )

    def tell(self, found):
        self.stderr.write(f"{found.name}: {found.seen} read, {found.rewritten} to seal anew")


def in_words(told, check):
    if check:
        return f"{told['left']} rows are not sealed with the keys of today."
    return (
        f"{told['rewritten']} rows sealed anew in {told['seconds']} s, each read again and compared,"
        f" {told['factors']} second factors and {told['files']} files."
        + ("" if told["left"] else " Only the first keys are in use now: the others may go.")
    )


def _wrong(found):
    said = []
    if found.unopened:
        said.append(f"no key opens {found.unopened[:20]}")
    if found.twice:
        said.append(f"registered twice with one number: {found.twice[:20]}")
    return f"{found.name}: {'; '.join(said)}"
