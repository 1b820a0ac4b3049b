# ruff: noqa: S608  table and column names of our own
"""SQL of the facts of a declared register: whether they differ, and writing them."""

from residents.models import ImportBatch


class Facts:
    """Of the rows s of `sheet_row` against the rows t of the register."""

    def __init__(self, sheet, on_conflict):
        self.sheet = sheet
        self.keeps_ours = on_conflict == ImportBatch.OnConflict.OURS

    def decide(self):
        return f"""
        UPDATE sheet_row u SET action = x.action FROM (
            SELECT s.row, CASE WHEN t.id IS NULL THEN 'created'
                WHEN {self._differs()} OR {self.sheet.also} THEN 'changed' ELSE 'unchanged' END AS action
            FROM sheet_row s LEFT JOIN {self.sheet.table} t ON t.id = s.key
            WHERE s.reason IS NULL) x
        WHERE x.row = u.row
        """

    def insert(self):
        said = {"id": "s.key", **self.sheet.facts, **(self.sheet.fixed or {})}
        if self.sheet.is_on_the_ground:
            said |= {"district_id": "s.district_id", "grid_id": "s.grid_id"}
        return f"""INSERT INTO {self.sheet.table} ({", ".join(said)})
        SELECT {", ".join(said.values())} FROM sheet_row s WHERE s.is_new ORDER BY s.row"""

    def update(self):
        sets = [
            f"{column} = {self._said(column, said)}" for column, said in self.sheet.facts.items()
        ]
        sets += [f"{column} = {said}" for column, said in (self.sheet.touched or {}).items()]
        return f"""UPDATE {self.sheet.table} u SET {", ".join(sets)}
        FROM sheet_row s JOIN {self.sheet.table} t ON t.id = s.key
        WHERE u.id = t.id AND s.action = 'changed' AND ({self._differs()})"""

    def _differs(self):
        return " OR ".join(
            f"t.{column} IS DISTINCT FROM {self._said(column, said)}"
            for column, said in self.sheet.facts.items()
        )

    def _said(self, column, said):
        """What the register's column becomes. An empty cell changes nothing."""
        kind = self.sheet.model._meta.get_field(column.removesuffix("_id"))
        is_text = kind.get_internal_type() in ("CharField", "EmailField")
        ours = f"t.{column}"
        if (none := (self.sheet.erased or {}).get(column)) and not self.keeps_ours:
            return f"CASE WHEN {none} THEN NULL ELSE COALESCE({said}, {ours}) END"
        if is_text:
            said, ours = f"NULLIF({said}, '')", f"NULLIF({ours}, '')"
        first, second = (ours, said) if self.keeps_ours else (said, ours)
        parts = [first, second, "''"] if is_text else [first, second]
        return f"COALESCE({', '.join(parts)})"
