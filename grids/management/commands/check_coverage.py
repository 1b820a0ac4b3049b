"""`manage.py check_coverage`: gaps and overlaps of the boundaries below a place."""

import json
import time

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from grids.boundaries.boundaries import BoundaryError, read_boundary
from grids.boundaries.coverage import DEFAULT_TOLERANCE_M2, check_coverage
from grids.models import Grid


class Command(BaseCommand):
    help = "Find gaps, holes, overlaps and strays between grids and their parents, in m2."

    def add_arguments(self, parser):
        parser.add_argument("--grid", metavar="CODE", help="Only this grid and what is below it.")
        parser.add_argument(
            "--tolerance",
            type=float,
            default=DEFAULT_TOLERANCE_M2,
            metavar="M2",
            help="Faults up to this size are passed over; 0 reports every one.",
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, grid, tolerance, as_json, **options):
        started = time.perf_counter()
        report = _check(_grids(grid), tolerance)
        report["seconds"] = round(time.perf_counter() - started, 3)
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._tell(report)
        if not report["is_complete"]:
            raise SystemExit(1)

    def _tell(self, report):
        for parent in report["parents"]:
            for fault in parent["faults"]:
                place = f"{fault['lon']:.6f}, {fault['lat']:.6f}"
                where = ", ".join(fault["codes"])
                size = f"{fault['area_m2']:,.1f} m2"
                line = f"{parent['code']}  {fault['kind']:<8}{size:>18}  {place}  {where}"
                self.stdout.write(line)
        for problem in report["unreadable"]:
            self.stdout.write(f"{problem['code']}  {problem['reason']}")
        self.stdout.write(
            f"{report['checked']} grids under {report['parents_checked']} parents: "
            f"{report['faults']} faults, {report['ignored']} below {report['tolerance_m2']:g} m2, "
            f"{len(report['without_boundary'])} without a boundary ({report['seconds']} s)"
        )


def _grids(code):
    """Grids of today from the top down; those below one grid when its code is given."""
    grids = Grid.objects.on(timezone.localdate()).order_by("path")
    if code is None:
        return grids
    top = grids.filter(code=code).first()
    if top is None:
        raise CommandError(f"There is no grid {code} today.")
    return grids.below(top)


def _check(grids, tolerance):
    shapes, names, children, missing, unreadable = {}, {}, {}, [], []
    for grid in grids.only("code", "name", "parent_id", "boundary", "is_passthrough"):
        names[grid.pk] = grid
        children.setdefault(grid.parent_id, []).append(grid.pk)
        if grid.boundary is None:
            missing.append(grid.code)
            continue
        try:
            shapes[grid.pk] = read_boundary(grid.boundary)
        except BoundaryError as error:
            unreadable.append({"code": grid.code, "reason": str(error)})
    parents = [
        _check_parent(names[key], children[key], shapes, names, tolerance)
        for key in names
        if key in children and any(child in shapes for child in children[key])
    ]
    faults = sum(len(parent["faults"]) for parent in parents)
    return {
        "is_complete": not (faults or unreadable),
        "checked": len(names),
        "tolerance_m2": tolerance,
        "faults": faults,
        "ignored": sum(parent["ignored"] for parent in parents),
        "without_boundary": missing,
        "unreadable": unreadable,
        "parents_checked": len(parents),
        "parents": [parent for parent in parents if parent["faults"] or parent["ignored"]],
    }


def _check_parent(parent, keys, shapes, names, tolerance):
    report = check_coverage(
        [(names[key].code, shapes[key]) for key in keys if key in shapes],
        parent=shapes.get(parent.pk),
        tolerance_m2=tolerance,
    )
    return {
        "code": parent.code,
        "name": parent.name,
        "children": report.areas,
        "faults": [fault.as_dict() for fault in report.faults],
        "ignored": report.ignored,
        "ignored_m2": round(report.ignored_m2, 3),
    }
