"""Taking over a workbook: a dry run and the real one are the same code, one is rolled back."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.catalogue.cells import Wrong
from cases.catalogue.columns import SHEETS
from cases.catalogue.writing import WRITERS
from cases.models import CatalogueUpload
from grids import audit, locks

NEW, CHANGED, SAME, PROBLEM = "new", "changed", "same", "problem"
State = CatalogueUpload.State


@dataclass
class Findings:
    """`lines`: what is new, changed or wrong, as plain data that can be kept and compared."""

    counts: dict = field(default_factory=dict)
    lines: list = field(default_factory=list)

    @property
    def problems(self):
        return sum(count[PROBLEM] for count in self.counts.values())

    @property
    def to_write(self):
        return sum(count[NEW] + count[CHANGED] for count in self.counts.values())

    def as_data(self):
        return {"counts": self.counts, "lines": self.lines}


def check(upload):
    """Run the workbook and take everything back: what it would do."""
    with transaction.atomic():
        findings = _run(upload)
        transaction.set_rollback(True)
    return findings


@transaction.atomic
def confirm(upload, *, by):
    """Write what was shown. False: nothing was written, because it is settled or no longer true."""
    upload.refresh_from_db(from_queryset=CatalogueUpload.objects.select_for_update())
    if upload.state != State.CHECKED:
        return False
    mark = transaction.savepoint()
    findings = _run(upload, by=by)
    if findings.problems or findings.as_data() != upload.findings:
        transaction.savepoint_rollback(mark)
        upload.findings = findings.as_data()
        upload.save(update_fields=["findings"])
        return False
    transaction.savepoint_commit(mark)
    _settle(upload, State.DONE)
    audit.record(
        audit.Kind.DICTIONARY,
        of=upload,
        words=upload.file_name,
        by=by,
        district=upload.district_id,
        detail={"counts": findings.counts},
    )
    return True


@transaction.atomic
def drop(upload):
    upload.refresh_from_db(from_queryset=CatalogueUpload.objects.select_for_update())
    if upload.state == State.CHECKED:
        _settle(upload, State.DROPPED)


def _settle(upload, state):
    upload.state, upload.content, upload.settled_at = state, {}, timezone.now()
    upload.save(update_fields=["state", "content", "settled_at"])


def _run(upload, *, by=None):
    with connection.cursor() as cursor:  # two takeovers never see half of each other
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.CATALOGUE])
    findings = Findings()
    for sheet in SHEETS:
        if sheet.key in upload.content:
            _run_sheet(sheet, upload.content[sheet.key], by or upload.by, findings)
    return findings


def _run_sheet(sheet, table, staff, findings):
    counts = findings.counts[sheet.key] = dict.fromkeys((NEW, CHANGED, SAME, PROBLEM), 0)
    writer, seen = WRITERS[sheet.key](staff), {}
    for number, *said in table["rows"]:
        line = {"sheet": sheet.key, "row": number, "what": "", "problems": [], "changes": []}
        _take(sheet, writer, dict(zip(table["heads"], said, strict=False)), seen, line)
        counts[line["action"]] += 1
        if line["action"] != SAME:
            findings.lines.append(line)
    writer.finish()


def _take(sheet, writer, said, seen, line):
    row = _parse(sheet, said, line)
    if not line["problems"]:
        try:
            line["what"] = writer.name(row)
            earlier = seen.setdefault(writer.key(row), line["row"])
            if earlier != line["row"]:
                raise Wrong(_("The same as row %(row)d: leave one of them.") % {"row": earlier})
            line["action"], changes = writer.write(row)
            line["changes"] = [
                {"head": str(head), "old": old, "new": new} for head, old, new in changes
            ]
        except Wrong as wrong:
            _note(line, _head(sheet, *wrong.args[1:]), "", wrong.args[0])
        except ValidationError as error:
            for text in error.messages:
                _note(line, "", "", text)
    if line["problems"]:
        line["action"] = PROBLEM


def _parse(sheet, said, line):
    """{field: value} of the columns that the workbook has; an empty cell is an empty value."""
    row = {}
    for column in sheet.columns:
        if column.read is None or (column.field not in said and not column.is_needed):
            continue
        text = said.get(column.field, "")
        try:
            row[column.field] = column.read(text)
            if column.is_needed and row[column.field] in ("", None):
                raise Wrong(pgettext("catalogue", "Fill it in."))
        except Wrong as wrong:
            _note(line, str(column.head), text, wrong.args[0])
    return row


def _note(line, head, value, text):
    line["problems"].append({"head": head, "value": value[:60], "text": text})


def _head(sheet, name=""):
    return str(sheet.column(name).head) if name else ""
