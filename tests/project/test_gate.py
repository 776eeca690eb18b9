"""Words and files leave the kit through one gate each: nothing else writes to terminals, logs or files.

``output/screen.py`` has the words of the command, ``streams.py`` writes them, ``run/pytest_words.py`` has what pytest
says for it, ``documents.py`` makes what is printed or written, and ``files.py`` writes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

WORDS = {"conformance/output/screen.py", "conformance/run/pytest_words.py"}
FILES = {"conformance/output/files.py"}
APART = {
    "api/runs.py": "a folder for results that nobody keeps",
    "reference/net/loopback.py": "a folder for the files of local sockets",
    "adapters/beam/kept.py": "compiled agents, in a cache of its own",
    "adapters/inside.py": "a program of its own that makes a network namespace, by files of the kernel's",
    "adapters/keeper.py": "a program of its own that passes on what a child prints",
    "adapters/otp_releases.py": "a folder for releases of OTP, which Debian's tools fill",
    "adapters/program.py": "what a child prints, in a file without a name",
    "conformance/run/board.py": "a file that the workers of a run append to, in a folder of their own",
    "conformance/traces/evidence.py": "the hidden folder of a run that has not ended",
    "conformance/run/collector.py": "the folder of a run's workers",
    "conformance/output/streams.py": "what takes the place of a stream that nobody reads any more",
    "conformance/commands/replay.py": "a folder for the traces of one case",
    "conformance/commands/reports.py": "a folder for what reports are made from",
    "conformance/run/uses.py": "a folder for traces, when the table is made",
    "conformance/run/workers.py": "a file that tells workers to end, in a folder of its own",
    "spec/inputs.py": "it reads",
}
"""What makes files otherwise, and why it may."""


def modules(checkout: Path) -> Iterator[tuple[str, ast.Module]]:
    """The modules of the kit that ship, without what runs only as a program of its own."""
    for room in ("api", "spec", "reference", "adapters", "conformance"):
        for path in sorted((checkout / room).rglob("*.py")):
            if path.is_relative_to(checkout / "adapters" / "starters"):
                continue  # what `gen-tck new` writes is a program of somebody else's
            tree = ast.parse(path.read_text(encoding="utf-8"))
            tree.body = [each for each in tree.body if not _is_main(each)]
            yield path.relative_to(checkout).as_posix(), tree


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.dump(node.test)


def dotted(node: ast.AST) -> str:
    """``sys.stdout.write`` for the expression that is written so; what it is called on, if not a name, is ``?``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


PRINTS = ("print", "click.echo", "click.secho", "click.echo_via_pager", "click.progressbar", "reason.show")
STREAMS = ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__")
PYTEST = ("pytest.exit", "pytest.skip", "pytest.fail", "pytest.xfail", "pytest.UsageError")
LOGS = ("rich", "logging", "warnings")


def words_of(tree: ast.Module) -> Iterator[str]:
    """What in a module writes to a terminal or a log, or makes somebody else do it."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (each for each in names if each.partition(".")[0] in LOGS)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = dotted(node)
            if name in (*PRINTS, *STREAMS, *PYTEST) or name.startswith("terminalreporter."):
                yield name
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "print":
            yield dotted(node.func)


WRITES = {"write_text", "write_bytes", "touch", "mkdir", "mkstemp", "mkdtemp", "rename", "symlink_to", "hardlink_to"}
WRITES |= {"unlink", "rmtree", "rmdir", "copyfile", "copytree", "makedirs"}
WRITES |= {"TemporaryDirectory", "TemporaryFile", "NamedTemporaryFile"}


def files_of(tree: ast.Module) -> Iterator[str]:
    """What in a module makes, changes or removes files."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            method = name.rpartition(".")[2]
            modes = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            opens = method == "open" != name and any({*mode} & {*"wax+"} for mode in modes)
            if name in FUNCTIONS or opens or (method in WRITES and not name.endswith(ERLANG)):
                yield name


FUNCTIONS = ("open", "io.open", "os.open", "os.fdopen", "os.replace", "os.remove", "os.link")
ERLANG = ("erlang.unlink", "vm.unlink")
"""Calls of Erlang that are called so."""


@pytest.fixture(scope="session")
def rooms(checkout: Path) -> dict[str, ast.Module]:
    return dict(modules(checkout))


def test_words_leave_by_another_way(rooms: dict[str, ast.Module]) -> None:
    found = {name: sorted({*words_of(tree)}) for name, tree in rooms.items() if name not in WORDS}
    assert {name: what for name, what in found.items() if what} == {}


def test_files_are_written_in_another_way(rooms: dict[str, ast.Module]) -> None:
    found = {name: sorted({*files_of(tree)}) for name, tree in rooms.items() if name not in {*FILES, *APART}}
    assert {name: what for name, what in found.items() if what} == {}


def test_exception_is_of_no_use(rooms: dict[str, ast.Module]) -> None:
    assert [name for name in APART if name not in rooms or not list(files_of(rooms[name]))] == []


@pytest.mark.parametrize(
    "text",
    [
        "print(1)",
        "def f(out=print): ...",
        "import sys\nsys.stdout.write('x')",
        "from rich.console import Console",
        "import click\nclick.echo(1)",
        "def f(console): console.print(1)",
        "raise pytest.UsageError('x')",
        "import logging",
    ],
)
def test_way_for_words_is_overlooked(text: str) -> None:
    assert list(words_of(ast.parse(text)))


@pytest.mark.parametrize(
    "text", ["open('x', 'w')", "path.open('ab')", "path.write_text('x')", "path.unlink()", "tempfile.mkstemp()"]
)
def test_way_for_files_is_overlooked(text: str) -> None:
    assert list(files_of(ast.parse(text)))
