"""What one person may read of a row: hidden facts are shortened, never sent and hidden by style."""

import functools

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from grids.scope import Scope, readable_fields
from residents.models import BenefitRecord, CareRecord, Code

SHOWN_DIGITS = 4  # of a phone, for those who may not read it


class Shown:
    """A resident (with household, and `current_care` from `with_care`) through somebody's eyes."""

    # `shown` sets these for many rows at once.
    code_names: dict
    relation_name: str
    sex_and_age: str

    def __init__(self, resident, staff, readable=None):
        self.resident, self.staff = resident, staff
        self.readable = readable_fields(staff, resident) if readable is None else readable

    def __getattr__(self, name):
        return getattr(self.resident, name)

    @cached_property
    def age(self):
        return age_for(self.resident.birth_on, "birth_on" in self.readable)

    @property
    def birth(self):
        """Full for those who may read it, else only the year."""
        born = self.resident.birth_on
        if born is None:
            return ""
        return (
            born.isoformat() if "birth_on" in self.readable else _("%(year)s") % {"year": born.year}
        )

    @property
    def phone(self):
        return phone_for(self.resident.phone, "phone" in self.readable)

    @property
    def care(self):
        """Current care records that the reader may know of."""
        return getattr(self.resident, "current_care", [])

    @cached_property
    def sex_name(self):
        return sex_names().get(self.resident.sex, "")

    @property
    def home(self):
        """The key of the household as text, which a template does not have to localise."""
        return str(self.resident.household_id)

    @property
    def may_reveal(self):
        return bool(self.resident.id_mask) and Scope.of(self.staff).grants(
            "register.reveal", self.resident
        )

    @property
    def may_reveal_facts(self):
        return Scope.of(self.staff).grants("register.reveal", self.resident)

    @property
    def may_edit(self):
        return Scope.of(self.staff).grants("register.edit", self.resident)


def shown(residents, staff, *tables):
    """Residents through somebody's eyes; care records and names of codes in one query each.

    `tables`: the code tables whose names are wanted; all when none is named.
    """
    residents = list(residents)
    with_care(residents, staff)
    names, sexes, readable = code_names(*tables), sex_names(), {}
    ages = functools.cache(lambda years: _("%(age)s years") % {"age": years})
    today = timezone.localdate()
    found = []
    by_building = any(posting.building_id for posting in Scope.of(staff).postings)
    for row in residents:
        # Rights depend on the place alone, and on the home only by way of its building.
        home = (row.district_id, row.grid_id, row.household_id if by_building else None)
        if home not in readable:
            readable[home] = readable_fields(staff, row)
        one = Shown(row, staff, readable[home])
        one.code_names, one.sex_name = names, sexes.get(row.sex, "")
        one.relation_name = names.get(("relation", row.relation), "")
        one.age = age_for(row.birth_on, "birth_on" in one.readable, today)
        years = "" if one.age is None else ages(one.age)
        one.sex_and_age = f"{one.sex_name} {years}".strip()
        found.append(one)
    return found


def sex_names():
    return {"1": _("male"), "2": _("female")}


def with_care(residents, staff):
    """Give each resident `current_care`: the records of today that `staff` may read."""
    by_resident = {}
    records = CareRecord.objects.on(timezone.localdate()).filter(resident__in=residents)
    records = records.readable_by(staff)
    for record in records.select_related("category").order_by("category__code"):
        by_resident.setdefault(record.resident_id, []).append(record)
    for resident in residents:
        resident.current_care = by_resident.get(resident.pk, [])


def code_names(*tables):
    """{(table, code): name} of these tables, or of all."""
    rows = Code.objects.filter(table__in=tables) if tables else Code.objects.all()
    return {
        (table, code): name
        for table, code, name in rows.order_by().values_list("table", "code", "name")
    }


def with_benefits(residents, staff):
    """Give each resident `current_benefits`: the records of today that `staff` may read."""
    by_resident = {}
    records = BenefitRecord.objects.on(timezone.localdate())
    records = records.filter(resident__in=residents).readable_by(staff)
    for record in records.select_related("benefit").order_by("benefit__code"):
        by_resident.setdefault(record.resident_id, []).append(record)
    for resident in residents:
        resident.current_benefits = by_resident.get(resident.pk, [])


def phone_for(phone, is_readable):
    """The number, or only its last four digits."""
    if not phone or is_readable:
        return phone
    return f"····{phone[-SHOWN_DIGITS:]}"


def years_before(day, years):
    """Who was born after it is younger than `years` on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def age_for(born, is_readable, today=None):
    """The age in years; from the year alone for those who may not read the birth date: watched
    from day to day, it would tell the birthday."""
    today = today or timezone.localdate()
    if born is None or is_readable:
        return age_on(born, today)
    return today.year - born.year


def age_on(born, day):
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
