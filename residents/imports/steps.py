"""The steps of an import. Each register takes them in its own way; `engine.run` says when."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from grids.models import Staff
from grids.scope import Reach, Scope
from residents.imports import outcome
from residents.imports.workbook import (
    columns,
    custom,
    homes,
    left_out,
    no_data,
    persons,
    sheets,
)
from residents.models import ImportBatch
from residents.models.care import closed_to


@dataclass
class Order:
    """What is to be imported, for whom. `reach` None: everywhere.

    `tell(phase, rows)` hears of progress: reading, comparing, writing; while rows are read it may
    not ask the database over this connection, which is busy taking them. `keeper` keeps what is
    read for the next time; with `kept`, of such a keeper, the workbook is not read at all. `grid` is
    the code of the unit grid of rows that name none; `taken` are the rows that somebody takes in
    although they do not look like data. `places` say which known ones new places are.
    """

    reach: Reach | None
    by_id: int | None = None
    batch_id: int | None = None
    dry_run: bool = False
    tell: Callable = lambda phase, rows: None
    source: str = ""
    grid: str = ""
    taken: Container = ()
    places: Sequence = ()
    on_conflict: str = ImportBatch.OnConflict.THEIRS
    keeper: Any = None
    kept: Any = None


def within(reach):
    """What SQL has to know of a reach: %(everywhere)s, %(districts)s, %(grids)s."""
    return {
        "everywhere": reach is None,
        "districts": sorted(reach.districts) if reach else [],
        "grids": sorted(reach.grids) if reach else [],
    }


def what_may_be_told(order):
    """For SQL: whether the answer may depend on care that is known (`tells_care`), and of which
    categories it may not, closed as they are to the importer (`closed`)."""
    if order.reach is None:
        return {"tells_care": True, "closed": []}
    staff = Staff.objects.filter(pk=order.by_id).first()
    reads = Scope.of(staff).reach_together("register.import", "register.read_care")
    hidden, partly = closed_to(staff)
    closed = sorted(hidden | partly.keys())
    is_read = reads.districts >= order.reach.districts and reads.grids >= order.reach.grids
    return {"tells_care": is_read, "closed": closed}


class Steps:
    """One import of one register. `decided` is the temporary table of its rows: row, action, reason;
    `rejected` is SQL of the refused ones: row, reason, field, value (as it may be shown).
    """

    decided = rejected = ""

    def __init__(self, order):
        self.order = order
        self.parameters = within(order.reach) | {
            "now": timezone.now(),
            "today": timezone.localdate(),
            "by": order.by_id,
            "batch": order.batch_id,
            "source": order.source[:60],
            "is_dry": order.dry_run,
        }
        self.parameters |= what_may_be_told(order)
        self.rows, self.district_ids = 0, set()
        self.unknown, self.rejected_before = {}, {}
        self.left_out = left_out.nothing()

    def create(self):
        """Make the temporary tables; they go with the transaction."""
        raise NotImplementedError

    def stage(self, book, found):
        """Fill them from the tables `found` of the workbook; `rows`, `district_ids`, `unknown`."""
        raise NotImplementedError

    def compare(self):
        """Decide action or reason of every row. Writes to the temporary tables only."""
        raise NotImplementedError

    def write(self):
        """Do what was decided."""
        raise NotImplementedError

    def outcome(self):
        actions, reasons = outcome.count(self.decided, self.rejected_before)
        return outcome.Outcome(
            rows=self.rows,
            created=actions["created"],
            changed=actions["changed"],
            unchanged=actions["unchanged"],
            waiting=actions["waiting"],
            rejected=sum(reasons.values()),
            rejected_by_reason=reasons,
            unknown_values=self.unknown,
            district_ids=sorted(self.district_ids),
            left_out=self.left_out,
        )

    def ask(self):
        """Keep what is to be asked, after the writing."""

    def read(self, book, found, stager, copy):
        """Give `copy` the rows as COPY text, a chunk at a time; what their custom columns say."""
        facts = []
        for table in found:
            if table.families:
                stager.families.look(book, table)
            if table.home:
                table.homes = homes.Homes(table, sheets.data_rows(book, table.home))
        for table in self._parts(found):
            is_further = table.first is not None
            is_data = (persons if is_further else no_data).row_filter(table)
            for chunk in sheets.chunks(book, table, is_data, stager.chunk_rows, self.order.taken):
                if block := stager.block(chunk, table):
                    copy(block)
                if table.fields and (said := custom.block(chunk, table, stager.unknown)):
                    facts.append(said)
                self.order.tell("reading", stager.rows)
            if not is_further:
                self._leave_out(table)
        return facts

    def _parts(self, found):
        """The tables; after them those of the further persons of their rows."""
        parts = [persons.parts(table) for table in found if not table.gives]
        own, further = [part[0] for part in parts], [one for part in parts for one in part[1:]]
        return (
            own + further + [persons.heads_of(table) for table in found if homes.names_heads(table)]
        )

    def _leave_out(self, table):
        shown = self.left_out["rows"]
        shown += columns.left_out(table)[: left_out.SHOWN_ROWS - len(shown)]
        self.left_out["count"] += table.left_out.count
