"""What the reference says of its functions: their errors, the clauses that they stand for, and what does it in OTP."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gen_tck.reference
from gen_tck.reference.tables import Table
from gen_tck.spec import clauses, sources
from gen_tck.spec.calls import CALLS

REFERENCE = Path(__file__).parents[2] / "reference"
MODULES = {
    "gen_tcp": "gen_tcp",
    "inet": "inet",
    "inet_db": "inet_db",
    "prim_inet": "prim_inet",
    "erlang": "erlang",
    "file": "file",
    "port_command": "erlang",
    "system_monitor": "erlang",
}
"""Files in which each function is one of Erlang's, with the module that has it there."""
SAID = re.compile(r"^(Errors|Clauses|OTP): (.*(?:\n    .*)*)", re.MULTILINE)
HELPERS = "none, as it is a helper"


def said(function: ast.AsyncFunctionDef | ast.FunctionDef) -> dict[str, str]:
    """What a docstring says in its last lines, by the word that they begin with."""
    found = SAID.findall(ast.get_docstring(function) or "")
    return {word: re.sub(r"\n +", " ", text) for word, text in found}


def functions(path: Path) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    """All functions of a file, and methods."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef)):
            yield node


ERLANGS = [
    pytest.param(module, each, id=f"{module}:{each.name}")
    for file, module in MODULES.items()
    for each in functions(REFERENCE / f"{file}.py")
    if isinstance(each, ast.AsyncFunctionDef) and not each.name.startswith("_")
]


@pytest.mark.parametrize(("module", "function"), ERLANGS)
def test_function_does_not_say_what_it_stands_for(module: str, function: ast.AsyncFunctionDef) -> None:
    found = said(function)
    assert list(found) == ["Errors", "Clauses", "OTP"]
    calls = [each for each in CALLS.values() if (each.module, each.name) == (module, function.name)]
    assert {each.clause for each in calls if each.clause} <= set(found["Clauses"].split(", "))
    if found["Clauses"] == HELPERS:
        assert all(each.is_helper for each in calls)


def test_what_is_named_is_not_there() -> None:
    known = clauses.load()
    cited = {(each.kind, each.file, each.name) for clause in known.values() for each in sources.parse(clause.source)}
    for path in REFERENCE.rglob("*.py"):
        for function in functions(path):
            found = said(function)
            named = found.get("Clauses", HELPERS)
            unknown = [] if named == HELPERS else [each for each in named.split(", ") if each not in known]
            assert not unknown, f"{path.name}: {function.name} names {unknown}"
            for each in sources.parse(found["OTP"]) if "OTP" in found else []:
                free = (
                    each.kind == "manual" or "models" in path.parts
                )  # a model follows the source, whatever is said of it
                assert free or (each.kind, each.file, each.name) in cited, f"{path.name}: {function.name} cites {each}"


def tables() -> Iterator[Table]:
    """All tables of the reference and its models."""
    for module in pkgutil.walk_packages(gen_tck.reference.__path__, "gen_tck.reference."):
        yield from [each for each in vars(importlib.import_module(module.name)).values() if isinstance(each, Table)]


def test_row_names_what_is_not_there() -> None:
    known = clauses.load()
    cited = {(each.kind, each.file, each.name) for clause in known.values() for each in sources.parse(clause.source)}
    for table in tables():
        for row in table.rows:
            assert set(row.clauses) <= set(known), f"{table.machine}: {row.event}"
            for each in sources.parse(row.otp) if row.otp else []:
                assert (each.kind, each.file, each.name) in cited, f"{table.machine}: {row.event} cites {each}"
