"""What may be changed in a source: each variant is one mistake that somebody could make."""

import ast
import copy
import re

SWAPS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
NARROWING = {"filter", "exclude"}
TEXTS = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)  # `+` joins them, `-` only crashes
SQL = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|WHERE|FROM)\b")
SQL_SWAPS = [
    (re.compile(pattern), other)
    for pattern, other in [
        (r"(?<![<>=-])<(?![<>=@-])", "<="),
        (r"(?<![<>])<=(?!>)", "<"),
        (r"(?<![<>=-])>(?![>=])", ">="),
        (r"(?<![<>])>=", ">"),
        (r"<>", "="),
        (r"(?<= )=(?= )", "<>"),
        (r"\bIS NULL\b", "IS NOT NULL"),
        (r"\bIS NOT NULL\b", "IS NULL"),
        (r"\bNOT EXISTS\b", "EXISTS"),
        (r"\bAND\b", "OR"),
        (r"\bOR\b", "AND"),
        (r" DESC\b", ""),
        (r"\bAND [^\n]*", ""),  # the rest of a line: one condition
    ]
]


def variants(node, parent, is_table):
    """The nodes that could stand in place of `node`; None stands for leaving it out."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                other = SWAPS[type(operator)]()
                yield _with(node, ops=[*node.ops[:place], other, *node.ops[place + 1 :]])
        case ast.BoolOp():
            yield _with(node, op=SWAPS[type(node.op)]())
        case ast.BinOp() if type(node.op) in SWAPS and not (_is_text(node.left, node.right)):
            yield _with(node, op=SWAPS[type(node.op)]())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.Constant(value=str()):
            yield from _texts(node.value, parent)
        case ast.Call(func=ast.Name(id=name)) if name in NAMES:
            yield _with(node, func=ast.Name(NAMES[name], ast.Load()))
        case ast.Call(func=ast.Attribute(attr=name)) if name in NARROWING:
            everything = _with(node.func, attr="all")
            yield ast.Call(everything, [], [])
            yield from _without_keyword(node)
        case ast.Call(func=ast.Name(id="Q") | ast.Attribute(attr="get")):
            yield from _without_keyword(node)
        case ast.Set() | ast.List() | ast.Dict() | ast.Tuple():
            if is_table or isinstance(node, ast.Set):
                yield from _without_element(node)
        case ast.Raise() | ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.If(body=[ast.Return() | ast.Continue()], orelse=[]):
            yield ast.Pass()


def _with(node, **changes):
    found = copy.copy(node)
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def _is_text(*nodes):
    return any(
        isinstance(node, TEXTS) or isinstance(getattr(node, "value", None), str) for node in nodes
    )


def _texts(text, parent):
    """A statement of SQL with one word changed, or a key that nobody knows."""
    if SQL.search(_whole(text, parent)):
        for pattern, other in SQL_SWAPS:
            for found in pattern.finditer(text):
                if found[0].count("(") == found[0].count(")"):
                    yield ast.Constant(text[: found.start()] + other + text[found.end() :])
    elif re.fullmatch("[a-z][a-z0-9_]*", text) and isinstance(
        parent, ast.Compare | ast.Set | ast.Dict | ast.keyword
    ):
        yield ast.Constant("XX" + text)


def _whole(text, parent):
    if isinstance(parent, ast.JoinedStr):
        return "".join(str(getattr(part, "value", "")) for part in parent.values)
    return text


def _without_keyword(call):
    if len(call.keywords) + len(call.args) > 1:
        for keyword in call.keywords:
            yield _with(call, keywords=[other for other in call.keywords if other is not keyword])


def _without_element(table):
    lists = ["keys", "values"] if isinstance(table, ast.Dict) else ["elts"]
    for place in range(len(getattr(table, lists[0]))):
        kept = {name: getattr(table, name)[:] for name in lists}
        for elements in kept.values():
            del elements[place]
        if any(kept.values()):
            yield _with(table, **kept)
