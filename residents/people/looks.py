"""Every look at a sensitive fact: who, whose, what for. Nothing is shown without its record."""

from datetime import datetime, time

from django.db import transaction
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Substr
from django.utils import timezone

from grids import audit
from grids.scope import Scope
from residents.custom_fields import custom_fields
from residents.models import AccessRecord, CustomField
from residents.models.care import reads_all

ID_NUMBER, CARE, REQUEST = "id_number", "care", "data_request"
OPENED = "file"
FACT = "fact:"  # and the key of a custom field


@transaction.atomic
def reveal_id(resident, *, by, purpose):
    """The full number. The caller fetched the resident with the right `reveal`."""
    AccessRecord.objects.create(
        district_id=resident.district_id,
        grid_id=resident.grid_id,
        resident=resident,
        by=by,
        field=ID_NUMBER,
        purpose=purpose,
        at=timezone.now(),
    )
    _record(resident, by, purpose, ID_NUMBER)
    return resident.id_sealed.reveal()


def _record(resident, by, purpose, fact):
    audit.record(
        audit.Kind.REVEAL,
        of=resident,
        words=resident.name,
        by=by,
        purpose=purpose,
        detail={"fact": fact},
    )


@transaction.atomic
def reveal_fact(resident, field, *, by, purpose):
    """A sealed custom fact, "" for none. The caller fetched the resident with `reveal`."""
    stored = resident.facts.get(field.key)
    if not isinstance(stored, dict):
        return ""
    AccessRecord.objects.create(
        district_id=resident.district_id,
        grid_id=resident.grid_id,
        resident=resident,
        by=by,
        field=f"{FACT}{field.key}",
        purpose=purpose,
        at=timezone.now(),
    )
    _record(resident, by, purpose, f"{FACT}{field.key}")
    custom_fields.touch([field])
    return custom_fields.words(field, custom_fields.unseal(field, stored, resident.pk))


def note_care_seen(shown, *, by):
    """Once a day for each person whose care categories `by` was shown."""
    note_cared([one.resident for one in shown if one.care], by=by)


def note_cared(seen, *, by):
    """Once a day for each of these residents: `by` learned that they are under care."""
    if not seen:
        return
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
    noted = set(
        AccessRecord.objects.filter(
            resident__in=seen, by=by, field=CARE, at__gte=midnight
        ).values_list("resident_id", flat=True)
    )
    AccessRecord.objects.bulk_create(
        AccessRecord(
            district_id=one.district_id,
            grid_id=one.grid_id,
            resident=one,
            by=by,
            field=CARE,
            purpose=OPENED,
            at=timezone.now(),
        )
        for one in seen
        if one.pk not in noted
    )


def with_labels(rows):
    """Annotates `fact_label`: what a custom field that was looked at is called."""
    fields = CustomField.objects.filter(
        district=OuterRef("district"),
        key=Substr(OuterRef("field"), len(FACT) + 1),
    )
    return rows.annotate(
        fact_label=Case(
            When(field__startswith=FACT, then=Subquery(fields.values("label")[:1])),
            default=Value(""),
        )
    )


def of_household(household, staff):
    """Who looked at facts of its members, newest first; at care, only to those who read all of it
    (and their own looks): a look says that there was something to see."""
    rows = with_labels(AccessRecord.objects.filter(resident__household=household))
    if not Scope.of(staff).grants("register.read_care", household):
        rows = rows.exclude(field=CARE)
    elif not reads_all(staff):
        rows = rows.exclude(~Q(by=staff), field=CARE)
    return rows.select_related("by", "resident").order_by("-at")
