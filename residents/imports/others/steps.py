"""An import of any other register, as it is declared: sets against sets, over one table `sheet_row`."""

from django.db import connection

from residents.imports import new_places
from residents.imports.others import buildings, care, cells, facts, leases, premises, staff
from residents.imports.others.staging import Stager
from residents.imports.steps import Steps
from residents.imports.workbook import copying, custom

SHEETS = {
    "premises": premises.declare,
    "leases": leases.declare,
    "buildings": buildings.declare,
    "care": care.declare,
    "staff": staff.declare,
}
STAGED = ["row", "reason", "field", "value", "grid_id", "district_id"]
# One row of the register is named once in a file; the first row counts.
NAMED_TWICE = """
UPDATE sheet_row s SET reason = 'duplicate_in_file', field = '', value = ''
WHERE s.reason IS NULL AND s.key IS NOT NULL AND EXISTS (
    SELECT FROM sheet_row e WHERE e.key = s.key AND e.reason IS NULL AND e.row < s.row)
"""
OUTSIDE = """
UPDATE sheet_row s SET reason = 'entry_elsewhere', field = '', value = ''
FROM {table} t WHERE t.id = s.key AND s.reason IS NULL AND NOT (%(everywhere)s
    OR t.district_id = ANY(%(districts)s) OR t.grid_id = ANY(%(grids)s))
"""
NEW_KEYS = """
UPDATE sheet_row s SET key = n.id, is_new = true FROM (
    SELECT row, nextval(pg_get_serial_sequence('{table}', 'id')) AS id
    FROM (SELECT row FROM sheet_row WHERE action = 'created' AND reason IS NULL ORDER BY row) x) n
WHERE n.row = s.row
"""


def of(register):
    """The declaration of a register."""
    return SHEETS[register]()


class SheetSteps(Steps):
    decided = "sheet_row"
    # As `cells.harmless`: an ID number that got into a wrong column stays hidden.
    rejected = r"""
    SELECT row, reason, field,
           regexp_replace(value, '(\d)\d{16}([\dXx])', '\1' || repeat('*', 16) || '\2', 'g') AS value
    FROM sheet_row WHERE reason IS NOT NULL
    """

    def __init__(self, register, order):
        super().__init__(order)
        self.sheet = of(register)
        self.facts = facts.Facts(self.sheet, order.on_conflict)

    def create(self):
        sheet = self.sheet
        copying.drop("sheet_row", "import_fact", *sheet.tables)
        columns = ", ".join(f"{one.name} {one.type}" for one in sheet.columns)
        extra = f", {sheet.extra}" if sheet.extra else ""
        self._execute(
            f"""CREATE TEMP TABLE sheet_row (row int, reason text, field text, value text,
            grid_id bigint, district_id bigint, {columns},
            key bigint, is_new bool, action text {extra}) ON COMMIT DROP"""
        )

    def stage(self, book, found):
        stager = Stager(self.sheet, self.order.reach, self.order.places)
        with copying.copying("sheet_row", [*STAGED, *self.sheet.names]) as copy:
            said = self.read(book, found, stager, copy.write)
        custom.stage(said)
        self.rows, self._doubts = stager.rows, stager.unknown
        self.district_ids = stager.district_ids | self._districts()

    def _districts(self):
        """Districts that only the register tells, of rows without a grid."""
        if not self.sheet.districts:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(self.sheet.districts, self.parameters)
            return {key for (key,) in cursor.fetchall()}

    def compare(self):
        sheet = self.sheet
        copying.analyze("sheet_row")
        self._execute(*sheet.match)
        if sheet.is_on_the_ground:
            self._execute(OUTSIDE.format(table=sheet.table), NAMED_TWICE)
        self._refuse(*sheet.refuse)
        self._execute(sheet.decide or self.facts.decide())
        self.unknown = self._doubts.as_dict()

    def outcome(self):
        found = super().outcome()
        if self.order.dry_run and self.sheet.new_places:
            found.new_places = new_places.find(self.sheet.new_places, self.parameters)
        return found

    def write(self):
        sheet = self.sheet
        copying.analyze("sheet_row")
        self._execute(*sheet.before)
        if sheet.writes_main:
            self._execute(
                NEW_KEYS.format(table=sheet.table), self.facts.insert(), self.facts.update()
            )
        self._execute(*sheet.after)

    def _execute(self, *statements):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, self.parameters)

    def _refuse(self, *statements):
        """What a statement returns are cells that were left out: it refuses no row."""
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, self.parameters)
                for name, value in cursor.fetchall() if cursor.description else ():
                    self._doubts.note(name, cells.harmless(value))
