"""Who is in the register and not in a list, kept beside its import until the files expire."""

from django.db.models import BigIntegerField, F, Func, Value

from residents.models import ImportAbsent, Resident

SCOPES = ("households", "grids")


def keep(batch_id, outcome):
    """Of a list of people; what was kept before is of an older look at the list."""
    ImportAbsent.objects.filter(batch=batch_id).delete()
    if any(outcome.absent.values()):
        ImportAbsent.objects.create(batch_id=batch_id, **outcome.absent)


def counts(outcome):
    return {name: len(keys) for name, keys in outcome.absent.items()}


def residents(batch, staff, scope):
    """Residents still in force whom `staff` may see; by key."""
    kept = ImportAbsent.objects.filter(batch=batch)
    keys = kept.values(key=Func(F(scope), function="unnest", output_field=BigIntegerField()))
    rows = Resident.objects.live().filter(pk__in=keys).visible_to(staff)
    return rows.select_related("household__dwelling__building", "grid").order_by("pk")


def forget(now):
    ImportAbsent.objects.filter(batch__files_expire_at__lt=now).delete()


def is_here(batch, resident):
    """Somebody looked: the person stays, and is off the list."""
    kept = ImportAbsent.objects.filter(batch=batch)
    without = {
        name: Func(F(name), Value(resident.pk, BigIntegerField()), function="array_remove")
        for name in SCOPES
    }
    kept.update(**without)


def has_expired(batch):
    """Whether the list was longer once than what is kept of it: its files are gone."""
    found = batch.result or batch.preview
    return (
        any(found.get("absent", {}).values())
        and not ImportAbsent.objects.filter(batch=batch).exists()
    )
