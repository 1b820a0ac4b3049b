"""While a hash key is replaced, a person may stand under the index of the older one.

The staged rows then take the index under which their person stands; others keep today's. Nothing
is asked while there is one key.
"""

import itertools

from django.db import connection

from grids.fields import all_indexes, is_rehashing
from residents.imports.workbook import copying

CREATE = """
CREATE TEMP TABLE import_index (row int, rank int, id_index bytea) ON COMMIT DROP;
CREATE INDEX ON import_index (row);
"""
SETTLE = """
UPDATE import_row s SET id_index = (
    SELECT i.id_index FROM import_index i LEFT JOIN residents_resident r
      ON r.id_index = i.id_index AND r.district_id = s.district_id AND r.document = s.document
         AND r.ended_on IS NULL AND r.id_index IS NOT NULL
    WHERE i.row = s.row ORDER BY r.id IS NULL, i.rank LIMIT 1)
WHERE s.row IN (SELECT row FROM import_index) AND s.id_index IS NOT NULL
"""


def settle(numbers):
    """The caller holds the locks of the districts, so that no row changes its index meanwhile."""
    if not is_rehashing():
        return
    with connection.cursor() as cursor:
        copying.drop("import_index")
        cursor.execute(CREATE)
        copying.copy("import_index", ["row", "rank", "id_index"], _blocks(numbers.all()))
        copying.analyze("import_index")
        cursor.execute(SETTLE)


def _blocks(pairs):
    while some := list(itertools.islice(pairs, 5_000)):
        yield "".join(
            f"{row}\t{rank}\t\\\\x{index.hex()}\n"
            for row, number in some
            for rank, index in enumerate(all_indexes(number))
        )
