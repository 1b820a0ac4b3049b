import pytest


@pytest.fixture
def import_rows(ground, tmp_path):
    """import_rows(register, rows, above=..., by=...) -> the JSON of the command."""
    from tests.residents.sheets import heads, run
    from tests.residents.workbooks import write

    def do(register, rows, *, above=(), names=None, **options):
        path = write(tmp_path / f"{register}.xlsx", rows, heads=names or heads(rows), above=above)
        return run(path, register, **options)

    return do
