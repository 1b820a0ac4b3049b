"""Cases that belong together, and people and departments who join one."""

import datetime as dt
import math

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import ASin, Cos, Power, Radians, Sin, Sqrt
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import OPEN, Case, CaseHelp, CaseLink, CaseSupporter
from cases.steps.table import STEPS
from cases.workflow.moves import begin, lock, lock_both, move, put, record
from cases.workflow.steps import holds
from grids.models import Department, Grid, Staff, Tier
from grids.refusal import Refused, demand
from grids.roles import DEPARTMENT_ROLES
from grids.scope import Scope

CLOSE_BY = 50  # metres
SAME_MATTER = dt.timedelta(hours=24)
EARTH = 6_371_000  # metres to its centre
METRES_PER_DEGREE = math.pi * EARTH / 180


def may_report_in(grid, by):
    """Refuse a report by a person who has no business in the district; None is a resident."""
    if grid.district_id is None:
        raise Refused(_("A case lies in a grid of a district."))
    if by is None:
        return
    scope = Scope.of(by)
    if not scope.has("case.report") or grid.district_id not in scope.district_ids:
        raise Refused(_("You may not report here."))


@transaction.atomic
def merge(case, *, by, into, note="", at=None):
    """The same was reported before: this case ends, its reporter joins the one that goes on."""
    if case.pk == into.pk:
        raise Refused(_("Choose another case."))
    lock_both(case, into)
    at = lock(case, "merge", by=by, at=at)
    if not holds(into, "merge", by) or into.district_id != case.district_id:
        raise Refused(_("You may not do this step on this case."))
    if into.stage not in OPEN:
        raise Refused(_("%(number)s is finished.") % {"number": into.number})
    if case.is_urgent and not into.is_urgent:
        raise Refused(_("An urgent case does not end in one that is not urgent."))
    data = {"case": into.pk, "number": into.number, "department": case.department_id}
    move(
        case,
        "merge",
        by=by,
        at=at,
        note=note,
        data=data,
        merged_into=into,
        result_note=_("Goes on as %(number)s.") % {"number": into.number},
    )
    _join_all(case, into, at)
    put_in = {"case": case.pk, "number": case.number}
    record(into, "absorb", by=by, at=max(at, into.stage_since), note=note, data=put_in)


def _join_all(case, into, at):
    """Who waits for `case` waits for `into` from now on; nobody twice."""
    people = {supporter.staff_id: supporter for supporter in case.supporters.all()}
    joined = [
        CaseSupporter(case=into, staff_id=key, at=one.at, note=one.note)
        for key, one in people.items()
    ]
    if case.reporter_id:
        note = f"{case.number} {case.title}"
        joined.append(CaseSupporter(case=into, staff_id=case.reporter_id, at=at, note=note))
    CaseSupporter.objects.bulk_create(
        [one for one in joined if one.staff_id != into.reporter_id],
        ignore_conflicts=True,
    )
    Case.objects.filter(merged_into=case).update(merged_into=into)


@transaction.atomic
def split(case, *, by, category, title, description="", at=None):
    """A part of it is another matter: a new report in the same place, of the same reporter."""
    at = lock(case, "split", by=by, at=at)
    demand(title, _("Say what the part is about."))
    part = Case(
        district_id=case.district_id,
        grid_id=case.grid_id,
        category=category,
        title=title[:80],
        description=description,
        address=case.address,
        lon=case.lon,
        lat=case.lat,
        source=case.source,
        household_id=case.household_id,
        reporter_id=case.reporter_id,
        is_urgent=case.is_urgent,
        companion_id=case.companion_id,
        split_from=case,
        reported_at=at,
        stage_since=at,
    )
    begin(part, by=by, at=at, data={"case": case.pk, "number": case.number})
    data = {"case": part.pk, "number": part.number}
    record(case, "split", by=by, at=at, note=title, data=data)
    return part


@transaction.atomic
def link(case, *, by, other, note="", at=None):
    """Two cases have to do with each other; each goes its own way."""
    if case.pk == other.pk:
        raise Refused(_("Choose another case."))
    lock_both(case, other)
    at = lock(case, "link", by=by, at=at)
    if not Scope.of(by).grants("case.view", other):
        raise Refused(_("You may not do this step on this case."))
    first, second = sorted((case, other), key=lambda one: one.pk)
    found, is_new = CaseLink.objects.get_or_create(
        case=first, other=second, defaults={"by": by, "at": at, "note": note[:200]}
    )
    if not is_new:
        raise Refused(_("These cases are linked already."))
    for one, twin in ((case, other), (other, case)):
        data = {"case": twin.pk, "number": twin.number}
        record(one, "link", by=by, at=max(at, one.stage_since), note=note, data=data)
    return found


@transaction.atomic
def support(case, *, by, note="", at=None):
    """Add yourself to a case that is there, instead of reporting the same again."""
    at = lock(case, "support", by=by, at=at)
    found = CaseSupporter.objects.create(case=case, staff=by, at=at, note=note[:300])
    record(case, "support", by=by, at=at, note=note)
    return found


@transaction.atomic
def remark(case, *, by, text, mentions=(), at=None):
    """A word for everybody who works on it; those mentioned are told."""
    at = lock(case, "remark", by=by, at=at)
    demand(text, _("Write something."))
    for person in mentions:
        if not Scope.of(person).grants("case.view", case):
            raise Refused(_("%(name)s does not see this case.") % {"name": person})
    data = {"tell": [person.pk for person in mentions]} if mentions else {}
    return record(case, "remark", by=by, at=at, note=text, data=data)


@transaction.atomic
def ask_help(case, *, by, department, task, at=None):
    """Another department does a part of it; the one that leads answers for the whole."""
    at = lock(case, "ask_help", by=by, at=at)
    demand(task, _("Say what is asked for."))
    if not Department.objects.serving(case.grid).filter(pk=department.pk).exists():
        raise Refused(_("%(department)s does not serve this grid.") % {"department": department})
    if department.pk == case.department_id:
        raise Refused(_("This department leads already."))
    try:
        with transaction.atomic():
            found = CaseHelp.objects.create(
                case=case, department=department, task=task[:300], asked_by=by, asked_at=at
            )
    except IntegrityError:
        raise Refused(_("This department helps already.")) from None
    people = Staff.objects.posted(
        timezone.localdate(at), department=department, role__in=DEPARTMENT_ROLES
    )
    data = {
        "help": found.pk,
        "department": department.pk,
        "tell": list(people.values_list("pk", flat=True)),
    }
    record(case, "ask_help", by=by, at=at, note=task, data=data)
    return found


@transaction.atomic
def finish_help(help, *, by, answer, at=None):
    """The department has done its part; or the one that leads does without it."""
    case = help.case
    at = lock(case, "finish_help", by=by, at=at)
    demand(answer, _("Say what was done."))
    help.refresh_from_db()
    if help.done_at:
        raise Refused(_("This help is finished."))
    departments = Scope.of(by).reach(STEPS["finish_help"]).departments
    if not departments & {help.department_id, case.department_id}:
        raise Refused(_("Your department was not asked to help."))
    put(help, done_by=by, done_at=at, answer=answer[:500])
    help.save(update_fields=["done_by", "done_at", "answer"])
    data = {
        "help": help.pk,
        "department": help.department_id,
        "tell": [help.asked_by_id],
    }
    record(case, "finish_help", by=by, at=at, note=answer, data=data)


def similar(category, grid, *, lon=None, lat=None, household=None, at=None):
    """Open cases that may be the same matter: category, place, the last 24 hours.

    Read from the index of a district's latest reports; a day is some thousand of them at most.
    """
    at = at or timezone.now()
    rows = Case.objects.open().filter(
        district=grid.district_id,
        reported_at__gt=at - SAME_MATTER,
        reported_at__lte=at,
        category=category,
    )
    here = Q(grid=grid, lon=None)
    if household is not None:
        here = Q(grid=grid, household=household)
    if lon is not None and lat is not None:
        rows = _with_distance(rows, lon, lat)
        here = Q(distance__lte=CLOSE_BY) & _box(lon, lat, CLOSE_BY)
        if household is not None:
            here |= Q(grid=grid, household=household)
    return rows.filter(here).order_by("-reported_at", "-pk")


def nearby(case, meters=CLOSE_BY):
    """Other open cases within that distance, nearest first; read from the open ones of the community."""
    if case.lon is None or case.lat is None:
        return Case.objects.none()
    community = Grid.objects.above(case.grid).filter(tier=Tier.COMMUNITY).first()
    around = Grid.objects.below(community or case.grid)
    rows = Case.objects.open().filter(
        _box(case.lon, case.lat, meters), grid__in=around.values("pk")
    )
    rows = _with_distance(rows.exclude(pk=case.pk), case.lon, case.lat)
    return rows.filter(distance__lte=meters).order_by("distance", "pk")


def of_household(case):
    """Other cases of the same household, the latest first."""
    if case.household_id is None:
        return Case.objects.none()
    rows = Case.objects.filter(household=case.household_id).exclude(pk=case.pk)
    return rows.order_by("-reported_at", "-pk")


def _box(lon, lat, meters):
    """A square that holds the circle, so that most rows cost no trigonometry."""
    high = meters / METRES_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    return Q(lat__range=(lat - high, lat + high), lon__range=(lon - wide, lon + wide))


def _with_distance(rows, lon, lat):
    """Annotates `distance` in metres from a point (haversine)."""
    here = Radians(Value(float(lat)))
    half = Power(Sin((Radians(F("lat")) - here) / 2), 2) + Cos(here) * Cos(
        Radians(F("lat"))
    ) * Power(Sin((Radians(F("lon")) - Radians(Value(float(lon)))) / 2), 2)
    return rows.annotate(distance=2 * EARTH * ASin(Sqrt(half)))
