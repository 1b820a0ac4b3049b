"""One step on many cases: first what it would do, then each case by its verb, none half done."""

from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from cases import workflow
from cases.models import Case
from cases.steps.table import STEPS
from cases.workflow import routing, steps
from grids.models import Department
from grids.refusal import Refused
from grids.scope import Scope

AT_MOST = 200  # some seconds in one request
OFFERED = ("dispatch", "urge")


@dataclass
class Sorted:
    """Cases that can be done (or are done), and the others with what stands in the way."""

    done: list = field(default_factory=list)
    refused: list = field(default_factory=list)  # (case, reason)

    def reasons(self):
        """[(reason, number)], the most frequent first."""
        return Counter(reason for __, reason in self.refused).most_common()


def offered_to(staff):
    scope = Scope.of(staff)
    return [step for step in OFFERED if scope.has(STEPS[step])]


def chosen(staff, keys):
    """The cases of these keys that the person sees, the most urgent first, 200 at most."""
    rows = Case.objects.visible_to(staff).filter(pk__in=keys)
    rows = rows.select_related("grid", "category", "standard", "department", "decider")
    return list(rows.order_by("due_at", "id")[:AT_MOST])


def outlook(cases, step, *, by, now) -> Sorted:
    """What the step would do. What somebody else does meanwhile is found when it is done."""
    return _each(cases, lambda case: steps.check(case, step, by=by, at=now))


def dispatch(cases, *, by, to=None, note="") -> Sorted:
    """To one department, or (without `to`) each to the one that answers for it."""
    answering = {} if to else answering_for(cases)

    def one(case):
        department = to or answering[case.pk]
        if department is None:
            raise Refused(_("No department answers for it here: choose one."))
        workflow.dispatch(case, by=by, to=department, note=note)

    return _each(cases, one)


def urge(cases, *, by, note, since) -> Sorted:
    """Sent twice, it urges once: `since` is when the person was asked to confirm."""

    @transaction.atomic
    def one(case):
        Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        if case.events.filter(kind="urge", by=by, at__gte=since).exists():
            raise Refused(_("You have just urged it."))
        workflow.urge(case, by=by, note=note)

    return _each(cases, one)


def answering_for(cases):
    """{key of a case: the department that answers for it, or None}."""
    known = {}
    for case in cases:
        kind = (case.category_id, case.grid_id, case.standard_id)
        if kind not in known:
            known[kind] = routing.department_for(case.category, case.grid, case.standard)
    return {case.pk: known[case.category_id, case.grid_id, case.standard_id] for case in cases}


def departments_for(cases):
    """[(department, how many of the cases lie where it serves)], those that serve most first."""
    found = Department.objects.filter(
        district__in={case.district_id for case in cases}, is_active=True
    )
    grids = Counter(case.grid.path for case in cases)
    serving = [
        (department, sum(n for path, n in grids.items() if path.startswith(place)))
        for department, place in ((one, one.grid.path) for one in found.select_related("grid"))
    ]
    some = [pair for pair in serving if pair[1]]
    return sorted(some, key=lambda pair: (-pair[1], pair[0].pk))


def _each(cases, one) -> Sorted:
    found = Sorted()
    for case in cases:
        try:
            one(case)
        except Refused as refusal:
            found.refused.append((case, str(refusal)))
        else:
            found.done.append(case)
    return found
