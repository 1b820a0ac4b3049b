"""The one way in which an entry of the audit comes to be."""

from django.utils import timezone

from grids.audit import origin
from grids.models.audit import AuditEntry
from grids.models.grid import Grid, Tier
from grids.scope import Scope


def record(
    kind,
    *,
    of=None,
    words="",
    purpose="",
    result=AuditEntry.Result.DONE,
    by=None,
    district=None,
    detail=None,
):
    """Write down that something was done; returns the AuditEntry.

    kind     a Kind: audit.Kind.REVEAL
    of       the row it was done to (any model), or a model class for many rows
    words    what an auditor calls the object, without any secret; the row's own when it is a
             place, a person of the staff or a file would say too little
    purpose  what for, in the person's words
    result   a Result: done, refused, hit, miss
    by       the Staff; left out: who sends the request that is being answered
    district its key; left out: that of the row, else that of the person
    detail   a small dict for the rest: {"rows": 1997, "columns": ["name", "phone"]}

    It belongs to the transaction around it. What is to stay when that one fails (a refusal, a
    failed log-in) is recorded outside of it.
    """
    here = origin.now()
    by = by or here.by
    return AuditEntry.objects.create(
        at=timezone.now(),
        kind=kind,
        result=result,
        by=by,
        postings=postings_of(by),
        address=here.address,
        district_id=district or _district_of(of, by),
        grid_id=_grid_of(of),
        **_object(of),
        words=_short(words),
        purpose=_short(purpose),
        detail=detail or {},
    )


def postings_of(staff):
    """["grid_worker@370402001028001", ...]: role and place of the postings of today."""
    return sorted(
        f"{one.role}@{one.grid.code}" + (f"#{one.department_id}" if one.department_id else "")
        for one in Scope.of(staff).postings
    )


def _object(of):
    if of is None:
        return {}
    is_row = not isinstance(of, type)
    return {"object_type": of._meta.label_lower, "object_key": str(of.pk) if is_row else ""}


def _district_of(of, by):
    found = (not isinstance(of, type) and getattr(of, "district_id", None)) or getattr(
        by, "district_id", None
    )
    if found:
        return found
    of_postings = Scope.of(by).district_ids
    return min(of_postings) if of_postings else _only_district()


def _only_district():
    """Where there is one district alone, its auditor also hears of people nobody knows."""
    found = Grid.objects.filter(tier=Tier.DISTRICT).values_list("pk", flat=True)[:2]
    return found[0] if len(found) == 1 else None


def _grid_of(of):
    if isinstance(of, Grid):
        return of.pk
    return None if isinstance(of, type) else getattr(of, "grid_id", None)


def _short(text):
    """Room for 200 letters, and none that the database refuses."""
    return str(text).replace("\x00", "")[:200]
