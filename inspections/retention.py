"""What visits say of households that are gone: notes, diary, photos, appointments (到期清除)."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from inspections.models import Appointment, DiaryItem, FactConflict, Visit, VisitPhoto
from residents.models import Household
from residents.retention.forgetting import ERASED
from residents.retention.kinds import Hold, Kind, add


def households_with_words(district, before):
    """Ended before the day, with anything that somebody wrote or photographed at a visit."""
    own = {"visit__household": OuterRef("pk")}
    said = [
        Visit.objects.filter(household=OuterRef("pk")).exclude(note=""),
        DiaryItem.objects.filter(**own).exclude(text=ERASED),
        VisitPhoto.objects.filter(**own),
        FactConflict.objects.filter(**own),
        Appointment.objects.filter(household=OuterRef("pk")).exclude(note=""),
    ]
    found = Q(pk__in=[])
    for rows in said:
        found |= Q(Exists(rows))
    return Household.objects.filter(district=district, ended_on__lt=before).filter(found)


def with_an_open_item():
    items = DiaryItem.objects.open().order_by()
    return Q(pk__in=items.values("visit__household"))


def in_an_open_case():
    homes = Household.objects.filter(cases__isnull=False, cases__closed_at=None)
    return Q(pk__in=homes.order_by().values("pk"))


def erase_words(keys):
    """Visits, their outcomes and days stay, so the counts stay; {table: rows}."""
    own = {"visit__household__in": keys}
    found = {
        Visit: Visit.objects.filter(household__in=keys).exclude(note="").update(note=""),
        DiaryItem: DiaryItem.objects.filter(**own).update(text=ERASED, remind_on=None),
        VisitPhoto: VisitPhoto.objects.filter(**own).delete()[0],
        FactConflict: FactConflict.objects.filter(**own).delete()[0],
        Appointment: Appointment.objects.filter(household__in=keys)
        .exclude(note="")
        .update(note=""),
    }
    return {model._meta.db_table: number for model, number in found.items() if number}


def register():
    add(
        Kind(
            code="visit_words",
            label=_("Notes and photos of visits to households that are gone"),
            what=_("Notes, diary and photos go; the visits stay and are counted as before"),
            basis=_("PIPL, article 47: the purpose has been reached"),
            months=24,
            rows=households_with_words,
            erase=erase_words,
            holds=(
                Hold(_("in an open case"), in_an_open_case),
                Hold(_("with an open item of the diary"), with_an_open_item),
            ),
        )
    )
