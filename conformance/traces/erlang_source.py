r"""Erlang source, built from values and printed by one printer: nothing that is printed can leave its place.

An expression is a term, in which :class:`Text` and :class:`Call` may stand too. Atoms, numbers and binaries are printed
as :func:`gen_tck.spec.terms.show` does, which quotes and escapes; text is a string with all but plain characters
written out (``\x{1b}``); a comment is one line of printable characters. So whatever a name or a message holds, the
module that is printed is the module that was built.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gen_tck.spec.printable import printable
from gen_tck.spec.terms import Atom, Improper, List, Map, Term, show

__all__ = ["Call", "Comment", "Expression", "Function", "Module", "Text", "expression", "module_name", "source"]

LONGEST_NAME = 100
"""Characters of a module's name: it is a file's name too."""


@dataclass(frozen=True)
class Text:
    """A string that people read: what is not printable in it is shown."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call that is evaluated where it stands."""

    module: str
    function: str
    args: tuple[Expression, ...]


Expression: TypeAlias = "Term | Text | Call"


@dataclass(frozen=True)
class Comment:
    """A line that is not evaluated."""

    text: str = ""


@dataclass(frozen=True)
class Function:
    """A function without arguments."""

    name: str
    body: Expression


@dataclass(frozen=True)
class Module:
    """A module: comments, what it exports, functions, and a text of Erlang that is the kit's own."""

    name: str
    about: Sequence[Comment]
    exports: Sequence[tuple[str, int]]
    functions: Sequence[Function]
    runtime: str = ""


def module_name(*words: str) -> str:
    """A name for a module and its file, made of ``words``: lower-case letters, digits and underscores."""
    plain = re.sub(r"[^a-z0-9]+", "_", "_".join(words).lower())
    return plain[:LONGEST_NAME].strip("_")


def source(module: Module) -> str:
    """The text of ``module``. Raises ``ValueError`` for what has no source: a handle, or a number that is none."""
    return "\n".join([*_lines(module), module.runtime])


def _lines(module: Module) -> Iterator[str]:
    yield "%% coding: utf-8"  # whatever a comment that follows says
    for comment in module.about:
        yield f"%% {printable(comment.text)}".rstrip()
    yield f"-module({expression(Atom(module.name))})."
    yield f"-export([{', '.join(f'{expression(Atom(name))}/{arity}' for name, arity in module.exports)}])."
    for function in module.functions:
        yield ""
        body = expression(function.body)
        if isinstance(function.body, List) and function.body:  # one line for each element
            body = "[" + ",\n     ".join(map(expression, function.body)) + "]"
        yield f"{expression(Atom(function.name))}() ->\n    {body}."


def expression(value: Expression) -> str:
    """The source of an expression. Raises ``ValueError``."""
    if isinstance(value, Text):
        return _text(value.text)
    if isinstance(value, Call):
        return f"{expression(Atom(value.module))}:{expression(Atom(value.function))}({_several(value.args)})"
    if isinstance(value, List):
        return f"[{_several(value)}]"
    if isinstance(value, tuple):
        return f"{{{_several(value)}}}"
    if isinstance(value, Improper):
        return f"[{_several(value.heads)} | {expression(value.tail)}]"
    if isinstance(value, Map):
        pairs = [f"{expression(key)} => {expression(each)}" for key, each in value.pairs.items()]
        return f"#{{{', '.join(pairs)}}}"
    if type(value) in (Atom, bytes, int) or (isinstance(value, float) and math.isfinite(value)):
        return show(value, whole=True)
    raise ValueError(f"{value!r} has no source")


def _several(values: Sequence[Expression]) -> str:
    return ", ".join(map(expression, values))


def _text(text: str) -> str:
    return '"' + "".join(map(_character, printable(text))) + '"'


def _character(each: str) -> str:
    if each in '"\\':
        return f"\\{each}"
    return each if " " <= each <= "~" else f"\\x{{{ord(each):x}}}"
