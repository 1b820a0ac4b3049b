"""Several persons in one row: columns such as 配偶姓名, 配偶身份证号, 家庭成员1姓名.

Each such group is read as a table of its own over the same rows: the columns of the household and
those of the group, under the usual fields. A group names a person by a name and a number or birth;
less than that is not understood. 户主姓名 with 户主身份证号 is the person of the row where no column
says whose row it is.
"""

import re
from dataclasses import replace

from grids.workbooks import spelling
from grids.workbooks.words import fold
from residents import vocabulary
from residents.imports.workbook import no_data
from residents.imports.workbook.left_out import LeftOut

HEAD = "户主"
CHILD = "子女"
# {how a group is called: the relation that it says}
RELATIONS = {
    HEAD: HEAD,
    **{
        word: word
        for word in (
            "配偶", "爱人", "丈夫", "妻子", "父亲", "母亲", "儿子", "女儿", "长子", "次子",
            "三子", "长女", "二女", "三女", "儿媳", "女婿", "岳父", "岳母", "公公", "婆婆",
        )
    },
    "次女": "二女",
    CHILD: CHILD,
    **dict.fromkeys(("家庭成员", "家属", "同住人", "共同居住人", "成员"), ""),
}  # fmt: skip
_GROUP = re.compile(
    rf"({'|'.join(sorted(RELATIONS, key=len, reverse=True))})(\d{{0,2}}|[一二三四五六七八九])"
    r"(?:的|(?:基本)?(?:信息|情况))?(.+?)(\d{0,2})"
)
_NAMED = {"name", "head_name"}
_OF_PERSON = {
    "name", "relation", "document", "id_number", "sex", "birth_on", "ethnicity", "education",
    "marital", "phone", "kind", "registered_address", "employer",
}  # fmt: skip
_OF_HOME = [
    "grid", "compound", "building", "entrance", "room", "address", "number", "head_name",
]  # fmt: skip


def meaning(head, known):
    """ "配偶.id_number" of a head like 配偶身份证号; None of others."""
    match = _GROUP.fullmatch(fold(head))
    if match is None:
        return None
    word, number, rest, last = match.groups()
    if word.endswith("成员") and not (number or last):
        return None  # of a list with a row for each
    field = known.get(rest)
    field = "name" if field in _NAMED else field
    return f"{word}{number or last}.{field}" if field in _OF_PERSON else None


def settle(table):
    """After the head was read: keep the groups that name a person."""
    groups = _groups(table.columns)
    if HEAD in groups and "name" not in table.columns and "head_name" in table.columns:
        table.columns[f"{HEAD}.name"] = table.columns.pop("head_name")
        table.heads[f"{HEAD}.name"] = table.heads.pop("head_name")
        groups[HEAD]["name"] = True
    elif HEAD in groups and "name" in table.columns:
        groups[HEAD] = {}
    for word, said in groups.items():
        if "name" not in said or not said.keys() & {"id_number", "birth_on"}:
            _forget(table, word)


def _forget(table, word):
    for field in [one for one in table.columns if one.startswith(f"{word}.")]:
        del table.columns[field]
        table.not_understood.append(table.heads.pop(field))


def _groups(columns):
    """{word of a group: {field: position}}"""
    found: dict = {}
    for field, at in columns.items():
        word, dot, name = field.partition(".")
        if dot:
            found.setdefault(word, {})[name] = at
    return found


def fields(table):
    """The fields of the person whose row it is."""
    return {field.removeprefix(f"{HEAD}.") for field in table.columns}


def labels(table):
    """{field: label} of the columns of the groups that the table may have."""
    known = vocabulary.heads(table.register)
    found = {meaning(head, known) for head in table.all_heads.values()} | set(table.columns)
    words = sorted({one.partition(".")[0] for one in found if one and "." in one})
    return {
        f"{word}.{field}": label(f"{word}.{field}", table.register)
        for word in words
        for field in vocabulary.labels(table.register)
        if field in _OF_PERSON
    }


def label(field, register):
    word, __, name = field.rpartition(".")
    of_field = vocabulary.labels(register).get(name, name)
    return f"{word}：{of_field}" if word else of_field


def number(tables, first):
    """Give each group of the tables the index under which its rows are counted, from `first` on."""
    for table in tables:
        words = [word for word in _groups(table.columns) if word != HEAD]
        table.persons = {word: first + at for at, word in enumerate(words)}
        first += len(words)
    return first


def parts(table):
    """The table, or a table for each person of its rows; the one whose row it is first."""
    groups = _groups(table.columns)
    if not groups:
        return [table]
    plain = {field: at for field, at in table.columns.items() if "." not in field}
    if head := groups.pop(HEAD, None):
        plain |= {**head, "head_name": head["name"]}
    first = _part(table, plain, person=HEAD if head else "")
    home = {field: plain[field] for field in _OF_HOME if field in plain}
    if not home.keys() & {"address", "building"} and "registered_address" in plain:
        home["address"] = plain["registered_address"]
    others = [
        _part(
            table,
            home | said,
            index=table.persons[word],
            person=word,
            left_out=LeftOut(),
            first=first,
        )
        for word, said in groups.items()
    ]
    return [first, *others]


def heads_of(table):
    """The heads whom a sheet of households names, as further persons."""
    [part, *__] = parts(table)
    return replace(part, first=part)


def _part(table, columns, **other):
    heads = {field: table.all_heads.get(at, "") for field, at in columns.items()}
    return replace(table, columns=columns, heads=heads, written=table, **other)


def relation_of(word):
    return RELATIONS.get(word.rstrip("0123456789一二三四五六七八九"), "")


def row_filter(part):
    """Whether a row says a further person at all."""
    is_data = no_data.row_filter(part.first)
    name_at, id_at = part.columns["name"], part.columns.get("id_number", -1)

    def is_person(cells):
        if 0 <= id_at < len(cells) and no_data.is_long_number(cells[id_at]):
            return True
        said = name_at < len(cells) and spelling.said(cells[name_at])
        return bool(said) and no_data.is_name(cells, name_at) and is_data(cells)

    return is_person
