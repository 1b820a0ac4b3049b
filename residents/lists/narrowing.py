"""The rows that an address asks for: a place, a search, and what a number of a table counts.

The words of the address: `in` (grid), `kind`, `care` (category), `sex`, `age`, `flow` with `month`,
`due` (licences, leases and permits that run out), `origin` (province that somebody came from),
`benefit` with `state` (see `benefits`), `fact` (key of a custom field) with `is` (its value).
Lists, exports and tables read them here, so that a number and the rows behind it agree.
"""

from datetime import date
from urllib.parse import urlencode

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Grid
from grids.scope import Scope
from residents.custom_fields import custom_fields
from residents.help import benefits
from residents.housing import running_out
from residents.models import (
    CareCategory,
    CareRecord,
    Household,
    Lease,
    Licence,
    Premises,
    Resident,
)
from residents.models.exports import Subject
from residents.people import finding, flows
from residents.people.showing import years_before

WORDS = (
    "q",
    "in",
    "kind",
    "care",
    "sex",
    "age",
    "flow",
    "month",
    "due",
    "origin",
    "benefit",
    "state",
    "fact",
    "is",
)
AGES = {"young": gettext_lazy("Under 16"), "old": gettext_lazy("60 and over")}
CHILD_AGE, OLD_AGE = 16, 60
UNKNOWN = "unknown"
# The shortest beginning of an address that is a province or a city of its own.
PROVINCE = r"^([^省市区县]{2,8}(?:省|自治区|特别行政区|市))"


def read(query):
    """{word: value} of the words that the query gives; other words are left out."""
    given = {word: query.get(word, "").strip()[:60] for word in WORDS}
    given["q"] = finding.unsealed(query.get("q", "").strip())[:60]
    wanted = {word: value for word, value in given.items() if value}
    if wanted.get("flow") not in flows.FLOWS or not flows.month_of(wanted.get("month", "")):
        wanted.pop("flow", None)
        wanted.pop("month", None)
    if wanted.keys() & {"fact", "is"} and not wanted.keys() >= {"fact", "is"}:
        wanted = {word: value for word, value in wanted.items() if word not in {"fact", "is"}}
    return wanted


def place(staff, wanted, otherwise=None):
    """The grid that the address names, else `otherwise`; 404 for one out of scope."""
    key = wanted.get("in", "")
    if not key:
        return otherwise
    if not key.isdecimal() or len(key) > 18:
        raise Http404
    found = Grid.objects.visible_to(staff).filter(pk=key).first()
    if found is None and not (otherwise and otherwise.pk == int(key)):
        raise Http404
    return found or otherwise


def query(wanted, here):
    """The address of the same rows, with the place named: "in=12&kind=floating"."""
    named = wanted if here is None else wanted | {"in": here.pk}
    if "q" in named:
        named = named | {"q": finding.sealed(named["q"])}
    return urlencode(named)


def rows(subject, staff, here, wanted):
    """The rows of a register that `staff` may see."""
    return {
        Subject.RESIDENTS: residents,
        Subject.HOUSEHOLDS: households,
        Subject.PREMISES: premises,
        Subject.LICENCES: licences,
        Subject.LEASES: leases,
    }[subject](staff, here, wanted)


def residents(staff, here, wanted):
    if "flow" in wanted:
        found = _in_flow(staff, here, wanted)
    else:
        found = finding.people(staff, words=wanted.get("q", ""), here=here)
        if wanted.get("q") and "in" in wanted:
            found = finding.inside(found, here)
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "sex" in wanted:
        found = found.filter(sex=wanted["sex"])
    if "age" in wanted:
        found = found.filter(born(staff, wanted["age"]))
    if "care" in wanted:
        found = found.filter(pk__in=_under_care(staff, wanted).values("resident"))
    if "due" in wanted:
        found = found.filter(running_out.condition("stay__permit_until", wanted["due"]))
    if "origin" in wanted:
        found = found.annotate(origin=origin()).filter(origin=wanted["origin"])
    if "benefit" in wanted:
        found = benefits.narrowed(staff, found, wanted)
    return custom_fields.narrowed(staff, found, "resident", wanted)


def origin():
    """The province that a resident came from: of the stay, else of the registered address."""
    came_from = NullIf(F("stay__came_from"), Value(""))
    address = Coalesce(came_from, F("registered_address"), output_field=TextField())
    province = Func(address, Value(PROVINCE), function="substring", output_field=TextField())
    return Coalesce(province, Value(UNKNOWN), output_field=TextField())


def born(staff, age):
    """The condition on the birth date of an age group (`AGES`); nobody for another word.

    Whose birth date `staff` may not read is counted by the year alone, as ages are shown.
    """
    if age not in AGES:
        return Q(pk=None)
    today = timezone.localdate()
    years = CHILD_AGE if age == "young" else OLD_AGE
    day, new_year = years_before(today, years), date(today.year - years, 12, 31)
    word = "birth_on__gt" if age == "young" else "birth_on__lte"
    reads, views = (Scope.of(staff).reach(f"register.{one}") for one in ("read_birth", "view"))
    if reads == views:
        return Q(**{word: day})
    if not reads:
        return Q(**{word: new_year})
    readable = Resident.objects.all().read_by(staff, "birth_on").order_by().values("pk")
    return Q(**{word: day}, pk__in=readable) | Q(**{word: new_year}) & ~Q(pk__in=readable)


def households(staff, here, wanted):
    found = finding.within(Household.objects.live(), staff, here)
    if "q" in wanted:
        found = found.filter(pk__in=_homes(staff, wanted["q"]))
    if "kind" in wanted:
        members = Resident.objects.live().visible_to(staff)
        members = members.filter(kind=wanted["kind"])
        found = found.filter(pk__in=members.values("household"))
    if "care" in wanted:
        records = _under_care(staff, wanted)
        found = found.filter(pk__in=records.values("resident__household"))
    return custom_fields.narrowed(staff, found, "household", wanted)


def premises(staff, here, wanted):
    found = finding.within(Premises.objects.live(), staff, here)
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "q" in wanted:
        matching = finding.premises(staff, wanted["q"])
        found = found.filter(pk__in=matching.order_by().values("pk"))
    return custom_fields.narrowed(staff, found, "premises", wanted)


def _homes(staff, words):
    """Keys of the households that the words name, or in which a person lives whom they name."""
    named = finding.households(staff, words, all=True).order_by().values("pk")
    people = finding.people(staff, words=words).order_by().values("household")
    return named.union(people)


def licences(staff, here, wanted):
    """Licences in force (also expired ones) of live premises."""
    found = Licence.objects.live().visible_to(staff).filter(premises__ended_on=None)
    if here is not None:
        found = found.filter(premises__grid__in=_below(here))
    if "kind" in wanted:
        found = found.filter(kind=wanted["kind"])
    if "due" in wanted:
        found = found.filter(running_out.condition("expires_on", wanted["due"]))
    if "q" in wanted:
        words = wanted["q"]
        found = found.filter(Q(premises__name__icontains=words) | Q(number=words))
    return found


def leases(staff, here, wanted):
    found = finding.within(Lease.objects.live(), staff, here)
    if "due" in wanted:
        found = found.filter(running_out.condition("until", wanted["due"]))
    return found


def care_records(staff):
    """Care records of today of live residents, where `staff` may read them."""
    records = CareRecord.objects.on(timezone.localdate())
    return records.readable_by(staff).filter(resident__ended_on=None)


def _under_care(staff, wanted):
    records = care_records(staff)
    if wanted["care"] == "any":
        return records
    return records.filter(category__code=wanted["care"])


def cared_for(staff, wanted, rows):
    """Keys of the residents by whose care category these residents or households were found.

    A list of a category says of everybody on it what it is about: each one is a look.
    """
    if "benefit" in wanted and rows and isinstance(rows[0], Resident):
        return {row.pk for row in rows}
    if "care" not in wanted or not rows or not isinstance(rows[0], Resident | Household):
        return set()
    path = "resident" if isinstance(rows[0], Resident) else "resident__household"
    found = _under_care(staff, wanted).filter(**{f"{path}__in": [row.pk for row in rows]})
    return set(found.values_list("resident", flat=True))


def _in_flow(staff, here, wanted):
    found = flows.events(wanted["flow"], flows.month_of(wanted["month"]))
    if here is not None:
        found = found.filter(grid__in=_below(here))
    people = Resident.objects.visible_to(staff)
    return people.filter(pk__in=found.values("pgh_obj"))


def _below(here):
    return Grid.objects.below(here).values("pk")


def narrowed(subject, wanted):
    """What is counted, in words, without the place and the search."""
    rest = {word: value for word, value in wanted.items() if word not in {"q", "in"}}
    return words_of(subject, rest)


def words_of(subject, wanted, here=None):
    """What is asked for, in words: ["Park community", "Floating population"]."""
    is_everywhere = subject == Subject.RESIDENTS and "q" in wanted and "in" not in wanted
    found = [str(here)] if here is not None and not is_everywhere else []
    if "q" in wanted:
        found.append(_("Search: %(words)s") % {"words": wanted["q"]})
    kinds = Premises.Kind if subject == Subject.PREMISES else Resident.Kind
    if "kind" in wanted:
        found.append(str(dict(kinds.choices).get(wanted["kind"], wanted["kind"])))
    if "sex" in wanted:
        found.append({"1": _("male"), "2": _("female")}.get(wanted["sex"], ""))
    if "age" in wanted:
        found.append(str(AGES.get(wanted["age"], "")))
    if "care" in wanted:
        names = CareCategory.objects.filter(code=wanted["care"])
        name = names.values_list("name", flat=True).first()
        found.append(name or _("Care"))
    if "due" in wanted:
        found.append(str(running_out.WORDS.get(wanted["due"], "")))
    if "origin" in wanted:
        found.append(origin_name(wanted["origin"]))
    if "benefit" in wanted:
        found.append(benefits.in_words(wanted))
    if "fact" in wanted:
        found.append(custom_fields.in_words(wanted))
    if "flow" in wanted:
        found.append(f"{wanted['month']} {flows.FLOWS[wanted['flow']]}")
    return [word for word in found if word]


def origin_name(origin):
    return _("Origin not known") if origin == UNKNOWN else origin
