"""What the worker does about the registers: imports, exports, what runs out."""

from celery import shared_task
from django.utils import timezone

from residents import data_requests
from residents.exports import queue as export_queue
from residents.housing import lapsed_leases
from residents.imports.batch import batches, queue
from residents.models import Export, ImportBatch, RetentionRun
from residents.retention import runs as erasures


@shared_task(name="residents.tasks.run_import")
def run_import(batch_id):
    queue.work(batch_id)


@shared_task(name="residents.tasks.nudge_imports")
def nudge_imports():
    for batch_id in ImportBatch.objects.forgotten(timezone.now()):
        run_import.delay(batch_id)

    for batch_id in batches.without_result(timezone.now()):
        write_result.delay(batch_id)


@shared_task(name="residents.tasks.write_result")
def write_result(batch_id):
    batches.write_result(batch_id)


@shared_task(name="residents.tasks.expire_import_files")
def expire_import_files():
    batches.expire_files(timezone.now())


@shared_task(name="residents.tasks.run_export")
def run_export(export_id):
    export_queue.work(export_id)


@shared_task(name="residents.tasks.nudge_exports")
def nudge_exports():
    for export_id in Export.objects.forgotten(timezone.now()):
        run_export.delay(export_id)


@shared_task(name="residents.tasks.expire_export_files")
def expire_export_files():
    export_queue.expire_files(timezone.now())


@shared_task(name="residents.tasks.expire_data_requests")
def expire_data_requests():
    data_requests.expire(timezone.now())


@shared_task(name="residents.tasks.end_lapsed_leases")
def end_lapsed_leases():
    lapsed_leases.sweep(timezone.now())


@shared_task(name="residents.tasks.run_erasure")
def run_erasure(pk):
    erasures.work(pk)


@shared_task(name="residents.tasks.nudge_erasures")
def nudge_erasures():
    for pk in RetentionRun.objects.forgotten(timezone.now()):
        run_erasure.delay(pk)


@shared_task(name="residents.tasks.erase_what_is_due")
def erase_what_is_due():
    for pk in erasures.nightly(timezone.now()):
        run_erasure.delay(pk)
