"""An import of residents, step by step: staged in bulk, compared by sets, written table by table."""

import itertools

from residents.imports import new_places
from residents.imports.people import (
    absent,
    compare,
    conflicts,
    dwelling_codes,
    ended,
    families,
    heads,
    known_grids,
    rare_facts,
    stored_indexes,
    temp_tables,
    write,
)
from residents.imports.people.staging import Stager
from residents.imports.steps import Steps
from residents.imports.workbook import copying, persons
from residents.models import ImportBatch

# Buildings that the written households need and that do not exist yet.
NEW_PLACES = """
SELECT d.grid_id, d.compound, d.building, f.row FROM import_dwelling d
JOIN import_household h ON h.dwelling_no = d.no JOIN import_fate f ON f.household_no = h.no
WHERE d.dwelling_id IS NULL AND d.building <> '' AND d.building_id IS NULL AND f.action IN ('created', 'changed')
"""


class PeopleSteps(Steps):
    decided = "import_fate"
    rejected = """
    SELECT s.row, COALESCE(f.reason, s.reason) AS reason,
           COALESCE(f.field, s.field) AS field, COALESCE(f.value, s.value) AS value
    FROM import_row s LEFT JOIN import_fate f ON f.row = s.row
    WHERE s.reason IS NOT NULL OR f.reason IS NOT NULL
    """

    def create(self):
        temp_tables.create()

    def stage(self, book, found):
        kept = self.order.kept
        staged = self.staged = kept.stage(self.order.tell) if kept else self._stage(book, found)
        self.tables = found
        self.rows, self.district_ids = staged.rows, staged.district_ids
        self.unknown, self.rejected_before = staged.unknown, staged.rejected
        self.left_out = staged.left_out

    def compare(self):
        order = self.order
        stored_indexes.settle(self.staged.numbers)
        compare.compare(self.parameters, has_hidden=self.staged.has_hidden)
        self.rare = self._gather_rare()
        self.differing = conflicts.settle(order.on_conflict, self.parameters, self.rare)
        if self.rare:
            self.rare.compare()
        self.has_codes = dwelling_codes.compare(order.on_conflict)
        self.questions = ended.questions()

    def _gather_rare(self):
        """The facts that few lists have; None for the others."""
        if not self.staged.rare:
            return None
        found = rare_facts.RareFacts(self.staged.rare, self.order.on_conflict)
        found.gather(self.unknown)
        return found

    def outcome(self):
        found = super().outcome()
        found.households = self.staged.households
        found.known_grids = self.staged.known_grids
        found.has_unsaid = compare.names_unsaid_care(self.parameters)
        if found.created:
            found.duplicate_rows = compare.possible_duplicates(self.parameters)
            found.possible_duplicates = len(found.duplicate_rows)
        if self.differing:
            found.conflicts = self.differing.summary()
        found.asked = self._asked()
        found.others = heads.others()
        if self.order.dry_run:
            found.families = self._families()
            found.new_places = new_places.find(NEW_PLACES, self.parameters)
        if found.changed or found.unchanged:
            found.absent = absent.find(self.parameters)
        return found

    def _families(self):
        """The first ones, where nobody said yet how they are told."""
        if not self.tables or any(table.families for table in self.tables):
            return []
        has_several = any(len(persons.parts(table)) > 1 for table in self.tables)
        return families.first(has_several=has_several)

    def _asked(self):
        """Questions of any import: who is here, and whose name it is."""
        names = self.differing.names if self.differing else {}
        asked = ended.summary(self.questions) if self.questions else {}
        if not (names and asked):
            return names or asked
        return {
            "rows": names["rows"] + asked["rows"],
            "facts": names["facts"] + asked["facts"],
            "by_field": names["by_field"] | asked["by_field"],
            "examples": names["examples"] | asked["examples"],
        }

    def write(self):
        order = self.order
        write.write(self.staged, self.parameters, batch_id=order.batch_id)
        if self.has_codes:
            dwelling_codes.write(order.on_conflict)
        if self.rare:
            self.rare.write()

    def ask(self):
        """A row may have nothing to write, and yet something to ask."""
        order = self.order
        if self.questions and order.batch_id:
            ended.keep(order.batch_id, self.questions, self.staged.numbers)
        is_asked = self.differing and (
            order.on_conflict == ImportBatch.OnConflict.ASK or self.differing.names
        )
        if is_asked and order.batch_id:
            numbers = dict(self.staged.numbers.of(set(self.differing.places)))
            conflicts.keep(order.batch_id, self.differing, numbers)

    def _stage(self, book, found):
        """Fill the temporary tables from the workbook; what was read."""
        keeper, stager = (
            self.order.keeper,
            Stager(self.order.reach, self.parameters["today"], self.order.grid, self.order.places),
        )
        stager.codes.expect(found)
        stager.rare.expect(found)
        stager.known_grids = known_grids.of(book, found, self.order.reach, self.parameters["today"])
        keep = keeper.add if keeper else lambda kind, block: None
        with copying.copying(*temp_tables.STAGED["rows"]) as copy:

            def copy_and_keep(block):
                copy.write(block)
                keep("rows", block)

            facts = self.read(book, found, stager, copy_and_keep)
        keys = temp_tables.key_blocks(
            stager.dwellings, stager.household_keys, stager.codes.of_dwelling
        )
        gone = [("gone", stager.gone.block())] if stager.gone.lines else []
        rare = [("rare", "".join(stager.rare.lines))] if stager.rare.names else []
        for kind, block in itertools.chain(zip(itertools.repeat("facts"), facts), gone, rare, keys):
            temp_tables.copy(kind, block)
            keep(kind, block)
        staged = stager.finish()
        staged.left_out = self.left_out
        if keeper:
            keeper.finish(staged)
        return staged
