"""Changes of one place in a module of the reference: where one can be made, and which.

Which are made is a fixed list, :mod:`mutation_operators`.

What is not changed: docstrings and texts, types, what is only there for the explorer, and what refuses the things that
the specification leaves out, of which no clause says what happens.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from mutation_operators import alternatives, constant, fields_of, is_row, text

_UNSPOKEN = ("OutOfScope", "TypeError", "ValueError", "NotInTable")
"""What the reference raises where it has no answer."""
_NOT_BEHAVIOUR = ("state_key", "__repr__", "discard")
"""Functions for the explorer, for people, and for the garbage collector."""
_TYPES = ("annotation", "returns", "decorator_list", "bases", "keywords", "type_params")


class Place(NamedTuple):
    """Where a change is made."""

    where: str = ""
    """The function, or the row of a table."""
    clauses: tuple[str, ...] = ()
    """Those that are named there."""
    lines: tuple[int, int] = (0, 0)
    """The first and the last line of the statement."""
    event: str = ""
    """That of the row."""
    returns: str = ""
    """The type of what the function gives."""


class Mutation(NamedTuple):
    """A change that can be made."""

    place: Place
    operator: str
    what: str
    make: Callable[[], None]
    """Make it, in the tree that it was found in."""


class _Slot(NamedTuple):
    """What holds a node."""

    holder: ast.AST
    field: str
    at: int | None

    @property
    def node(self) -> ast.AST:
        found = getattr(self.holder, self.field)
        node: ast.AST = found if self.at is None else found[self.at]
        return node

    def put(self, new: ast.AST | None) -> None:
        """Something else instead; ``None``: nothing."""
        if self.at is None:
            setattr(self.holder, self.field, new)
            return
        found = getattr(self.holder, self.field)
        found[self.at : self.at + 1] = [] if new is None else [new]


def mutations(tree: ast.Module) -> Iterator[Mutation]:
    """All that can be made of a module, each once, in the order of the text."""
    for slot in _slots(tree):
        yield from _walk(slot, Place())


def _walk(slot: _Slot, place: Place) -> Iterator[Mutation]:
    node = slot.node
    if _is_left_alone(node):
        return
    place = _entered(node, place)
    for operator, new in alternatives(node, slot.holder, slot.field, place.where, place.returns):
        what = f"{text(node)} -> {text(new)}"
        yield Mutation(place, operator, what, lambda new=new: slot.put(new))  # type: ignore[misc]
    if not is_row(node):
        for each in _slots(node):
            yield from _walk(each, place)


def _slots(node: ast.AST) -> Iterator[_Slot]:
    for field, value in ast.iter_fields(node):
        if field in _TYPES and not (field == "keywords" and isinstance(node, ast.Call)):
            continue
        if isinstance(node, ast.Subscript) and field == "slice" and not isinstance(value, ast.Slice):
            continue  # another element is of another type, mostly: nothing to be learnt from
        if isinstance(node, ast.If) and field == "test" and _refuses(node.body):
            continue
        if isinstance(value, list):
            yield from [_Slot(node, field, n) for n, each in enumerate(value) if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            yield _Slot(node, field, None)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name in _NOT_BEHAVIOUR
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name):
        return node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id == "TypeVar"
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)) or _refuses([node])


def _refuses(body: list[ast.stmt] | list[ast.AST]) -> bool:
    """Whether all that is done is to say that there is no answer."""
    raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
    return isinstance(raised, ast.Call) and isinstance(raised.func, ast.Name) and raised.func.id in _UNSPOKEN


def _entered(node: ast.AST, place: Place) -> Place:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        named = _clauses(ast.get_docstring(node) or "")
        given = None if isinstance(node, ast.ClassDef) else node.returns
        where = f"{place.where}.{node.name}" if place.where else node.name
        place = place._replace(where=where, clauses=named or place.clauses, returns=ast.unparse(given) if given else "")
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        last = _first_line(body[0]) - 1 if body else node.end_lineno
        place = place._replace(lines=(node.lineno, max(node.lineno, last or node.lineno)))
    if is_row(node):
        fields = fields_of(node)
        event, guard = constant(fields["event"]), constant(fields.get("when"))
        where = f"{event} while {ast.unparse(fields['states'])}{guard and f', {guard}'}"
        clauses = tuple(_clauses("Clauses:" + ast.unparse(fields["clauses"]))) if "clauses" in fields else ()
        place = place._replace(where=where, clauses=clauses, event=event)
    return place


def _first_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else getattr(node, "lineno", 0)


def _clauses(text: str) -> tuple[str, ...]:
    _, _, named = text.partition("Clauses:")
    return tuple(re.findall(r"[a-z_]+/[a-z0-9-]+", named.partition("OTP:")[0]))
