"""What is about persons in cases that are long closed: photos and attached papers (到期清除)."""

from django.utils.translation import gettext_lazy as _

from cases.models import Case, CaseFile, CasePhoto, OwnDataRequest
from residents.retention.forgetting import ERASED
from residents.retention.kinds import Kind, add
from residents.retention.papers import moment


def cases_with_files(district, before):
    """Closed before the day, with a photo or a paper."""
    rows = Case.objects.filter(district=district, closed_at__lt=moment(before))
    with_photo = rows.filter(photos__isnull=False).order_by().values("pk")
    with_paper = rows.filter(files__isnull=False).order_by().values("pk")
    return rows.filter(pk__in=with_photo.union(with_paper))


def erase_files(keys):
    """The rows go; the sweep of files deletes what no row knows, within the hour."""
    photos, _each = CasePhoto.objects.filter(case__in=keys).delete()
    papers, _each = CaseFile.objects.filter(case__in=keys).delete()
    found = {CasePhoto._meta.db_table: photos, CaseFile._meta.db_table: papers}
    return {table: number for table, number in found.items() if number}


def own_data(district, before):
    """Requests about own data that were answered before the day and still say of whom."""
    rows = OwnDataRequest.objects.filter(case__district=district, answered_at__lt=moment(before))
    return rows.exclude(name=ERASED)


def erase_own_data(keys):
    """That somebody asked and was answered stays, with the case."""
    rows = OwnDataRequest.objects.filter(pk__in=keys)
    rows.update(name=ERASED, resident=None, checked_note="", answer=ERASED)
    return {OwnDataRequest._meta.db_table: len(keys)}


def register():
    add(
        Kind(
            code="own_data",
            label=_("Answered requests about own data"),
            what=_("Who asked and the answer go; that somebody was answered stays"),
            basis=_("PIPL, article 47: the purpose has been reached"),
            months=36,
            rows=own_data,
            erase=erase_own_data,
            grid="case__grid",
        ),
        Kind(
            code="case_files",
            label=_("Photos and papers of closed cases"),
            what=_("The files are deleted; the case and what was done stay"),
            basis=_("PIPL, article 47: the purpose has been reached"),
            months=36,
            rows=cases_with_files,
            erase=erase_files,
        ),
    )
