"""Benefits: who receives them, who is entitled, and who is entitled and does not receive.

Entitlement follows from what the register knows (care categories and age); whether a benefit is
granted decides the authority. A person counts where the reader may read care categories.
"""

import pghistory
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Grid
from grids.refusal import Refused
from grids.scope import Scope
from residents.changing import verb
from residents.help.care import check_end, check_live
from residents.models import Benefit, BenefitRecord, CareRecord, Resident
from residents.models.care import closed_to
from residents.people.showing import years_before

STATES = {
    "receiving": gettext_lazy("Receiving"),
    "entitled": gettext_lazy("Entitled"),
    "missed": gettext_lazy("Entitled, not receiving"),
}


@verb
def receive(resident, benefit, *, since, by, amount=None, source="", until=None):
    """The person receives the benefit from a day on."""
    check_live(resident)
    if resident.benefit_records.filter(benefit=benefit, until=None).exists():
        raise Refused(_("%(name)s receives it already.") % {"name": resident.name})
    with pghistory.context(user=by.pk, source="edit"):
        return BenefitRecord.objects.create(
            resident=resident,
            benefit=benefit,
            since=since,
            until=until,
            amount=amount,
            source=source,
        )


@verb
def stop(record, *, until, by, note=""):
    record.refresh_from_db(from_queryset=BenefitRecord.objects.select_for_update(of=("self",)))
    check_end(record, until)
    record.until = until
    with pghistory.context(user=by.pk, source="edit", reason=note):
        record.save(update_fields=["until"])


def offered(staff):
    """Benefits in force in the districts of this person, without those that tell of a category
    which is closed to the reader."""
    hidden, partly = closed_to(staff)
    rows = Benefit.objects.filter(is_active=True).filter(
        Q(district=None) | Q(district__in=Scope.of(staff).district_ids)
    )
    closed = Benefit.objects.filter(categories__in=hidden | partly.keys())
    return rows.exclude(pk__in=closed.values("pk")).prefetch_related("categories")


def receiving(staff, today):
    """Records of today of live residents, where the reader may know."""
    rows = BenefitRecord.objects.on(today).filter(resident__ended_on=None)
    return rows.readable_by(staff)


def persons(staff, rows, benefit, state):
    """Those of `rows` (residents) who receive, or are entitled to, or miss the benefit."""
    today = timezone.localdate()
    got = receiving(staff, today).filter(benefit=benefit).values("resident")
    if state == "receiving":
        return rows.filter(pk__in=got)
    rows = rows.filter(pk__in=_entitled(staff, benefit, today).values("pk"))
    return rows.exclude(pk__in=got) if state == "missed" else rows


def narrowed(staff, rows, wanted):
    """The residents that an address asks for by `benefit` (its key) and `state`."""
    key, state = wanted["benefit"], wanted.get("state", "receiving")
    if not key.isdecimal() or len(key) > 18 or state not in STATES:
        return rows.none()
    benefit = offered(staff).filter(pk=key).first()
    return persons(staff, rows, benefit, state) if benefit else rows.none()


def in_words(wanted):
    key = wanted["benefit"]
    benefit = Benefit.objects.filter(pk=key[:18] if key.isdecimal() else 0).first()
    return f"{benefit or ''} {STATES.get(wanted.get('state', 'receiving'), '')}".strip()


def _entitled(staff, benefit, today):
    people = Resident.objects.live().visible_to(staff, right="read_care")
    categories = {one.pk for one in benefit.categories.all()}
    if not categories and benefit.min_age is None:
        return people.none()
    if benefit.min_age is not None:
        people = people.filter(birth_on__lte=years_before(today, benefit.min_age))
    for group in _groups(categories, benefit.needs_all):
        care = CareRecord.objects.on(today).filter(category__in=group)
        people = people.filter(pk__in=care.readable_by(staff).values("resident"))
    return people


def _groups(categories, needs_all):
    """Sets of categories, of each of which a person has one."""
    if needs_all:
        return [{one} for one in sorted(categories)]
    return [categories] if categories else []


COUNTED = """
WITH people(id, birth_on) AS ({people}), care(resident, category) AS ({care}),
received(benefit, resident) AS ({received}),
needed(benefit, min_age, needs_all, categories) AS (
    SELECT b.id, b.min_age, b.needs_all, count(c.id)
    FROM residents_benefit b LEFT JOIN residents_benefit_categories c ON c.benefit_id = b.id
    WHERE b.id = ANY(%s) GROUP BY b.id
),
entitled(benefit, resident) AS (
    SELECT n.benefit, p.id FROM needed n
    JOIN residents_benefit_categories b ON b.benefit_id = n.benefit
    JOIN care c ON c.category = b.carecategory_id JOIN people p ON p.id = c.resident
    WHERE n.min_age IS NULL OR p.birth_on <= %s::date - make_interval(years => n.min_age)
    GROUP BY n.benefit, n.needs_all, n.categories, p.id
    HAVING NOT n.needs_all OR count(DISTINCT c.category) = n.categories
    UNION ALL
    SELECT n.benefit, p.id FROM needed n
    JOIN people p ON p.birth_on <= %s::date - make_interval(years => n.min_age)
    WHERE n.categories = 0
)
SELECT COALESCE(e.benefit, r.benefit), count(r.resident), count(e.resident),
       count(*) FILTER (WHERE r.resident IS NULL)
FROM entitled e FULL JOIN received r ON r.benefit = e.benefit AND r.resident = e.resident
GROUP BY 1
"""


def counts(staff, here):
    """{benefit key: (receiving, entitled, missed)} at a place. One statement over sets."""
    today = timezone.localdate()
    below = Grid.objects.below(here).values("pk")
    people = Resident.objects.live().filter(grid__in=below)
    care = CareRecord.objects.on(today).readable_by(staff)
    received = receiving(staff, today).filter(resident__grid__in=below)
    parts = {
        "people": people.visible_to(staff, right="read_care").values("pk", "birth_on"),
        "care": care.values("resident_id", "category_id"),
        "received": received.values("benefit_id", "resident_id").distinct(),
    }
    compiled = {name: rows.order_by().query.sql_with_params() for name, rows in parts.items()}
    sql = COUNTED.format(**{name: part[0] for name, part in compiled.items()})
    keys = list(offered(staff).order_by().values_list("pk", flat=True))
    params = [one for part in compiled.values() for one in part[1]]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, keys, today, today])
        return {key: tuple(numbers) for key, *numbers in cursor.fetchall() if key in keys}


def missed_by(staff, residents):
    """{resident key: [benefits]} that these persons are entitled to and do not receive.

    For a file: `residents` carry `current_care`, `birth_on`; two queries for any number.
    """
    today = timezone.localdate()
    got = receiving(staff, today).filter(resident__in=residents)
    got = set(got.values_list("resident", "benefit"))
    found = {}
    for benefit in offered(staff):
        needed = {one.pk for one in benefit.categories.all()}
        for person in residents:
            if (person.pk, benefit.pk) not in got and _fits(person, benefit, needed, today):
                found.setdefault(person.pk, []).append(benefit)
    return found


def _fits(person, benefit, needed, today):
    if not needed and benefit.min_age is None:
        return False
    if benefit.min_age is not None and not (
        person.birth_on and person.birth_on <= years_before(today, benefit.min_age)
    ):
        return False
    has = {record.category_id for record in person.current_care}
    return all(has & group for group in _groups(needed, benefit.needs_all))
