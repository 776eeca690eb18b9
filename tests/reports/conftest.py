"""Runs to make reports of: small ones made up here, and one of the reference."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
from click.testing import CliRunner, Result

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.results import file as results
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces import lines
from gen_tck.conformance.traces.file import node_facts
from gen_tck.spec import clauses as spec
from gen_tck.spec.profiles import PROFILES
from tests.once import Once

Events = list[dict[str, Any]]
MODES = "modes/active-delivers-messages"
OWNER = "ownership/creator-owns-the-socket"
EVIL = "<script>document.title='owned'</script></script><img src=x onerror=\"document.title='owned'\">"
"""What a malicious subject may say."""


class MakeRun(Protocol):
    """Writes the results, and the traces, of a run that never was."""

    def __call__(self, *cases: tuple[Case, Events | None], name: str = "x", **options: Any) -> Path: ...


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    def make(*cases: tuple[Case, Events | None], name: str = "x", **options: Any) -> Path:
        known: dict[str, Any] = {"name": "mine", "version": "1.2", "clock": "virtual", "homepage": ""}
        known |= {key: options.pop(key) for key in list(options) if key in ("name", "version", "homepage", "details")}
        node = Capabilities(profiles=frozenset(PROFILES), **known)
        for number, (case, events) in enumerate(cases):
            if events is not None:
                case.trace = f"{name}.traces/{number}.jsonl"
                header = traces.Header(kit="0", case=case.id, clauses=case.clauses, node=node_facts(node))
                (tmp_path / case.trace).parent.mkdir(exist_ok=True)
                (tmp_path / case.trace).write_bytes(
                    traces.encode(header, map(lines.encode, events), msgspec.to_builtins(case))
                )
        settings: dict[str, Any] = {
            "asked": "it",
            "capabilities": node,
            "stale": [],
            "complete": all(case.verdict != "not-run" for case, _ in cases),
            "seconds": 1.2,
        } | options
        path = tmp_path / f"{name}.json"
        results.write(results.assemble([case for case, _ in cases], spec.load(), **settings), path)
        return path

    return make


def case(verdict: str = "pass", clause: str = MODES, name: str = "test_it", **fields: Any) -> Case:
    """A case of that verdict."""
    chapter = clause.partition("/")[0]
    return Case(id=f"{chapter}/test_x.py::{name}", clauses=[clause], verdict=verdict, **fields)  # type: ignore[arg-type]


def failed(seen: str = "no message", **fields: Any) -> Case:
    """A case that failed."""
    return case("fail", expected="{tcp,S,D}", seen=seen, where="messages to owner", place="modes/test_x.py:7", **fields)


def exchange(said: str = "ok", *, differs: bool = False) -> Events:
    """A connection over which ``abc`` came; then a process is told the atom ``said``."""
    port = {"$h": 9, "kind": "port"}
    events: Events = [
        {"do": "spawn", "process": 1, "pid": {"$h": 7, "kind": "pid"}, "name": "owner"},
        {"do": "listen", "listener": 1, "port": 4711, "receive_buffer": None},
        {"do": "call", "call": 1, "process": 1, "module": "gen_tcp", "function": "connect"}
        | {"args": [{"$t": [127, 0, 0, 1]}, 4711, []]},
        {"call": 1, "returned": {"$t": [{"$a": "ok"}, port]}},
        {"do": "accept", "listener": 1, "peer": 1},
        {"do": "offer", "peer": 1, "data": {"$b": "YWI="}},
        {"do": "offer", "peer": 1, "data": {"$b": "Yw=="}},
        {"process": 1, "more": [{"$t": [{"$a": "tcp"}, port, {"$b": "YWJj"}]}]},
        {"do": "call", "call": 2, "process": 1, "module": "inet", "function": "setopts", "args": [port, []]},
        {"call": 2, "returned": {"$a": said}},
        {"peer": 1, "end": "fin"},
    ]
    if differs:
        events.append({"expect": "ok", "seen": said, "where": "setopts", "ok": False})
    return [{"at": round(0.001 * number, 6), **event} for number, event in enumerate(events)]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run ``gen-tck`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(gen_tck, [str(each) for each in arguments], standalone_mode=False)

    return run


@pytest.fixture(scope="session")
def reference_run(once: Once) -> Path:
    """The results of a whole run on the reference, its traces beside them."""

    def certify(folder: Path) -> None:
        words: list[str | Path] = [
            Path(sys.executable).with_name("gen-tck"),
            "certify",
            "--results",
            folder / "reference.json",
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return once("reference", certify) / "reference.json"
