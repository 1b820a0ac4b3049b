"""The further persons of a row: whose household it is, and who they are in it."""

from residents.imports.workbook import persons
from residents.models import HEAD_OF_HOUSEHOLD


def complete(part, said, chunk, memos):
    """Add to the columns `said` of a chunk what the group of columns says by being that group."""
    if part.person == persons.HEAD:
        said.setdefault("relation", [persons.HEAD] * len(chunk))
        said["head_name"] = list(said["name"])
        return
    names, heads = _of_first(part, chunk, memos)
    own = said.get("relation") or [""] * len(chunk)
    of_group = persons.relation_of(part.person)
    said["head_name"] = [head for head, __ in heads]
    said["relation"] = [
        cell or (_relation(of_group, number) if is_head else "")
        for cell, (__, is_head), number in zip(
            own, heads, said.get("id_number", names), strict=True
        )
    ]


def _of_first(part, chunk, memos):
    """(names, [(head of the household, whether it is the person of the row)]) of the rows."""
    first = part.first
    names, relations, heads = (
        _column(first, chunk, field) for field in ("name", "relation", "head_name")
    )
    found = []
    for name, relation, head in zip(names, relations, heads, strict=True):
        says_head = memos["relation"][relation][0] == HEAD_OF_HOUSEHOLD
        is_head = says_head or (not relation and (not head or head == name))
        found.append((head or (name if is_head else ""), is_head or head == name))
    return names, found


def _column(table, chunk, field):
    at = table.columns.get(field, -1)
    return [cells[at] if 0 <= at < len(cells) else "" for __, cells in chunk]


def _relation(of_group, number):
    """A child is a son or a daughter by the number."""
    if of_group != persons.CHILD:
        return of_group
    if number.__class__ is not str or len(number) != 18 or not number[16].isdigit():
        return ""
    return "子" if int(number[16]) % 2 else "女"


def unknown_yet(part, chunk, reader, seen):
    """The rows of the chunk whose further person stands nowhere else in the file."""
    at, found, here = part.columns.get("id_number", -1), [], set()
    numbers = [cells[at] if 0 <= at < len(cells) else "" for __, cells in chunk]
    for row, identity in zip(chunk, reader.column(numbers, []), strict=True):
        key = getattr(identity, "key", None)
        if key is None or (key not in seen and key not in here):
            found.append(row)
        here.add(key)
    return found
