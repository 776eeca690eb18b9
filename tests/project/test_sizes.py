"""Modules are small and functions fit a screen; what does not has its reason here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

MOST_LINES = 300
"""Of a module: what a reader keeps in mind."""
SCREEN = 40
"""Lines of a function, from ``def`` to its end."""
MODULES = {
    "adapters/starters/python/gen_tck_node.py": "an SDK is one file, to be copied",
    "examples/nodes/python/python_sockets/program/gen_tck_node.py": "the same",
}
FUNCTIONS = {
    "api/runs.py:certify": "all that can be asked of a run, as arguments",
    "conformance/commands/certify.py:certify": "all options of the command",
    "conformance/commands/explore.py:explore": "all options of the command",
}


def modules(checkout: Path) -> Iterator[tuple[str, str]]:
    """The name and the text of everything in Python that is not a test of the kit's own."""
    for folder in ("spec", "reference", "adapters", "conformance", "api", "tools", "benchmarks", "examples"):
        for path in sorted((checkout / folder).rglob("*")):
            if path.suffix == ".py" or (not path.suffix and path.is_file() and _is_python(path)):
                yield path.relative_to(checkout).as_posix(), path.read_text(encoding="utf-8")


def _is_python(path: Path) -> bool:
    return path.read_bytes().partition(b"\n")[0].endswith(b"python3")


def functions(text: str) -> Iterator[tuple[str, int]]:
    """The name of each function and the number of its lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.fixture(scope="module")
def texts(checkout: Path) -> dict[str, str]:
    return dict(modules(checkout))


def test_module_is_too_long(texts: dict[str, str]) -> None:
    lines = {name: len(text.splitlines()) for name, text in texts.items()}
    assert {name: count for name, count in lines.items() if count > MOST_LINES and name not in MODULES} == {}


def test_function_does_not_fit_a_screen(texts: dict[str, str]) -> None:
    found = [(f"{name}:{function}", count) for name, text in texts.items() for function, count in functions(text)]
    assert [each for each in found if each[1] > SCREEN and each[0] not in FUNCTIONS] == []


def test_exception_is_unknown(texts: dict[str, str]) -> None:
    known = {f"{name}:{function}" for name, text in texts.items() for function, _ in functions(text)}
    assert [name for name in MODULES if name not in texts] == []
    assert [name for name in FUNCTIONS if name not in known] == []


def test_scripts_without_a_suffix_are_overlooked(texts: dict[str, str]) -> None:
    assert {"tools/same", "tools/same_witness.py", "benchmarks/truth.py"} <= texts.keys()
