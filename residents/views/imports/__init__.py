"""Imports in the browser: upload, columns, dry run, confirm, result; many files at once."""

from residents.views.imports.absent import import_absent, import_still_here
from residents.views.imports.batch import (
    import_cancel,
    import_columns,
    import_confirm,
    import_detail,
    import_families,
    import_grid,
    import_places,
    import_progress,
    import_result,
    import_rows,
    import_undo,
)
from residents.views.imports.blanks import import_blank
from residents.views.imports.conflicts import (
    decide_all,
    decide_conflicts,
    import_conflicts,
    take_answers_back,
)
from residents.views.imports.groups import confirm_group, import_group
from residents.views.imports.history import imports
from residents.views.imports.upload import import_new

__all__ = [
    "confirm_group",
    "decide_all",
    "decide_conflicts",
    "import_absent",
    "import_blank",
    "import_cancel",
    "import_columns",
    "import_confirm",
    "import_conflicts",
    "import_detail",
    "import_families",
    "import_grid",
    "import_group",
    "import_new",
    "import_places",
    "import_progress",
    "import_result",
    "import_rows",
    "import_still_here",
    "import_undo",
    "imports",
    "take_answers_back",
]
