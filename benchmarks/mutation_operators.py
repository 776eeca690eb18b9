"""What stands in the place of a piece of code in a mutant: a fixed list of operators.

Of a row of a table: an action, the order of two, a guard, the next state, or the whole row is
not there. Of code: a comparison is another or the contrary, a condition always or never holds, *and*
is *or*, an operand, an argument, a statement, a turn of a loop or a case is not there, a constant is one more or less,
a sum a difference, an atom another, and what is returned is not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeVar

_BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_CONTRARY = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_OTHERS = {"Term": "a.mutant", "int": "0", "bytes": "b''"}
"""What a function of a type gives instead; any other: nothing."""
_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_ROW = ("states", "event", "do", "to", "when", "otp", "clauses")

_Node = TypeVar("_Node", bound=ast.AST)
Alternatives = Iterator[tuple[str, ast.AST | None]]


def alternatives(node: ast.AST, holder: ast.AST, field: str, where: str, returns: str) -> Alternatives:
    """What can stand there instead of ``node``, with the operator: ``None``, nothing.

    ``node`` is in ``field`` of its ``holder``, in the function ``where`` (empty: in none), which gives a ``returns``.
    """
    if is_row(node):
        yield from _of_row(node)
    elif isinstance(node, ast.stmt):
        yield from _of_statement(node)
    elif isinstance(node, ast.match_case):
        if len(holder.cases) > 1:  # type: ignore[attr-defined]
            yield "case", None
    elif isinstance(node, ast.MatchOr):
        for left in _without_one(node.patterns):
            yield "case", left[0] if len(left) == 1 else ast.copy_location(ast.MatchOr(left), node)
    elif isinstance(node, ast.keyword) and isinstance(holder, ast.Call) and where:
        yield "argument", None
    elif isinstance(node, ast.expr):
        yield from _of_expression(node)
        yield from _of_place(node, holder, field, returns)


def _of_statement(node: ast.stmt) -> Alternatives:
    """It is not there; a name that is then unknown would tell nothing."""
    nothing = ast.copy_location(ast.Pass(), node)
    called = isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Await))
    if called or isinstance(node, (ast.Raise, ast.Delete, ast.Break, ast.Continue, ast.AugAssign)):
        yield "statement", nothing
    elif isinstance(node, ast.Assign):
        flat = [each for target in node.targets for each in getattr(target, "elts", [target])]
        if all(isinstance(each, (ast.Attribute, ast.Subscript)) for each in flat):
            yield "statement", nothing
    if isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
        other = ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
        yield "arithmetic", ast.copy_location(other, node)


def _of_place(node: ast.expr, holder: ast.AST, field: str, returns: str) -> Alternatives:
    """What is made of an expression because of where it is."""
    if field == "test" and isinstance(holder, (ast.If, ast.While, ast.IfExp)):
        if not isinstance(holder, ast.While):
            yield "condition", _at(node, ast.Constant(True))
        yield "condition", _at(node, ast.Constant(False))
        if not isinstance(node, (ast.Compare, ast.UnaryOp)):
            yield "condition", _at(node, ast.UnaryOp(ast.Not(), node))
    elif field == "iter" and isinstance(holder, (ast.For, ast.comprehension)):
        yield "loop", _at(node, ast.Tuple([], ast.Load()))
        every = ast.Call(ast.Name("list", ast.Load()), [node], [])
        yield "loop", _at(node, ast.Subscript(every, ast.Slice(None, ast.Constant(1), None), ast.Load()))
    elif field == "value" and isinstance(holder, ast.Return):
        if isinstance(node, ast.Constant) and node.value is None:
            return
        if returns != "bool":
            yield "return", _at(node, ast.parse(_OTHERS.get(returns, "None"), mode="eval").body)
        elif not isinstance(node, (ast.Compare, ast.Constant)):
            yield "return", _at(node, ast.UnaryOp(ast.Not(), node))


def _of_expression(node: ast.expr) -> Alternatives:
    match node:
        case ast.Compare(ops=[operator]):
            for name, others in (("boundary", _BOUNDARY), ("comparison", _CONTRARY)):
                if type(operator) in others:
                    yield name, _at(node, ast.Compare(node.left, [others[type(operator)]()], node.comparators))
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                if type(operator) in _BOUNDARY:
                    ops = [*node.ops[:number], _BOUNDARY[type(operator)](), *node.ops[number + 1 :]]
                    yield "boundary", _at(node, ast.Compare(node.left, ops, node.comparators))
            yield "comparison", _at(node, ast.UnaryOp(ast.Not(), node))
        case ast.BoolOp():
            yield "and-or", _at(node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
            for left in _without_one(node.values):
                yield "operand", left[0] if len(left) == 1 else _at(node, ast.BoolOp(node.op, left))
        case ast.UnaryOp(op=ast.Not()):
            yield "not", node.operand
        case ast.Constant(value=bool()):
            yield "constant", _at(node, ast.Constant(not node.value))
        case ast.Constant(value=int()):
            yield "constant", _at(node, ast.Constant(node.value + 1))  # type: ignore[operator]
            yield "constant", _at(node, ast.Constant(node.value - 1))  # type: ignore[operator]
        case ast.BinOp() if type(node.op) in _ARITHMETIC and not isinstance(node.left, (ast.Tuple, ast.List)):
            if not isinstance(node.right, (ast.Tuple, ast.List)):
                yield "arithmetic", _at(node, ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right))
        case ast.Call(func=ast.Name(id=name)) if name in _FUNCTIONS:
            other = ast.Name(_FUNCTIONS[name], ast.Load())
            yield "function", _at(node, ast.Call(other, node.args, node.keywords))
        case ast.Attribute(value=ast.Name(id="a")):
            yield "atom", _at(node, ast.Attribute(node.value, "mutant", ast.Load()))


def _of_row(row: ast.AST) -> Alternatives:
    assert isinstance(row, ast.Call)
    fields = fields_of(row)
    yield "row", None
    actions = list(fields["do"].elts)  # type: ignore[attr-defined]
    for left in _without_one(actions):
        yield "action", _row_with(row, "do", _tuple(left))
    for number in range(1, len(actions)):
        pair = [actions[number], actions[number - 1]]
        yield "order", _row_with(row, "do", _tuple([*actions[: number - 1], *pair, *actions[number + 1 :]]))
    guards = constant(fields.get("when")).split(" and ")
    for guard in filter(None, guards):
        others = " and ".join(each for each in guards if each != guard)
        yield "guard", _row_with(row, "when", ast.Constant(others))
    if "to" in fields:
        yield "next", _row_with(row, "to", ast.Constant(None))


def is_row(node: ast.AST) -> bool:
    """Whether it is a row of a table."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Row"


def fields_of(row: ast.AST) -> dict[str, ast.expr]:
    """What a row has, by the names of its fields."""
    assert isinstance(row, ast.Call)
    return {**dict(zip(_ROW, row.args, strict=False)), **{each.arg or "": each.value for each in row.keywords}}


def _row_with(row: ast.Call, name: str, value: ast.expr) -> ast.AST:
    fields = {**fields_of(row), name: value}
    return _at(row, ast.Call(row.func, [], [ast.keyword(key, each) for key, each in fields.items()]))


def _without_one(nodes: list[_Node]) -> Iterator[list[_Node]]:
    for number in range(len(nodes)):
        yield [*nodes[:number], *nodes[number + 1 :]]


def _tuple(elements: list[ast.expr]) -> ast.expr:
    return ast.Tuple(elements, ast.Load())


def constant(node: ast.AST | None) -> str:
    """The text of a constant; empty for anything else."""
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _at(node: ast.expr, new: ast.expr) -> ast.expr:
    return ast.fix_missing_locations(ast.copy_location(new, node))


def text(node: ast.AST | None) -> str:
    """One line; of a row what is done in it."""
    if node is None:
        return "nothing"
    if is_row(node):
        fields = fields_of(node)
        shown = [ast.unparse(fields[name]) for name in ("do", "to", "when") if name in fields]
        return " ".join(shown)
    if isinstance(node, ast.match_case):
        return f"case {ast.unparse(node.pattern)}"
    return " ".join(ast.unparse(node).split())
