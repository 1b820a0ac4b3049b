"""Opening a district: its grids, calendar, rules and first administrator, in one transaction."""

import csv
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from cases.calendar.working_days import ensure_calendar
from cases.models import CasePolicy
from gridmgmt import dictionaries
from grids.models import DistrictProfile, Grid, Posting, Staff
from grids.refusal import Refused
from grids.roles import Role
from grids.tree import add_grid
from inspections.cadence.schedules import ensure_rules


@dataclass(frozen=True)
class Administrator:
    username: str
    full_name: str
    password: str


@transaction.atomic
def open_district(code, name, *, administrator, security=None, auditor=None, grids_file=None):
    """The new district. `grids_file`: lines of CSV with code, name and parent (a code).

    With `security` and `auditor` it has three administrators from its first day; without them one
    alone begins, who switches it on when the others are there.
    """
    people = {Role.ADMINISTRATOR: administrator}
    if security and auditor:
        people |= {Role.SECURITY_ADMINISTRATOR: security, Role.AUDITOR: auditor}
    if Grid.objects.filter(code=code).exists():
        raise Refused(f"{code} is there already.")
    names = [person.username for person in people.values()]
    if len(set(names)) < len(names):
        raise Refused("Three administrators are three people.")
    for taken in Staff.objects.filter(username__in=names):
        raise Refused(f"The user name {taken.username} is taken.")
    today = timezone.localdate()
    district = add_grid(parent=None, tier="district", code=code, name=name, valid_from=today)
    DistrictProfile.objects.create(district=district, has_three_administrators=len(people) == 3)
    CasePolicy.objects.create(district=district)
    dictionaries.seed()
    ensure_calendar(district)
    ensure_rules(district)
    if grids_file is not None:
        _add_grids(district, grids_file, today)
    for role, person in people.items():
        _appoint(person, role, district, today)
    return district


def _add_grids(district, lines, today):
    known = {district.code: district}
    for number, row in enumerate(csv.DictReader(lines), start=2):
        code, name, parent = (str(row.get(key) or "").strip() for key in ("code", "name", "parent"))
        if not code or not name:
            raise Refused(f"Line {number}: code and name are needed.")
        if parent not in known:
            raise Refused(
                f"Line {number}: the parent {parent or '(empty)'} comes in no line above."
            )
        if code in known or Grid.objects.filter(code=code).exists():
            raise Refused(f"Line {number}: the code {code} is used already.")
        try:
            known[code] = add_grid(parent=known[parent], code=code, name=name, valid_from=today)
        except Refused as error:
            raise Refused(f"Line {number}: {error}.") from error


def _appoint(administrator, role, district, today):
    person = Staff.objects.create_user(
        administrator.username,
        administrator.password,
        full_name=administrator.full_name,
        district=district,
    )
    Posting.objects.create(staff=person, role=role, grid=district, since=today)
