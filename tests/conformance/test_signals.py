"""Signals at random moments: whatever the command was doing, it ends in order and leaves nothing behind.

``pytest --signals 20`` sends so many of each kind to each command, by itself one signal to each; the moments are drawn
from ``--signal-seed``.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gen_tck.adapters.interrupts import SIGNALS
from gen_tck.conformance.results.file import read

NODES = Path(__file__).resolve().parents[1] / "nodes"
SCRIPT = Path(sys.executable).with_name("gen-tck")
SOME = ("--clause", "ownership/o*")
COMMANDS = {
    "certify": ("certify", "node.toml", *SOME, "--results", "r.json", "--html", "r.html"),
    "certify -n 2": ("certify", "node.toml", *SOME, "--results", "r.json", "-n", "2"),
    "explore": ("explore", "node.toml", "--scripts", "60", "--strict", "--results", "e.json"),
    "explore -n 2": ("explore", "reference", "--scripts", "3000", "-n", "2", "--results", "e.json"),
    "report": ("report", "old.json", "--html", "-o", "r.html"),
}
WRITTEN = {"node.toml", "old.json", "old.traces", "r.json", "r.traces", "r.html", "r.xml", "e.json", "e.traces"}
_PATIENCE = 120.0
"""Seconds that only a failing test waits."""


@dataclass
class Place:
    """A folder to run the command in, whose processes can be told by a mark in their environment."""

    folder: Path
    mark: str

    @property
    def temporary(self) -> Path:
        """Where the command's temporary files go."""
        return self.folder.parent / "temporary"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command, and wait until it notes signals: before that, Python itself has not begun."""
        environment = os.environ | {"GEN_TCK_MARK": self.mark, "TMPDIR": str(self.temporary)}
        process = subprocess.Popen(
            [SCRIPT, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while process.poll() is None and not _catches(process.pid, signal.SIGHUP):
            time.sleep(0.001)
        return process

    def left(self) -> list[str]:
        """Processes and files that should not be there any more."""
        found = [f"process {pid}" for pid in self.processes()]
        found += [each.name for each in self.folder.iterdir() if each.name not in WRITTEN]
        return found + [str(each) for each in self.temporary.iterdir()]

    def processes(self) -> list[int]:
        """Those of the command, and whatever they started."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"GEN_TCK_MARK={self.mark}".encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found


def _catches(pid: int, number: signal.Signals) -> bool:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
    return False


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole results of a run."""
    folder = tmp_path_factory.mktemp("results")
    subprocess.run([SCRIPT, "certify", *SOME, "--results", "old.json"], cwd=folder, check=True, capture_output=True)
    return folder / "old.json"


@pytest.fixture
def place(tmp_path: Path, results: Path) -> Iterator[Place]:
    made = Place(tmp_path / "folder", uuid.uuid4().hex)
    made.folder.mkdir()
    made.temporary.mkdir()
    served = json.dumps([sys.executable, str(NODES / "served.py")])
    (made.folder / "node.toml").write_text(f"command = {served}\n")
    shutil.copy(results, made.folder / "old.json")
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "moment" in metafunc.fixturenames:
        count, seed = metafunc.config.getoption("--signals"), metafunc.config.getoption("--signal-seed")
        each = [(name, number, seed + i) for i in range(count) for number in SIGNALS for name in COMMANDS]
        one = [(name, SIGNALS[i % len(SIGNALS)], seed) for i, name in enumerate(COMMANDS)]
        metafunc.parametrize(("name", "number", "moment"), each or one)


@pytest.mark.vm
def test_signal_at_any_moment(place: Place, name: str, number: signal.Signals, moment: int) -> None:
    drawn = random.Random(f"{name} {number} {moment}")
    to_all, twice = drawn.random() < 0.5, drawn.random() < 0.5
    process = place.start(*COMMANDS[name])
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(drawn.expovariate(1 / _USUAL[name]))
    sent = _send(process, number, to_all)
    if twice:
        time.sleep(drawn.uniform(0, 0.2))
        _send(process, number, to_all)
    stdout, stderr = process.communicate(timeout=_PATIENCE)
    assert "Traceback" not in stdout + stderr
    assert place.left() == []
    assert process.returncode == (2 if stderr else 0)
    said = stderr.split("\n")[-2:]
    assert said == (["interrupted", ""] if sent and process.returncode else [""])  # or it was over before it noticed
    for file in place.folder.glob("?*.json"):
        _is_whole_or_says_so(file, name)


_USUAL = {"certify": 1.0, "certify -n 2": 1.5, "explore": 1.0, "explore -n 2": 1.5, "report": 0.3}
"""About the seconds after which the command has done half."""


def _send(process: subprocess.Popen[str], number: signal.Signals, to_all: bool) -> bool:
    """Send the signal to the command, or as a terminal does to its whole group; whether it still ran."""
    if process.poll() is not None:
        return False
    if to_all:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    return True


def _is_whole_or_says_so(file: Path, name: str) -> None:
    if file.name == "e.json":
        assert "exploration" in json.loads(file.read_bytes())
    else:
        assert read(file).complete or name.startswith("certify")


@pytest.mark.vm
def test_interrupted_run_takes_the_place_of_a_whole_one(place: Place) -> None:
    shutil.copy(place.folder / "old.json", place.folder / "r.json")
    before = (place.folder / "r.json").read_bytes()
    process = place.start("certify", "node.toml", "--results", "r.json")
    while len(place.processes()) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _, stderr = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 2
    assert stderr.endswith("interrupted\n")
    assert (place.folder / "r.json").read_bytes() == before
    assert place.left() == []


@pytest.mark.parametrize(
    "words", ["judge F", "replay F --as erlang", "report F --markdown", "certify ./F.toml", "explore --script F"]
)
def test_pipe_that_stays_open_keeps_the_command_from_ending(place: Place, words: str) -> None:
    for name in ("F", "F.toml"):
        os.mkfifo(place.folder / name)
    ours = [os.open(place.folder / name, os.O_RDWR) for name in ("F", "F.toml")]
    process = place.start(*words.split())
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.7)  # it should be reading by then; if not, it has less to do
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=5)
    finally:
        process.kill()
        for each in ours:
            os.close(each)
    assert (process.returncode, stderr.strip()) == (2, "interrupted")


def test_long_script_keeps_the_command_from_ending(place: Place) -> None:
    long = "connect with [binary,{active,false}]\n" + "owner: erlang:send('$other', a)\n" * 20_000
    (place.folder / "script.txt").write_text(long)
    process = place.start("explore", "reference", "--script", "script.txt")
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, stderr.strip()) == (2, "interrupted")
