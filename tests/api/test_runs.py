"""What ``import gen_tck`` gives: runs in a process of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

import gen_tck
from gen_tck.conformance.results import file

NODES = Path(__file__).parents[1] / "nodes"
FEW = ["modes/count-*"]

pytestmark = pytest.mark.vm  # whole runs, in processes of their own


def test_names_are_not_there() -> None:
    assert gen_tck.__version__ == version("gen-tck")
    assert {each for each in gen_tck.__all__ if not hasattr(gen_tck, each)} == set()
    assert not hasattr(gen_tck, "nothing")


def test_rooms_import_what_takes_time() -> None:
    program = "import sys, gen_tck.spec; print(*(each for each in sys.modules if each.startswith('gen_tck.')))"
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert seen.stdout == "gen_tck.spec\n"


def test_results_are_not_those_of_the_run(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    found = gen_tck.certify("reference", clauses=FEW, limits={"total": 500}, strict=True, results=kept)
    assert (found.conclusion, found.limits["total"]) == ("CONFORMS", 500)
    assert {each for each in found.clauses if each.startswith("modes/count-")}
    assert found == file.read(kept)
    assert all((tmp_path / str(case.trace)).exists() for case in found.cases)
    assert "--strict" in found.run.command
    assert found.run.command.startswith("gen-tck --no-configuration certify ")


def test_traces_are_named_that_are_gone() -> None:
    assert [
        case.trace for case in gen_tck.certify("reference", clauses=["modes/count-is-taken"]).cases if case.trace
    ] == []


def test_wrong_node_raises() -> None:
    found = gen_tck.certify(NODES / "refuse.toml", clauses=["modes/count-is-taken"], check=False)
    assert found.conclusion == "DOES NOT CONFORM"
    assert [root.clause for root in found.roots]


@pytest.mark.parametrize(
    ("node", "clauses", "said"),
    [
        ("ptp", FEW, "no node is called 'ptp'"),
        ("reference", ["zzz"], "no clause matches 'zzz'"),
        ("--help", FEW, "--help"),
    ],
)
def test_what_cannot_be_run_is_not_said(node: str, clauses: list[str], said: str) -> None:
    with pytest.raises(gen_tck.CouldNotTell, match=said):
        gen_tck.certify(node, clauses=clauses)


def test_string_is_taken_for_a_list() -> None:
    with pytest.raises(TypeError, match="--clause"):
        gen_tck.certify("reference", clauses="modes/*")


def test_exploration_is_another(tmp_path: Path) -> None:
    found = gen_tck.explore("reference", scripts=60, seed=7, depth=1, results=tmp_path / "results.json")
    assert (found.scripts, found.exploration.seed, found.exploration.depth, found.unexplained) == (60, 7, 1, [])
    with pytest.raises(gen_tck.CouldNotTell, match="no node is called"):
        gen_tck.explore("ptp")


PROGRAM = """\
import gen_tck
print("begun", flush=True)
gen_tck.certify("reference", results="results.json")
"""


def test_interrupted_program_leaves_the_kit_behind(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], bool]
) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True, text=True
    )

    def children() -> str:
        return Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text()

    assert eventually(children)
    (kit,) = children().split()
    os.kill(program.pid, signal.SIGINT)
    _, said = program.communicate(timeout=60)
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert not Path("/proc", kit).exists()
