"""An exploration that is shared out among workers, as a shell starts it; and what Ctrl-C leaves."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gen_tck.conformance.explorer.places import NoPlace, places_of
from gen_tck.conformance.explorer.shards import FIRST_SHARD, MOST_IN_A_SHARD, cut
from gen_tck.conformance.explorer.worker import Job, Shard, Worker
from tests.conftest import PATIENCE
from tests.explorer.nodes import install

pytestmark = pytest.mark.vm

SCRIPT = Path(sys.executable).with_name("gen-tck")
Eventually: TypeAlias = Callable[[Callable[[], object]], bool]
Gone: TypeAlias = Callable[[int], bool]


class Explore:
    """Runs ``gen-tck explore`` in a folder of its own, where faulty nodes are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        install(folder / "nodes")
        path = os.pathsep.join(filter(None, [str(folder / "nodes"), os.environ.get("PYTHONPATH")]))
        self.environment = os.environ | {"PYTHONPATH": path, "COLUMNS": "200"}
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        done = subprocess.run(
            [SCRIPT, "explore", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def results(self, *arguments: str, status: int = 1) -> dict[str, Any]:
        """Run it to its end; the results."""
        done = self(*arguments, "--results", "r.json")
        assert done.returncode == status, done.stdout + done.stderr
        return self.read()

    def read(self) -> dict[str, Any]:
        """The results of the last run."""
        found: dict[str, Any] = json.loads((self.folder / "r.json").read_text())
        return found

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it, in a process group of its own as a shell would, drawing its bar into the file ``out``."""
        with (self.folder / "out").open("wb") as out:
            process = subprocess.Popen(
                [SCRIPT, "explore", *arguments, "--results", "r.json"],
                cwd=self.folder,
                env=self.environment | {"FORCE_COLOR": "1"},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def output(self) -> str:
        """What it has printed so far, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", (self.folder / "out").read_text())

    def gets_on(self) -> bool:
        """Whether its bar shows that scripts were played."""
        return re.search(r" [1-9]\d*/\d+ ", self.output()) is not None


@pytest.fixture
def explore(tmp_path: Path) -> Iterator[Explore]:
    made = Explore(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait()


def _findings(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in group.items() if name != "trace"} for group in results["groups"]]


@pytest.mark.parametrize(
    ("first", "end", "workers"), [(0, 1, 1), (7, 20, 4), (0, 400, 4), (30, 100_000, 2), (0, 10**6, 3)]
)
def test_shards_leave_a_script_out(first: int, end: int, workers: int) -> None:
    shards = [(each.first, each.end) for each in cut(first, end, workers)]
    assert [begins for begins, _ in shards] == [first, *(ends for _, ends in shards[:-1])]
    assert shards[-1][1] == end
    sizes = [ends - begins for begins, ends in shards]
    assert min(sizes) > 0
    # There is news soon, every worker gets something to do, and none keeps the others waiting at the end.
    assert sizes[0] <= FIRST_SHARD
    assert len(shards) >= min(workers, end - first)
    assert max(sizes) <= min(MOST_IN_A_SHARD, -(-(end - first) // workers))


def test_worker_of_another_kit_plays_other_scripts() -> None:
    job = Job(node="reference", erl="erl", strict=False, in_flight=1, seed=1, depth=0, scripts=5, kit="0.0.0")
    part = Worker(job).explore(Shard(0, 5))
    assert part.given_up == f"a worker has gen-tck {version('gen-tck')}, not 0.0.0"
    assert part.played == []


def test_four_shards_find_something_else_than_one(explore: Explore) -> None:
    options = ("end-is-not-told", "--strict", "--scripts", "300")
    whole = explore.results(*options)
    parts = explore.results(*options, "-n", "4")
    assert len(whole["groups"]) > 3
    assert _findings(parts) == _findings(whole)
    for name in ("played", "scripts", "steps", "resumed", "flaky", "gone_through", "coverage", "exploration"):
        assert parts[name] == whole[name]
    assert parts["scripts"] == 300


def test_other_environments_find_something_else(explore: Explore) -> None:
    options = ("end-is-not-told", "--scripts", "100", "--depth", "1", "--from", "20", "--to", "60")
    here = explore.results(*options)
    there = explore.results(*options, "--tx", f"2*popen//python={shlex.quote(sys.executable)}")
    assert _findings(there) == _findings(here)
    assert there["played"] == here["played"] == [[20, 60]]


def test_several_places_are_one() -> None:
    assert places_of(["2*popen", "ssh=here//python=python3"]) == ["popen", "popen", "ssh=here//python=python3"]
    with pytest.raises(NoPlace, match=r"--tx 2\*here is no execution environment"):
        places_of(["popen", "2*here"])


def _ssh(explore: Explore, does: str) -> None:
    """Put an ``ssh`` on the path, which is called as ``ssh -C HOST COMMAND``."""
    program = explore.folder / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    explore.environment["PATH"] = f"{program.parent}{os.pathsep}{explore.environment['PATH']}"


def test_another_host_finds_something_else(explore: Explore) -> None:
    _ssh(explore, '[ "$1 $2" = "-C elsewhere" ] && cd / && exec sh -c "$3"')
    options = ("end-is-not-told", "--scripts", "100")
    here = explore.results(*options)
    python = f"ssh=elsewhere//python={shlex.quote(sys.executable)}"
    there = explore.results(*options, "--tx", f"2*{python}", "--tx", "popen")
    assert _findings(there) == _findings(here)
    assert there["played"] == [[0, 100]]


def test_host_that_cannot_be_reached_is_a_traceback(explore: Explore) -> None:
    _ssh(explore, "read line; exit 255")
    done = explore("reference", "--scripts", "50", "--tx", "ssh=nowhere")
    assert (done.returncode, done.stderr) == (2, "Error: no worker can be started by ssh=nowhere: nowhere\n")
    done = explore("reference", "--scripts", "50", "--tx", "popen//python=no-such-python")
    assert done.returncode == 2
    assert "no worker can be started by popen//python=no-such-python: [Errno 2]" in done.stderr
    done = explore("reference", "--scripts", "50", "--tx", "popen//python=true")
    assert done.returncode == 2
    told = "Error: (no worker can be started by popen//python=true: .*|a worker ended: it was killed, or .*)\n"
    assert re.fullmatch(told, done.stderr)


def test_place_that_cannot_be_had_is_not_missed(explore: Explore) -> None:
    _ssh(explore, "read line; exit 255")
    results = explore.results("end-is-not-told", "--scripts", "100", "--tx", "ssh=nowhere", "--tx", "popen")
    assert results["played"] == [[0, 100]]
    assert results["given_up"] == "no worker can be started by ssh=nowhere: nowhere"


def test_node_that_dies_costs_more_than_one_script(explore: Explore) -> None:
    done = explore("mortal", "--scripts", "150", "--results", "r.json")
    assert done.returncode == 1
    here = explore.read()
    numbers = [end["number"] for end in here["node_ended"]]
    assert numbers
    for number, end in zip(numbers, here["node_ended"], strict=True):
        told = f"the node had to be started again: it was told to read no more (script 1:{number})"
        assert told in done.stdout
        assert ":shutdown('$socket', read)" in end["script"]
    assert (here["scripts"], here["played"], here["given_up"]) == (150, [[0, 150]], "")

    there = explore.results("mortal", "--scripts", "150", "-n", "2")
    assert there["node_ended"] == here["node_ended"]
    assert there["groups"] == here["groups"] == []
    assert (there["scripts"], there["played"]) == (150, [[0, 150]])


def test_another_python_is_given_our_modules(explore: Explore) -> None:
    # It has the kit, but not the nodes, which only the path of this process leads to.
    python = explore.folder / "python"
    python.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    done = explore("end-is-not-told", "--scripts", "50", "--tx", f"popen//python={python}")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: no node is called 'end-is-not-told'")


def test_environment_without_the_kit_is_tried_for_ever(explore: Explore) -> None:
    (explore.folder / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
    (explore.folder / "python").chmod(0o755)
    done = explore("reference", "--scripts", "50", "--tx", f"popen//python={explore.folder}/python")
    assert done.returncode == 2
    told = "Error: a worker ended: ModuleNotFoundError: No module named 'gen_tck'; gen-tck has to be installed there\n"
    assert done.stderr == told


def test_node_that_workers_do_not_have_is_a_traceback(explore: Explore) -> None:
    done = explore("no-such-node", "-n", "2")
    assert done.returncode == 2
    assert "no node is called 'no-such-node'" in done.stderr


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_node_that_always_dies_is_a_traceback(explore: Explore, workers: tuple[str, ...]) -> None:
    manifest = Path(__file__).parents[1] / "nodes" / "die-always.toml"
    done = explore(str(manifest), "--scripts", "1000", *workers)
    assert done.returncode == 1
    assert "out of memory: cannot make a process" in done.stdout
    assert "ended early: the node was given up: it ended 3 times in a row" in done.stdout
    assert "to go on: --seed 1 --scripts 1000 --from 0" in done.stdout


def test_worker_that_crashes_loses_what_the_others_found(explore: Explore, eventually: Eventually) -> None:
    process = explore.start("end-is-not-told", "--strict", "--scripts", "2000", "-n", "2")
    assert eventually(explore.gets_on), explore.output()
    os.kill(min(_family(process.pid)), signal.SIGKILL)
    assert process.wait(PATIENCE) == 1, explore.output()
    results = explore.read()
    assert "a worker ended" in results["given_up"]
    assert 1500 < results["scripts"] < 2000
    assert "to go on: --seed 1 --scripts 2000 --from " in explore.output()


@pytest.mark.parametrize("dies", ["end-is-not-told", "otp"])
def test_workers_outlive_the_command(
    explore: Explore, eventually: Eventually, is_gone: Gone, dies: str, request: pytest.FixtureRequest
) -> None:
    erl = ("--erl", request.getfixturevalue("erl")) if dies == "otp" else ()
    process = explore.start(dies, *erl, "--scripts", "1000000", "-n", "2")
    assert eventually(explore.gets_on), explore.output()
    family = _family(process.pid)
    process.kill()
    process.wait(PATIENCE)
    assert [pid for pid in family if not eventually(lambda: is_gone(pid))] == []  # noqa: B023 - used at once


# Ctrl-C


def _family(pid: int) -> set[int]:
    """The processes that ``pid`` has started, and those that they have."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found: set[int] = set()
    todo = [pid]
    while todo:
        own = children.get(todo.pop(), [])
        found.update(own)
        todo += own
    return found


def _interrupted(explore: Explore, eventually: Eventually, is_gone: Gone, *arguments: str) -> dict[str, Any]:
    """Start an exploration, have Ctrl-C end it once it gets on, and see that nothing is left of it; the results."""
    process = explore.start(*arguments)
    assert eventually(explore.gets_on), explore.output()
    family = _family(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(PATIENCE) == 2, explore.output()
    assert "Traceback" not in explore.output()
    assert [pid for pid in family if not eventually(lambda: is_gone(pid))] == []  # noqa: B023 - used at once
    return explore.read()


def _check(explore: Explore, results: dict[str, Any], scripts: int) -> None:
    assert results["interrupted"]
    played = results["played"]
    assert 0 < results["scripts"] == sum(end - first for first, end in played) < scripts
    told = re.findall(r"to go on: --seed 1 --scripts (\d+) --from (\d+)(?: --to (\d+))?\s", explore.output())
    assert {each[0] for each in told} == {str(scripts)}
    left = [(int(first), int(end or scripts)) for _, first, end in told]
    # What was played and what is said to be left are all there is, each once.
    edges = sorted([*map(tuple, played), *left])
    assert [first for first, _ in edges] == [0, *(end for _, end in edges[:-1])]
    assert edges[-1][1] == scripts


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_interrupt_loses_what_was_found(
    explore: Explore, eventually: Eventually, is_gone: Gone, workers: tuple[str, ...]
) -> None:
    options = ("end-is-not-told", "--strict", "--scripts", "1000000", *workers)
    results = _interrupted(explore, eventually, is_gone, *options)
    _check(explore, results, 1_000_000)
    assert {group["verdict"] for group in results["groups"]} == {"unexplained"}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_interrupt_leaves_a_vm(
    explore: Explore, eventually: Eventually, is_gone: Gone, erl: str, workers: tuple[str, ...]
) -> None:
    results = _interrupted(explore, eventually, is_gone, "otp", "--erl", erl, "--scripts", "1000000", *workers)
    _check(explore, results, 1_000_000)


def test_end_from_outside_loses_what_was_found(explore: Explore, eventually: Eventually) -> None:
    process = explore.start("reference", "--scripts", "1000000", "-n", "2")
    assert eventually(explore.gets_on), explore.output()
    process.terminate()  # this process alone, not its workers
    assert process.wait(PATIENCE) == 2, explore.output()
    _check(explore, explore.read(), 1_000_000)
