"""The kit's own cases and the clauses that each checks, read from the source of the tests.

Nothing is imported and nothing run, so that ``gen-tck show`` answers at once. For that the decorators of a test are
plain: ``@clause("chapter/slug")``, ``@pytest.mark.parametrize`` (or a name for it in the same file) with values that
are literals or have ``ids`` that are, and ``@each_row("argument", TABLE(...))`` with a table of ``harness/rows.py``.
A test of the kit holds what is read here against what pytest collects.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from gen_tck.conformance.harness.rows import TABLES
from gen_tck.spec.clause import CHAPTERS

FOLDER = Path(__file__).parents[1]
"""Where the chapters are."""


@dataclass(frozen=True)
class Listed:
    """A case as the source has it."""

    file: str
    """Its path below :data:`FOLDER`."""
    function: str
    line: int
    """The line of ``file``, from 1, on which the function begins."""
    parameters: str
    """What stands between the brackets of its id; empty if it has none."""
    clauses: tuple[str, ...]
    """The ids of the clauses that it checks, the one it is about first."""

    @property
    def id(self) -> str:
        """The permanent id of the case."""
        return f"{self.file}::{self.function}{f'[{self.parameters}]' if self.parameters else ''}"


class ListingError(Exception):
    """The source of a test cannot be read; the message is one line, ``FILE:LINE: what; how to mend it``."""


def read(folder: Path = FOLDER) -> list[Listed]:
    """All cases below ``folder``: by chapter, by the names of the files, and as they stand there.

    Raises :class:`ListingError`.
    """
    return [case for path in _files(folder) for case in _cases_in(path, folder, path.read_text(encoding="utf-8"))]


def about(clause: str, folder: Path = FOLDER) -> list[Listed]:
    """Those of them that check ``clause``. Only the files that may name it are read. Raises :class:`ListingError`."""
    return [
        case
        for path in files_about([clause], folder)
        for case in _cases_in(path, folder, path.read_text(encoding="utf-8"))
        if clause in case.clauses
    ]


def files_about(clauses: Collection[str], folder: Path = FOLDER) -> list[Path]:
    """The files that may have a case of one of ``clauses``, found without parsing them."""
    return [path for path in _files(folder) if _may_name(path.read_text(encoding="utf-8"), clauses)]


def _may_name(text: str, clauses: Collection[str]) -> bool:
    return "@each_row(" in text or any(each in text for each in clauses)


def by_clause(cases: Iterable[Listed]) -> Mapping[str, Sequence[Listed]]:
    """``cases`` by the ids of the clauses that they check; clauses without a case are missing."""
    found: defaultdict[str, list[Listed]] = defaultdict(list)
    for case in cases:
        for clause in case.clauses:
            found[clause].append(case)
    return dict(found)


def _files(folder: Path) -> Iterator[Path]:
    for chapter in CHAPTERS:
        yield from sorted((folder / chapter).glob("test_*.py"))


def _cases_in(path: Path, folder: Path, text: str) -> Iterator[Listed]:
    try:
        tree = ast.parse(text)
    except SyntaxError as reason:
        raise ListingError(f"{path}:{reason.lineno}: {reason.msg}") from None
    marks = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name.startswith("test_"):
            try:
                cases = list(_parameters_and_clauses(statement, marks))
            except _Unreadable as reason:
                raise ListingError(f"{path}:{reason.line}: {reason}") from None
            for parameters, clauses in cases:
                file = path.relative_to(folder).as_posix()
                yield Listed(file, statement.name, statement.lineno, parameters, clauses)


# One function


class _Unreadable(Exception):
    def __init__(self, node: ast.expr, what: str) -> None:
        self.line = node.lineno
        super().__init__(what)


@dataclass(frozen=True)
class _Parameter:
    """One of the values that a test is run with."""

    id: str
    clauses: tuple[str, ...] = ()


def _parameters_and_clauses(
    function: ast.FunctionDef, marks: Mapping[str, ast.expr]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of each case of ``function``."""
    clauses: list[str] = []
    parameters: list[list[_Parameter]] = []
    for decorator in reversed(function.decorator_list):  # as they are applied
        call = marks.get(decorator.id, decorator) if isinstance(decorator, ast.Name) else decorator
        name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
        if not isinstance(call, ast.Call) or name not in ("clause", "requires", "each_row", "pytest.mark.parametrize"):
            raise _Unreadable(decorator, f"@{ast.unparse(decorator)} is a decorator that the kit cannot read")
        if name == "clause":
            clauses += map(_text, call.args)
        elif name == "each_row":
            parameters.append(_rows(call))
        elif name == "pytest.mark.parametrize":
            parameters.append(_parametrized(call))
    for chosen in product(*parameters):
        names = (*clauses, *(clause for each in chosen for clause in each.clauses))
        yield "-".join(each.id for each in chosen), tuple(dict.fromkeys(names))


def _rows(call: ast.Call) -> list[_Parameter]:
    """The rows of ``@each_row("argument", TABLE(...))``."""
    table = call.args[1] if len(call.args) == 2 else None
    name = ast.unparse(table.func) if isinstance(table, ast.Call) else ""
    if not isinstance(table, ast.Call) or name not in TABLES:
        raise _Unreadable(call, 'write @each_row("argument", TABLE(...)) with a table of harness/rows.py')
    return [_Parameter(row.id, (row.clause,)) for row in TABLES[name](*map(_text, table.args))]


def _parametrized(call: ast.Call) -> list[_Parameter]:
    """The parameters of ``@pytest.mark.parametrize(names, values, ids=...)``."""
    names, values = call.args
    if not isinstance(values, (ast.List, ast.Tuple)):
        raise _Unreadable(values, "the values are no list that can be read; write them out")
    arguments = [names] if isinstance(names, ast.Constant) else getattr(names, "elts", [])
    given = {each.arg: each.value for each in call.keywords}.get("ids")
    ids = [None] * len(values.elts) if given is None else _list(given)
    if len(ids) != len(values.elts):
        raise _Unreadable(values, "there are more values than ids, or fewer")
    found = [
        _parameter([_text(each) for each in arguments], value, None if id_ is None else _text(id_), index)
        for index, (value, id_) in enumerate(zip(values.elts, ids, strict=True))
    ]
    if len({each.id for each in found}) < len(found):
        raise _Unreadable(values, "two of the values have the same id; give them ids=[...]")
    return found


def _parameter(names: Sequence[str], value: ast.expr, given: str | None, index: int) -> _Parameter:
    clauses = tuple[str, ...]()
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "pytest.param":
        words = {each.arg: each.value for each in value.keywords}
        parts, given = value.args, _text(words["id"]) if "id" in words else given
        clauses = _marked(words["marks"]) if "marks" in words else ()
    else:
        parts = [value] if len(names) == 1 else _list(value)
    if given is None:
        given = "-".join(_id(part, name, index) for part, name in zip(parts, names, strict=True))
    return _Parameter(given, clauses)


def _marked(mark: ast.expr) -> tuple[str, ...]:
    """The clauses of a parameter that has ``marks=pytest.mark.clause(...)``."""
    if not isinstance(mark, ast.Call) or ast.unparse(mark.func) != "pytest.mark.clause":
        raise _Unreadable(mark, "write marks=pytest.mark.clause(...)")
    return tuple(map(_text, mark.args))


_UNPRINTABLE = {number: f"\\x{number:02x}" for number in (*range(32), 127)} | {9: "\\t", 10: "\\n", 13: "\\r"}


def _id(node: ast.expr, name: str, index: int) -> str:
    """The id that pytest gives to a value without one."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        raise _Unreadable(node, f"{ast.unparse(node)} is no literal; give the values ids=[...]") from None
    if isinstance(value, str):
        return value.encode("unicode_escape").decode("ascii").translate(_UNPRINTABLE)
    if isinstance(value, bytes):
        return value.decode("ascii", "backslashreplace").translate(_UNPRINTABLE)
    return str(value) if value is None or isinstance(value, (int, float, complex)) else f"{name}{index}"


def _list(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, (ast.List, ast.Tuple)):
        return node.elts
    raise _Unreadable(node, f"{ast.unparse(node)} is no list that can be read; write it out")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _Unreadable(node, f"{ast.unparse(node)} is no string; write it out")
