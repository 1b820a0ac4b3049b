"""A single resident's row: what an accepted move-in or a decided conflict says again to the engine."""

from grids.refusal import Refused
from residents.imports import engine
from residents.imports.workbook import reasons
from residents.imports.workbook.heads import Table
from residents.models import ImportBatch


def run(facts, *, reach, by_id):
    """Import {field: text} as if somebody had sent it; Refused when the row does not fit any more."""
    columns = {name: at for at, name in enumerate(facts)}
    table = Table(0, "", 1, columns, {name: name for name in facts})
    register = ImportBatch.Register.RESIDENTS
    outcome = engine.run(register, _Workbook(facts), [table], reach=reach, by_id=by_id)
    if outcome.rejected:
        raise Refused(reasons.of(next(iter(outcome.rejected_by_reason))).text)


class _Workbook:
    sheet_names = [""]

    def __init__(self, facts):
        self._rows = [list(facts), list(facts.values())]

    def rows(self, name):
        return iter(self._rows)

    def height(self, name):
        return 2
