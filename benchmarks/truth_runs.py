"""Runs of ``gen-tck certify`` for ``truth.py``: on a busy machine, with a VM that stops, and what is kept of each."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gen_tck.conformance.results.verdicts import Case

HERE = Path(__file__).resolve().parents[1]
BUSY_LOOPS = 4
NO_ANSWER = "inet.monitor/1"
STOPS = {"between": (0.2, 2.0), "for": (0.3, 3.0)}
"""Seconds between two stops of the VM, and for which it is stopped."""


@dataclass(frozen=True)
class Job:
    """One run of ``gen-tck certify``."""

    key: str
    """Its name in the file of what is kept: ``mode/node/release/...``"""
    node: str
    release: str = ""
    flags: tuple[str, ...] = ()
    busy: bool = False
    stops: int | None = None
    """The seed of the moments at which the VM is stopped; ``None``: it is not."""
    marks: bool = False
    """Mark the cases that make the call :data:`NO_ANSWER`."""
    keeps: bool = True
    """Whether it writes results and traces; one that does not is quicker, and tells no more than its seconds."""


class Kept(msgspec.Struct):
    """What is kept of a run."""

    key: str
    status: int
    last: str
    """The last line that was printed."""
    wall: float
    """Seconds from start to end."""
    seconds: float = 0.0
    """Seconds by its own account."""
    cases: list[Case] = []
    """Without their words, where they passed."""
    users: list[str] = []
    """The cases that make the call :data:`NO_ANSWER`, if they were marked."""
    stops: int = 0

    @property
    def verdicts(self) -> dict[str, str]:
        """What was said of each case, by its id."""
        return {case.id: case.verdict for case in self.cases}


class Store:
    """The file of what is kept."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._file = folder / "truth.jsonl"
        self.runs: dict[str, Kept] = {}
        for line in self._file.read_bytes().splitlines() if self._file.exists() else ():
            with contextlib.suppress(msgspec.MsgspecError):  # half a line, of a run that was killed
                kept = msgspec.json.decode(line, type=Kept)
                self.runs[kept.key] = kept

    def add(self, kept: Kept) -> None:
        """Keep it for good."""
        self.runs[kept.key] = kept
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(kept) + b"\n")


# Running


@contextlib.contextmanager
def load(wanted: bool) -> Iterator[None]:
    """Keep the machine busy meanwhile, if ``wanted``."""
    spin = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(spin, stderr=subprocess.DEVNULL) for _ in range(BUSY_LOOPS if wanted else 0)]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


def vms_below(parent: int) -> list[int]:
    """The Erlang VMs among the descendants of a process."""
    found: list[int] = []
    waiting = [parent]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
            found += [pid] if name == "beam.smp" else []
    return found


class Stopper(threading.Thread):
    """Stops the VM below a process now and then."""

    def __init__(self, parent: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._parent = parent
        self._random = random.Random(seed)
        self._over = threading.Event()
        self.stops = 0

    def run(self) -> None:
        while not self._over.wait(self._random.uniform(*STOPS["between"])):
            for pid in vms_below(self._parent):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    try:
                        self.stops += 1
                        self._over.wait(self._random.uniform(*STOPS["for"]))
                    finally:
                        os.kill(pid, signal.SIGCONT)

    def end(self) -> None:
        """No more of it; the VM runs again."""
        self._over.set()
        self.join()


def run(job: Job, erl: str) -> Kept:
    """Do ``job`` in a folder of its own."""
    command = [gen_tck(), "certify", job.node, *(["--erl", erl] if erl else []), *job.flags]
    # A command that Ctrl-C ends, too, may still be writing.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, load(job.busy):
        file = Path(folder, "results.json")
        command += ["--results", str(file)] if job.keeps else []
        began = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            stopper = Stopper(process.pid, job.stops) if job.stops is not None else None
            try:
                if stopper is not None:
                    stopper.start()
                said, _ = process.communicate()
            finally:
                if stopper is not None:
                    stopper.end()
        wall = time.monotonic() - began
        kept = Kept(job.key, process.returncode, (said.strip().splitlines() or [""])[-1], round(wall, 2))
        kept.stops = stopper.stops if stopper is not None else 0
        told_seconds = _SECONDS.search(said)
        if told_seconds:
            kept.seconds = float(told_seconds[1])
        if file.exists():
            results = json.loads(file.read_bytes())
            kept.seconds = results["seconds"]
            kept.cases = [msgspec.convert(each, Case) for each in results["cases"]]
            if job.marks:
                kept.users = [each.id for each in kept.cases if each.trace and uses(file.parent / each.trace)]
            kept.cases = [slim(each) for each in kept.cases]
            told = results["node"]["details"].get("release", job.release)
            if job.release and told != job.release:
                raise SystemExit(f"`{erl}` is OTP {told}, not {job.release}")
    return kept


_SECONDS = re.compile(r"^\d+ cases?, \d+ clauses?, ([\d.]+) s$", re.MULTILINE)
"""What the command prints of its seconds."""


def slim(case: Case) -> Case:
    """A case without what is not looked at later."""
    case.trace, case.place, case.title, case.step = None, "", "", ""
    if case.verdict in ("pass", "varies"):
        case.expected = case.seen = case.where = case.message = ""
    return case


def uses(trace: Path) -> bool:
    """Whether the case of this trace makes the call :data:`NO_ANSWER`."""
    module, _, rest = NO_ANSWER.partition(".")
    call = (module, rest.partition("/")[0])
    events = map(json.loads, trace.read_text().splitlines())
    return any((each.get("module"), each.get("function")) == call for each in events)


def gen_tck() -> str:
    """The command."""
    beside = Path(sys.executable).with_name("gen-tck")
    return str(beside) if beside.exists() else shutil.which("gen-tck") or sys.exit("gen-tck is not installed")


def erl(release: str) -> str:
    """The command that starts this release; the machine's own if it is none that can be installed beside it."""
    if not release:
        return ""
    tool = [sys.executable, str(HERE / "tools" / "otp-releases"), "--erl", release]
    said = subprocess.run(tool, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "erl"
