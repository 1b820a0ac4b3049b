"""Workbooks of the catalogue and of calendars: kept as they come, read by a worker, then shown."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.calendar import published
from cases.catalogue import reading, takeover
from cases.limits import recompute
from cases.models import CatalogueUpload, Upload
from grids.jobs import queue as jobs
from grids.jobs.lease import held
from grids.refusal import Refused

State, Kind = Upload.State, Upload.Kind


def keep(file, *, by, district_id, kind, **about):
    """The upload, which asks for a worker."""
    return Upload.objects.create(
        district_id=district_id,
        by=by,
        at=timezone.now(),
        kind=kind,
        language=translation.get_language(),
        file=file,
        file_name=Path(file.name).name[:120],
        **about,
    )


def ask_to_take_over(catalogue, *, by):
    """What was shown of the workbook is confirmed: the job that writes it, the same when asked again."""
    read = Upload.objects.filter(catalogue=catalogue, kind=Kind.CATALOGUE).first()
    return Upload.objects.get_or_create(
        catalogue=catalogue,
        kind=Kind.TAKEOVER,
        state=State.READING,
        defaults={
            "district_id": catalogue.district_id,
            "by": by,
            "at": timezone.now(),
            # What was shown is compared word by word.
            "language": read.language if read else translation.get_language(),
            "file_name": catalogue.file_name,
        },
    )[0]


def work(upload_id):
    """Read the workbook, or write what was read. Safe to call twice."""
    rows = Upload.objects.select_related("by", "calendar", "catalogue")
    jobs.work(jobs.claim(rows, upload_id, fail), _do, fail)


def _do(upload, lease):
    return (_take_over if upload.kind == Kind.TAKEOVER else _read)(upload, lease)


@transaction.atomic
def _take_over(upload, lease):
    with translation.override(upload.language):
        takeover.confirm(upload.catalogue, by=upload.by)
    lease.finish(state=State.READ)


def _read(upload, lease):
    with translation.override(upload.language):
        try:
            with jobs.local_copy(upload.file) as path:
                found = READERS[upload.kind](path, upload)
            with transaction.atomic():
                lease.finish(state=State.READ, **KEEPERS[upload.kind](found, upload))
        except Refused as refused:
            _end(upload, getattr(refused, "errors", [str(refused)]))
    jobs.forget_files(upload, "file")


def fail(upload, error):
    with translation.override(upload.language):
        _end(upload, [_("Something went wrong on our side; it has been noted. Try again later.")])


def _end(upload, problems):
    held(upload).update(state=State.FAILED, problems=problems, leased_until=None)


def _read_days(path, upload):
    return published.read_file(path, upload.calendar, is_whole_year=upload.is_whole_year)


def _keep_catalogue(content, upload):
    found = CatalogueUpload(
        district_id=upload.district_id,
        by=upload.by,
        at=upload.at,
        file_name=upload.file_name,
        content=content,
    )
    found.findings = takeover.check(found).as_data()
    found.save()
    return {"catalogue": found}


def _keep_change(days, upload):
    return {"change": recompute.draw_up(upload.calendar, days, by=upload.by)}


READERS = {Kind.CATALOGUE: lambda path, upload: reading.read(path), Kind.CALENDAR: _read_days}
KEEPERS = {Kind.CATALOGUE: _keep_catalogue, Kind.CALENDAR: _keep_change}
