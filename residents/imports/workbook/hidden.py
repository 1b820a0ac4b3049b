"""What of a workbook nobody sees in Excel: hidden and filtered rows, hidden columns and sheets.

Such rows and columns are read like the others, hidden sheets are not; either way it is said.
"""

SHOWN_ROWS = 30


def look(book, table):
    """Let the child look while the rows are read."""
    if hasattr(book, "look") and table.first is None:
        book.look(table.sheet)


def note(book, table, step):
    """Fill `table.hidden` after its rows were read: {"count", "rows": the first ones, "columns"}."""
    if not hasattr(book, "hidden") or table.first is not None:
        return
    found = book.hidden(table.sheet)
    if not (found["rows"] or found["columns"]):
        return
    left_out = {key % step for key, __ in table.left_out.rows}
    rows = [row for row in found["rows"] if row > table.head_row and row not in left_out]
    heads = [table.all_heads[at] for at in found["columns"] if at in table.all_heads]
    if rows or heads:
        table.hidden |= {"count": len(rows), "rows": rows[:SHOWN_ROWS], "columns": heads}


def sheets(book):
    return list(getattr(book, "hidden_sheets", ()))


def of(mapping):
    """{"sheets": names, "tables": [...]} of what a batch keeps of its workbook; {} if all is shown."""
    tables = [
        {"sheet": one["sheet"], **one["hidden"]}
        | {"more": one["hidden"]["count"] - len(one["hidden"]["rows"])}
        for one in mapping.get("tables", [])
        if one.get("hidden")
    ]
    names = mapping.get("hidden_sheets", [])
    return {"sheets": names, "tables": tables} if names or tables else {}
